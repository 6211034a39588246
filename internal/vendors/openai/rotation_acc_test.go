// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"net/http"
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

const days = 24 * time.Hour

// noop expects nothing to do for the key.
var noop = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
	plancheck.ExpectResourceAction(keyAddress, plancheck.ResourceActionNoop),
}}

// rotates expects an update in place to the given generation.
func rotates(generation int64) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(keyAddress, plancheck.ResourceActionUpdate),
		plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("generation"), knownvalue.Int64Exact(generation)),
		plancheck.ExpectUnknownValue(keyAddress, tfjsonpath.New("id")),
		plancheck.ExpectUnknownValue(keyAddress, tfjsonpath.New("version")),
	}}
}

// lives checks how many keys work at the server, and that the one in state does.
func lives(t *testing.T, w *acctest.World, want int) resource.TestCheckFunc {
	t.Helper()
	return func(s *terraform.State) error {
		attributes := s.RootModule().Resources[keyAddress].Primary.Attributes
		if !w.Sim.Valid(opened(t, w, attributes["sealed_value"])) {
			return fmt.Errorf("the key in state does not work")
		}
		if got := len(w.Live()); got != want {
			return fmt.Errorf("%d keys work, want %d", got, want)
		}
		return nil
	}
}

func minted(w *acctest.World) int { return w.Sim.Count(openaisim.OpServiceAccountKeysCreate) }

func TestAccRotationByAge(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	config := stack(`lifetime = "90d"`, `rotate_after = "60d"`, `overlap = "36h"`)
	w.Run(
		resource.TestStep{Config: config, Check: lives(t, w, 1)},
		resource.TestStep{PreConfig: func() { w.Advance(60*days - time.Minute) }, Config: config, ConfigPlanChecks: noop},
		resource.TestStep{ // due: raising rotate_after stops it
			PreConfig: func() { w.Advance(2 * time.Minute) },
			Config:    stack(`lifetime = "90d"`, `rotate_after = "70d"`, `overlap = "36h"`),
			Check:     lives(t, w, 1),
		},
		resource.TestStep{ // lowering it again starts it
			Config: config, ConfigPlanChecks: rotates(2),
			Check: resource.ComposeTestCheckFunc(lives(t, w, 2),
				resource.TestCheckResourceAttr(keyAddress, "previous.#", "1"),
				resource.TestCheckResourceAttrSet(keyAddress, "previous.0.expires_at")),
		},
		resource.TestStep{Config: config, ConfigPlanChecks: noop},
		resource.TestStep{ // the server ends the old key, whether anybody applies or not
			PreConfig: func() {
				w.Advance(36*time.Hour + 2*time.Second)
				if got := len(w.Live()); got != 1 {
					t.Errorf("%d keys work after the overlap, want 1", got)
				}
			},
			Config: config, ConfigPlanChecks: noop,
			Check: resource.ComposeTestCheckFunc(lives(t, w, 1), resource.TestCheckResourceAttr(keyAddress, "previous.#", "0")),
		},
	)
	if got := minted(w); got != 2 {
		t.Errorf("%d keys minted for two generations", got)
	}
}

func TestAccRotationByChange(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Run(
		resource.TestStep{Config: stack(), Check: lives(t, w, 1)},
		// A first map is only recorded.
		resource.TestStep{Config: stack(`rotate_when_changed = { reason = "a" }`), Check: lives(t, w, 1)},
		resource.TestStep{Config: stack(`rotate_when_changed = { reason = "b" }`), ConfigPlanChecks: rotates(2), Check: lives(t, w, 2)},
		// With overlap 0s the old key goes at once; the first one still runs out.
		resource.TestStep{Config: stack(`rotate_when_changed = { reason = "c" }`, `overlap = "0s"`), ConfigPlanChecks: rotates(3), Check: lives(t, w, 2)},
		resource.TestStep{
			PreConfig: func() { w.Advance(25 * time.Hour) },
			Config:    stack(`rotate_when_changed = { reason = "c" }`, `overlap = "0s"`), ConfigPlanChecks: noop, Check: lives(t, w, 1),
		},
	)
	if got := minted(w); got != 3 {
		t.Errorf("%d keys minted for three generations", got)
	}
}

func TestAccRotationByNameAndLostKeys(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	renamed := func(name string) string {
		return strings.Replace(stack(`lifetime = "10d"`, `rotate_after = "5d"`, `overlap = "1d"`), `name               = "worker"`, fmt.Sprintf("name               = %q", name), 1)
	}
	w.Run(
		resource.TestStep{Config: renamed("one"), Check: lives(t, w, 1)},
		resource.TestStep{Config: renamed("two"), ConfigPlanChecks: rotates(2), Check: lives(t, w, 2)},
		resource.TestStep{ // the current key is revoked outside while the previous one lives: a rotation
			PreConfig: func() { w.Sim.RevokeKey(w.Live()[1].ID) },
			Config:    renamed("two"), ConfigPlanChecks: rotates(3), Check: lives(t, w, 2),
		},
		resource.TestStep{ // everything expired: due, and the generation goes on
			PreConfig: func() { w.Advance(11 * days) },
			Config:    renamed("two"), ConfigPlanChecks: rotates(4), Check: lives(t, w, 1),
		},
	)
}

// An organization on the older contract cannot shorten a key's life: then the first
// apply after the promised end revokes it.
func TestAccRotationWithoutKeyUpdate(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]func(*openaisim.Policy){
		"404":     func(p *openaisim.Policy) { p.NoKeyUpdate = http.StatusNotFound },
		"405":     func(p *openaisim.Policy) { p.NoKeyUpdate = http.StatusMethodNotAllowed },
		"ignored": func(p *openaisim.Policy) { p.KeyUpdateIgnored = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, openaisim.Options{})
			w.Sim.SetPolicy(policy)
			config := func(reason string) string {
				return stack(fmt.Sprintf("rotate_when_changed = { reason = %q }", reason), `overlap = "2h"`)
			}
			w.Run(
				resource.TestStep{Config: config("a"), Check: lives(t, w, 1)},
				// Every apply asks again to shorten the old key's life: one answer may be wrong.
				resource.TestStep{Config: config("b"), ConfigPlanChecks: rotates(2), Check: lives(t, w, 2), ExpectNonEmptyPlan: true},
				resource.TestStep{
					PreConfig: func() { w.Advance(time.Hour) }, Config: config("b"), ExpectNonEmptyPlan: true,
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("generation"), knownvalue.Int64Exact(2)),
					}},
					Check: lives(t, w, 2),
				},
				resource.TestStep{
					PreConfig: func() { w.Advance(time.Hour + time.Second) }, Config: config("b"),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(keyAddress, plancheck.ResourceActionUpdate),
						plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("previous"), knownvalue.ListExact(nil)),
					}},
					Check: lives(t, w, 1),
				},
			)
		})
	}
}

// One key per account: a rotation changes nothing unless overlap = "0s" allows the gap.
func TestAccRotationWithOneKeyPerAccount(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Sim.SetPolicy(func(p *openaisim.Policy) { p.OneKeyPerAccount = true })
	w.Run(
		resource.TestStep{Config: stack(`rotate_when_changed = { reason = "a" }`), Check: lives(t, w, 1)},
		resource.TestStep{
			Config:      stack(`rotate_when_changed = { reason = "b" }`),
			ExpectError: words(`Set overlap = "0s" to revoke the old key before the new one is created`),
		},
		resource.TestStep{Config: stack(`rotate_when_changed = { reason = "a" }`), ConfigPlanChecks: noop, Check: lives(t, w, 1)},
		resource.TestStep{Config: stack(`rotate_when_changed = { reason = "b" }`, `overlap = "0s"`), ConfigPlanChecks: rotates(2), Check: lives(t, w, 1)},
	)
}

// The recipients change: sealed again in place with an identity, not at all without.
func TestAccResealing(t *testing.T) {
	t.Parallel()
	w, other := acctest.New(t, openaisim.Options{}), acctest.New(t, openaisim.Options{})
	both := fmt.Sprintf(`seal_recipients = [%q, %q]`, w.Recipient, other.Recipient)
	inPlace := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(keyAddress, plancheck.ResourceActionUpdate),
		plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("generation"), knownvalue.Int64Exact(1)),
	}}
	w.Run(
		resource.TestStep{Config: stack(), Check: lives(t, w, 1)},
		resource.TestStep{ // recorded, but not sealed again
			Config: stack(both), Check: resource.ComposeTestCheckFunc(lives(t, w, 1), resource.TestCheckResourceAttr(keyAddress, "sealed_to.#", "1")),
		},
		resource.TestStep{
			PreConfig: func() { w.Setenv("ORGKEYS_SEAL_IDENTITY", w.Identity) },
			Config:    stack(both), ConfigPlanChecks: inPlace,
			Check: resource.ComposeTestCheckFunc(lives(t, w, 1), resource.TestCheckResourceAttr(keyAddress, "sealed_to.#", "2"),
				func(s *terraform.State) error {
					sealed := s.RootModule().Resources[keyAddress].Primary.Attributes["sealed_value"]
					if !w.Sim.Valid(opened(t, other, sealed)) {
						return fmt.Errorf("the second recipient cannot open it")
					}
					return nil
				}),
		},
		resource.TestStep{Config: stack(both), ConfigPlanChecks: noop},
	)
	if got := minted(w); got != 1 {
		t.Errorf("%d keys minted, resealing must mint none", got)
	}
}

// Scopes and lifetime change in place where the API allows it.
func TestAccChangesInPlace(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	scopes := func(want ...string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			if got := w.Sim.Keys()[0].Scopes; fmt.Sprint(got) != fmt.Sprint(want) {
				return fmt.Errorf("scopes at the server %v, want %v", got, want)
			}
			return nil
		}
	}
	w.Run(
		resource.TestStep{Config: stack(`scopes = ["a", "b"]`), Check: scopes("a", "b")},
		resource.TestStep{Config: stack(`scopes = ["b"]`), Check: scopes("b")},
		resource.TestStep{Config: stack(), Check: scopes()},
		resource.TestStep{Config: stack(`scopes = ["all"]`), Check: scopes()},
		resource.TestStep{
			Config: stack(`lifetime = "30d"`, `rotate_after = "20d"`), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("generation"), knownvalue.Int64Exact(1)),
			}},
			Check: func(*terraform.State) error {
				key := w.Sim.Keys()[0]
				if off := key.ExpiresAt.Sub(key.CreatedAt.Add(30 * days)).Abs(); off > time.Second {
					return fmt.Errorf("the key ends %s off its lifetime", off)
				}
				return nil
			},
		},
		// Too short for the overlap, or taken away: a rotation.
		resource.TestStep{Config: stack(`lifetime = "12h"`, `rotate_after = "6h"`), ConfigPlanChecks: rotates(2), Check: lives(t, w, 2)},
		resource.TestStep{Config: stack(), ConfigPlanChecks: rotates(3), Check: lives(t, w, 3)},
	)
}
