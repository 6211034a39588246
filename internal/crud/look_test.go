// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// Plans know when the last Read looked, however much later they are.
func TestPlansKnowTheLastLook(t *testing.T) {
	t.Parallel()
	var now, known time.Time
	object := newThings()
	object.Read = func(ctx context.Context, _ *store, prior thing) (thing, error) {
		crud.NoteLook(ctx, now)
		return prior, nil
	}
	object.Plan = func(ctx context.Context, plan thing, _ *thing) (thing, error) {
		known = crud.LookedAt(ctx)
		return plan, nil
	}
	w := serveThings(t, object)
	w.plan(stored, config).expect(t, stored, nil, nil)
	if !known.IsZero() {
		t.Errorf("before any Read a plan knows %s", known)
	}
	for range 2 {
		now = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Hour)
		w.read(stored, id).expect(t, stored, nil, nil)
		w.plan(stored, config).expect(t, stored, nil, nil)
		if !known.Equal(now) {
			t.Errorf("a plan knows %s, want %s", known, now)
		}
	}
}

// A creation is looked at while it is planned, and only then.
func TestLook(t *testing.T) {
	t.Parallel()
	looks := 0
	var fails error
	object := newThings()
	object.Look = func(ctx context.Context, client *store, plan thing) error {
		looks++
		crud.Warn(ctx, "thing", "looked at", "%s by %s", plan.Name.ValueString(), client.name)
		return fails
	}
	seen := []string{"Thing looked at\none by first"}
	w := serveThings(t, object)
	w.plan(nil, config).expect(t, planned, nil, seen)
	fails = errors.New("it is not there")
	w.plan(nil, config).expect(t, planned, []string{"Unable to plan thing \"one\"\nIt is not there"}, seen)
	w.plan(stored, config).expect(t, stored, nil, nil)
	w.plan(stored, nil).expect(t, nil, nil, nil)
	if looks != 2 {
		t.Errorf("looked %d times, want 2", looks)
	}
	// So is that of a replacement, while the object is there: Terraform drops the warnings of the plan after.
	moved := with(config, texts{"parent_id": "p2"})
	object.Look = func(ctx context.Context, _ *store, config thing) error {
		crud.Warn(ctx, "thing", "looked at", "%s changes to %s", strings.Join(crud.Moved(ctx), ", "), config.ParentID.ValueString())
		return nil
	}
	w = serveThings(t, object)
	if said := strings.Join(w.plan(stored, moved).warnings, " "); !strings.Contains(said, "Thing looked at\nparent_id changes to p2") {
		t.Errorf("said %v", said)
	}
	object.Connect = func(any) (*store, error) { return nil, crud.ErrNotYetKnown }
	serveThings(t, object).plan(nil, config).expect(t, planned, nil, nil)
}

// When an object was created is known later, in whatever process, unless it shows that itself or comes
// from an import.
func TestCreatedAt(t *testing.T) {
	t.Parallel()
	var known time.Time
	object := newThings()
	object.Read = func(ctx context.Context, _ *store, prior thing) (thing, error) {
		known = crud.CreatedAt(ctx)
		return prior, nil
	}
	object.Update = func(ctx context.Context, _ *store, plan, _ thing) (thing, error) {
		known = crud.CreatedAt(ctx)
		return plan, nil
	}
	object.Delete = func(ctx context.Context, _ *store, _ thing) error {
		known = crud.CreatedAt(ctx)
		return nil
	}
	w := serveThings(t, object)
	renamed := with(stored, texts{"name": "two"})
	for name, do := range map[string]func(){
		"read":   func() { w.read(stored, id) },
		"update": func() { w.apply(stored, renamed, with(config, texts{"name": "two"})) },
		"delete": func() { w.apply(stored, nil, nil) },
	} {
		w.private, known = nil, born
		if do(); !known.IsZero() {
			t.Errorf("a %s of what was not created here knows %s", name, known)
		}
		w.private = nil
		w.apply(nil, planned, config).expect(t, stored, nil, nil)
		if do(); !known.Equal(born) {
			t.Errorf("a %s knows %s, want %s", name, known, born)
		}
	}
}
