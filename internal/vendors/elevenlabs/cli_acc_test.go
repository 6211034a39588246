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

// configured are two service accounts with a key each, under the real CLI.
func configured(reason, overlap string) string {
	text := "provider \"orgkeys\" {}\n"
	for _, name := range []string{"a", "b"} {
		text += fmt.Sprintf(`
resource "orgkeys_elevenlabs_service_account" %[1]q {
  name = %[1]q
}

resource "orgkeys_elevenlabs_api_key" %[1]q {
  service_account_id  = orgkeys_elevenlabs_service_account.%[1]s.id
  name                = %[1]q
  permissions         = ["text_to_speech"]
  overlap             = %[3]q
  rotate_when_changed = { reason = %[2]q }
}
`, name, reason, overlap)
	}
	return text
}

// A life under the real CLI: created, rotated, the overlap ended by an apply, destroyed; the
// accounts stay, and each is named.
func TestAccCLILife(t *testing.T) {
	t.Parallel()
	w := acctest.OpenRealTime(t)
	sim := elevenlabssim.Start(t, elevenlabssim.Options{Clock: w.Simulated})
	w.Attach("elevenlabs", sim)
	c := w.CLI()
	c.Config(configured("first", "1s"))
	c.Apply()
	c.NoChanges()
	c.Config(configured("second", "1s"))
	if out := c.Apply().Output; strings.Count(out, "will be rotated") != 2 {
		t.Errorf("the rotations are not announced:\n%s", out)
	}
	w.Simulated.Advance(2 * time.Second)
	c.Apply()
	c.NoChanges()
	if keys := sim.Keys(); len(keys) != 2 || len(sim.DeletedKeys()) != 2 {
		t.Errorf("%d keys are there, %d were deleted", len(keys), len(sim.DeletedKeys()))
	}
	out := c.Must([]string{"destroy", "-auto-approve", "-no-color"}).Output
	for _, account := range sim.Accounts() {
		if !strings.Contains(out, fmt.Sprintf("Service account %q (%s) still exists", account.Name, account.ID)) {
			t.Errorf("account %s is not named:\n%s", account.ID, out)
		}
	}
	if len(sim.Accounts()) != 2 || len(sim.Keys()) != 0 {
		t.Errorf("%d accounts and %d keys are left", len(sim.Accounts()), len(sim.Keys()))
	}
}

// With another workspace's key nothing leaves the state; an account that was removed does, with
// its key, because the other one of the state is there.
func TestAccCLIRemovedAccount(t *testing.T) {
	t.Parallel()
	w := acctest.OpenRealTime(t)
	sim, other := elevenlabssim.Start(t, elevenlabssim.Options{Clock: w.Simulated}), elevenlabssim.Start(t, elevenlabssim.Options{Clock: w.Simulated})
	w.Attach("elevenlabs", sim)
	w.Guard(other.Secrets()...)
	c := w.CLI()
	c.Config(configured("first", "1h"))
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
}
