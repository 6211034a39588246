// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// adopted is the configuration of a key that existed before; importing it too.
func adopted(project, account, id, arguments string) string {
	return fmt.Sprintf(`
import {
  to = orgkeys_openai_api_key.k
  id = "%[1]s/%[3]s"
}

resource "orgkeys_openai_api_key" "k" {
  project_id         = %[1]q
  service_account_id = %[2]q
  name               = "worker"
  %[4]s
}

ephemeral "orgkeys_unsealed" "k" {
  sealed_value = orgkeys_openai_api_key.k.sealed_value
  when_locked  = "placeholder"
}
`, project, account, id, arguments)
}

// Adopting a key changes nothing at the server, whatever the configuration says about
// it; its first rotation needs scopes and gives it a secret.
func TestAccAdoption(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	project := w.Sim.SeedProject("p")
	account := w.Sim.SeedServiceAccount(project, "a", "member")
	born := w.Clock.Now().Add(-400 * days)
	id, old := w.Sim.SeedKey(openaisim.KeySpec{ProjectID: project, AccountID: account, Name: "made by hand", Scopes: []string{"api.all.read"}, CreatedAt: born})
	unchanged := func(*terraform.State) error {
		key := w.Sim.Keys()[0]
		if key.ID != id || key.Name != "made by hand" || len(key.Scopes) != 1 || !key.ExpiresAt.IsZero() || !w.Sim.Valid(old) {
			return fmt.Errorf("the adopted key was changed: %+v", key)
		}
		if got := minted(w); got != 0 {
			return fmt.Errorf("%d keys minted by an adoption", got)
		}
		return nil
	}
	const policy = "lifetime = \"90d\"\n  rotate_after = \"60d\""
	w.Run(
		resource.TestStep{
			Config: adopted(project, account, id, policy),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("generation"), knownvalue.Int64Exact(1)),
				plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("version"), knownvalue.Null()),
				plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("sealed_value"), knownvalue.Null()),
				plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("value"), knownvalue.Null()),
				plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("rotation_due_at"), knownvalue.StringExact(w.Clock.Now().Add(60*days).Format(time.RFC3339))),
			}},
			Check: unchanged,
		},
		resource.TestStep{Config: adopted(project, account, id, policy), ConfigPlanChecks: noop, Check: unchanged},
		resource.TestStep{ // due, but nobody knows its scopes
			PreConfig:   func() { w.Advance(60 * days) },
			Config:      adopted(project, account, id, policy),
			ExpectError: words("scopes must be spelled out before the imported key"),
		},
		resource.TestStep{
			Config:           adopted(project, account, id, policy+"\n  scopes = [\"api.all.read\"]"),
			ConfigPlanChecks: rotates(2),
			Check: resource.ComposeTestCheckFunc(lives(t, w, 2), func(*terraform.State) error {
				if !w.Sim.Valid(old) {
					return fmt.Errorf("the adopted key must live on for its overlap")
				}
				return nil
			}),
		},
		resource.TestStep{
			PreConfig: func() { w.Advance(25 * time.Hour) },
			Config:    adopted(project, account, id, policy+"\n  scopes = [\"api.all.read\"]"), ConfigPlanChecks: noop, Check: lives(t, w, 1),
		},
	)
	if w.Sim.Valid(old) {
		t.Error("the adopted key outlived its overlap")
	}
}

func TestAccImportIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	project := w.Sim.SeedProject("p")
	account := w.Sim.SeedServiceAccount(project, "a", "member")
	person, _ := w.Sim.SeedKey(openaisim.KeySpec{ProjectID: project, Name: "jo's key"})
	block := func(kind, id, arguments string) string {
		return fmt.Sprintf("import {\n  to = %[1]s.x\n  id = %[2]q\n}\n\nresource %[1]q \"x\" {\n  name = \"x\"\n  %[3]s\n}\n", kind, id, arguments)
	}
	key := fmt.Sprintf("project_id = %q\n  service_account_id = %q", project, account)
	w.Run(
		resource.TestStep{Config: block("orgkeys_openai_api_key", project+"/"+person, key), ExpectError: words("belongs to a user")},
		resource.TestStep{Config: block("orgkeys_openai_api_key", person, key), ExpectError: words("import id must have the form <project_id>/<id>")},
		resource.TestStep{Config: block("orgkeys_openai_api_key", project+"/../x", key), ExpectError: words("import id must have the form <project_id>/<id>")},
		resource.TestStep{Config: block("orgkeys_openai_api_key", project+"/key_nobody", key), ExpectError: words("key_nobody of project " + project + " was not found")},
		resource.TestStep{Config: block("orgkeys_openai_api_key", project+"/"+account, key), ExpectError: words("was not found: the project has no API key of this id; the id of a service account or of an admin key is not accepted here. The import id has the form <project_id>/<id>, such as proj_abc123/key_abc123")},
		resource.TestStep{Config: block("orgkeys_openai_service_account", project+"/"+person, fmt.Sprintf("project_id = %q", project)), ExpectError: words("was not found: the project has no service account of this id. The import id has the form <project_id>/<id>")},
		resource.TestStep{Config: block("orgkeys_openai_project", "a/b", ""), ExpectError: words("import id must have the form <id>")},
		resource.TestStep{Config: block("orgkeys_openai_project", "proj_nobody", ""), ExpectError: words("project proj_nobody does not exist in the organization of this admin key")},
		resource.TestStep{Config: block("orgkeys_openai_service_account", project, fmt.Sprintf("project_id = %q", project)), ExpectError: words("import id must have the form <project_id>/<id>")},
	)
}

func TestAccImportByIdentity(t *testing.T) {
	t.Parallel()
	acctest.Require(t, "1.12", true)
	w := acctest.New(t, openaisim.Options{})
	project := w.Sim.SeedProject("p")
	account := w.Sim.SeedServiceAccount(project, "a", "member")
	id, secret := w.Sim.SeedKey(openaisim.KeySpec{ProjectID: project, AccountID: account, Name: "worker"})
	w.Run(resource.TestStep{
		Config: fmt.Sprintf(`
import {
  to       = orgkeys_openai_project.p
  identity = { id = %[1]q }
}

import {
  to       = orgkeys_openai_service_account.a
  identity = { project_id = %[1]q, id = %[2]q }
}

import {
  to       = orgkeys_openai_api_key.k
  identity = { project_id = %[1]q, id = %[3]q }
}
`, project, account, id) + strings.Replace(named("p", "a"), `role       = "member"`, "", 1),
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction(projectAddress, plancheck.ResourceActionNoop),
			plancheck.ExpectResourceAction(accountAddress, plancheck.ResourceActionNoop),
			plancheck.ExpectResourceAction(keyAddress, plancheck.ResourceActionNoop),
		}},
		Check: func(*terraform.State) error {
			if got := creates(w); got != 0 || !w.Sim.Valid(secret) {
				return fmt.Errorf("%d creates by an import, the key works: %v", got, w.Sim.Valid(secret))
			}
			return nil
		},
	})
}

// A null sealed value must never be handed on while applying.
func TestAccCLIUnsealedNullFailsAtApply(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	project := w.Sim.SeedProject("p")
	account := w.Sim.SeedServiceAccount(project, "a", "member")
	id, _ := w.Sim.SeedKey(openaisim.KeySpec{ProjectID: project, AccountID: account, Name: "worker"})
	c := w.AttachedCLI()
	c.Config(bareProvider + strings.Replace(adopted(project, account, id, ""), `"placeholder"`, `terraform.applying ? "fail" : "placeholder"`, 1) + fmt.Sprintf(`
provider "store" {
  directory = %q
}

resource "store_secret" "s" {
  name    = "worker"
  data_wo = ephemeral.orgkeys_unsealed.k.value
}
`, w.Store))
	says(t, c.Plan().Output, "1 to import")
	says(t, c.Must([]string{"apply", "-auto-approve", "-no-color"}, 1).Output, "sealed_value is null", "no working secret is overwritten")
	if stored := w.Stored("worker"); stored != "" {
		t.Errorf("the store got %q", stored)
	}
}
