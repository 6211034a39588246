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

const unasked = "which was not asked for"

// A first key that can be neither deleted nor expired is named by every plan and refresh
// until it is gone, and nothing is replaced because of it.
func TestAccCLIFirstKeyIsNamedUntilItIsGone(t *testing.T) {
	t.Parallel()
	for server, policy := range map[string]func(*openaisim.Policy){
		"refuses the expiry": func(p *openaisim.Policy) { p.NoServiceAccountKeyDelete, p.NoKeyUpdate = true, 405 },
		"ignores the expiry": func(p *openaisim.Policy) { p.NoServiceAccountKeyDelete, p.KeyUpdateIgnored = true, true },
	} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			w.Sim.SetPolicy(policy)
			project := w.Sim.SeedProject("p")
			keys := []string{}
			for _, name := range []string{"one", "two"} { // the simulator creates no first keys: these stand for them
				id, _ := w.Sim.SeedKey(openaisim.KeySpec{AccountID: w.Sim.SeedServiceAccount(project, "old "+name, "member"), Name: "unnamed"})
				keys = append(keys, id)
				w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountsCreate, Kind: simkit.Altered, Times: 1, Set: map[string]any{"api_key": map[string]any{"id": id}}})
			}
			c := w.CLI()
			c.Config(bareProvider + `
resource "orgkeys_openai_service_account" "a" {
  count      = 2
  project_id = "` + project + `"
  name       = "worker ${count.index}"
  role       = "member"
}
`)
			named := func(output string, ids ...string) {
				t.Helper()
				if got := strings.Count(output, unasked); got != len(ids) || strings.Contains(output, "this resource") {
					t.Errorf("%d keys are named, want %d:\n%s", got, len(ids), output)
				}
				says(t, output, ids...)
			}
			named(c.Apply().Output, keys...)
			for range 2 {
				c.NoChanges()
				named(c.Plan().Output, keys...)
			}
			named(c.Plan("-refresh=false").Output, keys...)
			named(c.Must([]string{"plan", "-refresh-only", "-no-color"}, 0).Output, keys...)
			named(c.Apply().Output, keys...)
			w.Sim.RevokeKey(keys[0])
			named(c.Apply().Output, keys[1])
			named(c.Plan().Output, keys[1])
			w.Sim.RevokeKey(keys[1])
			c.Apply()
			named(c.Plan().Output)
			if got := w.Sim.Count(openaisim.OpServiceAccountsCreate); got != 2 {
				t.Errorf("%d accounts created, want 2", got)
			}
		})
	}
}

// After a lost answer the first key is known from the list alone, which does not say whose
// it is: it is named and left alone.
func TestAccCLIFirstKeyOfALostAnswer(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	project := w.Sim.SeedProject("p")
	var first string
	w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountsCreate, Kind: simkit.CutAfter, Times: 1, Notify: func() {
		accounts := w.Sim.ServiceAccounts()
		first, _ = w.Sim.SeedKey(openaisim.KeySpec{AccountID: accounts[len(accounts)-1].ID, Name: "unnamed"})
	}})
	c := w.CLI()
	c.Config(bareProvider + `
resource "orgkeys_openai_service_account" "a" {
  project_id = "` + project + `"
  name       = "worker"
  role       = "member"
}
`)
	says(t, c.Apply().Output, "was taken over", unasked, first)
	says(t, c.Plan().Output, unasked, first)
	if keys := w.Sim.Keys(); len(keys) != 1 || !keys[0].ExpiresAt.IsZero() {
		t.Errorf("the key of the lost answer was touched: %+v", keys)
	}
	w.Sim.RevokeKey(first)
	if output := c.Plan().Output; strings.Contains(output, unasked) {
		t.Errorf("a key that is gone is named:\n%s", output)
	}
}

// Where the list of keys leaves out those of accounts without a role, a destroy says that it may end more
// than it names, and so does the create of an account whose answer was lost.
func TestKeysThatNoListShows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy openaisim.Policy
		why    string
	}{
		"the filter is refused": {openaisim.Policy{OwnerAccessRefused: true}, "the server refuses the filter owner_project_access"},
		"it may be ignored":     {openaisim.Policy{OwnerAccessIgnored: true}, "the server does not show owner_project_access"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := limit(t, "orgkeys_openai_service_account", openaisim.Options{Policy: c.policy})
			w.sim.SeedKey(openaisim.KeySpec{AccountID: w.sim.SeedServiceAccount(w.project, "other", "member"), Name: "listed"})
			w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.Altered, Omit: []string{"owner_project_access"}})
			all := map[string]fields{}
			for _, name := range []string{"a", "b"} {
				all[name] = fields{"project_id": w.project, "name": name, "role": "none"}
			}
			if err := w.TryAll(all); err != nil {
				t.Fatal(err)
			}
			for _, account := range w.sim.ServiceAccounts() {
				w.sim.SeedKey(openaisim.KeySpec{AccountID: account.ID, Name: "of another workload"})
			}
			w.Said()
			if _, err := w.PlanAll(nil); err != nil {
				t.Fatal(err)
			}
			said := w.Said()
			for _, part := range []string{"will be deleted with its keys", c.why} {
				if got := strings.Count(said, part); got != 2 {
					t.Errorf("%q is said %d times, want 2: %s", part, got, said)
				}
			}
		})
	}
	w := limit(t, "orgkeys_openai_service_account", openaisim.Options{Policy: openaisim.Policy{OwnerAccessRefused: true}})
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountsCreate, Kind: simkit.CutAfter, Times: 1, Notify: func() {
		accounts := w.sim.ServiceAccounts()
		w.sim.SeedKey(openaisim.KeySpec{AccountID: accounts[len(accounts)-1].ID, Name: "unnamed"})
	}})
	if err := w.Try(fields{"project_id": w.project, "name": "worker", "role": "member"}); err != nil {
		t.Fatal(err)
	}
	w.Has("was taken over", "may have a first key that is not listed", "the server refuses the filter owner_project_access")
}
