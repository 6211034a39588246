// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
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

// The 404 of a delete that is sent again after a lost answer tells of the first one, however young the object is: the
// look after it waits as long as any look.
func TestAYoungObjectWhoseDeleteWasLost(t *testing.T) {
	t.Parallel()
	for record, run := range map[string]func(w *world) error{
		"api_keys": func(w *world) error {
			k, err := w.mint()
			ok(w.t, err)
			return w.client.RevokeKey(w.t.Context(), w.project, k.ID, k.CreatedAt)
		},
		"admin_api_keys": func(w *world) error {
			k, err := w.client.MintAdminKey(w.t.Context(), "deploy", 0)
			ok(w.t, err)
			return w.client.RevokeAdminKey(w.t.Context(), k.ID, k.CreatedAt)
		},
		"service_accounts": func(w *world) error {
			a, _, err := w.client.CreateServiceAccount(w.t.Context(), w.project, "worker")
			ok(w.t, err)
			return w.client.DeleteServiceAccount(w.t.Context(), w.project, a.ID, a.CreatedAt)
		},
		"groups": func(w *world) error {
			g, _, err := w.client.Groups.Create(w.t.Context(), "", "team", map[string]any{"name": "team"}, func(g api.Group) (string, string, time.Time) { return g.ID, g.Name, g.CreatedAt })
			ok(w.t, err)
			return w.client.Groups.Delete(w.t.Context(), "", g.ID, start)
		},
	} {
		t.Run(record, func(t *testing.T) {
			t.Parallel()
			w := begin(t, openaisim.Options{})
			w.sim.Inject(simkit.Fault{Operation: record + ".delete", Kind: simkit.CutAfter, Times: 1})
			ok(t, run(w))
			if waited := w.clock.Now().Sub(start); waited > 15*time.Second {
				t.Errorf("waited %s", waited)
			}
		})
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

// An account of this run whose answer showed no time is young all the same: a 404 is asked again.
func TestAYoungAccountWithoutATime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		operation string
		use       func(*world, string) error
		more      int
	}{
		"read": {openaisim.OpServiceAccountsGet, func(w *world, id string) error {
			_, err := w.client.ServiceAccount(w.t.Context(), w.project, id, time.Time{})
			return err
		}, 1},
		"changed": {openaisim.OpServiceAccountsUpdate, func(w *world, id string) error {
			role := "member"
			_, err := w.client.UpdateServiceAccount(w.t.Context(), w.project, id, time.Time{}, nil, &role)
			return err
		}, 1},
		"deleted": {openaisim.OpServiceAccountsDelete, func(w *world, id string) error {
			w.sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountsGet, Kind: simkit.NotFoundBefore, For: 25 * time.Second})
			return w.client.DeleteServiceAccount(w.t.Context(), w.project, id, time.Time{})
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, openaisim.Options{})
			before := len(w.sim.ServiceAccounts())
			w.sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountsCreate, Kind: simkit.Altered, Omit: []string{"created_at"}})
			made, _, err := w.client.CreateServiceAccount(t.Context(), w.project, "worker")
			ok(t, err)
			w.sim.Inject(simkit.Fault{Operation: c.operation, Kind: simkit.NotFoundBefore, For: 25 * time.Second})
			ok(t, c.use(w, made.ID))
			if got := len(w.sim.ServiceAccounts()); got != before+c.more {
				t.Errorf("there are %d, and %d before the create", got, before)
			}
		})
	}
}

// A project that another run has just created, as what is in it shows, may not show yet: it is not taken for another
// organization's.
func TestAYoungProjectOfAnotherRun(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	second := w.sim.SeedServiceAccount(w.project, "second", "member")
	for _, c := range []struct{ operation, id string }{{openaisim.OpServiceAccountsGet, w.account}, {openaisim.OpServiceAccountsList, second}} {
		w.sim.Inject(simkit.Fault{Operation: c.operation, Kind: simkit.StatusBefore, Status: 400, Times: 1})
		w.sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsGet, Kind: simkit.NotFoundBefore, For: 5 * time.Second})
		w.sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsList, Kind: simkit.Altered, Set: map[string]any{"id": "proj_other"}, For: 5 * time.Second})
		_, err := w.client.ServiceAccount(t.Context(), w.project, c.id, start)
		if apierr.Status(err) != 400 || strings.Contains(err.Error(), "does not exist") {
			t.Errorf("%s: got %v", c.operation, err)
		}
	}
}

// A young key that was revoked meanwhile is waited for once: the look after its DELETE does not begin anew.
func TestAYoungKeyThatIsGone(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	minted, err := w.mint()
	ok(t, err)
	w.sim.RevokeKey(minted.ID)
	began := w.clock.Now()
	ok(t, w.client.RevokeKey(t.Context(), w.project, minted.ID, minted.CreatedAt))
	if took := w.clock.Now().Sub(began); took > 31*time.Second {
		t.Errorf("it took %s", took)
	}
}
