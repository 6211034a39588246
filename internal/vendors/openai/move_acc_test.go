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

// foreignStack is what another provider manages: a project, two accounts and a key.
const foreignStack = `
terraform {
  required_providers {
    openai = { source = "elsewhere/openai" }
  }
}

resource "openai_project" "p" {
  id   = %[1]q
  name = "payments"
}

locals {
  accounts = { worker = %[2]q, bot = %[3]q }
}

resource "openai_project_service_account" "a" {
  for_each           = local.accounts
  id                 = "${openai_project.p.id}:${each.value}"
  project_id         = openai_project.p.id
  service_account_id = each.value
  name               = each.key
  api_key_id         = each.key == "worker" ? %[4]q : null
  api_key_value      = each.key == "worker" ? %[6]q : null
}

resource "openai_project_api_key" "k" {
  id                 = %[5]q
  project_id         = openai_project.p.id
  service_account_id = openai_project_service_account.a["worker"].service_account_id
  name               = "worker"
  value              = %[6]q
}
`

const movedStack = bareProvider + `
moved {
  from = openai_project.p
  to   = orgkeys_openai_project.p
}

moved {
  from = openai_project_service_account.a
  to   = orgkeys_openai_service_account.a
}

moved {
  from = openai_project_api_key.k
  to   = orgkeys_openai_api_key.k
}

resource "orgkeys_openai_project" "p" {
  name = "payments"
}

resource "orgkeys_openai_service_account" "a" {
  for_each   = toset(["worker", "bot"])
  project_id = orgkeys_openai_project.p.id
  name       = each.key
}

resource "orgkeys_openai_api_key" "k" {
  project_id         = orgkeys_openai_project.p.id
  service_account_id = orgkeys_openai_service_account.a["worker"].id
  name               = "worker"
  %s
}
`

// Everything of another provider comes over in one apply that sends nothing; the first
// rotation gives the key a secret that the state knows sealed.
func TestAccCLIMovedFromAnotherProvider(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	project := w.Sim.SeedProject("payments")
	worker := w.Sim.SeedServiceAccount(project, "worker", "member")
	bot := w.Sim.SeedServiceAccount(project, "bot", "owner")
	first, firstSecret := w.Sim.SeedKey(openaisim.KeySpec{AccountID: worker, Name: "Secret Key"})
	key, secret := w.Sim.SeedKey(openaisim.KeySpec{AccountID: worker, Name: "worker", Scopes: []string{"api.all.read"}})
	c := w.AttachedCLI()
	c.Write("main.tf", fmt.Sprintf(foreignStack, project, worker, bot, first, key, stale))
	c.Apply()

	w.Sim.ResetJournal()
	c.Config(fmt.Sprintf(movedStack, ""))
	says(t, c.Must([]string{"plan", "-no-color", "-refresh=false"}, 1).Output,
		"Unable to plan project", project, "nothing but its ids is known", "without -refresh=false") // what is in it is not planned then
	plan := c.Plan()
	says(t, plan.Output,
		"# openai_project.p has moved to orgkeys_openai_project.p",
		`# openai_project_service_account.a["bot"] has moved to orgkeys_openai_service_account.a["bot"]`,
		"# openai_project_api_key.k has moved to orgkeys_openai_api_key.k",
		"Plan: 0 to add, 0 to change, 0 to destroy",
		"is not managed", project+"/"+first,
		"had a plaintext secret in the moved state", key, "rotate the key once the move is applied")
	applied := c.Apply()
	for _, output := range []string{plan.Output, applied.Output, c.Resources()} {
		if strings.Contains(output, stale) {
			t.Error("the other provider's secret is in a plan, an output or the new state")
		}
	}
	c.NoChanges()
	for _, entry := range w.Sim.Journal() {
		if entry.Method != "GET" {
			t.Errorf("a move sent %s %s", entry.Method, entry.Path)
		}
	}
	values := c.Values(keyAddress)
	if values["id"] != key || values["service_account_id"] != worker || fmt.Sprint(values["generation"]) != "1" || values["sealed_value"] != nil || values["version"] != nil {
		t.Errorf("the moved key is %v", values)
	}
	if account := c.Values(`orgkeys_openai_service_account.a["bot"]`); account["id"] != bot || account["role"] != "owner" {
		t.Errorf("the moved account is %v", account)
	}
	if !w.Sim.Valid(firstSecret) || !w.Sim.Valid(secret) {
		t.Error("a key ended by a move")
	}

	const rotation = "scopes = [\"api.all.read\"]\n  rotate_when_changed = { round = %q }"
	c.Config(fmt.Sprintf(movedStack, `rotate_when_changed = { round = "moved" }`)) // recorded only
	c.Apply()
	c.Config(fmt.Sprintf(movedStack, fmt.Sprintf(rotation, "first")))
	c.Apply()
	values = c.Values(keyAddress)
	if sealed, _ := values["sealed_value"].(string); sealed == "" || !w.Sim.Valid(opened(t, w, sealed)) || !w.Sim.Valid(secret) {
		t.Errorf("after the first rotation the key is %v, the old one works: %v", values, w.Sim.Valid(secret))
	}
	c.NoChanges()
}
