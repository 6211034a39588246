// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter_test

import (
	"fmt"
	"testing"
	"time"

	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

func TestPlainWorkspaces(t *testing.T) {
	t.Parallel()
	vendortest.PlainObjects(t, vendortest.ObjectRow{
		Type: workspaceType,
		Start: func(t *testing.T) *vendortest.Objects {
			t.Helper()
			w := begin(t, openroutersim.Options{}, workspaceType)
			return &vendortest.Objects{
				Stage:  w.Stage,
				Config: func(name string) settings { return settings{"name": name, "slug": name} },
				Seed:   func(name string) string { return w.SeedWorkspace(name, name) },
				Remove: w.DeleteWorkspace,
				Names: func() map[string]string {
					names := map[string]string{}
					for _, one := range w.Workspaces() {
						names[one.ID] = one.Name
					}
					return names
				},
			}
		},
		Create: openroutersim.OpCreateWorkspace, Get: openroutersim.OpGetWorkspace, List: openroutersim.OpListWorkspaces, Update: openroutersim.OpUpdateWorkspace, Delete: openroutersim.OpDeleteWorkspace,
		IDField: "id", Answer: func(id, name string, created time.Time) string {
			return fmt.Sprintf(`{"data":{"id":%q,"name":%q,"slug":%q,"description":null,"created_at":%q}}`, id, name, name, created.Format(time.RFC3339))
		},
		Denied: func(string) string { return `{"deleted":false}` },
		Full:   settings{"description": "ours"}, Omit: []string{"name", "slug", "description", "created_at"},
		Missing: "another organization", Unknown: "has no workspace with the id or slug", Loss: "will be deleted",
		LookUpBy: "slug", Moves: []string{"openrouterteam/openrouter_workspace"},
	})
}
