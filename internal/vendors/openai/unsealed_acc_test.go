// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// Somebody exchanges the ciphertexts of two keys in the state: neither secret is handed
// on, whatever when_locked says.
func TestAccCLISwappedCiphertexts(t *testing.T) {
	t.Parallel()
	for _, whenLocked := range []string{"fail", "null", "placeholder"} {
		t.Run(whenLocked, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			c := w.AttachedCLI()
			c.Config(bareProvider + stack() + fmt.Sprintf(`
resource "orgkeys_openai_api_key" "other" {
  project_id         = orgkeys_openai_project.p.id
  service_account_id = orgkeys_openai_service_account.a.id
  name               = "other"
}

provider "store" {
  directory = %q
}

ephemeral "orgkeys_unsealed" "k" {
  sealed_value   = orgkeys_openai_api_key.k.sealed_value
  redacted_value = orgkeys_openai_api_key.k.redacted_value
  when_locked    = %q
}

resource "store_secret" "s" {
  name            = "worker"
  data_wo         = ephemeral.orgkeys_unsealed.k.value
  data_wo_version = var.copy
}

variable "copy" { default = 1 }
`, w.Store, whenLocked))
			c.Apply()
			before := w.Stored("worker")
			c.Env = []string{"ORGKEYS_SEAL_IDENTITY=" + w.Identity, "TF_VAR_copy=2"}
			c.Apply() // fits, and redacted_value is known from the refresh
			if before == "" || w.Stored("worker") != before {
				t.Fatal("the right secret was not handed over")
			}
			swapSealed(t, filepath.Join(c.Dir, "terraform.tfstate"))
			c.Env[1] = "TF_VAR_copy=3"
			says(t, c.Must([]string{"apply", "-auto-approve", "-no-color", "-refresh=false"}, 1).Output,
				"The sealed value holds the secret of another key", "Nothing was handed on")
			if w.Stored("worker") != before {
				t.Error("another key's secret was handed over")
			}
		})
	}
}

// swapSealed exchanges sealed_value of the two keys in a state file.
func swapSealed(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes struct {
					Sealed string `json:"sealed_value"`
				}
			}
		}
	}
	if err := json.Unmarshal(data, &state); err != nil {
		t.Fatal(err)
	}
	var sealed []string
	for _, resource := range state.Resources {
		if text := resource.Instances[0].Attributes.Sealed; text != "" {
			quoted, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			sealed = append(sealed, string(quoted))
		}
	}
	if len(sealed) != 2 {
		t.Fatalf("%d sealed values", len(sealed))
	}
	swapped := strings.NewReplacer(sealed[0], sealed[1], sealed[1], sealed[0]).Replace(string(data))
	if err := os.WriteFile(file, []byte(swapped), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A provider whose admin key is itself sealed: a plan without the identity gets the
// placeholder, which stands for a value that is not known yet and is sent to no one.
func TestAccCLIPlaceholderAsCredential(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.AttachedCLI()
	config := func(identity string) string {
		return bareProvider + fmt.Sprintf(`
resource "orgkeys_openai_admin_key" "a" {
  name = "second"
}

ephemeral "orgkeys_unsealed" "a" {
  sealed_value   = orgkeys_openai_admin_key.a.sealed_value
  redacted_value = orgkeys_openai_admin_key.a.redacted_value
  when_locked    = terraform.applying ? "fail" : "placeholder"
}

provider "orgkeys" {
  alias  = "second"
  openai = { admin_key = ephemeral.orgkeys_unsealed.a.value }
  %s
}

resource "orgkeys_openai_project" "p" {
  provider = orgkeys.second
  name     = "payments"
}
`, identity)
	}
	c.Config(config(""))
	c.Apply()
	for name, argument := range map[string]string{
		"as credential":               "",
		"as credential and identity":  "seal     = { identity = ephemeral.orgkeys_unsealed.a.value }",
		"as credential and recipient": "seal     = { recipients = [ephemeral.orgkeys_unsealed.a.value] }",
	} {
		c.Config(config(argument))
		w.Sim.ResetJournal()
		says(t, c.Plan().Output, "was not refreshed")
		for _, call := range w.Sim.Journal() {
			if call.Status == 401 {
				t.Errorf("%s: %s was sent with the placeholder", name, call.Operation)
			}
		}
	}
	c.Config(config(""))
	// While applying there is no placeholder: without an identity it fails, with one it works.
	if os.Getenv("ORGKEYS_REQUIRE_CLI") != "tofu" { // OpenTofu opens only what an apply uses
		says(t, c.Must([]string{"apply", "-auto-approve", "-no-color"}, 1).Output, "There is no identity to open it with")
	}
	c.Env = []string{"ORGKEYS_SEAL_IDENTITY=" + w.Identity}
	c.Apply()
	c.NoChanges()
	// An identity that is itself sealed and could not be opened.
	c.Env = nil
	c.Config(config("") + `
ephemeral "orgkeys_unsealed" "b" {
  sealed_value = orgkeys_openai_admin_key.a.sealed_value
  identity     = ephemeral.orgkeys_unsealed.a.value
  when_locked  = "placeholder"
}
`)
	c.Plan()
}

// An admin key that is the placeholder of an earlier run, from the environment.
func TestAccCLIPlaceholderInTheEnvironment(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.AttachedCLI()
	c.Config(bareProvider + stack())
	c.Env = []string{"OPENAI_ADMIN_KEY=orgkeys-placeholder-not-a-secret\n"}
	says(t, c.Must([]string{"apply", "-auto-approve", "-no-color"}, 1).Output, "is the placeholder of orgkeys_unsealed")
	if got := len(w.Sim.Journal()); got != 0 {
		t.Errorf("%d calls were made", got)
	}
}

// Post-quantum recipients of age 1.3: for all or for none, said while planning.
func TestAccPostQuantumRecipients(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	w.Guard(identity.String())
	quantum := identity.Recipient().String()
	mixed := fmt.Sprintf("%q, %q", w.Recipient, quantum)
	w.Run(
		resource.TestStep{Config: "provider \"orgkeys\" {\n  seal = { recipients = [" + mixed + "] }\n}\n" + stack(), ExpectError: words("In seal.recipients, the recipients mix post-quantum public keys")},
		resource.TestStep{Config: stack("seal_recipients = [" + mixed + "]"), ExpectError: words("In seal_recipients, the recipients mix post-quantum public keys")},
		resource.TestStep{
			// As from a recipients file that was split into lines.
			Config: stack(fmt.Sprintf("seal_recipients = split(\"\\n\", \"# all of us\\n\\n%s\\n\")", quantum)),
			Check: func(s *terraform.State) error {
				attributes := s.RootModule().Resources[keyAddress].Primary.Attributes
				ids, err := seal.ParseIdentities(secret.New(identity.String()))
				if err != nil {
					return err
				}
				text, err := ids.Open(attributes["sealed_value"])
				if err != nil || !w.Sim.Valid(text.Reveal()) || attributes["sealed_to.#"] != "1" || attributes["sealed_to.0"] != quantum {
					return fmt.Errorf("sealed to %s of them, %w", attributes["sealed_to.#"], err)
				}
				return nil
			},
		},
	)
}
