// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package elevenlabs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	elevenlabssim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/sim"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const configured = `
provider "orgkeys" {}

resource "orgkeys_elevenlabs_service_account" "x" {
  for_each = toset(["a", "b"])
  name     = each.key
}

resource "orgkeys_elevenlabs_api_key" "x" {
  for_each           = orgkeys_elevenlabs_service_account.x
  service_account_id = each.value.id
  name               = each.key
  permissions        = ["text_to_speech"]
}
`

// With another workspace's key nothing leaves the state; an account that was removed does, with
// its key, because the other one of the state is there. A destroy names the accounts that stay.
func TestAccCLIRemovedAccount(t *testing.T) {
	t.Parallel()
	w := acctest.OpenRealTime(t)
	sim, other := elevenlabssim.Start(t, elevenlabssim.Options{Clock: w.Simulated}), elevenlabssim.Start(t, elevenlabssim.Options{Clock: w.Simulated})
	w.Attach("elevenlabs", sim)
	w.Guard(other.Secrets()...)
	c := w.AttachedCLI()
	c.Config(configured)
	c.Apply()
	w.Simulated.Advance(2 * time.Minute) // what is young is looked for again for a while
	before := c.Resources()
	c.Env = append(c.Env, "ELEVENLABS_API_KEY="+other.AdminKey(), "ORGKEYS_ELEVENLABS_BASE_URL="+other.URL())
	out := c.Must([]string{"plan", "-no-color"}, 1).Output
	if !strings.Contains(strings.Join(strings.Fields(out), " "), "terraform state rm") || !strings.Contains(out, other.Workspace()) || c.Resources() != before {
		t.Errorf("got\n%s", out)
	}
	c.Env = c.Env[:len(c.Env)-2]
	sim.RemoveAccount(sim.Accounts()[0].ID)
	if out := c.Plan().Output; !strings.Contains(out, "2 to add, 0 to change, 0 to destroy") {
		t.Errorf("got\n%s", out)
	}
	c.Apply()
	c.NoChanges()
	out = c.Must([]string{"destroy", "-auto-approve", "-no-color"}).Output
	for _, account := range sim.Accounts() {
		if !strings.Contains(out, fmt.Sprintf("Service account %q (%s) still exists", account.Name, account.ID)) {
			t.Errorf("account %s is not named:\n%s", account.ID, out)
		}
	}
	if len(sim.Accounts()) != 2 || len(sim.Keys()) != 0 {
		t.Errorf("%d accounts and %d keys are left", len(sim.Accounts()), len(sim.Keys()))
	}
}
