// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// old is an object that was there before a create, and is not its own.
type old struct {
	operation string // that creates one
	seed      func(s *openaisim.Server, project string) string
}

var (
	oldProject = old{openaisim.OpProjectsCreate, func(s *openaisim.Server, _ string) string { return s.SeedProject("search") }}
	oldAccount = old{openaisim.OpServiceAccountsCreate, func(s *openaisim.Server, project string) string {
		return s.SeedServiceAccount(project, "search", "member")
	}}
	oldGroup = old{"groups.create", func(s *openaisim.Server, _ string) string {
		return s.SeedRecord(openaisim.Record{Kind: "groups", Fields: fields{"name": "search"}})
	}}
)

// The answer to a create is about another team's object: the created one is found by its name,
// and the other one is neither renamed nor destroyed.
func TestCreatesWhoseAnswersAreCrossed(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]old{"orgkeys_openai_project": oldProject, "orgkeys_openai_service_account": oldAccount} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, openaisim.Options{})
			values := map[string]any{"name": "payments"}
			project := w.Sim.SeedProject("p")
			if kind != "orgkeys_openai_project" {
				values["project_id"] = project
			}
			other := c.seed(w.Sim, project)
			w.Advance(time.Hour)
			w.Sim.Inject(simkit.Fault{Operation: c.operation, Kind: simkit.Crossed, OtherID: other, Times: 1})
			ws, err := w.Workspace(t.Context(), kind, true)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []map[string]protocol.Settings{{"it": {Attributes: values}}, {}} {
				plan, err := ws.Plan(t.Context(), want, true)
				if err == nil {
					err = ws.Apply(t.Context(), plan, want)
				}
				if err != nil {
					t.Fatal(err)
				}
				if it := ws.State["it"]; it != nil && it.Current.Attributes()["id"] == other {
					t.Error("the other object is in state")
				}
			}
			active := activeNames(w.Sim)
			same(t, "the other object", active[other], "search")
			for id, name := range active {
				if name == "payments" {
					t.Errorf("%s is left", id)
				}
			}
		})
	}
}

// activeNames are the names of projects that are not archived, of accounts and of groups, by id.
func activeNames(s *openaisim.Server) map[string]string {
	active := map[string]string{}
	for _, p := range s.Projects() {
		if p.ArchivedAt.IsZero() {
			active[p.ID] = p.Name
		}
	}
	for _, a := range s.ServiceAccounts() {
		active[a.ID] = a.Name
	}
	for _, g := range s.Records("groups") {
		active[g.ID] = fmt.Sprint(g.Fields["name"])
	}
	return active
}

// An old answer that is given again to a create brings nobody else's object into state, also where no answer
// tells the time at the server: that of the old object's creation is not taken for it.
func TestCreatesWithAnOldAnswer(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]old{"orgkeys_openai_project": oldProject, "orgkeys_openai_service_account": oldAccount, "orgkeys_openai_group": oldGroup} {
		for _, date := range []string{"", simkit.NoDate} {
			t.Run(kind+" "+date, func(t *testing.T) {
				t.Parallel()
				w := limit(t, kind, openaisim.Options{})
				values := fields{"name": "billing"}
				if kind == "orgkeys_openai_service_account" {
					values["project_id"] = w.project
				}
				created := w.sim.Clock().Now().Unix()
				other := c.seed(w.sim, w.project)
				w.Advance(time.Hour)
				w.sim.SetDate(date)
				w.sim.Inject(simkit.Fault{
					Operation: c.operation, Kind: simkit.StatusBefore, Status: 200, Times: 1,
					Body: fmt.Sprintf(`{"id":%q,"name":"search","status":"active","role":"member","is_scim_managed":false,"created_at":%d,"api_key":null}`, other, created),
				})
				id := fmt.Sprint(w.Apply(values)["id"])
				active := activeNames(w.sim)
				same(t, "names", []any{id == other, active[id], active[other]}, []any{false, "billing", "search"})
				if err := w.Try(nil); err != nil {
					t.Fatal(err)
				}
				same(t, "the other object", activeNames(w.sim)[other], "search")
			})
		}
	}
}
