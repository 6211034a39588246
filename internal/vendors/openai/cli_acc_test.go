// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// These tests run a real CLI with the provider as a real process, because they look
// at exit codes, warnings and files.

const bareProvider = "provider \"orgkeys\" {}\n"

func applied(t *testing.T, w *acctest.World, config string) *acctest.CLI {
	t.Helper()
	c := w.CLI()
	c.Config(bareProvider + config)
	c.Apply()
	c.NoChanges()
	return c
}

func says(t *testing.T, output string, wants ...string) {
	t.Helper()
	// The CLI wraps lines and draws a border beside them.
	flat := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
	for _, want := range wants {
		if !strings.Contains(flat, want) {
			t.Errorf("the output does not say %q:\n%s", want, output)
		}
	}
}

func TestAccCLIThreeCreatesAndAnEmptyPlan(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := applied(t, w, stack())
	if got := creates(w); got != 3 {
		t.Errorf("%d creates, want 3", got)
	}
	w.Sim.ResetJournal()
	c.NoChanges()
	if got := len(w.Sim.Journal()); got != 3 {
		t.Errorf("a refresh of three objects took %d calls, want 3", got)
	}
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
	if live := w.Live(); len(live) != 0 {
		t.Errorf("%d keys work after destroy", len(live))
	}
}

func TestAccCLIChangedOutside(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*acctest.World)
		says   []string
	}{
		"project archived": {
			func(w *acctest.World) { w.Sim.ArchiveProject(projectID(w)) },
			[]string{"Project \"", "it was archived", "Service account \"", "is gone", "was archived"},
		},
		"account deleted": {
			func(w *acctest.World) { w.Sim.DeleteServiceAccount(w.Sim.ServiceAccounts()[0].ID) },
			[]string{"Service account \"", "it was deleted outside Terraform", "is gone"},
		},
		"key revoked": {
			func(w *acctest.World) { w.Sim.RevokeKey(w.Sim.Keys()[0].ID) },
			[]string{"is gone", "it was revoked outside Terraform, or with its service account"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			c := applied(t, w, stack())
			test.change(w)
			says(t, c.Plan().Output, test.says...)
			c.Apply()
			if live := w.Live(); len(live) != 1 {
				t.Errorf("%d live keys after repair, want 1", len(live))
			}
			c.NoChanges()
			c.Must([]string{"destroy", "-auto-approve", "-no-color"})
			if live := w.Live(); len(live) != 0 {
				t.Errorf("%d keys work after destroy", len(live))
			}
		})
		t.Run(name+", then destroy", func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			c := applied(t, w, stack())
			test.change(w)
			// A destroy works too; Terraform does not show what its refresh had to say.
			c.Must([]string{"destroy", "-auto-approve", "-no-color"})
			if live := w.Live(); len(live) != 0 {
				t.Errorf("%d keys work after destroy", len(live))
			}
		})
	}
}

func projectID(w *acctest.World) string {
	for _, project := range w.Sim.Projects() {
		if !project.Default && !project.Archived {
			return project.ID
		}
	}
	return ""
}

func TestAccCLIWrongOrganization(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := applied(t, w, stack())
	id := projectID(w)
	before := c.Resources()
	w.Sim.ResetJournal()

	c.Env = []string{"OPENAI_ADMIN_KEY=" + w.Sim.NewOrganization()}
	for _, args := range [][]string{
		{"plan", "-no-color"},
		{"apply", "-auto-approve", "-no-color"},
		{"destroy", "-auto-approve", "-no-color"},
		{"apply", "-auto-approve", "-no-color", "-refresh=false", "-replace=" + keyAddress},
	} {
		says(t, c.Must(args, 1).Output, "another organization's admin key", id)
	}
	for _, entry := range w.Sim.Journal() {
		if entry.Method != "GET" && entry.Status < 400 {
			t.Errorf("%s changed something in the other organization", entry.Operation)
		}
	}
	if after := c.Resources(); after != before {
		t.Errorf("the state changed from\n%s\nto\n%s", before, after)
	}
	c.Env = nil
	c.NoChanges()
}

func TestAccCLIAdminKeyTrouble(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	project := w.Sim.SeedProject("p")
	account := w.Sim.SeedServiceAccount(project, "a", "member")
	_, projectKey := w.Sim.SeedKey(openaisim.KeySpec{ProjectID: project, AccountID: account, Name: "k"})
	for name, test := range map[string]struct {
		key  string
		says []string
	}{
		"missing":      {"", []string{"Missing OpenAI admin key", "There is no OpenAI admin key", "OPENAI_ADMIN_KEY"}},
		"project key":  {projectKey, []string{"Invalid OpenAI admin key", "is a service account's key", "sk-admin-"}},
		"unknown":      {"sk-admin-fake-nobody-knows-this-one", []string{"unknown to this server, revoked or expired", "HTTP 401"}},
		"lacks rights": {w.Sim.RestrictedAdminKey("api.usage.read"), []string{"The admin key lacks api.management", "Organization Administration", "request id"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := w.CLI()
			c.Env = []string{"OPENAI_ADMIN_KEY=" + test.key}
			c.Config(bareProvider + fmt.Sprintf("data \"orgkeys_openai_project\" \"p\" {\n  id = %q\n}\n", project))
			says(t, c.Must([]string{"plan", "-no-color"}, 1).Output, test.says...)
			c.Config(bareProvider + "resource \"orgkeys_openai_project\" \"p\" {\n  name = \"x\"\n}\n")
			says(t, c.Must([]string{"apply", "-auto-approve", "-no-color"}, 1).Output, test.says...)
		})
	}
	if got := len(w.Sim.Projects()); got != 2 {
		t.Errorf("%d projects, want the default one and the seeded one", got)
	}
}

// The whole way of a secret: sealed in state, opened for a write-only argument in the
// very apply that mints it, without an identity; afterwards only with one.
func TestAccCLIHandOver(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.CLI()
	config := bareProvider + stack(`rotate_when_changed = { why = var.why }`) + fmt.Sprintf(`
variable "why" { default = "first" }

provider "store" {
  directory = %q
}

ephemeral "orgkeys_unsealed" "k" {
  sealed_value = orgkeys_openai_api_key.k.sealed_value
  when_locked  = %s
}

resource "store_secret" "s" {
  name            = "worker"
  data_wo         = ephemeral.orgkeys_unsealed.k.value
  data_wo_version = orgkeys_openai_api_key.k.version
}

output "sealed" {
  value     = orgkeys_openai_api_key.k.sealed_value
  sensitive = true
}
`, w.Store, `terraform.applying ? "fail" : "placeholder"`)
	c.Config(config)
	c.Apply()
	first := w.Stored("worker")
	if !w.Sim.Valid(first) {
		t.Fatal("what arrived in the store is not a working key")
	}
	c.NoChanges() // needs no identity

	// An apply that has nothing to write still opens the value, and says what it needs.
	c.Env = []string{"ORGKEYS_SEAL_IDENTITY=" + w.Identity}
	c.Apply()

	// A rotation reaches the store in the same apply, also without an identity.
	c.Env = nil
	c.Env = append(c.Env, "TF_VAR_why=second")
	says(t, c.Plan().Output, "will be rotated", "rotate_when_changed has changed", "keeps working for 24h after")
	c.Apply()
	second := w.Stored("worker")
	if second == first || !w.Sim.Valid(second) || !w.Sim.Valid(first) {
		t.Errorf("after a rotation both keys must work and the store have the new one: changed %v, new %v, old %v",
			second != first, w.Sim.Valid(second), w.Sim.Valid(first))
	}
	c.NoChanges()

	// A replacement revokes the whole series and reaches the store too.
	c.Apply("-replace=" + keyAddress)
	third := w.Stored("worker")
	if third == second || !w.Sim.Valid(third) || w.Sim.Valid(second) || w.Sim.Valid(first) {
		t.Errorf("after a replacement only the new key may work: new %v, second %v, first %v", w.Sim.Valid(third), w.Sim.Valid(second), w.Sim.Valid(first))
	}
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
	if w.Sim.Valid(third) {
		t.Error("a key works after destroy")
	}
}

// The store being down must neither lose the secret nor mint another key.
func TestAccCLIStoreDown(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.CLI()
	missing := filepath.Join(w.Store, "not-there-yet")
	c.Config(bareProvider + stack() + fmt.Sprintf(`
provider "store" {
  directory = %q
}

ephemeral "orgkeys_unsealed" "k" {
  sealed_value = orgkeys_openai_api_key.k.sealed_value
}

resource "store_secret" "s" {
  name            = "worker"
  data_wo         = ephemeral.orgkeys_unsealed.k.value
  data_wo_version = orgkeys_openai_api_key.k.version
}
`, missing))
	says(t, c.Must([]string{"apply", "-auto-approve", "-no-color"}, 1).Output, "The store is down")
	// The next process has no memory of the secret: it needs the identity, and says so.
	says(t, c.Must([]string{"apply", "-auto-approve", "-no-color"}, 1).Output, "There is no identity to open it with", "ORGKEYS_SEAL_IDENTITY")
	if err := os.Mkdir(missing, 0o700); err != nil {
		t.Fatal(err)
	}
	c.Env = []string{"ORGKEYS_SEAL_IDENTITY=" + w.Identity}
	c.Apply()
	if !w.Sim.Valid(w.Stored("not-there-yet/worker")) {
		t.Error("the secret did not arrive")
	}
	if got := w.Sim.Count(openaisim.OpServiceAccountKeysCreate); got != 1 {
		t.Errorf("%d keys minted for one wanted", got)
	}
}

func TestAccCLIResidencyNeedsReplace(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	project := func(residency string) string {
		return bareProvider + fmt.Sprintf("resource \"orgkeys_openai_project\" \"p\" {\n  name      = \"x\"\n  residency = %q\n}\n", residency)
	}
	c := w.CLI()
	c.Config(project("EU_STORAGE_PROCESSING"))
	c.Apply()
	c.NoChanges()
	c.Config(project("US_STORAGE_PROCESSING"))
	says(t, c.Plan().Output, "cannot change its residency", "-replace")
	says(t, c.Must([]string{"apply", "-auto-approve", "-no-color"}, 1).Output, "-replace", "archives the present one for good")
	if got := w.Sim.Count(openaisim.OpProjectsArchive); got != 0 {
		t.Error("a project was archived without being asked for")
	}
	c.Apply("-replace=" + projectAddress)
	c.NoChanges()
	if got := w.Sim.Count(openaisim.OpProjectsArchive); got != 1 {
		t.Errorf("%d archived, want 1", got)
	}
}
