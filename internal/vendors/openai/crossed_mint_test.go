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

// A gateway mixes up the answers of two creations. The other key, which no list showed
// before, is another resource's: its name says so.
func TestCreationsWhoseAnswersAreCrossed(t *testing.T) {
	t.Parallel()
	for kind, operation := range map[string]string{
		keyType: openaisim.OpServiceAccountKeysCreate, "orgkeys_openai_admin_key": openaisim.OpAdminAPIKeysCreate,
	} {
		for text, name := range map[string]string{"a marker of its own": "search (ok-zzzzzzzzzz.aaaaaaaa)", "no marker": "by hand"} {
			t.Run(kind+", "+text, func(t *testing.T) {
				t.Parallel()
				w := acctest.New(t, openaisim.Options{})
				values := map[string]any{"name": "payments"}
				if kind == keyType {
					project := w.Sim.SeedProject("p")
					values["project_id"], values["service_account_id"] = project, w.Sim.SeedServiceAccount(project, "ci", "member")
				}
				w.Sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.Altered, Times: 1, Set: map[string]any{"id": "key_other", "name": name}})
				ws, err := w.Workspace(t.Context(), kind, true)
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]protocol.Settings{"it": {Attributes: values}}
				plan, err := ws.Plan(t.Context(), want, true)
				if err == nil {
					err = ws.Apply(t.Context(), plan, want)
				}
				if err != nil {
					t.Fatal(err)
				}
				works := []any{}
				for _, key := range w.Sim.Keys() {
					works = append(works, key.ID)
				}
				for _, key := range w.Sim.AdminKeys()[1:] { // besides the provider's own
					works = append(works, key.ID)
				}
				same(t, "keys", works, []any{ws.State["it"].Current.Attributes()["id"]})
			})
		}
	}
}
