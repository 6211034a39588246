// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
)

// Lives that a state or a server makes hard: states put back or copied, strangers with our
// marker, answers about another object. Whatever the provider decides, no key of others is
// touched, no used key dies that no plan announced, and no living key of a series in state that
// the list of a refreshed run has shown, nor one that looks like a killed create's at the next
// create, goes unnamed.

// actor is one folder of configuration with its state.
type actor struct {
	name    string
	ws      *protocol.Workspace
	there   map[string]bool // by resource
	reason  int
	overlap string
	saved   []map[string]*protocol.Instance // states of earlier applies
}

// saga is one life on its way.
type saga struct {
	row    Row
	w      *World
	r      *rand.Rand
	actors []*actor
	log    []string

	strangers map[string]bool
	used      map[string]bool      // keys in use that live
	ends      map[string]time.Time // when a key may die, because a plan announced it
	told      map[string]bool      // keys that were named on a screen
	hit       bool                 // what makes this life hard has met an apply
	strict    bool                 // nothing gives the provider a reason to fail
}

// deed is one thing that happens in a life; text tells all of it.
type deed struct {
	text string
	do   func(context.Context, *saga) error
}

func (x *saga) note(format string, args ...any) {
	x.log = append(x.log, x.w.now().UTC().Format("2006-01-02 15:04:05 ")+fmt.Sprintf(format, args...))
}

func newSaga(ctx context.Context, t testing.TB, row Row, seed uint64) (*saga, error) {
	t.Helper()
	w := row.Start(t, 0)
	x := &saga{
		row: row, w: w, r: rand.New(rand.NewPCG(seed, 3)), strict: true,
		strangers: map[string]bool{}, used: map[string]bool{}, ends: map[string]time.Time{}, told: map[string]bool{},
	}
	if places, ok := w.Sim.(Places); ok {
		places.New()
	}
	for _, key := range w.Sim.Keys() {
		x.strangers[key.ID] = true
	}
	return x, x.join(ctx)
}

// join adds an actor with a state of its own; the second one gets a copy of the first one's.
func (x *saga) join(ctx context.Context) error {
	ws, err := protocol.NewWorkspace(ctx, x.w.Serve, x.row.Type, x.r.IntN(2) == 0)
	if err != nil {
		return err
	}
	ws.PlansOrphansFirst = x.r.IntN(2) == 0
	ws.Tick = func() { x.w.Advance(time.Duration(x.r.IntN(900)) * time.Millisecond) }
	a := &actor{name: [2]string{"A", "B"}[len(x.actors)], ws: ws, there: map[string]bool{"one": true, "two": true}, overlap: "24h"}
	if len(x.actors) > 0 {
		first := x.actors[0]
		ws.State, a.reason, a.overlap, a.there = copied(first.ws.State), first.reason, first.overlap, maps.Clone(first.there)
	}
	x.actors = append(x.actors, a)
	return nil
}

// copied is a state as a file holds it: later applies do not change it.
func copied(state map[string]*protocol.Instance) map[string]*protocol.Instance {
	out := map[string]*protocol.Instance{}
	for name, instance := range state {
		out[name] = &protocol.Instance{Current: instance.Current, Deposed: slices.Clone(instance.Deposed)}
	}
	return out
}

func (x *saga) settings(a *actor) map[string]protocol.Settings {
	out := map[string]protocol.Settings{}
	for name, there := range a.there {
		if there {
			out[name] = protocol.Settings{Attributes: x.arguments(a, name)}
		}
	}
	return out
}

// arguments are those of a key.
func (x *saga) arguments(a *actor, resource string) map[string]any {
	out := maps.Clone(x.w.Sim.Arguments())
	if out == nil {
		out = map[string]any{}
	}
	for _, own := range x.row.Own {
		if own.Values[0] != nil {
			out[own.Name] = own.Values[0]
		}
	}
	name := "Wörker"
	if x.row.Can.Name.Plain {
		name = "Worker"
	}
	out["name"], out["overlap"] = x.row.named(name, resource), a.overlap
	out["rotate_when_changed"] = map[string]string{"reason": fmt.Sprint(a.reason)}
	return out
}

// ending is what becomes of a run of the CLI.
type ending string

const (
	saved ending = "saved"
	lost  ending = "killed before the state is saved"
	crash ending = "the provider is killed before it answers"
)

// apply runs the CLI once and holds what happened against the promises.
func (x *saga) apply(ctx context.Context, a *actor, end ending, refresh bool) error {
	x.w.Engine.ResetJournal()
	a.ws.Said = nil
	if end != saved && x.row.stops() {
		x.strict = false
	}
	stored, there := copied(a.ws.State), x.keys()
	plan, err := a.ws.Plan(ctx, x.settings(a), refresh)
	created := false
	if err == nil {
		created = x.announced(a, plan)
		prior := copied(plan.Prior)
		for name, change := range plan.Changes {
			if change.Action == protocol.Update { // what core keeps of it after a crash
				prior[name].Current = &protocol.Held{Value: prior[name].Current.Value}
			}
		}
		err = a.ws.Apply(ctx, plan, x.settings(a))
		switch end {
		case lost:
			a.ws.State = stored
		case crash:
			a.ws.State = prior
		case saved:
			a.saved = append(a.saved, copied(a.ws.State))
		}
	}
	if err != nil && !errors.Is(err, protocol.ErrFailed) {
		return err // a broken rule of core
	}
	if err != nil {
		x.note("%s fails: %v", a.name, err)
	}
	for name := range a.there {
		x.note("%s.%s is %s", a.name, name, describe(a.ws.State[name]))
	}
	defer x.w.Engine.ClearFaults()
	if err := leaks(x.w.Secrets(), plan, a.ws, nil); err != nil {
		return err
	}
	return x.promises(a, there, created, refresh, err)
}

// announced notes the keys whose end a plan announces, and tells whether it creates any.
func (x *saga) announced(a *actor, plan *protocol.Plan) (creates bool) {
	now := x.w.now()
	for name, change := range plan.Changes {
		instance := plan.Prior[name]
		if change == nil || change.Action == protocol.NoOp {
			continue
		}
		creates = creates || change.Action != protocol.Update && change.Action != protocol.Delete
		if instance == nil || instance.Current == nil {
			continue
		}
		prior := instance.Current.Attributes()
		end := now
		if change.Action == protocol.Update {
			if text(change.Attributes()["id"]) == text(prior["id"]) {
				continue
			}
			if a.overlap != "0s" {
				end = now.Add(24 * time.Hour)
			}
		} else {
			for _, id := range previousIDs(prior) {
				x.mayEnd(id, end)
			}
		}
		x.mayEnd(text(prior["id"]), end)
	}
	return creates
}

func (x *saga) mayEnd(id string, at time.Time) {
	if earlier, ok := x.ends[id]; !ok || at.Before(earlier) {
		x.ends[id] = at
	}
}

// keys are the keys that live now and are not strangers', by id.
func (x *saga) keys() map[string]Key {
	out := map[string]Key{}
	for _, key := range x.w.Sim.Keys() {
		if key.Works && !x.strangers[key.ID] {
			out[key.ID] = key
		}
	}
	return out
}

// promises are those that hold whatever the provider decides.
func (x *saga) promises(a *actor, there map[string]Key, created, refreshed bool, failed error) error {
	var shown, faulty bool
	for _, entry := range x.w.Engine.Journal() {
		faulty = faulty || entry.Fault != ""
		x.hit = x.hit || faulty
		if x.strangers[entry.ObjectID] && entry.Method != "GET" {
			return fmt.Errorf("a stranger's key %s got %s", entry.ObjectID, entry.Method)
		}
		shown = shown || entry.Operation == x.row.Operations[List] && entry.Status == 200
	}
	living, now := x.keys(), x.w.now()
	for id := range x.used {
		if _, lives := living[id]; lives {
			continue
		}
		delete(x.used, id)
		if end, announced := x.ends[id]; !announced || now.Before(end.Add(-tolerance)) {
			return fmt.Errorf("the used key %s died, and no plan announced it", id)
		}
	}
	held, known := x.heldBy(a), seriesIn(a.ws.State, x.find)
	for id, key := range living {
		x.told[id] = x.told[id] || slices.ContainsFunc(a.ws.Said, func(said protocol.Said) bool { return strings.Contains(said.Text, id) })
		if _, before := there[id]; before && refreshed && shown && !faulty && !held[id] && !x.told[id] && (known[key.series()] || created && !x.heldByAny(id)) {
			return fmt.Errorf("%s lives, was listed, and is neither in state nor named", id)
		}
	}
	if failed != nil && x.strict && refreshed && !faulty {
		return fmt.Errorf("an apply fails without a reason: %w", failed)
	}
	return nil
}

func (x *saga) find(id string) (Key, bool) { return x.w.key(id) }

func (x *saga) heldByAny(id string) bool {
	return slices.ContainsFunc(x.actors, func(a *actor) bool { return x.heldBy(a)[id] })
}

// heldBy are the ids in an actor's state.
func (x *saga) heldBy(a *actor) map[string]bool {
	out := map[string]bool{}
	for _, instance := range a.ws.State {
		for _, held := range append([]*protocol.Held{instance.Current}, instance.Deposed...) {
			attributes := held.Attributes()
			for _, id := range slices.Concat(previousIDs(attributes), idsIn(attributes, "leftovers"), []string{text(attributes["id"])}) {
				out[id] = true
			}
		}
	}
	return out
}
