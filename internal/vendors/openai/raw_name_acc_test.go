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

// A name with control characters stays exact in state, and a warning shows it escaped: for
// every object, whether it is drift, an import or a look-up.
func TestAccCLINamesThatActOnTheTerminal(t *testing.T) {
	t.Parallel()
	const rawName, shown = "safe\x1b[2K\nowner", `"safe\x1b[2K\nowner"`
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := applied(t, w, stack())
	worker := w.Sim.ServiceAccounts()[0]
	project, account := worker.ProjectID, worker.ID
	w.Sim.RenameProject(project, rawName)
	w.Sim.RenameServiceAccount(account, rawName)
	output := c.Plan().Output
	if got := strings.Count(output, "has control characters in name"); got != 2 {
		t.Errorf("%d objects are named, want 2:\n%q", got, output)
	}
	says(t, output, "Project ", "Service account ", "name is "+shown)
	c.Apply() // names them as configured
	if got := c.Plan().Output; strings.Contains(got, "control characters") {
		t.Errorf("a warning is left:\n%s", got)
	}

	w.Sim.RenameServiceAccount(account, rawName)
	key, _ := w.Sim.SeedKey(openaisim.KeySpec{AccountID: account, Name: rawName})
	admin, _ := w.Sim.SeedAdminKey(openaisim.AdminKeySpec{Name: rawName})
	c = w.AttachedCLI()
	c.Config(bareProvider + fmt.Sprintf(`
resource "orgkeys_openai_api_key" "k" {
  project_id         = %[1]q
  service_account_id = %[2]q
  name               = "k"
}

resource "orgkeys_openai_admin_key" "k" {
  name = "k"
}

data "orgkeys_openai_service_account" "a" {
  project_id = %[1]q
  id         = %[2]q
}

data "orgkeys_openai_service_accounts" "all" {
  project_id = %[1]q
}
`, project, account))
	says(t, c.Must([]string{"import", "-no-color", "orgkeys_openai_api_key.k", project + "/" + key}, 0).Output, "has control characters in name", "name is "+shown)
	says(t, c.Must([]string{"import", "-no-color", "orgkeys_openai_admin_key.k", admin}, 0).Output, "has control characters in name", "name is "+shown)
	says(t, c.Plan().Output, "has control characters in name", "service_accounts[0].name is "+shown)
	if got := c.Values("data.orgkeys_openai_service_account.a")["name"]; got != rawName {
		t.Errorf("state has the name %q, want it exact", got)
	}
}
