// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const (
	projectAddress = "orgkeys_openai_project.p"
	accountAddress = "orgkeys_openai_service_account.a"
	keyAddress     = "orgkeys_openai_api_key.k"
)

// stack is a project, an account and a key; the arguments go into the key.
func stack(keyArguments ...string) string { return named("payments", "worker", keyArguments...) }

func named(project, account string, keyArguments ...string) string {
	return fmt.Sprintf(`
resource "orgkeys_openai_project" "p" {
  name = %q
}

resource "orgkeys_openai_service_account" "a" {
  project_id = orgkeys_openai_project.p.id
  name       = %q
  role       = "member"
}

resource "orgkeys_openai_api_key" "k" {
  project_id         = orgkeys_openai_project.p.id
  service_account_id = orgkeys_openai_service_account.a.id
  name               = "worker"
  %s
}
`, project, account, strings.Join(keyArguments, "\n  "))
}

func creates(w *acctest.World) int {
	return w.Sim.Count(openaisim.OpProjectsCreate) + w.Sim.Count(openaisim.OpServiceAccountsCreate) + w.Sim.Count(openaisim.OpServiceAccountKeysCreate)
}

// opened is the secret that a sealed value holds.
func opened(t *testing.T, w *acctest.World, sealed string) string {
	t.Helper()
	ids, err := seal.ParseIdentities(secret.New(w.Identity))
	if err != nil {
		t.Fatal(err)
	}
	text, err := ids.Open(sealed)
	if err != nil {
		t.Fatal(err)
	}
	return text.Reveal()
}

// works checks that the key in state opens to a secret the server accepts.
func works(t *testing.T, w *acctest.World) resource.TestCheckFunc {
	t.Helper()
	return func(s *terraform.State) error {
		attributes := s.RootModule().Resources[keyAddress].Primary.Attributes
		if !w.Sim.Valid(opened(t, w, attributes["sealed_value"])) {
			return fmt.Errorf("the sealed secret of %s is not accepted", attributes["id"])
		}
		if live := w.Live(); len(live) != 1 || live[0].ID != attributes["id"] {
			return fmt.Errorf("live keys %v, state has %s", live, attributes["id"])
		}
		return nil
	}
}

func TestAccLifecycle(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{MaxPage: 1})
	w.Run(
		resource.TestStep{
			Config: stack(`lifetime = "90d"`, `rotate_after = "60d"`, `scopes = ["api.model.request"]`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("value"), knownvalue.Null()),
				plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("generation"), knownvalue.Int64Exact(1)),
				plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("ready_for_rotation"), knownvalue.Bool(false)),
				plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("sealed_to"), knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact(w.Recipient)})),
				plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("previous"), knownvalue.ListExact(nil)),
				plancheck.ExpectUnknownValue(keyAddress, tfjsonpath.New("sealed_value")),
			}},
			Check: resource.ComposeTestCheckFunc(works(t, w), func(*terraform.State) error {
				if got := creates(w); got != 3 {
					return fmt.Errorf("%d creates, want 3", got)
				}
				keys := w.Sim.Keys()
				if got := keys[0].Scopes; len(got) != 1 || got[0] != "api.model.request" {
					return fmt.Errorf("the key was made with the scopes %v", got)
				}
				if want := keys[0].CreatedAt.Add(90 * 24 * time.Hour); !keys[0].ExpiresAt.Equal(want) {
					return fmt.Errorf("the key ends %s, want %s", keys[0].ExpiresAt, want)
				}
				return nil
			}),
		},
		resource.TestStep{ // the redacted value comes with the first refresh
			Config:           stack(`lifetime = "90d"`, `rotate_after = "60d"`, `scopes = ["api.model.request"]`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(keyAddress, tfjsonpath.New("redacted_value"), knownvalue.StringRegexp(regexp.MustCompile(`^sk-.*\.\.\.`))),
				statecheck.ExpectKnownValue(projectAddress, tfjsonpath.New("status"), knownvalue.StringExact("active")),
			},
		},
		resource.TestStep{ // renames and scopes in place
			Config: named("billing", "runner", `lifetime = "90d"`, `rotate_after = "60d"`, `scopes = ["api.all.read"]`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(projectAddress, plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction(accountAddress, plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction(keyAddress, plancheck.ResourceActionUpdate),
			}},
			Check: resource.ComposeTestCheckFunc(works(t, w), func(*terraform.State) error {
				if got := creates(w); got != 3 {
					return fmt.Errorf("%d creates after renames, want still 3", got)
				}
				if got := w.Sim.Keys()[0].Scopes; len(got) != 1 || got[0] != "api.all.read" {
					return fmt.Errorf("the scopes at the server are %v", got)
				}
				return nil
			}),
		},
		resource.TestStep{ // renames alone plan nothing for the key
			Config: named("payments", "worker", `lifetime = "90d"`, `rotate_after = "60d"`, `scopes = ["api.all.read"]`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(projectAddress, plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction(keyAddress, plancheck.ResourceActionNoop),
			}},
		},
		resource.TestStep{ResourceName: projectAddress, ImportState: true, ImportStateVerify: true},
		resource.TestStep{
			ResourceName: accountAddress, ImportState: true, ImportStateVerify: true,
			ImportStateIdFunc: importID(accountAddress),
		},
		resource.TestStep{
			ResourceName: keyAddress, ImportState: true, ImportStateVerify: true,
			ImportStateIdFunc: importID(keyAddress),
			// What no API tells about an existing key.
			ImportStateVerifyIgnore: []string{"sealed_value", "sealed_to", "version", "scopes", "lifetime", "rotate_after", "rotation_due_at"},
		},
	)
	if live := w.Live(); len(live) != 0 {
		t.Errorf("after destroy %d keys still work", len(live))
	}
}

func importID(address string) resource.ImportStateIdFunc {
	return func(s *terraform.State) (string, error) {
		attributes := s.RootModule().Resources[address].Primary.Attributes
		return attributes["project_id"] + "/" + attributes["id"], nil
	}
}
