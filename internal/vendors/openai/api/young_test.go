// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// A server shows new objects only after 25 seconds, in lists, reads and deletes. Meanwhile another
// process neither takes one for gone nor says that it has deleted it.
func TestAFreshObjectThatDoesNotShowYet(t *testing.T) {
	t.Parallel()
	for record, do := range map[string]struct {
		create    func(*world) (id string, err error)
		read, end func(w *world, c *api.Client, id string) error
		there     func(w *world) int
	}{
		"api_keys": {
			func(w *world) (string, error) { k, err := w.mint(); return k.ID, err },
			func(w *world, c *api.Client, id string) error {
				_, err := c.Key(w.t.Context(), w.project, id, start)
				return err
			},
			func(w *world, c *api.Client, id string) error {
				return c.RevokeKey(w.t.Context(), w.project, id, start)
			},
			func(w *world) int { return len(w.sim.Keys()) },
		},
		"admin_api_keys": {
			func(w *world) (string, error) {
				k, err := w.client.MintAdminKey(w.t.Context(), "deploy", 0)
				return k.ID, err
			},
			func(w *world, c *api.Client, id string) error {
				_, err := c.AdminKey(w.t.Context(), id, start)
				return err
			},
			func(w *world, c *api.Client, id string) error {
				return c.RevokeAdminKey(w.t.Context(), id, start)
			},
			func(w *world) int { return len(w.sim.AdminKeys()) },
		},
		"service_accounts": {
			func(w *world) (string, error) {
				a, _, err := w.client.CreateServiceAccount(w.t.Context(), w.project, "worker")
				return a.ID, err
			},
			func(w *world, c *api.Client, id string) error {
				_, err := c.ServiceAccount(w.t.Context(), w.project, id, start)
				return err
			},
			func(w *world, c *api.Client, id string) error {
				return c.DeleteServiceAccount(w.t.Context(), w.project, id, start)
			},
			func(w *world) int { return len(w.sim.ServiceAccounts()) },
		},
	} {
		for name, c := range map[string]struct {
			use  func(*world, *api.Client, string) error
			more int
		}{"read": {do.read, 1}, "deleted": {do.end, 0}} {
			t.Run(record+" "+name, func(t *testing.T) {
				t.Parallel()
				w := begin(t, openaisim.Options{})
				before := do.there(w)
				w.sim.Inject(
					simkit.Fault{Operation: record + ".list", Kind: simkit.StaleList, LagTime: 25 * time.Second},
					simkit.Fault{Operation: record + ".get", Kind: simkit.StaleGet, LagTime: 25 * time.Second},
					simkit.Fault{Operation: record + ".delete", Kind: simkit.NotFoundBefore, For: 25 * time.Second},
				)
				id, err := do.create(w)
				ok(t, err)
				ok(t, c.use(w, w.connect(w.sim.AdminKey()), id))
				if got := do.there(w); got != before+c.more {
					t.Errorf("there are %d, and %d before the create", got, before)
				}
			})
		}
	}
}

// A list that was asked for when a key was new may leave it out: that says nothing of other keys, however
// old the key is when it is read.
func TestAnOldListWithoutAKeyThatWasNewThen(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StaleList, LagTime: 25 * time.Second})
	minted, err := w.mint()
	ok(t, err)
	w.advance(time.Second)
	_, err = w.client.FreshKeys(t.Context(), w.project)
	ok(t, err)
	w.advance(2 * time.Minute)
	_, err = w.client.Key(t.Context(), w.project, minted.ID, minted.CreatedAt)
	ok(t, err)
	list, err := w.client.Keys(t.Context(), w.project)
	ok(t, err)
	if _, listed := list.ByID[minted.ID]; listed || len(list.Incomplete) > 0 {
		t.Errorf("listed %t, incomplete %v", listed, list.Incomplete)
	}
}
