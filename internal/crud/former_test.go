// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// adopted is a server whose thing was always there, with a name and an interval.
type adopted struct {
	has    thing
	former map[string]any // as Restore got it
	calls  []string
}

func (a *adopted) things() things {
	object := newThings()
	open := func() schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	}
	object.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"parent_id": crud.Parent("parent"), "name": open(), "every": open(), "id": crud.ID("id"), "made_at": crud.Fixed("made"),
	}}
	object.LeftAlone, object.Restores = []string{"name", "every"}, []string{"name", "every"}
	write := func(plan thing) thing {
		a.calls = append(a.calls, "write")
		if !plan.Name.IsUnknown() {
			a.has.Name = plan.Name
		}
		if !plan.Every.IsUnknown() {
			a.has.Every = plan.Every
		}
		return a.has
	}
	object.Before = func(context.Context, *store, thing) (thing, error) { return a.has, nil }
	object.Create = func(_ context.Context, _ *store, plan thing) (thing, error) { return write(plan), nil }
	object.Read = func(context.Context, *store, thing) (thing, error) { return a.has, nil }
	object.Update = func(_ context.Context, _ *store, plan, _ thing) (thing, error) { return write(plan), nil }
	object.Delete = func(ctx context.Context, _ *store, _ thing) error {
		a.calls = append(a.calls, "delete")
		crud.Warn(ctx, "thing t1", "stays as it is", "It cannot be deleted.")
		return nil
	}
	object.Restore = func(_ context.Context, _ *store, _ thing, former map[string]any) error {
		a.calls, a.former = append(a.calls, "restore"), former
		return nil
	}
	object.Loss = func(context.Context, *store, thing) (string, string) {
		return "stays as it is", "It cannot be deleted."
	}
	return object
}

func adopting() *adopted {
	value := types.StringValue
	return &adopted{has: thing{value("p1"), value("before"), value("1h"), value("t1"), value("2027-03-01T12:00:00Z")}}
}

var (
	alone  = texts{"parent_id": "p1", "every": "2h"}
	blank  = texts{"parent_id": "p1", "id": "?", "made_at": "?", "name": "?", "every": "?"}
	there  = texts{"parent_id": "p1", "id": "t1", "made_at": "2027-03-01T12:00:00Z", "name": "before", "every": "1h"}
	adopt2 = with(there, texts{"every": "2h"})
)

func (a *adopted) expect(t *testing.T, former map[string]any, last string) {
	t.Helper()
	if !maps.Equal(a.former, former) || a.calls[len(a.calls)-1] != last {
		t.Errorf("restored %v by %v, want %v by %s", a.former, a.calls, former, last)
	}
}

// Nobody else writes between the look at what is there and the write: a destroy under a former address
// writes it back at the same time.
func TestFormerValuesAreReadInTheTurn(t *testing.T) {
	t.Parallel()
	a := adopting()
	object := a.things()
	object.Turn = func(_ *store, plan thing) func() {
		a.calls = append(a.calls, "begin "+plan.ParentID.ValueString())
		return func() { a.calls = append(a.calls, "end") }
	}
	object.Before = func(context.Context, *store, thing) (thing, error) {
		a.calls = append(a.calls, "look")
		return a.has, nil
	}
	w := serveThings(t, object)
	w.apply(nil, with(blank, texts{"every": "2h"}), alone)
	after := with(adopt2, texts{"name": "mine"})
	w.apply(adopt2, after, with(alone, texts{"name": "mine"}))
	if turn := []string{"begin p1", "look", "write", "end"}; !slices.Equal(a.calls, append(turn, turn...)) {
		t.Errorf("called %v", a.calls)
	}
}

// What is refused there is no deletion.
func TestFormerValuesThatAreRefused(t *testing.T) {
	t.Parallel()
	a := adopting()
	object := a.things()
	object.Restore = func(context.Context, *store, thing, map[string]any) error { return forbidden }
	w := serveThings(t, object)
	w.apply(nil, with(blank, texts{"every": "2h"}), alone)
	w.apply(adopt2, nil, nil).expect(t, adopt2, []string{"Unable to restore thing \"before\" (t1)\n"}, nil)
}

// What a create overwrites comes back at destroy, and nothing else.
func TestFormerValues(t *testing.T) {
	t.Parallel()
	t.Run("of what was written at creation", func(t *testing.T) {
		t.Parallel()
		a := adopting()
		w := serveThings(t, a.things())
		w.apply(nil, with(blank, texts{"every": "2h"}), alone).expect(t, adopt2, nil, nil)
		w.read(adopt2, id).expect(t, adopt2, nil, nil)
		w.plan(adopt2, alone).expect(t, adopt2, nil, nil)
		w.plan(adopt2, nil).expect(t, nil, nil, []string{"Thing \"before\" (t1) gets back its former values\nDestroying it writes back what the server had before Terraform wrote to it: every = 1h."})
		w.apply(adopt2, nil, nil).expect(t, nil, nil, nil)
		a.expect(t, map[string]any{"every": "1h"}, "restore")
	})
	t.Run("but not what was written already, most likely by this resource under a former address", func(t *testing.T) {
		t.Parallel()
		a := adopting()
		a.has.Every = types.StringValue("2h")
		w := serveThings(t, a.things())
		w.apply(nil, with(blank, texts{"every": "2h"}), alone)
		w.apply(adopt2, nil, nil)
		a.expect(t, nil, "delete")
	})
	t.Run("nor what somebody made of that before it was written again", func(t *testing.T) {
		t.Parallel()
		for every, former := range map[string]map[string]any{"2h": nil, "3h": {"every": "2h"}} {
			a := adopting()
			a.has.Every = types.StringValue("2h")
			w := serveThings(t, a.things())
			w.apply(nil, with(blank, texts{"every": "2h"}), alone)
			a.has.Every = types.StringValue("9h")
			after := with(adopt2, texts{"every": every})
			w.apply(with(adopt2, texts{"every": "9h"}), after, with(alone, texts{"every": every})).expect(t, after, nil, nil)
			w.apply(after, nil, nil)
			a.expect(t, former, map[bool]string{true: "delete", false: "restore"}[former == nil])
		}
	})
	t.Run("of what was written later", func(t *testing.T) {
		t.Parallel()
		a := adopting()
		w := serveThings(t, a.things())
		w.apply(nil, with(blank, texts{"every": "2h"}), alone)
		both := with(alone, texts{"name": "mine"})
		after := with(adopt2, texts{"name": "mine"})
		w.apply(adopt2, after, both).expect(t, after, nil, nil)
		again := with(both, texts{"name": "other", "every": "3h"})
		w.apply(after, with(after, again), again)
		w.apply(with(after, again), nil, nil)
		a.expect(t, map[string]any{"every": "1h", "name": "before"}, "restore")
	})
	t.Run("are the server's and not those of an older state", func(t *testing.T) {
		t.Parallel()
		a := adopting()
		w := serveThings(t, a.things())
		w.apply(nil, with(blank, texts{"every": "2h"}), alone)
		a.has.Name = types.StringValue("raised") // not refreshed, as with a plan that was saved before
		both := with(alone, texts{"name": "mine"})
		after := with(adopt2, texts{"name": "mine"})
		w.apply(adopt2, after, both).expect(t, after, nil, nil)
		w.apply(after, nil, nil)
		a.expect(t, map[string]any{"every": "1h", "name": "raised"}, "restore")
	})
	t.Run("that an update cannot look up write nothing", func(t *testing.T) {
		t.Parallel()
		a := adopting()
		object := a.things()
		asked := 0
		before := object.Before
		object.Before = func(ctx context.Context, s *store, plan thing) (thing, error) {
			if asked++; asked == 2 {
				return thing{}, forbidden
			}
			return before(ctx, s, plan)
		}
		w := serveThings(t, object)
		w.apply(nil, with(blank, texts{"every": "2h"}), alone)
		next := with(adopt2, texts{"every": "3h"})
		w.apply(adopt2, next, with(alone, texts{"every": "3h"})).expect(t, next, nil, nil) // every is known
		both := with(alone, texts{"name": "mine", "every": "3h"})
		w.apply(next, with(next, both), both).expect(t, next, []string{"Unable to update"}, nil)
		w.apply(next, nil, nil)
		a.expect(t, map[string]any{"every": "1h"}, "restore")
		if len(a.calls) != 3 {
			t.Errorf("called %v", a.calls)
		}
	})
	t.Run("are unknown after an import", func(t *testing.T) {
		t.Parallel()
		a := adopting()
		w := serveThings(t, a.things())
		w.read(texts{"parent_id": "p1", "id": "t1"}, id).expect(t, there, nil, nil)
		w.plan(there, nil).expect(t, nil, nil, []string{"Thing \"before\" (t1) stays as it is"})
		w.apply(there, nil, nil).expect(t, nil, nil, []string{"Thing t1 stays as it is"})
		a.expect(t, nil, "delete")
	})
	t.Run("that cannot be read count as none", func(t *testing.T) {
		t.Parallel()
		a := adopting()
		w := serveThings(t, a.things())
		w.private = []byte(`{"written":"W10="}`) // []
		w.apply(there, nil, nil).expect(t, nil, nil, []string{"Thing t1 stays as it is"})
		a.expect(t, nil, "delete")
	})
	t.Run("that cannot be looked up write nothing", func(t *testing.T) {
		t.Parallel()
		a := adopting()
		object := a.things()
		object.Before = func(context.Context, *store, thing) (thing, error) { return thing{}, forbidden }
		serveThings(t, object).apply(nil, blank, alone).expect(t, nil, []string{"Unable to create thing\nUse an admin key."}, nil)
		if len(a.calls) > 0 {
			t.Errorf("called %v", a.calls)
		}
	})
	t.Run("are lost where a destroy did not know them", func(t *testing.T) {
		t.Parallel()
		a := adopting()
		object := a.things()
		object.Identity = crud.Identity{"parent_id"} // the place is known before the create
		w := serveThings(t, object)
		w.apply(nil, with(blank, texts{"every": "2h"}), alone)
		w.private = nil // as in the destroy of a tainted one
		w.apply(adopt2, nil, nil).expect(t, nil, nil, []string{"Thing t1 stays as it is"})
		w.apply(nil, with(blank, texts{"every": "2h"}), alone).expect(t, adopt2, nil, nil)
		after := with(adopt2, texts{"every": "3h"})
		w.apply(adopt2, after, with(alone, texts{"every": "3h"})).expect(t, after, nil, nil)
		w.plan(after, nil).expect(t, nil, nil, []string{"Thing \"before\" (t1) stays as it is"})
		w.apply(after, nil, nil).expect(t, nil, nil, []string{"Thing t1 stays as it is"})
		a.expect(t, nil, "delete")
	})
	t.Run("are named where a create may have written", func(t *testing.T) {
		t.Parallel()
		for says, failure := range map[string]error{
			"Before this apply it had: every = 1h.": &apierr.Error{Operation: "set thing", Outcome: apierr.Unknown},
			"Use an admin key.":                     forbidden,
		} {
			a := adopting()
			object := a.things()
			object.Create = func(context.Context, *store, thing) (thing, error) { return thing{}, failure }
			serveThings(t, object).apply(nil, with(blank, texts{"every": "2h"}), alone).expect(t, nil, []string{says}, nil)
		}
	})
	t.Run("are kept where an update that fails may have written", func(t *testing.T) {
		t.Parallel()
		for name, failure := range map[string]error{
			"unknown":            &apierr.Error{Operation: "set thing", Outcome: apierr.Unknown},
			"lost, then refused": &apierr.Error{Operation: "set thing", Lost: true, Status: 403},
			"stored":             &crud.Stored{Err: forbidden},
		} {
			a := adopting()
			object := a.things()
			object.Update = func(_ context.Context, _ *store, plan, _ thing) (thing, error) { return plan, failure }
			w := serveThings(t, object)
			if told := w.apply(there, adopt2, alone); len(told.errors) == 0 {
				t.Errorf("%s: no error", name)
			}
			w.apply(adopt2, nil, nil)
			a.expect(t, map[string]any{"every": "1h"}, "restore")
		}
	})
	t.Run("of an update that is refused are none", func(t *testing.T) {
		t.Parallel()
		a := adopting()
		object := a.things()
		update, refused := object.Update, false
		object.Update = func(ctx context.Context, s *store, plan, state thing) (thing, error) {
			if !refused {
				refused = true
				return thing{}, forbidden
			}
			return update(ctx, s, plan, state)
		}
		w := serveThings(t, object)
		w.apply(nil, with(blank, texts{"every": "2h"}), alone)
		both := with(alone, texts{"name": "mine"})
		w.apply(adopt2, with(adopt2, both), both).expect(t, adopt2, []string{"Unable to update"}, nil)
		w.plan(adopt2, alone).expect(t, adopt2, nil, nil) // nor is a line that was never written taken away
		a.has.Name = types.StringValue("theirs")
		w.apply(with(adopt2, texts{"name": "theirs"}), nil, nil)
		a.expect(t, map[string]any{"every": "1h"}, "restore")
	})
}

func TestLinesTakenAwayAreLeftAlone(t *testing.T) {
	t.Parallel()
	a := adopting()
	w := serveThings(t, a.things())
	both := texts{"parent_id": "p1", "name": "mine", "every": "2h"}
	after := with(there, both)
	w.apply(nil, with(blank, both), both).expect(t, after, nil, nil)
	w.plan(after, both).expect(t, after, nil, nil)
	w.plan(after, alone).expect(t, after, nil, []string{"Thing \"mine\" (t1) keeps its name\nThe configuration no longer sets these values"})
	expectTexts(t, "warnings", w.plan(after, alone).warnings, []string{"name stays mine. A destroy sets it back to before."})
	// What somebody else makes of it is theirs.
	a.has.Name = types.StringValue("theirs")
	w.read(after, id).expect(t, with(after, texts{"name": "theirs"}), nil, nil)
	w.plan(with(after, texts{"name": "theirs"}), alone).expect(t, with(after, texts{"name": "theirs"}), nil, []string{"keeps its name"})
	// The next write ends the warning.
	next := texts{"parent_id": "p1", "every": "3h"}
	w.apply(with(after, texts{"name": "theirs"}), with(after, texts{"name": "theirs", "every": "3h"}), next)
	w.plan(with(after, texts{"name": "theirs", "every": "3h"}), next).expect(t, with(after, texts{"name": "theirs", "every": "3h"}), nil, nil)
}
