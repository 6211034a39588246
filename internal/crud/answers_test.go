// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// odd is a server that has its own way with names.
type odd struct {
	write func(string) string // what a write answers
	has   func(string) string // what a read answers; nil = the same
	name  string              // as asked for last
}

func text(s string) types.String { return crud.Optional(s) }

func (o *odd) things() things {
	object := newThings()
	create := object.Create
	object.Create = func(ctx context.Context, c *store, plan thing) (thing, error) {
		o.name = plan.Name.ValueString()
		plan.Name = text(o.write(o.name))
		return create(ctx, c, plan)
	}
	object.Update = func(_ context.Context, _ *store, plan, state thing) (thing, error) {
		if !plan.Name.Equal(state.Name) {
			o.name = plan.Name.ValueString()
		}
		plan.Name, plan.MadeAt = text(o.write(o.name)), types.StringNull() // this answer has no time
		return plan, nil
	}
	object.Read = func(_ context.Context, _ *store, prior thing) (thing, error) {
		has := o.has
		if has == nil {
			has = o.write
		}
		prior.Name = text(has(o.name))
		return prior, nil
	}
	return object
}

func TestWhatIsConfiguredStaysInState(t *testing.T) {
	t.Parallel()
	const long = "A name that is longer than this server keeps"
	for _, c := range []struct {
		server       string
		name         string
		write, read  func(string) string
		warns, every bool // about the write; in every plan
	}{
		{"keeps names", "One", strings.Clone, nil, false, false},
		{"folds names", "One", strings.ToLower, nil, true, false},
		{"folds names when they are read", "One", strings.Clone, strings.ToLower, false, false},
		{"cuts names when they are read", long, strings.Clone, func(s string) string { return s[:25] }, false, false},
		{"cuts names", long, func(s string) string { return s[:16] }, nil, true, false},
		{"decomposes names", "café", func(s string) string { return strings.ReplaceAll(s, "é", "e\u0301") }, nil, false, false},
		{"answers without a name", "One", func(string) string { return "" }, nil, true, true},
		{"answers without a name at first", "One", func(string) string { return "" }, strings.Clone, true, false},
		{"renames", "One", func(s string) string { return s + "-1" }, nil, true, true},
		{"answers the former name", "One", func(string) string { return "former" }, strings.Clone, true, false},
		{"ignores the name", "One", func(string) string { return "ignored" }, nil, true, true},
	} {
		t.Run(c.server, func(t *testing.T) {
			t.Parallel()
			server := &odd{write: c.write, has: c.read}
			w := serveThings(t, server.things())
			config, planned, stored := with(config, texts{"name": c.name}), with(planned, texts{"name": c.name}), with(stored, texts{"name": c.name})
			expectStays := func(what string, got told, warns bool) {
				t.Helper()
				var want []string
				if warns {
					want = []string{`(t1) differs from its configuration at the server`}
				}
				got.expect(t, stored, nil, want)
				if t.Failed() {
					t.Fatal("after " + what)
				}
			}
			expectStays("create", w.apply(nil, planned, config), c.warns)
			expectStays("read", w.read(stored, id), false)
			expectStays("plan", w.plan(stored, config), c.every)

			config, stored = with(config, texts{"name": "Two " + c.name}), with(stored, texts{"name": "Two " + c.name})
			expectStays("update", w.apply(with(stored, texts{"name": c.name}), stored, config), c.warns)
			expectStays("the next read", w.read(stored, id), false)
			expectStays("the next plan", w.plan(stored, config), c.every)

			stored = with(stored, texts{"name": "changed elsewhere"})
			server.write, server.has = strings.Clone, func(string) string { return "changed elsewhere" }
			expectStays("a change elsewhere", w.read(with(stored, texts{"name": "Two " + c.name}), id), false)
		})
	}
}

func TestAnUpdateOfSomethingElseNotesNoDrift(t *testing.T) {
	t.Parallel()
	server := &odd{write: strings.Clone}
	w := serveThings(t, server.things())
	w.apply(nil, planned, config).expect(t, stored, nil, nil)
	server.name = "renamed elsewhere"
	every := with(stored, texts{"every": "1h"})
	w.apply(stored, every, with(config, texts{"every": "1h"})).expect(t, every, nil, nil)
	w.read(every, id).expect(t, with(every, texts{"name": "renamed elsewhere"}), nil, nil)
}

func TestUntoldAndConstantArguments(t *testing.T) {
	t.Parallel()
	answer := types.StringNull()
	object := newThings()
	object.Untold, object.Constant = []string{"every"}, []string{"every"}
	object.Read = func(_ context.Context, _ *store, prior thing) (thing, error) {
		prior.Every = answer
		return prior, nil
	}
	w := serveThings(t, object)
	config, stored := with(config, texts{"every": "1h"}), with(stored, texts{"every": "1h"})
	w.read(stored, id).expect(t, stored, nil, nil) // not told is not none
	w.plan(stored, config).expect(t, stored, nil, nil)
	answer = types.StringValue("2h")
	w.read(stored, id).expect(t, stored, nil, nil)
	w.plan(stored, config).expect(t, stored, nil, []string{`every is "1h" in the configuration, the server has "2h".`})
	// Giving in to the server is no change of it.
	object.Plan = func(ctx context.Context, plan thing, state *thing) (thing, error) {
		if !plan.Every.Equal(state.Every) {
			crud.Warn(ctx, "thing t1", "changes", "every")
		}
		return plan, nil
	}
	giving := serveThings(t, object)
	giving.private = w.private
	two := with(stored, texts{"every": "2h"})
	giving.plan(stored, with(config, texts{"every": "2h"})).expect(t, two, nil, nil)
	giving.plan(stored, with(config, texts{"every": "3h"})).expect(t, with(stored, texts{"every": "3h"}), nil, []string{"Thing t1 changes"})
	giving.apply(stored, two, with(config, texts{"every": "2h"})).expect(t, two, nil, nil)
	giving.plan(two, with(config, texts{"every": "2h"})).expect(t, two, nil, nil)

	answer = types.StringValue("1h")
	w.read(stored, id).expect(t, stored, nil, nil)
	w.plan(stored, config).expect(t, stored, nil, nil)

	// Nor is giving in to what the server has in decomposed letters.
	answer = types.StringValue("e\u0301")
	giving.read(stored, id).expect(t, stored, nil, nil)
	giving.plan(stored, with(config, texts{"every": "\u00e9"})).expect(t, with(stored, texts{"every": "\u00e9"}), nil, nil)
}

// What the server shows first after an answer that left it out replaces nothing; what it shows instead later does.
func TestShownFirstReplacesNothing(t *testing.T) {
	t.Parallel()
	has := types.StringValue("2h")
	object := newThings()
	object.Schema.Attributes["every"] = schema.StringAttribute{
		Optional:      true,
		PlanModifiers: []planmodifier.String{crud.ReplaceIf(func(planned, has types.String) bool { return !has.IsNull() && !planned.Equal(has) }, "Replaces.")},
	}
	create := object.Create
	object.Create = func(ctx context.Context, c *store, plan thing) (thing, error) {
		plan.Every = types.StringNull()
		return create(ctx, c, plan)
	}
	object.Read = func(_ context.Context, _ *store, prior thing) (thing, error) {
		prior.Every = has
		return prior, nil
	}
	w := serveThings(t, object)
	config, stored := with(config, texts{"every": "1h"}), with(stored, texts{"every": "1h"})
	w.apply(nil, with(planned, texts{"every": "1h"}), config).expect(t, stored, nil, []string{"differs from its configuration at the server"})
	for range 2 {
		w.read(stored, id).expect(t, stored, nil, nil)
		plan := w.plan(stored, config)
		plan.expect(t, stored, nil, []string{`every is "1h" in the configuration, the server has "2h".`})
		expectTexts(t, "replaced for", plan.replace, nil)
	}
	has = types.StringValue("3h")
	drifted := with(stored, texts{"every": "3h"})
	w.read(stored, id).expect(t, drifted, nil, nil)
	expectTexts(t, "replaced for", w.plan(drifted, config).replace, []string{"every"})
}

func TestSpoiledPrivateState(t *testing.T) {
	t.Parallel()
	w := serveThings(t, newThings())
	w.private = []byte(`{"answers":"eyJuYW1lIjo3fQ=="}`) // {"name":7}
	w.read(stored, id).expect(t, stored, nil, nil)
	w.plan(stored, config).expect(t, stored, nil, nil)
}

func planning(t *testing.T, object things, prior, config texts, want ...string) {
	t.Helper()
	got := serveThings(t, object).plan(prior, config)
	expectTexts(t, "errors", got.errors, nil)
	expectTexts(t, "warnings", got.warnings, want)
}

func TestPlansThatCannotBeUndone(t *testing.T) {
	t.Parallel()
	object := newThings()
	object.Loss = func(_ context.Context, c *store, state thing) (what, detail string) {
		return "will be lost", "All of " + state.ID.ValueString() + " at " + c.name + " is lost."
	}
	old := false
	object.Replaces = func(plan, _ thing) string {
		switch {
		case old:
			return "it is old"
		case plan.Name.ValueString() == "back":
			return "there is no way back"
		}
		return ""
	}
	planning(t, object, stored, config)
	planning(t, object, nil, config)
	planning(t, object, stored, nil, "Thing \"one\" (t1) will be lost\nAll of t1 at first is lost.")
	planning(t, object, stored, with(config, texts{"parent_id": "p2"}),
		"Thing \"one\" (t1) will be replaced\nThe reason: its parent_id changes from p1 to p2. All of t1 at first is lost. If Terraform calls this plan inconsistent with the one before, this object was not changed, but what it belongs to may have been replaced: plan again and apply.")
	planning(t, object, stored, with(config, texts{"parent_id": "?"}))
	for _, way := range []texts{{"name": "back"}, nil} { // no plan before could be another
		old = way == nil
		said := serveThings(t, object).plan(stored, with(config, way)).warnings
		if len(said) != 1 || !strings.HasSuffix(said[0], ". All of t1 at first is lost.") {
			t.Errorf("says %q", said)
		}
	}
	old, object.Refers = false, []string{"name"} // the id of another object, which may have been unknown
	planning(t, object, stored, with(config, texts{"name": "back"}),
		"will be replaced\nThe reason: there is no way back. All of t1 at first is lost. If Terraform calls this plan inconsistent")
	object.Identity = crud.Identity{"parent_id"} // what the parent has only one of
	planning(t, object, stored, with(config, texts{"parent_id": "p2"}), "will be replaced\nThe reason: its parent_id changes from p1 to p2. All of t1 at first is lost.")
	object.Identity = crud.Identity{"parent_id", "id"}
	object.Connect = func(any) (*store, error) { return nil, crud.ErrNotYetKnown }
	planning(t, object, stored, nil) // nothing can be said for certain
}

func TestPlansBesideAnEqualName(t *testing.T) {
	t.Parallel()
	var found crud.Namesakes
	var failed error
	object := newThings()
	object.Namesakes = func(_ context.Context, _ *store, plan thing) (crud.Namesakes, error) {
		if plan.Name.ValueString() != "one" {
			t.Errorf("looks for %s", plan.Name)
		}
		found.Where = "parent p1"
		return found, failed
	}
	planning(t, object, nil, config)
	planning(t, object, stored, config)
	found.IDs = []string{"p1/b", "p1/a"}
	planning(t, object, nil, config, "Thing \"one\" exists already in parent p1\nIn parent p1 the same name belongs to p1/a, p1/b. Unless this plan replaces that object, applying creates a second one of the same name, or is refused. To manage the existing one, import it instead: terraform import <address> p1/a")
	planning(t, object, stored, config) // it is there itself
	found.IDs = strings.Split("f e d c b a", " ")
	planning(t, object, nil, config, "belongs to a, b, c, d, e and 1 more.")
	found.IDs, found.Part = nil, true
	planning(t, object, nil, config, "Parent p1 was not checked whole for equal names\n")
	found.Part, failed = false, forbidden
	planning(t, object, nil, config, "Parent p1 was not checked for equal names\nThe objects there could not be listed, so it is not known whether a thing of the same name exists already. "+forbidden.Hint)
	failed = gone
	planning(t, object, nil, config) // the create says it
	object.Connect = func(any) (*store, error) { return nil, crud.ErrNotYetKnown }
	object.Namesakes = func(context.Context, *store, thing) (crud.Namesakes, error) { panic("without a client") }
	planning(t, object, nil, config)
}

func TestAnImportOfNothing(t *testing.T) {
	t.Parallel()
	const form = "The import id has the form <parent_id>/<id>, such as p0/t0. Check the id, and that the object is of this kind."
	answer := func(status int) error {
		return &apierr.Error{Operation: "read thing", Status: status, Message: "no"}
	}
	for name, test := range map[string]struct {
		err  error
		says string
	}{
		"gone":           {gone, "Unable to find thing t1\nThing t1 was not found. If it ever existed, then it was deleted outside Terraform. " + form},
		"never there":    {&apierr.Gone{What: "thing t1", Why: "there is none", Never: true}, "Unable to find thing t1\nThing t1 was not found: there is none. " + form},
		"not answered":   {answer(404), "It was not found: read thing: no (HTTP 404 Not Found). " + form + "\n\nIf the configuration has several provider blocks (alias), check the provider argument of this object"},
		"not set":        {&apierr.Gone{What: "thing t1", Why: "none is set", Unset: true}, "Unable to find thing t1\nThing t1 cannot be imported: none is set. Take the import out: applying the configuration sets it."},
		"not understood": {answer(400), "Read thing: no (HTTP 400 Bad Request). " + form},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			object := newThings()
			object.Read = func(context.Context, *store, thing) (thing, error) { return thing{}, test.err }
			serveThings(t, object).read(id, id).expect(t, id, []string{test.says}, nil)
		})
	}
	object := newThings()
	object.Read = func(context.Context, *store, thing) (thing, error) { return thing{}, answer(401) }
	if got := serveThings(t, object).read(id, id).errors; len(got) != 1 || strings.Contains(got[0], "import id") {
		t.Errorf("a refused credential speaks of the id: %q", got)
	}
}
