// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// byItself leaves the network to the client: the kept facts of the document lack these endpoints.
func byItself(c *api.Config) { c.Transport = nil }

// One 404 does not make an object gone that the list still has; two looks do.
func TestObjectBehindOne404(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, byItself)
	id := w.sim.SeedRecord(openaisim.Record{Kind: "groups", Fields: map[string]any{"name": "ops", "group_type": "group", "is_scim_managed": false}})
	w.sim.Inject(simkit.Fault{Operation: "groups.get", Kind: simkit.NotFoundBefore, Times: 1})
	w.advance(time.Hour)
	got, err := w.client.Groups.Get(t.Context(), "", id, start)
	ok(t, err)
	if got.ID != id || got.Name != "ops" {
		t.Errorf("got %+v", got)
	}
	w.sim.RemoveRecord("groups", "", id)
	if _, err := w.connect(w.sim.AdminKey(), byItself).Groups.Get(t.Context(), "", id, start); !apierr.IsGone(err) {
		t.Errorf("got %v, want that it is gone", err)
	}
	w.sim.Inject(simkit.Fault{Operation: "groups.list", Kind: simkit.StatusBefore, Status: 500})
	if _, err := w.connect(w.sim.AdminKey(), byItself).Groups.Get(t.Context(), "", id, start); err == nil || apierr.IsGone(err) {
		t.Errorf("got %v, want the error of the list", err)
	}
}

// A create below, or for, what this process has just created is repeated while it answers 404.
func TestCreateBelowAYoungObject(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, byItself)
	ctx := t.Context()
	g, _, err := w.client.Groups.Create(ctx, "", "ops", map[string]any{"name": "ops"}, api.Group.Facts)
	ok(t, err)
	w.sim.Inject(simkit.Fault{Operation: "group_users.create", Kind: simkit.NotFoundBefore, Times: 2})
	ok(t, w.client.GroupMembers.Put(ctx, g.ID, w.account, map[string]any{"user_id": w.account}))
	w.count("group_users.create", 3)

	seeded := w.sim.SeedRecord(openaisim.Record{Kind: "groups", Fields: map[string]any{"name": "old"}})
	w.sim.Inject(simkit.Fault{Operation: "group_users.create", Kind: simkit.NotFoundBefore, Times: 1})
	if err := w.client.GroupMembers.Put(ctx, seeded, w.account, map[string]any{"user_id": w.account}); !apierr.IsNotFound(err) {
		t.Errorf("got %v, want 404", err)
	}
	account, _, err := w.client.CreateServiceAccount(ctx, w.project, "new")
	ok(t, err)
	w.sim.Inject(simkit.Fault{Operation: "group_users.create", Kind: simkit.NotFoundBefore, Times: 1})
	ok(t, w.client.GroupMembers.Put(ctx, seeded, account.ID, map[string]any{"user_id": account.ID}))
}
