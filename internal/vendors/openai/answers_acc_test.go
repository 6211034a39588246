// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// pairs are two projects with an account each: what is said about one object must be
// said about both.
func pairs(name, role string) string {
	const residency = "EU_STORAGE_PROCESSING"
	return bareProvider + fmt.Sprintf(`
resource "orgkeys_openai_project" "p" {
  count     = 2
  name      = "%[1]s ${count.index}"
  residency = %[2]q
}

resource "orgkeys_openai_service_account" "a" {
  count      = 2
  project_id = orgkeys_openai_project.p[count.index].id
  name       = "%[1]s ${count.index}"
  role       = %[3]q
}
`, name, residency, role)
}

const differs = "differs from its configuration at the server"

// What a server has instead of what was asked for is a warning, and never a taint, a
// replacement or a plan without end.
func TestAccCLIServersWithTheirOwnWay(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Long ", 13) + "Name"
	policy := func(change func(*openaisim.Policy)) func(*acctest.World) {
		return func(w *acctest.World) { w.Sim.SetPolicy(change) }
	}
	names := func(rule openaisim.NameRule) func(*acctest.World) {
		return policy(func(p *openaisim.Policy) { p.StoredNames = rule })
	}
	faults := func(faults ...simkit.Fault) func(*acctest.World) {
		return func(w *acctest.World) { w.Sim.Inject(faults...) }
	}
	for server, test := range map[string]struct {
		prepare func(*acctest.World)
		name    string
		said    int // objects warned about when they are created
		always  int // objects warned about in every plan
	}{
		"folds names":               {names(openaisim.NamesLower), "Payments", 4, 0},
		"cuts names":                {names(openaisim.NamesCut), long, 4, 0},
		"decomposes names":          {names(openaisim.NamesDecomposed), "Café", 0, 0},
		"calls residency geography": {policy(func(p *openaisim.Policy) { p.Geography = true }), "x", 2, 0},
		"ignores residency":         {policy(func(p *openaisim.Policy) { p.ResidencyIgnored = true }), "x", 2, 2},
		"ignores roles":             {policy(func(p *openaisim.Policy) { p.RoleUpdateIgnored = true }), "x", 2, 2},
		"answers the former object": {faults(simkit.Fault{Kind: simkit.FormerAnswer}), "x", 2, 0},
		"answers without a role": {faults(
			simkit.Fault{Operation: openaisim.OpServiceAccountsCreate, Kind: simkit.Altered, Omit: []string{"role"}},
			simkit.Fault{Operation: openaisim.OpServiceAccountsUpdate, Kind: simkit.Altered, Omit: []string{"role", "created_at", "name"}},
		), "x", 2, 0},
		"answers without a name": {faults(
			simkit.Fault{Operation: openaisim.OpProjectsCreate, Kind: simkit.Altered, Omit: []string{"name", "status"}},
			simkit.Fault{Operation: openaisim.OpProjectsUpdate, Kind: simkit.Altered, Omit: []string{"name", "status", "created_at"}},
		), "x", 2, 0},
	} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			test.prepare(w)
			c := w.AttachedCLI()
			for round, config := range []string{pairs(test.name, "member"), pairs(test.name+"er", "owner")} {
				c.Config(config)
				output := c.Apply().Output
				if got := strings.Count(output, differs); round == 0 && got < test.said || test.said == 0 && got > 0 {
					t.Errorf("%d objects differ, want %d:\n%s", got, test.said, output)
				}
				c.NoChanges()
				if got := strings.Count(c.Plan().Output, differs); got != test.always {
					t.Errorf("%d objects differ in the plan, want %d:\n%s", got, test.always, c.Plan().Output)
				}
			}
			if got := w.Sim.Count(openaisim.OpProjectsCreate) + w.Sim.Count(openaisim.OpServiceAccountsCreate); got != 4 {
				t.Errorf("%d creates, want 4", got)
			}
			if got := w.Sim.Count(openaisim.OpProjectsArchive) + w.Sim.Count(openaisim.OpServiceAccountsDelete); got != 0 {
				t.Errorf("%d objects replaced", got)
			}
		})
	}
}

// A role that is refused for good leaves the account, untainted, and shows in the next
// plan.
func TestAccCLIRefusedRole(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountsUpdate, Kind: simkit.StatusBefore, Status: 403, Times: 2})
	c := w.AttachedCLI()
	c.Config(pairs("x", "member"))
	output := c.Apply().Output
	if got := strings.Count(output, "is not complete"); got != 2 {
		t.Errorf("%d accounts are not complete, want 2:\n%s", got, output)
	}
	plan := c.Must([]string{"plan", "-no-color", "-detailed-exitcode"}, 2).Output
	says(t, plan, `~ role = "none" -> "member"`, "0 to add, 2 to change, 0 to destroy")
	c.Apply()
	c.NoChanges()
}

// An id that is unknown in the plan is most likely the same one: nothing is replaced.
func TestAccCLIUnknownParentsReplaceNothing(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.AttachedCLI()
	config := func(text, project string) string {
		return bareProvider + fmt.Sprintf(`
resource "orgkeys_openai_project" "p" {
  name = "payments"
}

resource "orgkeys_openai_project" "q" {
  name = "other"
}

resource "terraform_data" "text" {
  input = %[1]q
}

data "orgkeys_openai_project" "d" {
  name       = %[2]q
  depends_on = [terraform_data.text, orgkeys_openai_project.p, orgkeys_openai_project.q]
}

resource "orgkeys_openai_service_account" "a" {
  count      = 2
  project_id = data.orgkeys_openai_project.d.id
  name       = "worker ${count.index}"
  role       = "member"
}
`, text, project)
	}
	c.Config(config("one", "payments"))
	c.Apply()
	c.NoChanges()
	id := map[string]string{}
	for _, account := range w.Sim.ServiceAccounts() {
		id[account.Name] = account.ID
	}

	c.Config(config("two", "payments"))
	plan := c.Must([]string{"plan", "-no-color", "-detailed-exitcode"}, 2).Output
	says(t, plan, "0 to add, 3 to change, 0 to destroy")
	if strings.Contains(plan, "must be replaced") {
		t.Errorf("an unknown project replaces:\n%s", plan)
	}
	w.Sim.ResetJournal()
	says(t, c.Apply().Output, "0 added, 1 changed, 0 destroyed")
	c.NoChanges()
	if got := w.Sim.Count(openaisim.OpServiceAccountsUpdate) + w.Sim.Count(openaisim.OpServiceAccountsCreate); got != 0 {
		t.Errorf("%d accounts touched, want none", got)
	}

	// It turns out to be another one: Terraform refuses, and a second plan replaces.
	c.Config(config("three", "other"))
	refused := c.Must([]string{"apply", "-auto-approve", "-no-color"}, 1).Output
	says(t, refused, "inconsistent final plan", `Service account "worker 0" (`+id["worker 0"]+") will be replaced", `Service account "worker 1" (`+id["worker 1"]+") will be replaced",
		"If Terraform calls this plan inconsistent", "plan again")
	if got := w.Sim.Count(openaisim.OpServiceAccountsDelete); got != 0 {
		t.Errorf("%d accounts deleted by a refused plan", got)
	}
	says(t, c.Apply().Output, "2 added, 0 changed, 2 destroyed")
	c.NoChanges()
}

// What is below a project or an account that is replaced: by itself it takes a second run, and the roads of the pages take one.
func TestAccCLIReplacedParents(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.AttachedCLI()
	config := func(role string, triggers bool) string {
		of := func(parent string) string {
			if !triggers {
				return ""
			}
			return "lifecycle {\n    replace_triggered_by = [" + parent + ".id]\n  }"
		}
		return bareProvider + fmt.Sprintf(`
resource "orgkeys_openai_project" "p" {
  name = "payments"
}

resource "orgkeys_openai_service_account" "a" {
  project_id = orgkeys_openai_project.p.id
  name       = "worker"
  role       = %[1]q
  %[2]s
}

resource "orgkeys_openai_api_key" "k" {
  project_id         = orgkeys_openai_project.p.id
  service_account_id = orgkeys_openai_service_account.a.id
  name               = "worker"
  %[3]s
}
`, role, of("orgkeys_openai_project.p"), of("orgkeys_openai_service_account.a"))
	}
	c.Config(config("owner", false))
	c.Apply()
	const project, account, key = "-replace=orgkeys_openai_project.p", "-replace=orgkeys_openai_service_account.a", "-replace=orgkeys_openai_api_key.k"

	refused := c.Must([]string{"apply", "-auto-approve", "-no-color", account}, 1).Output
	says(t, refused, "inconsistent final plan", "this series was not changed, but its keys may have ended with what they", "plan again and apply")
	says(t, c.Apply().Output, "or with its service account", "1 added, 0 changed, 0 destroyed")
	c.NoChanges()

	says(t, c.Apply(account, key).Output, "2 added, 0 changed, 2 destroyed")
	c.NoChanges()

	c.Config(config("member", true)) // a change in place of a parent triggers nothing
	says(t, c.Apply().Output, "0 added, 1 changed, 0 destroyed")
	c.NoChanges()
	c.Config(config("none", true))
	stepped := c.Apply().Output
	says(t, stepped, "2 added, 0 changed, 2 destroyed")
	if strings.Contains(stepped, "calls this plan inconsistent") {
		t.Errorf("nothing was unknown in a plan before:\n%s", stepped)
	}
	c.NoChanges()
	says(t, c.Apply(project).Output, "3 added, 0 changed, 3 destroyed")
	c.NoChanges()
}

// A lost state file must not build everything a second time without a word.
func TestAccCLICreateBesideAnEqualName(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	ids := map[string]string{}
	for _, name := range []string{"x 0", "x 1"} {
		ids[name] = w.Sim.SeedProject(name)
	}
	worker, namesake := w.Sim.SeedServiceAccount(ids["x 0"], "worker", "member"), w.Sim.SeedServiceAccount(ids["x 1"], "worker", "member")
	c := w.AttachedCLI()
	c.Config(pairs("x", "member") + fmt.Sprintf(`
resource "orgkeys_openai_service_account" "again" {
  for_each   = toset(["worker", "other"])
  project_id = %q
  name       = each.key
  role       = "member"
}

resource "orgkeys_openai_service_account" "elsewhere" {
  project_id = %q
  name       = "worker"
  role       = "member"
}
`, ids["x 0"], ids["x 1"]))
	w.Sim.ResetJournal()
	output := c.Plan().Output
	says(t, output, `Project "x 0" exists already`, "terraform import <address> "+ids["x 0"],
		`Project "x 1" exists already`, "terraform import <address> "+ids["x 1"],
		`Service account "worker" exists already`, "terraform import <address> "+ids["x 0"]+"/"+worker,
		"terraform import <address> "+ids["x 1"]+"/"+namesake)
	if strings.Contains(output, `"other" exists`) {
		t.Errorf("a new name exists already:\n%s", output)
	}
	if got := len(w.Sim.Journal()); got > 3 {
		t.Errorf("%d calls, want one list per parent", got)
	}
	w.Sim.ResetJournal()
	c.Apply()
	if got := w.Sim.Count(openaisim.OpServiceAccountsList); got > 4 { // of each project one in the plan and one in the apply
		t.Errorf("%d lists of accounts", got)
	}
	c.NoChanges()
}

// A look that fails, or would take too long, stops nothing and says so.
func TestAccCLINotCheckedForEqualNames(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	w.Sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsList, Kind: simkit.StatusBefore, Status: 403})
	c := w.AttachedCLI()
	c.Config(pairs("x", "member"))
	says(t, c.Plan().Output, "This organization was not checked for equal names")
	w.Sim.ClearFaults()
	for i := range 301 {
		w.Sim.SeedProject(fmt.Sprint("other ", i))
	}
	w.Sim.ResetJournal()
	says(t, c.Plan().Output, "This organization was not checked whole for equal names")
	if got := len(w.Sim.Journal()); got > 4 {
		t.Errorf("%d calls, want at most 4", got)
	}
}

// What cannot be undone is a warning in the plan, for each object.
func TestAccCLIPlansThatCannotBeUndone(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.AttachedCLI()
	c.Config(pairs("x", "member"))
	c.Apply()
	var keys []string
	for _, account := range w.Sim.ServiceAccounts() {
		id, _ := w.Sim.SeedKey(openaisim.KeySpec{AccountID: account.ID, Name: "by hand"})
		keys = append(keys, id)
	}
	output := c.Plan("-destroy").Output
	says(t, output, `Project "x 0" (`, `Project "x 1" (`, `Service account "x 0" (`, `Service account "x 1" (`, keys[0], keys[1])
	if archives, deletes := strings.Count(output, "will be archived"), strings.Count(output, "will be deleted with its keys"); archives != 2 || deletes != 2 {
		t.Errorf("%d archives and %d deletions announced, want 2 each:\n%s", archives, deletes, output)
	}
	c.Config(pairs("x", "none"))
	output = c.Plan().Output
	says(t, output, "role goes back from member to none", keys[0], keys[1])
	if got := strings.Count(output, "role goes back from member to none"); got != 2 {
		t.Errorf("%d replacements announced, want 2:\n%s", got, output)
	}
}
