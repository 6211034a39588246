// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// A good answer to a delete that says that nothing was deleted is success only where a look shows the object gone.
func TestDeletesThatAreDenied(t *testing.T) {
	t.Parallel()
	group := func(w *world) (string, error) {
		g, _, err := w.client.Groups.Create(t.Context(), "", "ops", map[string]any{"name": "ops"}, api.Group.Facts)
		return g.ID, err
	}
	for operation, c := range map[string]struct {
		make  func(*world) (id string, err error)
		end   func(w *world, id string) error
		there func(w *world) bool
		says  map[string]any // in place of deleted = false
	}{
		openaisim.OpAPIKeysDelete: {
			func(w *world) (string, error) { return w.key, nil },
			func(w *world, id string) error { return w.client.RevokeKey(t.Context(), w.project, id, time.Time{}) },
			func(w *world) bool { return len(w.sim.Keys()) > 0 }, nil,
		},
		openaisim.OpAdminAPIKeysDelete: {
			func(w *world) (string, error) {
				k, err := w.client.MintAdminKey(t.Context(), "deploy", 0)
				return k.ID, err
			},
			func(w *world, id string) error { return w.client.RevokeAdminKey(t.Context(), id, time.Time{}) },
			func(w *world) bool { return len(w.sim.AdminKeys()) > 1 }, nil,
		},
		openaisim.OpServiceAccountsDelete: {
			func(w *world) (string, error) { return w.account, nil },
			func(w *world, id string) error {
				return w.client.DeleteServiceAccount(t.Context(), w.project, id, time.Time{})
			},
			func(w *world) bool { return len(w.sim.ServiceAccounts()) > 0 }, nil,
		},
		"groups.delete": {
			group,
			func(w *world, id string) error { return w.client.Groups.Delete(t.Context(), "", id, time.Time{}) },
			func(w *world) bool { return len(w.sim.Records("groups")) > 0 }, nil,
		},
		"project_spend_limit.delete": {
			func(w *world) (string, error) {
				_, err := w.client.SpendLimits.Set(t.Context(), w.project, dollars(100))
				return "", err
			},
			func(w *world, _ string) error {
				return w.client.SpendLimits.Remove(t.Context(), w.project, time.Time{})
			},
			func(w *world) bool { return len(w.sim.Setting("project_spend_limit", w.project)) > 0 }, nil,
		},
		openaisim.OpProjectsArchive: {
			func(w *world) (string, error) { return w.project, nil },
			func(w *world, id string) error { return w.client.ArchiveProject(t.Context(), id) },
			func(w *world) bool {
				return !slices.ContainsFunc(w.sim.Projects(), func(p openaisim.Project) bool { return p.ID == w.project && p.Archived })
			}, map[string]any{"status": "active"},
		},
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			w := begin(t, openaisim.Options{}, byItself)
			id, err := c.make(w)
			ok(t, err)
			w.advance(time.Hour)
			says, body := map[string]any{"deleted": false}, `{"deleted":false}`
			if c.says != nil {
				says, body = c.says, `{"id":"`+id+`","status":"active"}`
			}
			w.sim.Inject(
				simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 200, Body: body, Times: 1},
				simkit.Fault{Operation: operation, Kind: simkit.Altered, Set: says},
			)
			if err := c.end(w, id); err == nil || !strings.Contains(err.Error(), "still exists and was not removed") || !c.there(w) {
				t.Errorf("got %v, and it is there: %t", err, c.there(w))
			}
			ok(t, c.end(w, id))
			if c.there(w) {
				t.Error("it is still there")
			}
		})
	}
}
