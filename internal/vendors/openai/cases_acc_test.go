// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// Troubles that users of such providers have met, each through the real CLI.

// An old state is put back after a rotation whose key is in use: nothing is revoked, the
// reader learns what happened, and both ways on work.
func TestAccCLIRestoredState(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]string{
		"the old configuration": "a",
		"the new configuration": "b",
		"another reason":        "c",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			c := w.AttachedCLI()
			config := func(why string) string { return reason(why, `overlap = "72h"`) }
			c.Config(config("a"))
			c.Apply()
			old := current(t, c)
			state, err := os.ReadFile(filepath.Join(c.Dir, "terraform.tfstate"))
			if err != nil {
				t.Fatal(err)
			}
			c.Config(config("b"))
			c.Apply()
			used := current(t, c)
			w.Sim.UseKey(used)
			c.Write("terraform.tfstate", string(state))
			end := keyOf(w, old).ExpiresAt

			c.Config(config(after))
			for _, args := range [][]string{{"plan", "-no-color"}, apply(), apply("-replace=" + keyAddress)} {
				says(t, c.Must(args, 1).Output, "its state is older than the server", "key "+used, "last used at", "terraform state rm")
			}
			exactly(t, w, old, used)
			if got := keyOf(w, old).ExpiresAt; !got.Equal(end) {
				t.Errorf("the old key expires at %s, was %s", got, end)
			}
			c.Must([]string{"apply", "-refresh-only", "-auto-approve", "-no-color"})
			says(t, c.Must([]string{"plan", "-no-color"}, 1).Output, "its state is older than the server")
			// The way on: the newer key is imported.
			c.Must([]string{"state", "rm", keyAddress})
			c.Must([]string{"import", "-no-color", keyAddress, projectID(w) + "/" + used})
			exactly(t, w, old, used)
			c.Must([]string{"plan", "-no-color"})
			// It gets a secret beside what opens it: the key alone is applied first, and then rotates.
			whole := func(why string) string {
				return reason(why, `overlap = "72h"`, `scopes = ["api.model.request"]`) + "ephemeral \"orgkeys_unsealed\" \"k\" {\n  sealed_value = " + keyAddress + ".sealed_value\n}\n"
			}
			c.Config(whole(after))
			c.Must(apply("-target=" + keyAddress))
			exactly(t, w, old, used)
			c.Config(whole("the next one"))
			c.Apply()
			exactly(t, w, old, used, current(t, c))
		})
	}
}

// A destroy of the old state revokes what that state knows, and names the key in use.
func TestAccCLIDestroyOfARestoredState(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.AttachedCLI()
	c.Config(reason("a"))
	c.Apply()
	old := current(t, c)
	state, err := os.ReadFile(filepath.Join(c.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	c.Config(reason("b"))
	c.Apply()
	used := current(t, c)
	w.Sim.UseKey(used)
	c.Write("terraform.tfstate", string(state))
	says(t, c.Must([]string{"destroy", "-refresh=false", "-auto-approve", "-no-color", "-target=" + keyAddress}).Output, used)
	exactly(t, w, used)
	if _, there := c.Values(keyAddress)["id"]; there {
		t.Errorf("%s is still in state", old)
	}
}

// A user copies the marker into a key of their own: it is never taken for ours, by a
// look-up or by an apply, and never revoked.
func TestAccCopiedMarker(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	lookup := stack(`rotate_when_changed = { reason = "b" }`) + `
data "orgkeys_openai_api_key" "found" {
  project_id = orgkeys_openai_project.p.id
  name       = "worker"
  depends_on = [orgkeys_openai_api_key.k]
}
`
	var copied, stranger string
	w.Run(
		resource.TestStep{Config: stack(`rotate_when_changed = { reason = "a" }`)},
		resource.TestStep{
			PreConfig: func() {
				w.Advance(time.Minute)
				mine := w.Live()[0]
				copied, _ = w.Sim.SeedKey(openaisim.KeySpec{ProjectID: mine.ProjectID, Name: mine.Name})
				account := w.Sim.SeedServiceAccount(mine.ProjectID, "another", "member")
				stranger, _ = w.Sim.SeedKey(openaisim.KeySpec{ProjectID: mine.ProjectID, AccountID: account, Name: mine.Name})
				w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysDelete, Kind: simkit.StatusBefore, Status: http.StatusForbidden})
			},
			Config: stack(`rotate_when_changed = { reason = "b" }`),
			Check:  lives(t, w, 4), // the new one, the old one, and the two copies
		},
		resource.TestStep{
			Config: lookup,
			Check:  resource.TestCheckResourceAttrPair("data.orgkeys_openai_api_key.found", "id", keyAddress, "id"),
		},
		resource.TestStep{PreConfig: w.Sim.ClearFaults, Config: stack(`rotate_when_changed = { reason = "b" }`), ConfigPlanChecks: noop},
	)
	for _, id := range []string{copied, stranger} {
		if keyOf(w, id).ID != id {
			t.Errorf("%s is gone, and it was somebody else's", id)
		}
	}
}

// Four keys rotate, or may rotate: the reader sees four reasons.
func TestAccCLIEveryReasonIsShown(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.AttachedCLI()
	four := func(why string) string {
		return strings.Replace(reason("x"), `name               = "worker"`, "name               = \"worker ${count.index}\"\n  count = 4", 1) +
			fmt.Sprintf("\nlocals {\n  why = %s\n}\n", why)
	}
	config := func(why string) string {
		return strings.Replace(four(why), `{ reason = "x" }`, `{ reason = local.why }`, 1)
	}
	c.Config(config(`"a"`))
	c.Apply()
	c.Config(config(`"b"`))
	if plan := c.Plan().Output; strings.Count(plan, "will be rotated") != 4 || strings.Contains(plan, "more similar warning") {
		t.Errorf("not every rotation is announced:\n%s", plan)
	}
	c.Config(config("timestamp()"))
	plan := c.Plan().Output
	if strings.Count(plan, "may be rotated") != 4 || strings.Contains(plan, "more similar warning") {
		t.Errorf("not every possible rotation is announced:\n%s", plan)
	}
	says(t, plan, "unknown in every plan, such as timestamp(), rotates the key in every apply")
}

// Both answers to a create are lost and lists lag behind: the create itself finds what it
// left, so that an apply right after it leaves one key.
func TestAccLostCreateBehindALaggingList(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Sim.Inject(
		simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.CutAfter, Times: 2},
		simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StaleList, LagTime: 25 * time.Second},
	)
	w.Run(
		resource.TestStep{Config: stack(), ExpectError: words("Unable to create API key")},
		resource.TestStep{Config: stack(), Check: lives(t, w, 1)},
	)
}

// Somebody adds a recipient in the environment: the plan says who, with an identity that
// seals again and without one.
func TestAccCLIRecipientsAreNamed(t *testing.T) {
	t.Parallel()
	w, other := acctest.NewRealTime(t, openaisim.Options{}), acctest.New(t, openaisim.Options{})
	c := applied(t, w, stack())
	c.Env = append(c.Env, "ORGKEYS_SEAL_RECIPIENTS="+w.Recipient+","+other.Recipient)
	says(t, c.Plan().Output, "stays sealed to the old recipients", "Added: "+other.Recipient, "Removed: no recipient", "No changes")
	c.Env = append(c.Env, "ORGKEYS_SEAL_IDENTITY="+w.Identity)
	says(t, c.Plan().Output, "will be sealed to other recipients", "Added: "+other.Recipient, "0 to add, 1 to change")
	c.Apply()
	c.NoChanges()
	if got := minted(w); got != 1 {
		t.Errorf("%d keys minted, resealing must mint none", got)
	}
}

// Scopes that are not known before the apply, in an organization that changes no key in
// place: the key may rotate, and what the plan said holds.
func TestAccUnknownScopesWithoutKeyUpdate(t *testing.T) {
	t.Parallel()
	for name, scopes := range map[string]string{"the set": "terraform_data.s.output", "an element": `["api.a", terraform_data.s.output[0]]`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, openaisim.Options{})
			w.Sim.SetPolicy(func(p *openaisim.Policy) { p.NoKeyUpdate = http.StatusNotFound })
			config := func(value string) string {
				return stack("scopes = "+scopes, `overlap = "0s"`) + fmt.Sprintf(`
resource "terraform_data" "s" {
  input = [%q]
}
`, value)
			}
			w.Run(
				resource.TestStep{Config: config("api.b"), Check: lives(t, w, 1)},
				// Learned by asking twice; nothing is changed, and the next plan rotates.
				resource.TestStep{Config: config("api.c"), ExpectError: words("This organization refuses to change the scopes of key")},
				resource.TestStep{Config: config("api.d"), Check: lives(t, w, 1)},
				resource.TestStep{Config: config("api.d"), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
			)
		})
	}
}

// Scopes and lifetime change together and only the lifetime is refused: the error says
// what was changed, and state has it.
func TestAccHalfAChange(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Sim.SetPolicy(func(p *openaisim.Policy) { p.ExpiryUpdateRefused = true })
	w.Run(
		resource.TestStep{Config: stack(`scopes = ["api.a"]`, `lifetime = "90d"`, `rotate_after = "60d"`)},
		resource.TestStep{
			Config:      stack(`scopes = ["api.b"]`, `lifetime = "80d"`, `rotate_after = "60d"`),
			ExpectError: words("The key has its new scopes already, but not its new lifetime"),
		},
		resource.TestStep{Config: stack(`scopes = ["api.b"]`, `lifetime = "90d"`, `rotate_after = "60d"`), ConfigPlanChecks: noop},
	)
}
