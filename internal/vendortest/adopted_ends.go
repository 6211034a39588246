// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// dead: a key that cannot be brought back stays in state with a warning in every plan, and nothing is sent for it.
func dead(t *testing.T, row AdoptedRow) {
	for _, status := range row.Dead {
		for _, server := range row.Servers {
			a := row.begin(t, server)
			config := Settings{"id": a.key, "name": billing, "status": row.On, "on_destroy": row.Last}
			a.Apply(config)
			a.Sim.Die(a.key, status)
			for range 2 {
				a.Said()
				got := a.Apply(With(config, Settings{"name": "other"}))
				Same(t, "state", []any{got["status"], got["name"]}, []any{status, billing})
				a.Has("cannot be brought back", billing)
			}
			a.Apply(With(config, Settings{"review_after": "1d"}))
			a.Apply(nil)
			Same(t, "writes", a.writes(), 0)
		}
	}
}

// review: from an age on every plan says what a user has to do; a plan knows the age from the Read.
func review(t *testing.T, row AdoptedRow) {
	const text, offText = "has to be replaced by a user", " and older than review_after"
	a := row.usual(t)
	config := Settings{"id": a.key, "name": "billing-2029-12-01", "review_after": "90d"}
	a.Apply(config)
	a.Advance(89 * day)
	a.Said()
	Same(t, "quiet", []any{a.Quiet(config), a.Says(text)}, []any{true, false})
	a.Advance(day + time.Hour)
	for range 2 {
		Same(t, "quiet", a.Quiet(config), true)
		a.Has(text, `one called "billing-`+a.in(90*day + time.Hour)[:10]+`"`, row.Place+" "+a.Place.ID, "(90d)", "in a second resource", `set status = "`+row.Off+`"`)
	}
	a.Apply(With(config, Settings{"review_after": "100d"}))
	Same(t, "said", a.Says(text), false)
	Same(t, "a change counts at once", []any{a.Quiet(config), a.Says(text)}, []any{false, true})
	a.Apply(nil)
	a.Said()
	Same(t, "an adoption, too", []any{a.Quiet(config), a.Says(text)}, []any{false, true})

	// A key that is switched off has been replaced: what is left is to end it.
	off := With(config, Settings{"status": row.Off})
	for _, before := range []Settings{nil, config, off} {
		a.Apply(before)
		a.Said()
		Same(t, "quiet", a.Quiet(off), before["status"] != nil)
		said := a.Said()
		Same(t, "said", []any{strings.Contains(said, text), strings.Contains(said, "is "+row.Off+offText)}, []any{false, true})
	}
}

// reviewWithoutAClock: where no clock can be trusted, no age is decided, and every plan says so.
func reviewWithoutAClock(t *testing.T, row AdoptedRow) {
	for says, date := range map[string]string{"was read without the server's time": simkit.NoDate, "was read while this machine's clock is wrong": ""} {
		a := row.usual(t)
		a.Advance(100 * day)
		a.Clock.Advance(time.Hour)
		a.Engine.SetDate(date)
		config := Settings{"id": a.key, "review_after": "90d"}
		for range 2 {
			_, err := a.Plan(config)
			said := a.Said()
			Same(t, says, []any{err, strings.Contains(said, says), strings.Contains(said, "has to be replaced")}, []any{nil, true, false})
			a.Apply(config)
			a.Said()
		}
		a.Apply(Settings{"id": a.key})
		a.Said()
		Same(t, "without review_after", []any{a.Quiet(Settings{"id": a.key}), a.Says(says)}, []any{true, false})
	}
}

// destroysAdopted: a destroy and a changed id do to the old key what on_destroy says.
func destroysAdopted(t *testing.T, row AdoptedRow) {
	for way, status := range row.ways() {
		for _, replaced := range []bool{false, true} {
			a := row.usual(t)
			next := a.seed("next")
			a.Apply(Settings{"id": a.key, "on_destroy": way})
			var config Settings
			if replaced {
				config = Settings{"id": next, "on_destroy": way}
			}
			a.Said()
			Same(t, "quiet", a.Quiet(config), false)
			said := a.Said()
			Same(t, "warned", []any{strings.Contains(said, row.Final), strings.Contains(said, "nothing brings it back"), strings.Contains(said, "will be replaced")}, []any{way == row.Last, way == row.Last, replaced})
			a.Apply(config)
			a.holds(way, billing, status, map[bool]int{true: 1}[way != "forget"])
			Same(t, "the other key", a.Sim.Stored()[1].Status, row.On)
		}
	}
}

// failsToEnd: titles say what was not done.
func failsToEnd(t *testing.T, row AdoptedRow) {
	for way := range row.Ends {
		a := row.usual(t)
		a.Apply(Settings{"id": a.key, "on_destroy": way})
		a.inject(Edit, simkit.Fault{Kind: simkit.StatusBefore, Status: 403})
		a.Refused(a.Try(nil), "Unable to "+way+" "+row.Noun)
	}
}

// adoptedElsewhere: a key whose resource has another address, without a moved block, is ended by the destroy and on
// again by the create, which comes after it here: the list as the process first saw it shows a key that is on.
func adoptedElsewhere(t *testing.T, row AdoptedRow) {
	for way, status := range row.Ends {
		if status != row.Off {
			continue
		}
		a := row.usual(t)
		other := a.seed("other")
		config := Settings{"id": a.key, "status": row.On, "on_destroy": way}
		Same(t, "at the old address", a.TryAll(map[string]Settings{"old": config}), nil)
		Same(t, "at the young address", a.TryAll(map[string]Settings{"neighbour": {"id": other}, "young": config}), nil)
		a.holds("after it", billing, row.On, 2)
	}
}

// destroysUnderFaults: an end is success only when the key has it, whatever answers in between.
func destroysUnderFaults(t *testing.T, row AdoptedRow) {
	for name, c := range map[string]struct {
		fault simkit.Fault
		done  bool
	}{
		"lost answer":         {simkit.Fault{Kind: simkit.CutAfter, Times: 1}, true},
		"busy":                {simkit.Fault{Kind: simkit.StatusBefore, Status: 429, Times: 2}, true},
		"overloaded":          {simkit.Fault{Kind: simkit.StatusBefore, Status: 529, Times: 2}, true},
		"done, but refused":   {simkit.Fault{Kind: simkit.StatusAfter, Status: 400, Times: 1}, true},
		"a page in its place": {simkit.Fault{Kind: simkit.HTML}, true},
		"an empty answer":     {simkit.Fault{Kind: simkit.Altered, Body: " "}, true},
		"done, former shown":  {simkit.Fault{Kind: simkit.FormerAnswer, Times: 1}, true},
		"not found":           {simkit.Fault{Kind: simkit.NotFoundBefore}, false},
		"refused":             {simkit.Fault{Kind: simkit.StatusBefore, Status: 403}, false},
		"not carried out":     {simkit.Fault{Kind: simkit.StatusBefore, Status: 400}, false},
		"another key":         {simkit.Fault{Kind: simkit.Crossed}, false},
	} {
		for way := range row.Ends {
			t.Run(name+" "+way, func(t *testing.T) {
				t.Parallel()
				a := row.usual(t)
				a.seed("neighbour")
				a.Apply(Settings{"id": a.key, "on_destroy": way})
				a.inject(Edit, c.fault)
				err := a.Try(nil)
				Same(t, "done", []any{err == nil, a.Attributes() == nil}, []any{c.done, c.done})
				a.Engine.ClearFaults()
				a.Apply(nil)
				Same(t, "on", a.Sim.Stored()[0].Status == row.On, false)
			})
		}
	}
}

// own adds the key that the provider works with from now on.
func (a *adopting) own() (id string) {
	id, plain := a.Sim.Seed(NewKey{Name: "admin", Admin: true})
	a.Setenv(a.row.Env, plain)
	return id
}

func (a *adopting) revoke(id string) error {
	return a.Invoke(a.row.Action, Settings{"key_id": id})
}

// without has answers show something else of every secret.
func (a *adopting) without(shown any) simkit.Fault {
	return simkit.Fault{Kind: simkit.Altered, Set: map[string]any{a.row.Hint: shown}}
}

const locksOut = "lock itself out"

// spares: the key that the provider works with is not switched off, on any road.
func spares(t *testing.T, row AdoptedRow) {
	a := row.usual(t)
	own := a.own()
	a.Refused(a.Try(Settings{"id": own, "status": row.Off}), locksOut)
	for way := range row.Ends {
		a.Apply(Settings{"id": own, "on_destroy": way})
		a.Refused(a.Try(nil), locksOut)
	}
	a.Refused(a.revoke(own), "Nothing was revoked")
	Same(t, "writes", a.writes(), 0)
}

// sparesWithoutAHint: a key whose ends the API does not show may be the provider's own: it is switched off only if
// another one is known to be that.
func sparesWithoutAHint(t *testing.T, row AdoptedRow) {
	a := row.usual(t)
	own, next := a.own(), a.seed("next")
	a.Engine.Inject(a.without(nil))
	a.Refused(a.Try(Settings{"id": own, "status": row.Off}), row.MayBe)
	a.Apply(Settings{"id": own, "on_destroy": row.Last})
	a.Refused(a.Try(nil), row.MayBe)
	a.Refused(a.revoke(own), row.MayBe)
	a.Refused(a.revoke(next), row.MayBe)
	a.inject(List, simkit.Fault{Kind: simkit.StatusBefore, Status: 403})
	a.Refused(a.revoke(next), row.MayBe)
	Same(t, "writes", a.writes(), 0)
	a.Engine.ClearFaults()

	a.Sim.HideHint(a.key, true)
	a.Sim.HideHint(next, true)
	Same(t, "another is", a.revoke(a.key), nil)
	a.Sim.HideHint(own, true)
	a.Refused(a.revoke(next), row.MayBe)
	a.inject(Get, a.without(nil))
	a.Sim.HideHint(next, false)
	Same(t, "its list shows the ends", a.revoke(next), nil)
	var statuses []string
	for _, k := range a.Sim.Stored() {
		statuses = append(statuses, k.Status)
	}
	last := row.Ends[row.Last]
	Same(t, "statuses", statuses, []string{last, row.On, last})
}

// sparesBehindAnyHint: a credential of another kind is no key of the list, so whatever the API shows of a key, that is
// another one. With a key of the list what shows no end tells nothing, and the list decides.
func sparesBehindAnyHint(t *testing.T, row AdoptedRow) {
	for _, shown := range []any{nil, "igAA", "..."} {
		a := row.usual(t)
		if row.Apart {
			a.Engine.Inject(a.without(shown))
			Same(t, "revoked", []any{a.revoke(a.key), a.Engine.Count(row.Operations[List])}, []any{nil, 0})
			a.holds("revoked", billing, row.Ends[row.Last], 1)
			a.Engine.ClearFaults()
		}
		own, next := a.own(), a.seed("next")
		a.inject(Get, a.without(shown))
		Same(t, "its list shows the ends", a.revoke(next), nil)
		a.Refused(a.revoke(own), locksOut)
	}
}
