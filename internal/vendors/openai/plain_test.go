// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"testing"
	"time"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

// plainRows are the plain objects in the table of what holds for them at every vendor.
var plainRows = []vendortest.ObjectRow{
	{
		Type:   projectType,
		Start:  plain(projectType, activeProjects, func(w *limited, name string) string { return w.sim.SeedProject(name) }, func(w *limited, id string) { w.sim.ArchiveProject(id) }),
		Create: openaisim.OpProjectsCreate, Get: openaisim.OpProjectsGet, List: openaisim.OpProjectsList, Update: openaisim.OpProjectsUpdate, Delete: openaisim.OpProjectsArchive,
		IDField: "id", Answer: answered(`"status":"active"`), Denied: func(id string) string { return `{"id":"` + id + `","status":"active"}` }, Archived: true, Listed: true,
		Full: fields{"external_key_id": "ek_1"}, Omit: []string{"name", "status", "created_at", "external_key_id", "geography", "archived_at"},
		Once:    []vendortest.Once{{Argument: "residency", Values: [3]string{"EU_STORAGE_PROCESSING", "US_STORAGE", "AP_STORAGE"}}},
		Missing: "does not exist in the organization of this admin key", Removed: "it was archived", Unknown: "does not exist in the organization of this admin key",
		Loss: "will be archived", LookUpBy: "name", Inventory: "projects",
	},
	{
		Type: accountType,
		Start: plain(accountType, accounts, func(w *limited, name string) string { return w.sim.SeedServiceAccount(w.project, name, "member") },
			func(w *limited, id string) { w.sim.DeleteServiceAccount(id) }),
		Create: openaisim.OpServiceAccountsCreate, Get: openaisim.OpServiceAccountsGet, List: openaisim.OpServiceAccountsList, Update: openaisim.OpServiceAccountsUpdate, Delete: openaisim.OpServiceAccountsDelete,
		IDField: "id", Answer: answered(`"role":"member","api_key":null`), Denied: denied,
		Full: fields{"role": "member"}, Omit: []string{"name", "role", "created_at"},
		Removed: "it was deleted outside Terraform", Unknown: "the project has no service account of this id",
		Loss: "", LookUpBy: "name", Inventory: "service_accounts",
	},
	{
		Type: "orgkeys_openai_group",
		Start: plain("orgkeys_openai_group", groups, func(w *limited, name string) string {
			return w.sim.SeedRecord(openaisim.Record{Kind: "groups", Fields: fields{"name": name}})
		}, func(w *limited, id string) { w.sim.RemoveRecord("groups", "", id) }),
		Create: "groups.create", Get: "groups.get", List: "groups.list", Update: "groups.update", Delete: "groups.delete",
		IDField: "id", Answer: answered(`"is_scim_managed":false`), Denied: denied,
		Omit: []string{"name", "created_at", "is_scim_managed"}, Removed: "outside Terraform",
		Loss: "will be deleted", LookUpBy: "name", Inventory: "groups",
	},
}

func TestPlainObjects(t *testing.T) {
	t.Parallel()
	for _, row := range plainRows {
		t.Run(row.Type, func(t *testing.T) { t.Parallel(); vendortest.PlainObjects(t, row) })
	}
}

// plain begins a world of objects: names are those that are there.
func plain(typeName string, names func(*openaisim.Server) map[string]string, seed func(*limited, string) string, remove func(*limited, string)) func(*testing.T) *vendortest.Objects {
	return func(t *testing.T) *vendortest.Objects {
		t.Helper()
		w := limit(t, typeName, openaisim.Options{MaxPage: 2})
		o := &vendortest.Objects{
			Stage: w.Stage, PageSize: 2,
			Names:  func() map[string]string { return names(w.sim) },
			Seed:   func(name string) string { return seed(w, name) },
			Remove: func(id string) { remove(w, id) },
		}
		if typeName == accountType {
			o.In, o.Prefix = fields{"project_id": w.project}, w.project+"/"
		}
		o.Config = func(name string) fields { return with(o.In, fields{"name": name}) }
		return o
	}
}

// answered is the answer to a create with further fields.
func answered(more string) func(id, name string, created time.Time) string {
	return func(id, name string, created time.Time) string {
		return fmt.Sprintf(`{"id":%q,"name":%q,"created_at":%d,%s}`, id, name, created.Unix(), more)
	}
}

func denied(id string) string { return `{"id":"` + id + `","deleted":false}` }

func activeProjects(s *openaisim.Server) map[string]string {
	names := map[string]string{}
	for _, p := range s.Projects() {
		if p.ArchivedAt.IsZero() {
			names[p.ID] = p.Name
		}
	}
	return names
}

func accounts(s *openaisim.Server) map[string]string {
	names := map[string]string{}
	for _, a := range s.ServiceAccounts() {
		names[a.ID] = a.Name
	}
	return names
}

func groups(s *openaisim.Server) map[string]string {
	names := map[string]string{}
	for _, g := range s.Records("groups") {
		names[g.ID] = fmt.Sprint(g.Fields["name"])
	}
	return names
}
