// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const adminAddress = "orgkeys_openai_admin_key.k"

func adminStack(arguments string) string {
	return fmt.Sprintf("resource \"orgkeys_openai_admin_key\" \"k\" {\n  name = \"automation\"\n  %s\n}\n", arguments)
}

// admins checks how many admin keys there are besides the one the test began with.
func admins(w *acctest.World, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := len(w.Sim.AdminKeys()) - 1; got != want {
			return fmt.Errorf("%d admin keys, want %d", got, want)
		}
		return nil
	}
}

func adminPlan(generation int64) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(adminAddress, plancheck.ResourceActionUpdate),
		plancheck.ExpectKnownValue(adminAddress, tfjsonpath.New("generation"), knownvalue.Int64Exact(generation)),
	}}
}

var adminNoop = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
	plancheck.ExpectResourceAction(adminAddress, plancheck.ResourceActionNoop),
}}

// The overlap of an admin key ends by deletion in the first apply after it.
func TestAccAdminKeyLifecycle(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{MaxPage: 1})
	config := adminStack("lifetime = \"90d\"\n  rotate_after = \"60d\"\n  overlap = \"2d\"")
	w.Run(
		resource.TestStep{Config: config, Check: admins(w, 1)},
		resource.TestStep{ResourceName: adminAddress, ImportState: true, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"sealed_value", "sealed_to", "version", "lifetime", "rotate_after", "rotation_due_at", "overlap", "redacted_value"}},
		resource.TestStep{PreConfig: func() { w.Advance(60 * days) }, Config: config, ConfigPlanChecks: adminPlan(2), Check: admins(w, 2)},
		resource.TestStep{PreConfig: func() { w.Advance(2*days - time.Minute) }, Config: config, ConfigPlanChecks: adminNoop, Check: admins(w, 2)},
		resource.TestStep{PreConfig: func() { w.Advance(2 * time.Minute) }, Config: config, ConfigPlanChecks: adminPlan(2), Check: admins(w, 1)},
		// The API cannot change an admin key: another lifetime is a rotation.
		resource.TestStep{Config: adminStack("lifetime = \"120d\"\n  rotate_after = \"60d\"\n  overlap = \"0s\""), ConfigPlanChecks: adminPlan(3), Check: admins(w, 1)},
	)
	if got := len(w.Sim.AdminKeys()); got != 1 {
		t.Errorf("%d admin keys after destroy, want the first one only", got)
	}
}

func TestAccAdminKeySurvivesLostAnswers(t *testing.T) {
	t.Parallel()
	faults := map[string]simkit.Fault{"404 after the commit": {Kind: simkit.NotFoundAfter, Times: 1}}
	for name, fault := range lostAnswers {
		faults[name] = fault
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, openaisim.Options{})
			w.AttemptTimeout = 500 * time.Millisecond
			fault.Operation = openaisim.OpAdminAPIKeysCreate
			w.Sim.Inject(fault)
			w.Run(resource.TestStep{Config: adminStack(""), Check: admins(w, 1)})
		})
	}
}

// Nothing but its neighbours tells an admin key's organization: with another
// organization's key nothing leaves the state.
func TestAccAdminKeyWrongOrganization(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	own, other := w.Sim.AdminKey(), w.Sim.NewOrganization()
	elsewhere := words("most likely the provider uses another organization's admin key")
	w.Run(
		resource.TestStep{Config: adminStack("")},
		resource.TestStep{PreConfig: func() { w.Setenv("OPENAI_ADMIN_KEY", other) }, Config: adminStack(""), ExpectError: elsewhere},
		resource.TestStep{Config: adminStack(""), Destroy: true, ExpectError: elsewhere},
		resource.TestStep{PreConfig: func() { w.Setenv("OPENAI_ADMIN_KEY", own) }, Config: adminStack(""), ConfigPlanChecks: adminNoop},
		resource.TestStep{ // revoked outside, in the right organization: gone, and made again
			PreConfig: func() { w.Sim.RevokeKey(w.Sim.AdminKeys()[len(w.Sim.AdminKeys())-1].ID) },
			Config:    adminStack(""),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(adminAddress, plancheck.ResourceActionCreate),
			}},
		},
	)
	if got := len(w.Sim.AdminKeys()); got != 2 {
		t.Errorf("%d admin keys, want one in each organization", got)
	}
}

// The provider never revokes the key it works with: neither one minted here, which it
// knows for certain, nor an imported one that looks like it.
func TestAccAdminKeyLockout(t *testing.T) {
	t.Parallel()
	t.Run("minted here", func(t *testing.T) {
		t.Parallel()
		w := acctest.New(t, openaisim.Options{})
		first := w.Sim.AdminKey()
		config := func(reason string) string {
			return adminStack(fmt.Sprintf("overlap = \"1h\"\n  rotate_when_changed = { reason = %q }", reason))
		}
		use := func(s *terraform.State) error {
			w.Setenv("OPENAI_ADMIN_KEY", opened(t, w, s.RootModule().Resources[adminAddress].Primary.Attributes["sealed_value"]))
			return nil
		}
		w.Run(
			resource.TestStep{Config: config("a"), Check: use},
			resource.TestStep{Config: config("b"), Check: admins(w, 2)},
			resource.TestStep{
				PreConfig: func() { w.Advance(2 * time.Hour) }, Config: config("b"),
				ExpectError: words("so it is not revoked. Give the provider another admin key first"),
			},
			resource.TestStep{ // switched to the new key: now the old one goes
				PreConfig: func() { w.Setenv("OPENAI_ADMIN_KEY", first) }, Config: config("b"), Check: admins(w, 1),
			},
		)
	})
	t.Run("imported", func(t *testing.T) {
		t.Parallel()
		w := acctest.New(t, openaisim.Options{})
		own := w.Sim.AdminKeyID()
		config := fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n\n", adminAddress, own) + adminStack("")
		w.Run(
			resource.TestStep{Config: config, Check: admins(w, 0)},
			resource.TestStep{Config: config, Destroy: true, ExpectError: words("provider itself seems to use admin key")},
			resource.TestStep{Config: "removed {\n  from = orgkeys_openai_admin_key.k\n\n  lifecycle {\n    destroy = false\n  }\n}\n"},
		)
		if len(w.Sim.AdminKeys()) != 1 {
			t.Error("the provider revoked its own key")
		}
	})
}
