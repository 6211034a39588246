// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// The answer to a create is about another team's object: the created one is found by its name,
// and the other one is neither renamed nor destroyed.
func TestCreatesWhoseAnswersAreCrossed(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		operation string
		seed      func(s *openaisim.Server, project string) string
	}{
		"orgkeys_openai_project": {openaisim.OpProjectsCreate, func(s *openaisim.Server, _ string) string { return s.SeedProject("search") }},
		"orgkeys_openai_service_account": {openaisim.OpServiceAccountsCreate, func(s *openaisim.Server, project string) string {
			return s.SeedServiceAccount(project, "search", "member")
		}},
	} {
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
			active := map[string]string{}
			for _, p := range w.Sim.Projects() {
				if p.ArchivedAt.IsZero() {
					active[p.ID] = p.Name
				}
			}
			for _, a := range w.Sim.ServiceAccounts() {
				active[a.ID] = a.Name
			}
			same(t, "the other object", active[other], "search")
			for id, name := range active {
				if name == "payments" {
					t.Errorf("%s is left", id)
				}
			}
		})
	}
}
