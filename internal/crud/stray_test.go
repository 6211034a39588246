// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"context"
	"slices"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// What a create left unasked is named by every refresh, and by a plan without one, until it is gone.
func TestStraysAreNamedUntilTheyAreGone(t *testing.T) {
	t.Parallel()
	var there []string
	looks := 0
	object := newThings()
	create := object.Create
	object.Create = func(ctx context.Context, c *store, plan thing) (thing, error) {
		crud.NoteStray(ctx, "k1", "k2")
		return create(ctx, c, plan)
	}
	object.Strays = func(ctx context.Context, _ *store, state thing, ids []string) []string {
		looks++
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
			if !slices.Contains(there, id) {
				return true
			}
			crud.Warn(ctx, "thing "+state.ID.ValueString(), "has "+id, "left")
			return false
		})
	}
	both, one := []string{"Thing t1 has k1", "Thing t1 has k2"}, []string{"Thing t1 has k2"}
	w := serveThings(t, object)
	w.apply(nil, planned, config).expect(t, stored, nil, nil) // the create itself warns
	next := func() { private := w.private; w = serveThings(t, object); w.private = private }

	there = []string{"k1", "k2"}
	next()
	w.plan(stored, config).expect(t, stored, nil, both) // a plan without a refresh
	next()
	w.read(stored, id).expect(t, stored, nil, both)
	w.plan(stored, config).expect(t, stored, nil, nil) // said by the refresh before it
	there = []string{"k2"}
	next()
	w.read(stored, id).expect(t, stored, nil, one)
	there = []string{"k1", "k2"} // k1 was seen gone
	next()
	w.read(stored, id).expect(t, stored, nil, one)
	there = nil
	next()
	w.read(stored, id).expect(t, stored, nil, nil)
	looks = 0
	next()
	w.read(stored, id).expect(t, stored, nil, nil)
	w.plan(stored, config).expect(t, stored, nil, nil)
	if looks != 0 {
		t.Errorf("looked %d times for nothing", looks)
	}
}
