// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// ObjectRow is one kind of plain object: it has a name and no secret, a create makes it, and a destroy takes it away.
type ObjectRow struct {
	Type  string // of the resource, and of what looks one up and lists them
	Start func(t *testing.T) *Objects

	// The operations, for faults and in the journal; "" = the API has none.
	Create, Get, List, Update, Delete string

	// Answer is that of a create, about an object that was created then; IDField is where it has the id.
	Answer  func(id, name string, created time.Time) string
	IDField string
	// Denied is a good answer to a delete that says that the object is still there.
	Denied func(id string) string
	// Archived objects can be read, so that a look settles what a refusal of a delete leaves open.
	Archived bool
	// Listed: a read that does not find an object is settled by the list.
	Listed bool

	Full Settings // all arguments that are optional
	Omit []string // fields of answers that may be left out
	Once []Once   // arguments that are set once

	NoAPI   string // what a 404 to a create says, "" = what the server said
	Missing string // what the error says when a read does not find the object, "" = it is gone
	Removed string // what is said of an object that was removed outside before it is created again, "" = it is missing
	Unknown string // what a lookup of an unknown id says
	Loss    string // what a plan that destroys says

	LookUpBy  string // argument of the lookup that has the name, beside id
	Inventory string // attribute of the plural data source that has the rows, "" = there is none
	// Moves are types of other providers, as in "acme/acme_project": the object's id is in their state.
	Moves []string
}

// Objects are a stage for resources of a row, and what is at the vendor.
type Objects struct {
	*Stage
	In     Settings // arguments that name what the objects are below
	Prefix string   // of an import id
	Config func(name string) Settings
	// PageSize is how many rows a page of their list has, 0 = all.
	PageSize int

	Names  func() map[string]string // of the objects that are there, by id
	Seed   func(name string) string // adds an object outside of Terraform
	Remove func(id string)          // as somebody does outside of Terraform
}

// created applies the configuration of a new object, and gives its id.
func (o *Objects) created(config Settings) string { return text(o.Apply(config)["id"]) }

// fails injects a fault of an operation.
func (o *Objects) fails(operation string, fault simkit.Fault) {
	fault.Operation = operation
	o.Engine.Inject(fault)
}

// PlainObjects checks what holds for every plain object of any vendor.
func PlainObjects(t *testing.T, row ObjectRow) {
	for name, check := range map[string]func(*testing.T, ObjectRow){
		"life": objectLife, "crossed create": crossedCreate, "old answer": oldAnswer, "change answered with nothing": silentChange,
		"not found": objectNotFound, "gone": objectGone, "destroys": destroys, "unreadable list": unreadableList, "calls": objectCalls,
		"beside another": besideAnother, "data": objectData, "moves": objectMoves,
		"set once": setOnce, "set otherwise": setOtherwise,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); check(t, row) })
	}
	begin := func(t *testing.T) (*Stage, Settings) {
		t.Helper()
		o := row.Start(t)
		return o.Stage, With(o.Config("billing"), row.Full)
	}
	t.Run("read", func(t *testing.T) {
		operation, faults := row.Get, unusable
		if row.Listed {
			operation = ""
		} else if operation == "" {
			operation = row.List
		}
		if row.Get == "" { // a list shows each beside others
			faults = slices.DeleteFunc(slices.Clone(faults), func(f simkit.Fault) bool { return f.Kind == simkit.Crossed || f.Kind == simkit.Altered })
		}
		if row.Missing != "" {
			faults = append(faults, simkit.Fault{Kind: simkit.NotFoundBefore})
		}
		survives(t, operation, faults, func(t *testing.T) (*Stage, Settings, func()) {
			t.Helper()
			s, config := begin(t)
			return s, config, func() {}
		})
	})
	t.Run("left out", func(t *testing.T) { Omits(t, begin, row.Omit...) })
	t.Run("left out by reads", func(t *testing.T) {
		for _, field := range row.Omit {
			t.Run(field, func(t *testing.T) {
				t.Parallel()
				o := row.Start(t)
				both := map[string]Settings{"a": With(o.Config("a"), row.Full), "b": With(o.Config("b"), row.Full)} // one is read, one listed
				Same(t, "created", o.TryAll(both), nil)
				for _, operation := range []string{row.Get, row.List} {
					o.fails(operation, simkit.Fault{Kind: simkit.Altered, Omit: []string{field}})
				}
				plan, err := o.PlanAll(both)
				Same(t, "quiet", []any{err, err == nil && plan.Quiet()}, []any{nil, true})
			})
		}
	})
}

// objectLife: an object is created once though its answer is lost, changed in place, imported as it is, and taken away.
func objectLife(t *testing.T, row ObjectRow) {
	o := row.Start(t)
	before := o.Names()
	o.fails(row.Create, simkit.Fault{Kind: simkit.CutAfter, Times: 1})
	config := o.Config("billing")
	id := o.created(config)
	o.Has("was taken over")
	Same(t, "created", []any{len(o.Names()), o.Names()[id]}, []any{len(before) + 1, "billing"})
	if row.Update != "" {
		config = With(o.Config("ledger"), row.Full)
		Same(t, "changed", []any{o.created(config), o.Names()[id]}, []any{id, "ledger"})
		for name, value := range row.Full {
			Same(t, name, o.Attributes()[name], value)
		}
	}
	imported, _, err := o.Import(row.Type, o.Prefix+id)
	Same(t, "imported", []any{imported, err}, []any{o.Attributes(), nil})
	Same(t, "quiet", o.Quiet(nil), false)
	o.Has(row.Loss)
	o.Apply(nil)
	if row.Delete != "" {
		Same(t, "left", o.Names(), before)
	}
}

// besideAnother: a plan beside an object of the same name says so, with its import id.
func besideAnother(t *testing.T, row ObjectRow) {
	o := row.Start(t)
	other := o.Seed("search")
	_, err := o.Plan(o.Config("search"))
	Same(t, "plan", err, nil)
	o.Has("exists already", o.Prefix+other)
	_, err = o.Plan(o.Config("billing"))
	Same(t, "said of another name", []any{err, o.Says("exists already")}, []any{nil, false})
}

// objectData: objects are looked up by id and by name, and listed.
func objectData(t *testing.T, row ObjectRow) {
	o := row.Start(t)
	id := o.Seed("search")
	o.Remove(o.Seed("former"))
	for _, query := range []Settings{{"id": id}, {row.LookUpBy: "search"}} {
		got, err := o.Data(row.Type, With(o.In, query))
		Same(t, "lookup", []any{got["id"], got["name"], err}, []any{id, "search", nil})
	}
	unknown := id[:len(id)-3] + "000"
	_, err := o.Data(row.Type, With(o.In, Settings{"id": unknown}))
	o.Refused(err, unknown, row.Unknown)
	_, err = o.Data(row.Type, With(o.In, Settings{row.LookUpBy: "nowhere"}))
	o.Refused(err, "nowhere")
	names := slices.Sorted(maps.Values(o.Names()))
	listed, _ := o.List(row.Type, o.In)
	Same(t, "listed", slices.Sorted(slices.Values(listed)), names)
	if row.Inventory != "" {
		got, err := o.Data(row.Type+"s", o.In)
		Same(t, "inventory", err, nil)
		rows, _ := got[row.Inventory].([]any)
		var found []string
		for _, one := range rows {
			shown, _ := one.(Settings)
			found = append(found, text(shown["name"]))
		}
		Same(t, "inventory", slices.Sorted(slices.Values(found)), names)
	}
	if row.LookUpBy == "name" {
		second := o.Seed("search")
		_, err = o.Data(row.Type, With(o.In, Settings{"name": "search"}))
		o.Refused(err, id, second)
	}
}

// objectMoves: a moved block takes over an object of another provider by its id.
func objectMoves(t *testing.T, row ObjectRow) {
	for _, from := range row.Moves {
		o := row.Start(t)
		id := o.Seed("search")
		kind, provider := movedFrom(from)
		got, said, err := o.Move(row.Type, kind, provider, Settings{"id": id, "name": "x", "status": "active"})
		want, _, importErr := o.Import(row.Type, o.Prefix+id)
		Same(t, from, []any{got, said, err, importErr}, []any{want, "", nil, nil})
	}
}

// movedFrom are the type and the provider of "acme/acme_project".
func movedFrom(from string) (kind, provider string) {
	namespace, kind, _ := strings.Cut(from, "/")
	vendor, _, _ := strings.Cut(kind, "_")
	return kind, namespace + "/" + vendor
}
