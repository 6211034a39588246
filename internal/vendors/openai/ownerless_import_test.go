// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// An import replaces nothing, whether or not an answer shows whose the key is; a user's key
// is recognised where one does.
func TestImportWithoutAnOwner(t *testing.T) {
	t.Parallel()
	list, both := []string{openaisim.OpAPIKeysList}, []string{openaisim.OpAPIKeysList, openaisim.OpAPIKeysGet}
	for name, c := range map[string]struct {
		silent  []string // operations whose answers have no owner
		field   string
		refused bool // the key is a user's
	}{
		"in the list":               {list, "owner", false},
		"in no answer":              {both, "owner", false},
		"but its type":              {both, "owner.service_account", false},
		"in the list, a user's key": {list, "owner", true},
		"but a user's type":         {both, "owner.user", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, openaisim.Options{})
			project := w.Sim.SeedProject("p")
			account := w.Sim.SeedServiceAccount(project, "ci", "member")
			id, _ := w.Sim.SeedKey(openaisim.KeySpec{AccountID: account, Name: "payments"})
			if c.refused {
				id, _ = w.Sim.SeedKey(openaisim.KeySpec{ProjectID: project, UserName: "Ada"})
			}
			w.Sim.UseKey(id)
			for _, operation := range c.silent {
				w.Sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.Altered, Omit: []string{c.field}})
			}
			ws, err := w.Workspace(t.Context(), keyType, true)
			if err != nil {
				t.Fatal(err)
			}
			process, err := protocol.Start(t.Context(), w.Server)
			if err == nil {
				_, err = process.Configure(t.Context(), nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			resource, err := process.Resource(keyType)
			if err != nil {
				t.Fatal(err)
			}
			imported, err := resource.Import(t.Context(), project+"/"+id, nil)
			if err != nil {
				t.Fatal(err)
			}
			ws.State["it"] = &protocol.Instance{Current: &protocol.Held{Value: imported.Value, Private: imported.Private, Identity: imported.Identity}}
			want := map[string]protocol.Settings{"it": {Attributes: map[string]any{"project_id": project, "service_account_id": account, "name": "payments"}}}
			plan, err := ws.Plan(t.Context(), want, true)
			if c.refused {
				if err == nil {
					t.Error("a user's key is adopted")
				}
				return
			}
			if err == nil {
				err = ws.Apply(t.Context(), plan, want)
			}
			if err != nil {
				t.Fatal(err)
			}
			if action := plan.Changes["it"].Action; action != protocol.Update && action != protocol.NoOp {
				t.Errorf("the plan is to %s", action)
			}
			state := ws.State["it"].Current.Attributes()
			same(t, "id", state["id"], id)
			same(t, "account", state["service_account_id"], account)
			if plan, err = ws.Plan(t.Context(), want, true); err != nil || !plan.Quiet() {
				t.Errorf("the next plan: %v, %+v", err, plan)
			}
		})
	}
}
