// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// team is one configuration with every object of who may do what.
func team(name, role string) string {
	return bareProvider + fmt.Sprintf(`
resource "orgkeys_openai_project" "p" {
  name = "payments"
}

resource "orgkeys_openai_service_account" "a" {
  project_id = orgkeys_openai_project.p.id
  name       = "worker"
}

resource "orgkeys_openai_group" "g" {
  name = %[1]q
}

resource "orgkeys_openai_group_member" "a" {
  group_id = orgkeys_openai_group.g.id
  user_id  = orgkeys_openai_service_account.a.id
}

resource "orgkeys_openai_role" "r" {
  name        = %[1]q
  description = "%[1]s of the organization"
  permissions = ["api.usage.read"]
}

resource "orgkeys_openai_project_role" "r" {
  project_id  = orgkeys_openai_project.p.id
  name        = %[1]q
  permissions = ["api.model.request", "api.model.read"]
}

resource "orgkeys_openai_role_assignment" "g" {
  role_id  = orgkeys_openai_role.r.id
  group_id = orgkeys_openai_group.g.id
}

resource "orgkeys_openai_project_role_assignment" "a" {
  project_id = orgkeys_openai_project.p.id
  role_id    = orgkeys_openai_project_role.r.id
  user_id    = orgkeys_openai_service_account.a.id
}

resource "orgkeys_openai_project_group" "g" {
  project_id = orgkeys_openai_project.p.id
  group_id   = orgkeys_openai_group.g.id
  role_id    = "role-api-project-member"
}

data "orgkeys_openai_user" "jo" {
  email = "jo@example.com"
}

resource "orgkeys_openai_project_user" "jo" {
  project_id = orgkeys_openai_project.p.id
  email      = "Jo@example.com"
  role       = %[2]q
}

resource "orgkeys_openai_user_role" "jo" {
  user_id = data.orgkeys_openai_user.jo.id
  role    = "reader"
}

resource "orgkeys_openai_invite" "kim" {
  email = "kim@example.com"
  role  = "reader"
  projects = [{
    id   = orgkeys_openai_project.p.id
    role = "member"
  }]
}
`, name, role)
}

// Every object of who may do what in one configuration: applied, changed, imported, destroyed.
func TestAccCLIWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	jo := w.Sim.SeedRecord(openaisim.Record{Kind: "users", Fields: fields{"name": "Jo", "email": "jo@example.com", "role": "reader"}})
	c := w.AttachedCLI()
	c.Config(team("auditors", "member"))
	c.Apply()
	c.NoChanges()
	c.Config(team("operators", "owner"))
	says(t, c.Apply().Output, "0 added, 4 changed, 0 destroyed")
	c.NoChanges()

	var imports, forget strings.Builder
	ids := func(kind string) openaisim.Record {
		all := w.Sim.Records(kind)
		return all[len(all)-1]
	}
	project, account, group := ids("project_groups").Parent, ids("group_users").ID, ids("groups").ID
	for _, one := range [][2]string{
		{"group.g", group},
		{"group_member.a", group + "/" + account},
		{"role.r", ids("roles").ID},
		{"project_role.r", project + "/" + ids("project_roles").ID},
		{"role_assignment.g", ids("roles").ID + "/group/" + group},
		{"project_role_assignment.a", project + "/" + ids("project_roles").ID + "/user/" + account},
		{"project_group.g", project + "/" + group},
		{"user_role.jo", jo},
		{"invite.kim", ids("invites").ID},
	} {
		fmt.Fprintf(&imports, "\nimport {\n  to = orgkeys_openai_%s\n  id = %q\n}\n", one[0], one[1])
		forget.WriteString(" orgkeys_openai_" + one[0])
	}
	c.Must(append([]string{"state", "rm"}, strings.Fields(forget.String())...))
	c.Config(team("operators", "owner") + imports.String())
	w.Sim.ResetJournal()
	says(t, c.Apply().Output, "9 imported, 0 added, 0 changed, 0 destroyed")
	c.NoChanges()
	for _, entry := range w.Sim.Journal() {
		if entry.Method != "GET" {
			t.Errorf("an adoption sent %s %s", entry.Method, entry.Path)
		}
	}

	says(t, c.Plan("-destroy").Output, `User role `+jo+` is only forgotten`, "stays in the organization with the role reader")
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
	for _, left := range w.Sim.Records("") {
		if left.Kind != "users" {
			t.Errorf("%s %s is left", left.Kind, left.ID)
		}
	}
}
