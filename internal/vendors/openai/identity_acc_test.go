// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/issuer"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// identities is a configuration with everything that access without a key needs.
func identities(keySet, more, matchers string) string {
	return bareProvider + fmt.Sprintf(`
resource "orgkeys_openai_project" "p" {
  name = "payments"
}

resource "orgkeys_openai_service_account" "a" {
  project_id = orgkeys_openai_project.p.id
  name       = "worker"
  role       = "member"
}

resource "orgkeys_openai_workload_identity_provider" "cluster" {
  name     = "cluster"
  issuer   = "https://cluster.example/"
  audience = "https://api.openai.com/v1"
  attribute_transformations = [
    { attribute = "team", expression = "assertion.team" },
  ]
  verification = {
    jwks = <<-EOT
      %[1]s
    EOT
  }
  %[2]s
}

resource "orgkeys_openai_federation_rule" "worker" {
  workload_identity_provider_id = orgkeys_openai_workload_identity_provider.cluster.id
  project_id                    = orgkeys_openai_project.p.id
  service_account_id            = orgkeys_openai_service_account.a.id
  attribute_matchers = {
    %[3]s
  }
  %[2]s
}
`, keySet, more, matchers)
}

// The whole life of both objects with a real CLI: created, changed, imported, destroyed, and
// what workloads get meanwhile.
func TestAccCLIIdentities(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	cluster := issuer.New(t, "https://cluster.example", "key-1")
	c := w.AttachedCLI()
	const sub, team = `sub = "system:serviceaccount:payments:worker"`, `"openai.team" = "payments"`
	c.Config(identities(string(cluster.KeySet()), "", sub))
	c.Apply()
	c.NoChanges()
	provider, account := w.Sim.Records("workload_identity_providers")[0].ID, w.Sim.ServiceAccounts()[0].ID
	exchange := func() bool {
		token := cluster.Token(w.Sim.Clock().Now(), time.Hour, map[string]any{"aud": "https://api.openai.com/v1", "sub": "system:serviceaccount:payments:worker", "team": "payments"})
		access, err := issuer.Exchange(t.Context(), w.Sim.URL()+"/oauth/token", provider, account, token)
		return err == nil && w.Sim.Valid(access)
	}
	if !exchange() {
		t.Error("a workload gets no access")
	}
	c.Config(identities(string(cluster.KeySet()), `description = "for payments"`, sub+"\n    "+team))
	if plan := c.Plan(); !strings.Contains(plan.Output, "0 to add, 2 to change, 0 to destroy") {
		t.Errorf("the plan is\n%s", plan.Output)
	}
	c.Apply()
	c.NoChanges()
	if !exchange() {
		t.Error("a derived attribute does not match")
	}
	rule := w.Sim.Records("federation_rules")[0]
	for address, id := range map[string]string{
		"orgkeys_openai_workload_identity_provider.cluster": provider,
		"orgkeys_openai_federation_rule.worker":             provider + "/" + rule.ID,
	} {
		c.Must([]string{"state", "rm", address})
		c.Must([]string{"import", "-no-color", address, id})
	}
	c.NoChanges()
	c.Config(identities(string(cluster.KeySet()), `enabled = false`, sub))
	c.Apply()
	c.NoChanges()
	if exchange() {
		t.Error("what is disabled gives access")
	}
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
	for _, kind := range []string{"workload_identity_providers", "federation_rules"} {
		if left := w.Sim.Records(kind); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
	}
}
