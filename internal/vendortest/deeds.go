// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// kinds are the lives that are played: what makes each of them hard.
var kinds = map[string]func(*rand.Rand, Row) deed{
	"crossed answer":     crossed,
	"forged marker":      forge,
	"lost answer":        lostAnswerIn,
	"names changed":      otherNames,
	"no Date, clock off": noDate,
	"single 404":         notFound,
	"state copied":       join,
	"state put back":     putBack,
}

// kindsOf are the lives that the vendor's server can make hard, in order.
func kindsOf(row Row) []string {
	all := slices.Sorted(maps.Keys(kinds))
	return slices.DeleteFunc(all, func(kind string) bool {
		return kind == "names changed" && len(row.Spellings) == 0
	})
}

// lifeOf is a life of a kind: ordinary deeds, and the hard one again and again.
func lifeOf(r *rand.Rand, row Row, kind string) []deed {
	deeds := []deed{applies(r, true), use(r)}
	for range 3 + r.IntN(5) {
		deeds = append(deeds, ordinary(r))
		if r.IntN(2) == 0 {
			deeds = append(deeds, kinds[kind](r, row))
		}
		deeds = append(deeds, applies(r, false))
	}
	return deeds
}

// whose does something with one of the actors there are when it happens.
func whose(r *rand.Rand, textOf string, do func(context.Context, *saga, *actor) error) deed {
	which := r.IntN(4)
	return deed{textOf, func(ctx context.Context, x *saga) error {
		a := x.actors[which%len(x.actors)]
		x.note("%s: %s", a.name, textOf)
		return do(ctx, x, a)
	}}
}

// applies is one run of the CLI.
func applies(r *rand.Rand, first bool) deed {
	end, refresh := saved, true
	if !first {
		end = pick(r, saved, saved, saved, lost, crash)
		refresh = r.IntN(8) > 0
	}
	return whose(r, fmt.Sprintf("apply, refresh %v, %s", refresh, end), func(ctx context.Context, x *saga, a *actor) error {
		return x.apply(ctx, a, end, refresh)
	})
}

// use puts the keys in an actor's state to use, as its store hands them out.
func use(r *rand.Rand) deed {
	return whose(r, "the keys are used", func(_ context.Context, x *saga, a *actor) error {
		for name := range a.there {
			if instance := a.ws.State[name]; instance != nil {
				id := text(instance.Current.Attributes()["id"])
				if _, lives := x.keys()[id]; lives {
					x.w.Sim.Use(id)
					x.used[id] = true
				}
			}
		}
		return nil
	})
}

func ordinary(r *rand.Rand) deed {
	name := pick(r, "one", "two")
	switch n := r.IntN(10); {
	case n < 4:
		return whose(r, "a reason to rotate", func(_ context.Context, _ *saga, a *actor) error { a.reason++; return nil })
	case n < 6:
		return use(r)
	case n == 6:
		overlap := pick(r, "24h", "24h", "0s")
		return whose(r, "overlap = "+overlap, func(_ context.Context, _ *saga, a *actor) error { a.overlap = overlap; return nil })
	case n == 7:
		return whose(r, name+" comes or goes", func(_ context.Context, _ *saga, a *actor) error { a.there[name] = !a.there[name]; return nil })
	}
	d := pick(r, time.Minute, 3*time.Hour, 25*time.Hour, 10*day)
	return deed{d.String() + " pass", func(_ context.Context, x *saga) error {
		x.note("%s pass", d)
		x.w.Advance(d)
		x.expire()
		return nil
	}}
}

// expire lets go of used keys whose announced end has come by itself.
func (x *saga) expire() {
	living, now := x.keys(), x.w.now()
	for id := range x.used {
		if end, announced := x.ends[id]; announced && !now.Before(end) {
			if _, lives := living[id]; !lives {
				delete(x.used, id)
			}
		}
	}
}

// putBack restores the state of an earlier apply.
func putBack(r *rand.Rand, _ Row) deed {
	which := r.IntN(8)
	return whose(r, "an earlier state is put back", func(_ context.Context, x *saga, a *actor) error {
		x.strict = false // a state older than the server may have to be refused
		if len(a.saved) > 0 {
			a.ws.State = copied(a.saved[which%len(a.saved)])
			x.hit = true
		}
		return nil
	})
}

// join lets a second actor begin from the first one's state.
func join(*rand.Rand, Row) deed {
	return deed{"the state is copied", func(ctx context.Context, x *saga) error {
		x.strict, x.hit = false, true
		x.note("the state is copied")
		if len(x.actors) > 1 {
			x.actors[1].ws.State = copied(x.actors[0].ws.State)
			return nil
		}
		return x.join(ctx)
	}}
}

// forge seeds a stranger's key with the name of one of ours, of another attempt at times.
func forge(r *rand.Rand, row Row) deed {
	which, person, far, stubborn := r.IntN(8), r.IntN(2) == 0, r.IntN(3) == 0, r.IntN(3) == 0
	return deed{fmt.Sprintf("a stranger copies a marker: person %v, far %v, not to be revoked %v", person, far, stubborn), func(_ context.Context, x *saga) error {
		var ours []Key
		for _, key := range x.w.Sim.Keys() {
			if key.Works && !x.strangers[key.ID] {
				ours = append(ours, key)
			}
		}
		if len(ours) == 0 {
			return nil
		}
		id := x.w.Sim.Stranger(ours[which%len(ours)], func(name string) string {
			if at := strings.LastIndex(name, "."); far && at > 0 {
				return name[:at+1] + "999999999)"
			}
			return name
		}, person)
		x.strangers[id], x.hit = true, true
		key, _ := x.find(id)
		x.note("a stranger's key %s is named %s", id, key.Name)
		if stubborn {
			x.w.Engine.Inject(simkit.Fault{Operation: row.Operations[Revoke], Kind: simkit.StatusBefore, Status: 403, Times: 1})
		}
		return nil
	}}
}

// notFound answers one request about a key with a 404, though it is there.
func notFound(r *rand.Rand, row Row) deed {
	operation := pick(r, row.operations(Edit, Revoke, Get)...)
	return injected(simkit.Fault{Operation: operation, Kind: simkit.NotFoundBefore, Times: 1})
}

// lostAnswerIn loses the answers of one or two mints, and hides what they made for a while.
func lostAnswerIn(r *rand.Rand, row Row) deed {
	f := simkit.Fault{Operation: row.Operations[Mint], Kind: simkit.CutAfter, Times: 1 + r.IntN(2)}
	if r.IntN(2) == 0 {
		return injected(f, simkit.Fault{Operation: row.Operations[List], Kind: simkit.StaleList, Lag: 1 + r.IntN(2)})
	}
	return injected(f)
}

func injected(faults ...simkit.Fault) deed {
	words := "faults:"
	for _, f := range faults {
		words += fmt.Sprintf(" %s of %s", f.Kind, f.Operation)
	}
	return deed{words, func(_ context.Context, x *saga) error {
		x.note("%s", words)
		x.w.Engine.Inject(faults...)
		return nil
	}}
}

// crossed answers one request about a key with another one's object.
func crossed(r *rand.Rand, row Row) deed {
	operation := pick(r, row.operations(Edit, Revoke, Get)...)
	inner := injected(simkit.Fault{Operation: operation, Kind: simkit.Crossed, Times: 1})
	return deed{inner.text, func(ctx context.Context, x *saga) error {
		x.strict = false // it is an error
		return inner.do(ctx, x)
	}}
}

// otherNames makes the server store names in its own way.
func otherNames(r *rand.Rand, row Row) deed {
	rule := pick(r, row.Spellings...)
	return deed{rule.Text, func(_ context.Context, x *saga) error {
		x.note("%s", rule.Text)
		rule.Apply(x.w)
		x.hit = true
		return nil
	}}
}

// noDate takes the Date header away, and sets this machine's clock wrong.
func noDate(r *rand.Rand, row Row) deed {
	off := pick(r, 25*time.Hour, -25*time.Hour, 4*time.Minute)
	return deed{fmt.Sprintf("no Date header, and the clock moves by %s", off), func(_ context.Context, x *saga) error {
		x.note("no Date header, and the clock moves by %s", off)
		x.w.Engine.SetDate(simkit.NoDate)
		x.w.Clock.Advance(off)
		x.hit = true
		return nil
	}}
}
