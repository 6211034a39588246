// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// What plain objects do where a server answers wrongly, or not at all.

// crossedCreate: an answer that mixes up what was created with an object that was there before puts that in nobody's
// state: it is neither changed nor taken away.
func crossedCreate(t *testing.T, row ObjectRow) {
	for _, fault := range []simkit.Fault{{Kind: simkit.Altered}, {Kind: simkit.StatusAfter, Status: 200}} {
		t.Run(string(fault.Kind), func(t *testing.T) {
			t.Parallel()
			o := row.Start(t)
			created := o.now()
			other := o.Seed("search")
			o.Advance(time.Hour)
			before := o.Names()
			if fault.Times = 1; fault.Status == 0 {
				fault.Set = Settings{row.IDField: other, "name": "search"}
			} else {
				fault.Body = row.Answer(other, "search", created)
			}
			o.fails(row.Create, fault)
			o.crossed(row, other, before, "was taken over")
		})
	}
}

// oldAnswer: nor does an old answer that is given again to a create, also where no answer tells the server's time: that
// of the old object's creation is not taken for it.
func oldAnswer(t *testing.T, row ObjectRow) {
	for _, date := range []string{"", simkit.NoDate} {
		t.Run(date, func(t *testing.T) {
			t.Parallel()
			o := row.Start(t)
			created := o.now()
			other := o.Seed("search")
			before := o.Names()
			o.Advance(time.Hour)
			o.Engine.SetDate(date)
			o.fails(row.Create, simkit.Fault{Kind: simkit.StatusBefore, Status: 200, Body: row.Answer(other, "search", created), Times: 1})
			o.crossed(row, other, before, "")
		})
	}
}

// crossed creates and destroys an object, and leaves the other one and those before as they are.
func (o *Objects) crossed(row ObjectRow, other string, before map[string]string, says string) {
	o.T.Helper()
	id := o.created(o.Config("billing"))
	o.Has(says)
	want := maps.Clone(before)
	want[id] = "billing"
	Same(o.T, "another's", []any{id == other, o.Names()}, []any{false, want})
	if err := o.Try(nil); err != nil {
		o.T.Fatal(err)
	}
	if row.Delete != "" {
		Same(o.T, "left", o.Names(), before)
	}
}

// silentChange: a change that is answered with nothing is done: it is sent once, and a read shows it.
func silentChange(t *testing.T, row ObjectRow) {
	if row.Update == "" {
		return
	}
	for _, empty := range []simkit.Fault{{Status: 204}, {Status: 200, Body: " "}} {
		o := row.Start(t)
		id := o.created(o.Config("billing"))
		empty.Kind = simkit.StatusAfter
		o.fails(row.Update, empty)
		o.Said()
		config := With(o.Config("ledger"), row.Full)
		got := o.Apply(config)
		Same(t, "changed", []any{got["id"], got["name"], o.Engine.Count(row.Update), o.Says("differs")}, []any{id, "ledger", 1, false})
		for name, value := range row.Full {
			Same(t, name, got[name], value)
		}
	}
}

// objectNotFound: a 404 says of a create what may be wrong with the address, and nothing of an object that a look finds.
func objectNotFound(t *testing.T, row ObjectRow) {
	o := row.Start(t)
	for _, c := range []struct {
		operation, says string
		config          Settings
	}{{row.Create, row.NoAPI, o.Config("billing")}, {row.Update, "still exists", o.Config("ledger")}, {row.Delete, "still exists", nil}} {
		if c.operation == "" {
			continue
		}
		o.Advance(2 * time.Minute) // a young object is looked for again
		o.fails(c.operation, simkit.Fault{Kind: simkit.NotFoundBefore})
		err := o.Try(c.config)
		if said := fmt.Sprint(err); err == nil || !strings.Contains(said, c.says) || row.Missing != "" && strings.Contains(said, row.Missing) {
			t.Errorf("%s: %v", c.operation, err)
		}
		o.Engine.ClearFaults()
		o.Apply(c.config)
	}
}

// objectGone: one 404 is not believed. What was removed outside is created again, where that is known from a wrong
// organization's credential; else it stays in state.
func objectGone(t *testing.T, row ObjectRow) {
	o := row.Start(t)
	config := o.Config("billing")
	id := o.created(config)
	o.Advance(2 * time.Minute)
	if row.Get != "" {
		o.fails(row.Get, simkit.Fault{Kind: simkit.NotFoundBefore, Times: 1})
		Same(t, "quiet after one 404", o.Quiet(config), true)
		if row.Missing != "" && !row.Listed {
			o.fails(row.Get, simkit.Fault{Kind: simkit.NotFoundBefore, Times: 2})
			_, err := o.Plan(config)
			o.Refused(err, row.Missing)
		}
		o.Engine.ClearFaults()
	}
	o.Remove(id)
	if row.Removed == "" {
		_, err := o.Plan(config)
		o.Refused(err, row.Missing)
		Same(t, "in state", o.Attributes()["id"], id)
		return
	}
	Same(t, "the same", o.created(config) == id, false)
	o.Has(row.Removed)
}

// destroys: a destroy is done when the object is gone, whatever answers in between, and else an error that leaves it in
// state.
func destroys(t *testing.T, row ObjectRow) {
	if row.Delete == "" {
		return
	}
	cases := map[string]struct {
		fault simkit.Fault
		says  string // "" = it is done
	}{
		"lost answer":         {simkit.Fault{Kind: simkit.CutAfter, Times: 1}, ""},
		"busy":                {simkit.Fault{Kind: simkit.StatusBefore, Status: 429, Times: 2}, ""},
		"an empty answer":     {simkit.Fault{Kind: simkit.StatusAfter, Status: 200, Body: " "}, ""},
		"a page in its place": {simkit.Fault{Kind: simkit.HTML}, ""},
		"done, but denied":    {simkit.Fault{Kind: simkit.StatusAfter, Status: 200, Body: "denied"}, ""},
		"denied":              {simkit.Fault{Kind: simkit.StatusBefore, Status: 200, Body: "denied"}, "still exists and was not removed"},
		"not found":           {simkit.Fault{Kind: simkit.NotFoundBefore}, "still exists"},
		"refused":             {simkit.Fault{Kind: simkit.StatusBefore, Status: 403}, "403"},
		"not carried out":     {simkit.Fault{Kind: simkit.StatusBefore, Status: 400}, "400"},
	}
	if row.Archived {
		done := cases["not carried out"]
		done.fault.Kind, done.says = simkit.StatusAfter, ""
		cases["done, but refused"] = done
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := row.Start(t)
			before := o.Names()
			id := o.created(o.Config("billing"))
			o.Advance(2 * time.Minute)
			if c.fault.Body == "denied" {
				c.fault.Body = row.Denied(id)
			}
			o.fails(row.Delete, c.fault)
			err := o.Try(nil)
			Same(t, fmt.Sprint("done, ", err), []any{err == nil, o.Attributes() == nil}, []any{c.says == "", c.says == ""})
			if c.says != "" {
				o.Refused(err, id, c.says)
			}
			o.Engine.ClearFaults()
			o.Apply(nil)
			Same(t, "left", o.Names(), before)
		})
	}
}

// unreadableList: a list that cannot be read to its end stops nothing where each object can be read alone.
func unreadableList(t *testing.T, row ObjectRow) {
	if row.Get == "" {
		return
	}
	o := row.Start(t)
	o.fails(row.List, simkit.Fault{Kind: simkit.RepeatedCursor})
	both := map[string]Settings{"a": o.Config("a"), "b": o.Config("b")}
	Same(t, "created", o.TryAll(both), nil)
	plan, err := o.PlanAll(both)
	Same(t, "quiet", []any{err, err == nil && plan.Quiet()}, []any{nil, true})
	Same(t, "removed", o.TryAll(nil), nil)
}

// objectCalls: a refresh of many objects costs one read and the pages of their list.
func objectCalls(t *testing.T, row ObjectRow) {
	o := row.Start(t)
	all := map[string]Settings{}
	for i := range 9 {
		all[fmt.Sprint("o", i)] = o.Config(fmt.Sprint("o", i))
	}
	if err := o.TryAll(all); err != nil {
		t.Fatal(err)
	}
	o.Engine.ResetJournal()
	plan, err := o.PlanAll(all)
	Same(t, "quiet", []any{err, err == nil && plan.Quiet()}, []any{nil, true})
	pages := 1
	if o.PageSize > 0 {
		pages = (len(o.Names()) + o.PageSize - 1) / o.PageSize
	}
	if calls := o.Engine.Count(""); calls > pages+1 {
		t.Errorf("%d calls for %d objects, whose list has %d pages", calls, len(all), pages)
	}
}
