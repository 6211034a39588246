// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// What happened to a key outside is told apart in words.
func TestAccCLIDriftOfAKey(t *testing.T) {
	t.Parallel()
	current := func(w *acctest.World) string { return w.Sim.Keys()[len(w.Sim.Keys())-1].ID }
	for name, test := range map[string]struct {
		change func(*acctest.World)
		says   []string
		code   int
	}{
		"shortened": {
			func(w *acctest.World) { w.Sim.ExpireKeyAt(current(w), time.Now().Add(48*time.Hour)) },
			[]string{"its expiry was moved to an earlier time outside Terraform"}, 0,
		},
		"expired": {
			func(w *acctest.World) { w.Sim.ExpireKeyAt(current(w), time.Now().Add(-time.Minute)) },
			[]string{"expired at", "will be rotated", "the current key expired", "The old key no longer works"}, 2,
		},
		"owner lost access": {
			func(w *acctest.World) { w.Sim.SetOwnerAccess(w.Sim.ServiceAccounts()[0].ID, false) },
			[]string{"its owner", "has no access to the project now, so the key does nothing"}, 0,
		},
		"current revoked, previous runs out": {
			func(w *acctest.World) { w.Sim.RevokeKey(current(w)) },
			[]string{"will be rotated", "the current key was revoked outside Terraform", "The old key no longer works"}, 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			config := func(reason string) string {
				return stack(`lifetime = "90d"`, `rotate_after = "60d"`, fmt.Sprintf("rotate_when_changed = { reason = %q }", reason))
			}
			c := applied(t, w, config("a"))
			c.Config(bareProvider + config("b")) // a previous key beside the current one
			c.Apply()
			test.change(w)
			plan := c.Plan()
			says(t, plan.Output, test.says...)
			if plan.Code != test.code {
				t.Errorf("the plan ended with %d, want %d", plan.Code, test.code)
			}
		})
	}
}

// The design that mints in an ephemeral resource makes seven keys for one wanted in
// this sequence; here it is one, also with the store down during the first apply.
func TestAccCLIOneKeyForOneWanted(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.AttachedCLI()
	c.Env = []string{"ORGKEYS_SEAL_IDENTITY=" + w.Identity}
	config := func(store string) string {
		return bareProvider + stack() + fmt.Sprintf(`
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
`, store)
	}
	c.Config(config(w.Store + "/down"))
	c.Plan("-out=first.tfplan")
	says(t, c.Must([]string{"apply", "-no-color", "first.tfplan"}, 1).Output, "The store is down")
	c.Config(config(w.Store))
	c.Apply()
	for range 3 {
		c.NoChanges()
	}
	c.Apply()
	if got := minted(w); got != 1 {
		t.Errorf("%d keys minted for one wanted", got)
	}
	if !w.Sim.Valid(w.Stored("worker")) {
		t.Error("the store does not hold the key")
	}
}

// A plan made before the due date and applied after it stays consistent, and the next
// plan shows the rotation; a saved rotation plan applied later is right.
func TestAccCLISavedPlansAndTheDueDate(t *testing.T) {
	t.Parallel()
	// The provider goes by the server's clock as long as it is less than five minutes
	// off this machine's, so the server's can be moved instead of waiting.
	server := simkit.NewRunningClock(0)
	w := acctest.NewRealTime(t, openaisim.Options{Clock: server})
	config := func(account string) string {
		return bareProvider + named("payments", account, `rotate_after = "2m"`, `overlap = "1h"`)
	}
	c := w.AttachedCLI()
	c.Config(config("worker"))
	c.Apply()
	c.Config(config("renamed"))
	if plan := c.Plan("-out=early.tfplan"); strings.Contains(plan.Output, "will be rotated") {
		t.Fatal("the key is due at once")
	}
	server.Advance(2*time.Minute + time.Second)
	c.Must([]string{"apply", "-no-color", "early.tfplan"})
	if got := minted(w); got != 1 {
		t.Errorf("%d keys minted by a plan made before the due date", got)
	}
	says(t, c.Plan("-out=rotation.tfplan").Output, "it has been due by age since")
	server.Advance(2 * time.Minute)
	c.Must([]string{"apply", "-no-color", "rotation.tfplan"})
	if live := w.Live(); len(live) != 2 || minted(w) != 2 {
		t.Errorf("%d live keys and %d mints after one rotation", len(live), minted(w))
	}
	old := w.Sim.Keys()[0]
	if left := old.ExpiresAt.Sub(server.Now()); left > time.Hour+time.Second || left < 59*time.Minute {
		t.Errorf("the old key ends in %s, want within its overlap of 1h", left)
	}
	if result := c.Must([]string{"apply", "-no-color", "rotation.tfplan"}, 1); !strings.Contains(result.Output, "stale") {
		t.Errorf("a used plan was not refused as stale: %s", result.Output)
	}
}
