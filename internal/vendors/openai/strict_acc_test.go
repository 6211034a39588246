// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// Where single keys cannot be deleted they are made to expire; one that has expired
// already can be neither deleted nor changed, and must not block a destroy.
func TestAccKeysThatCannotBeDeleted(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Sim.SetPolicy(func(p *openaisim.Policy) { p.NoServiceAccountKeyDelete = true })
	config := func(reason string) string {
		return stack(`overlap = "2h"`, fmt.Sprintf("rotate_when_changed = { reason = %q }", reason))
	}
	w.Run(
		resource.TestStep{Config: config("a"), Check: lives(t, w, 1)},
		resource.TestStep{Config: config("b"), ConfigPlanChecks: rotates(2), Check: lives(t, w, 2)},
		resource.TestStep{PreConfig: func() { w.Advance(3 * time.Hour) }, Config: config("b"), ConfigPlanChecks: noop, Check: lives(t, w, 1)},
	)
	w.Advance(3 * time.Second)
	if live := w.Live(); len(live) != 0 {
		t.Errorf("%d keys work after destroy", len(live))
	}
}

// An overlap that is known only while applying leaves the previous keys open in the plan.
func TestAccOverlapNotYetKnown(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	config := func(overlap, arguments string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"o\" {\n  input = %q\n}\n", overlap) +
			stack("overlap = terraform_data.o.output", arguments)
	}
	w.Run(
		resource.TestStep{Config: config("1h", `rotate_when_changed = { reason = "a" }`), Check: lives(t, w, 1)},
		resource.TestStep{
			Config: config("2h", `rotate_when_changed = { reason = "b" }`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(keyAddress, tfjsonpath.New("previous")),
			}},
			Check: lives(t, w, 2),
		},
		resource.TestStep{Config: config("0s", "lifetime = \"90d\"\n  rotate_after = \"60d\"\n  rotate_when_changed = { reason = \"b\" }"), Check: lives(t, w, 2)},
		resource.TestStep{Config: config("0s", "lifetime = \"90d\"\n  rotate_after = \"60d\"\n  rotate_when_changed = { reason = \"b\" }"), ConfigPlanChecks: noop},
	)
}

// A policy of the organization becomes one message that names it and what to change.
func TestAccPolicies(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Sim.SetPolicy(func(p *openaisim.Policy) { p.MaxKeyLifetime = 30 * 24 * time.Hour })
	forbid := func(kinds openaisim.KeyKinds) func() {
		return func() { w.Sim.SetPolicy(func(p *openaisim.Policy) { p.AllowedKeyKinds = kinds }) }
	}
	within := []string{`lifetime = "30d"`, `rotate_after = "20d"`}
	w.Run(
		resource.TestStep{Config: stack(), ExpectError: words("set lifetime within the limit it names")},
		resource.TestStep{Config: stack(`lifetime = "90d"`, `rotate_after = "20d"`), ExpectError: words("may live for at most 2592000 seconds here")},
		resource.TestStep{PreConfig: forbid(openaisim.KeyKindsUsers), Config: stack(within...), ExpectError: words("if it forbids this kind of key, an owner must allow it")},
		resource.TestStep{PreConfig: forbid(openaisim.KeyKindsNone), Config: stack(within...), ExpectError: words("if it forbids this kind of key, an owner must allow it")},
		resource.TestStep{PreConfig: forbid(openaisim.KeyKindsAll), Config: stack(within...), Check: lives(t, w, 1)},
	)
	if got := w.Sim.Count(openaisim.OpServiceAccountsCreate); got != 1 {
		t.Errorf("%d accounts were made", got)
	}
}

// An empty list of recipients is nobody: nothing is sealed again, and nothing new is made.
func TestAccNoRecipientsAnyMore(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Setenv("ORGKEYS_SEAL_IDENTITY", w.Identity)
	w.Run(
		resource.TestStep{Config: stack(`rotate_when_changed = { reason = "a" }`), Check: lives(t, w, 1)},
		resource.TestStep{Config: stack(`seal_recipients = []`, `rotate_when_changed = { reason = "a" }`), ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply: []plancheck.PlanCheck{plancheck.ExpectKnownValue(keyAddress, tfjsonpath.New("generation"), knownvalue.Int64Exact(1)), sealedStays{}},
		}, Check: lives(t, w, 1)},
		resource.TestStep{Config: stack(`seal_recipients = []`, `rotate_when_changed = { reason = "b" }`), ExpectError: words("No recipient to seal the secret to")},
		resource.TestStep{Config: stack(`rotate_when_changed = { reason = "a" }`), Check: lives(t, w, 1)},
	)
}

// sealedStays is a plan that leaves the ciphertext alone.
type sealedStays struct{}

func (sealedStays) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if after, ok := change.Change.AfterUnknown.(map[string]any); ok && after["sealed_value"] == true {
			resp.Error = fmt.Errorf("%s is sealed again", change.Address)
		}
	}
}

// A key that should be dead and could not be revoked is an error, and stays in state
// until it is.
func TestAccOldKeyThatCannotBeRevokedAtOnce(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	config := func(reason string) string {
		return stack(`overlap = "0s"`, fmt.Sprintf("rotate_when_changed = { reason = %q }", reason))
	}
	w.Run(
		resource.TestStep{Config: config("a"), Check: lives(t, w, 1)},
		resource.TestStep{
			PreConfig: func() {
				w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysDelete, Kind: simkit.StatusBefore, Status: 403})
			},
			Config: config("b"), ExpectError: words("is created and in state, but an old one still works"),
		},
		resource.TestStep{
			PreConfig: func() {
				if live := w.Live(); len(live) != 2 {
					t.Errorf("%d keys live, want the old and the new one", len(live))
				}
				w.Sim.ClearFaults()
				w.Sim.ResetJournal()
			},
			Config: config("b"), Check: lives(t, w, 1),
		},
	)
	if got := minted(w); got != 0 {
		t.Errorf("%d keys were made for a revocation", got)
	}
}

// Where an account may have one key, and another one has the place, nothing is revoked.
func TestAccOneKeyPerAccountAndAnotherHasThePlace(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	config := func(reason string) string {
		return stack(`overlap = "0s"`, fmt.Sprintf("rotate_when_changed = { reason = %q }", reason))
	}
	other := ""
	w.Run(
		resource.TestStep{Config: config("a"), Check: lives(t, w, 1)},
		resource.TestStep{
			PreConfig: func() {
				other, _ = w.Sim.SeedKey(openaisim.KeySpec{AccountID: w.Sim.ServiceAccounts()[0].ID, Name: "by hand"})
				w.Sim.SetPolicy(func(p *openaisim.Policy) { p.OneKeyPerAccount = true })
			},
			Config: config("b"), ExpectError: words("would make no room. Nothing was changed"),
		},
		resource.TestStep{
			PreConfig: func() {
				if live := w.Live(); len(live) != 2 {
					t.Errorf("%d keys live, want the series' own and the other", len(live))
				}
				w.Sim.RevokeKey(other)
			},
			Config: config("b"), Check: lives(t, w, 1),
		},
	)
}

// Without an admin key a plan that would create something fails, not the apply.
func TestAccNoAdminKeyIsAPlanError(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Setenv("OPENAI_ADMIN_KEY", "")
	w.Run(
		resource.TestStep{Config: stack(), ExpectError: words("Missing OpenAI admin key: unable to plan")},
		resource.TestStep{Config: "resource \"orgkeys_openai_admin_key\" \"k\" {\n  name = \"x\"\n}\n", ExpectError: words("Missing OpenAI admin key: unable to plan")},
	)
}
