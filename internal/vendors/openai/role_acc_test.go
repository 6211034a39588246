// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// roleless are the answers about accounts of a server that shows no roles.
func roleless(times int, operations ...string) []simkit.Fault {
	var faults []simkit.Fault
	for _, operation := range operations {
		faults = append(faults, simkit.Fault{Operation: operation, Kind: simkit.Altered, Omit: []string{"role"}, Times: times})
	}
	return faults
}

// A step back to none replaces an account only where the server ever showed another role.
func TestAccCLIStepBackToNone(t *testing.T) {
	t.Parallel()
	everywhere := []string{openaisim.OpServiceAccountsCreate, openaisim.OpServiceAccountsUpdate, openaisim.OpServiceAccountsGet, openaisim.OpServiceAccountsList}
	for server, test := range map[string]struct {
		prepare  func(*acctest.World)
		replaces int
		warns    string // in every later plan
	}{
		"takes roles":   {func(*acctest.World) {}, 2, ""},
		"ignores roles": {func(w *acctest.World) { w.Sim.SetPolicy(func(p *openaisim.Policy) { p.RoleUpdateIgnored = true }) }, 0, ""},
		"shows no role": {func(w *acctest.World) { w.Sim.Inject(roleless(0, everywhere...)...) }, 0, "the server does not confirm it"},
		"shows it only when read": {func(w *acctest.World) {
			w.Sim.Inject(roleless(0, openaisim.OpServiceAccountsCreate, openaisim.OpServiceAccountsUpdate)...)
		}, 2, ""},
	} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			test.prepare(w)
			c := w.AttachedCLI()
			c.Config(pairs("x", "member"))
			c.Apply()
			c.Config(pairs("x", "none"))
			plan := c.Plan().Output
			if got := strings.Count(plan, "must be replaced"); got != test.replaces {
				t.Fatalf("%d accounts are replaced, want %d:\n%s", got, test.replaces, plan)
			}
			if got := strings.Count(plan, "role goes back from member to none"); got != test.replaces {
				t.Errorf("%d replacements are explained, want %d:\n%s", got, test.replaces, plan)
			}
			c.Apply()
			c.NoChanges()
			if test.warns != "" {
				if again := c.Plan().Output; strings.Count(again, test.warns) != 2 {
					t.Errorf("the later plan is silent about what is not confirmed:\n%s", again)
				}
			}
			if got := w.Sim.Count(openaisim.OpServiceAccountsDelete); got != test.replaces {
				t.Errorf("%d accounts deleted, want %d", got, test.replaces)
			}
		})
	}
}

// A role that the server answers or shows instead of none replaces nothing, and no plan says that it does.
func TestARoleInsteadOfNone(t *testing.T) {
	t.Parallel()
	reads := []string{openaisim.OpServiceAccountsGet, openaisim.OpServiceAccountsList}
	for name, c := range map[string]struct {
		leaves, shows []string // the operations whose answers have no role, and have another one
	}{
		"answered":              {nil, append(reads, openaisim.OpServiceAccountsCreate)},
		"shown when it is read": {[]string{openaisim.OpServiceAccountsCreate}, reads},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := limit(t, "orgkeys_openai_service_account", openaisim.Options{})
			w.sim.Inject(roleless(0, c.leaves...)...)
			for _, operation := range c.shows {
				w.sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.Altered, Set: map[string]any{"role": "member"}})
			}
			all := map[string]fields{}
			for _, name := range []string{"a", "b"} {
				all[name] = fields{"project_id": w.project, "name": name, "role": "none"}
			}
			for range 2 { // the second apply has nothing to do
				if err := w.TryAll(all); err != nil {
					t.Fatal(err)
				}
			}
			w.Said()
			plan, err := w.PlanAll(all)
			if err != nil || !plan.Quiet() {
				t.Errorf("a plan is not quiet, %v", err)
			}
			said := w.Said()
			if got := strings.Count(said, "will be replaced"); got != 0 {
				t.Errorf("%d replacements are announced, want none: %s", got, said)
			}
			if got := strings.Count(said, `the server has "member"`); got != 2 {
				t.Errorf("%d accounts are said to have another role, want 2: %s", got, said)
			}
			if got := w.sim.Count(openaisim.OpServiceAccountsDelete); got != 0 {
				t.Errorf("%d accounts deleted, want none", got)
			}
		})
	}
}

// A role that shows only after the plan is neither left unsaid nor left at the server.
func TestAccCLIRoleShowsAfterThePlan(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	w.Sim.Inject(roleless(2, openaisim.OpServiceAccountsUpdate)...)
	c := w.AttachedCLI()
	c.Config(pairs("x", "member"))
	c.Apply()
	c.Config(pairs("x", "none"))
	output := c.Must([]string{"apply", "-auto-approve", "-no-color", "-refresh=false"}, 1).Output
	if got := strings.Count(output, "The server now shows the role member"); got != 2 {
		t.Errorf("%d accounts are explained, want 2:\n%s", got, output)
	}
	says(t, c.Plan().Output, "2 to add, 0 to change, 2 to destroy")
}

// An imported account whose role the server does not show gets none without a call that
// the API refuses.
func TestAccCLIImportedAccountOfNoShownRole(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	project := w.Sim.SeedProject("p")
	account := w.Sim.SeedServiceAccount(project, "a", "none")
	w.Sim.Inject(roleless(0, openaisim.OpServiceAccountsGet, openaisim.OpServiceAccountsList)...)
	c := w.AttachedCLI()
	c.Config(bareProvider + `
import {
  to = orgkeys_openai_service_account.a
  id = "` + project + "/" + account + `"
}

resource "orgkeys_openai_service_account" "a" {
  project_id = "` + project + `"
  name       = "a"
  role       = "none"
}
`)
	c.Apply()
	c.NoChanges()
	if got := w.Sim.Count(openaisim.OpServiceAccountsUpdate); got != 0 {
		t.Errorf("%d updates sent, want none", got)
	}
}
