// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// A key for the run: it works while the run uses it, is revoked at the end, and lies
// nowhere; when closing fails, the server still ends it.
func TestAccCLIRunScopedKey(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	project := w.Sim.SeedProject("p")
	account := w.Sim.SeedServiceAccount(project, "a", "member")
	c := w.AttachedCLI()
	c.Config(bareProvider + fmt.Sprintf(`
ephemeral "orgkeys_openai_api_key" "run" {
  project_id         = %q
  service_account_id = %q
  name               = "run"
  lifetime           = "30m"
}

resource "terraform_data" "use" {
  provisioner "local-exec" {
    command     = "printf %%s \"$KEY\" > \"$TARGET\""
    environment = {
      KEY    = ephemeral.orgkeys_openai_api_key.run.value
      TARGET = %q
    }
  }
}
`, project, account, filepath.Join(w.Store, "used")))
	c.Apply()
	used := w.Stored("used")
	if used == "" || w.Sim.Valid(used) {
		t.Errorf("the run used a key: %v; it works afterwards: %v", used != "", w.Sim.Valid(used))
	}
	if live := w.Live(); len(live) != 0 {
		t.Errorf("%d keys live on after the run", len(live))
	}

	w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysDelete, Kind: simkit.StatusBefore, Status: http.StatusForbidden})
	result := c.Must([]string{"plan", "-no-color"})
	says(t, result.Output, "of this run was not revoked", "could not be revoked", "curl -K -")
	for _, key := range w.Sim.Keys() {
		if left := time.Until(key.ExpiresAt); left > 30*time.Minute || left < 25*time.Minute {
			t.Errorf("the key left behind ends in %s, want within its 30m", left)
		}
	}
}

// Without a lifetime the key lives for an hour at most; every CLI holds the result to
// the configuration.
func TestAccCLIRunKeyWithoutLifetime(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	project := w.Sim.SeedProject("p")
	account := w.Sim.SeedServiceAccount(project, "a", "member")
	c := w.AttachedCLI()
	c.Config(bareProvider + fmt.Sprintf("ephemeral \"orgkeys_openai_api_key\" \"run\" {\n  project_id         = %q\n  service_account_id = %q\n  name               = \"run\"\n}\n", project, account))
	c.Must([]string{"plan", "-no-color"})
	if live := w.Live(); len(live) != 0 {
		t.Errorf("%d keys live on after a plan", len(live))
	}
	w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysDelete, Kind: simkit.StatusBefore, Status: http.StatusForbidden})
	c.Apply()
	for _, key := range w.Live() {
		if left := time.Until(key.ExpiresAt); left > time.Hour || left < 55*time.Minute {
			t.Errorf("the key ends in %s, want an hour", left)
		}
	}
	if minted(w) == 0 {
		t.Error("no key was made, so nothing was tested")
	}
}

// The emergency exit, by name and without a plan.
func TestAccCLIRevokeAction(t *testing.T) {
	t.Parallel()
	acctest.Require(t, "1.14", false)
	w := acctest.NewRealTime(t, openaisim.Options{})
	project := w.Sim.SeedProject("p")
	person, secret := w.Sim.SeedKey(openaisim.KeySpec{ProjectID: project, Name: "somebody's"})
	c := w.AttachedCLI()
	action := func(project, key string) string {
		return bareProvider + fmt.Sprintf("action \"orgkeys_openai_revoke_key\" \"now\" {\n  config {\n    project_id = %q\n    key_id     = %q\n  }\n}\n", project, key)
	}
	invoke := []string{"apply", "-auto-approve", "-no-color", "-invoke=action.orgkeys_openai_revoke_key.now"}
	c.Config(action(project, person))
	says(t, c.Must(invoke).Output, "Revoking key "+person)
	if w.Sim.Valid(secret) {
		t.Error("the key works after it was revoked")
	}
	says(t, c.Must(invoke, 1).Output, "Nothing was revoked", "Check project_id")
	c.Config(action("proj_nowhere", person))
	says(t, c.Must(invoke, 1).Output, "project proj_nowhere does not exist in the organization of this admin key")
}

// What comes from variables is known only when the action is invoked. A key that was
// meant and not found lives on, so that is no success.
func TestAccCLIRevokeActionFindsNothing(t *testing.T) {
	t.Parallel()
	acctest.Require(t, "1.14", false)
	w := acctest.NewRealTime(t, openaisim.Options{})
	project, other := w.Sim.SeedProject("p"), w.Sim.SeedProject("other")
	key, secret := w.Sim.SeedKey(openaisim.KeySpec{ProjectID: project, Name: "k"})
	admin, _ := w.Sim.SeedAdminKey(openaisim.AdminKeySpec{Name: "a"})
	c := w.AttachedCLI()
	for name, ids := range map[string][2]string{
		"another project":  {other, key},
		"a mistyped id":    {project, key + "x"},
		"a blank behind":   {project, key + " "},
		"a line end":       {project, key + "\n"},
		"an admin key":     {project, admin},
		"a way out":        {project, "../" + key},
		"nothing":          {project, ""},
		"a blank, project": {project + " ", key},
	} {
		c.Config(bareProvider + fmt.Sprintf("variable \"project\" {\n  default = %q\n}\nvariable \"key\" {\n  default = %q\n}\naction \"orgkeys_openai_revoke_key\" \"now\" {\n  config {\n    project_id = var.project\n    key_id     = var.key\n  }\n}\n", ids[0], ids[1]))
		out := c.Must([]string{"apply", "-auto-approve", "-no-color", "-invoke=action.orgkeys_openai_revoke_key.now"}, 1).Output
		if !strings.Contains(out, "key_id") && !strings.Contains(out, "project_id") {
			t.Errorf("%s: it is not said what to check:\n%s", name, out)
		}
	}
	if !w.Sim.Valid(secret) {
		t.Error("the key was revoked by an id that is not its own")
	}
}
