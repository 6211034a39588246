// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"context"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// move asks for a state of another provider to be taken over.
func (w *wire) move(kind, address, source string) told {
	w.t.Helper()
	return w.tell(w.Move(w.t.Context(), kind, address, 0, []byte(source)))
}

func TestMove(t *testing.T) {
	t.Parallel()
	object := newThings()
	object.Moves = []crud.Move{{
		Type: "old_thing", Providers: []string{"old", "toy"},
		IDs: func(ctx context.Context, source crud.Attributes) []string {
			if source.Text("secret") != "" {
				crud.Warn(ctx, "thing", "left behind", "a secret")
			}
			return []string{source.Text("home", "parent"), source.Text("id")}
		},
	}}
	w := serveThings(t, object)
	for _, c := range []struct {
		name, kind, address, source string
		errors, warnings            []string
	}{
		{"one host", "old_thing", "registry.terraform.io/somebody/old", `{"parent":"p1","id":"t1","made_at":7,"more":{"a":[1]}}`, nil, nil},
		{"another host", "old_thing", "registry.example/fork/old", `{"home":"p1","parent":"p0","id":"t1"}`, nil, nil},
		{"a bare name, as older OpenTofu has it", "old_thing", "old", `{"parent":"p1","id":"t1"}`, nil, nil},
		{"after another instance on OpenTofu", "old_thing", "h/n/toy", `{"parent":"p1","id":"t1"}`, nil, nil},
		{"with a secret", "old_thing", "h/n/old", `{"home":null,"parent":"p1","id":"t1","secret":"x"}`, nil, []string{"Thing left behind\na secret"}},
		{"another provider", "old_thing", "h/old/new", `{"parent":"p1","id":"t1"}`, []string{"Unable to Move Resource State"}, nil},
		{"another type", "old_other", "h/n/old", `{"parent":"p1","id":"t1"}`, []string{"Unable to Move Resource State"}, nil},
		{"without an id", "old_thing", "h/n/old", `{"parent":"p1"}`, []string{"Unable to move old_thing\nThe id in its state is empty."}, nil},
		{"with an id that is none", "old_thing", "h/n/old", `{"parent":"p1","id":"../x"}`, []string{"The id in its state contains a path separator."}, nil},
		{"with a number for an id", "old_thing", "h/n/old", `{"parent":"p1","id":7}`, []string{"The id in its state is empty."}, nil},
		{"no object", "old_thing", "h/n/old", `["p1"]`, []string{"Its state is not a JSON object."}, nil},
	} {
		got := w.move(c.kind, c.address, c.source)
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.errors != nil {
				expectTexts(t, "errors", got.errors, c.errors)
				return
			}
			got.expect(t, maps.Clone(id), nil, c.warnings)
			expectIdentity(t, got.identity, id)
		})
	}
	serveThings(t, newThings()).move("old_thing", "h/n/old", `{}`).expect(t, nil, []string{"Unable to Move Resource State"}, nil)
}

// What was moved or imported is planned only once it was read: until then nobody knows what the plan changes.
func TestPlanOfWhatWasNotRead(t *testing.T) {
	t.Parallel()
	unread := []string{"Unable to plan thing \"one\" (t1)\nIt was just moved to this resource type or imported, and nothing but its ids is known"}
	known := false
	object := newThings()
	object.Moves = []crud.Move{{Type: "old_thing", Providers: []string{"old"}, IDs: func(context.Context, crud.Attributes) []string { return []string{"p1", "t1"} }}}
	object.Connect = func(any) (*store, error) {
		if !known {
			return nil, crud.ErrNotYetKnown
		}
		return &store{}, nil
	}
	object.Read = func(_ context.Context, _ *store, prior thing) (thing, error) {
		prior.Name, prior.MadeAt = types.StringValue(stored["name"]), types.StringValue(stored["made_at"])
		return prior, nil
	}
	w := serveThings(t, object)
	for name, bring := range map[string]func() told{
		"import": func() told { return w.importBy("p1/t1", nil) },
		"move": func() told {
			answer, err := w.Move(t.Context(), "old_thing", "h/n/old", 0, []byte(`{}`))
			w.private = answer.Private
			return w.tell(answer, err)
		},
	} {
		known = false
		brought := bring().state
		w.read(brought, id).expect(t, brought, nil, []string{"was not refreshed"})
		expectTexts(t, name, w.plan(brought, config).errors, unread)
		known = true
		w.read(brought, id).expect(t, stored, nil, nil)
		w.plan(stored, config).expect(t, stored, nil, nil)
	}
}
