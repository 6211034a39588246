// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// wrongImports are imports of what there is not, in forms that are right and wrong. All other
// mistakes, of all objects, go through the protocol: TestEveryImport in internal/acctest.
const wrongImports = bareProvider + `
import {
  to = orgkeys_openai_project.none
  id = "proj_none"
}

resource "orgkeys_openai_project" "none" { name = "none" }

import {
  to = orgkeys_openai_project.form
  id = "proj_1/x"
}

resource "orgkeys_openai_project" "form" { name = "form" }

import {
  to = orgkeys_openai_api_key.none
  id = "%[1]s/%[2]s"
}

resource "orgkeys_openai_api_key" "none" {
  project_id         = %[1]q
  service_account_id = %[2]q
  name               = "none"
}

import {
  to = orgkeys_openai_api_key.form
  id = "key_1"
}

resource "orgkeys_openai_api_key" "form" {
  project_id         = %[1]q
  service_account_id = %[2]q
  name               = "form"
}
`

// Wrong imports as a user sees them: one plan says it of each.
func TestAccCLIWrongImports(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	project := w.Sim.SeedProject("payments")
	account := w.Sim.SeedServiceAccount(project, "worker", "member")
	c := w.AttachedCLI()
	c.Config(fmt.Sprintf(wrongImports, project, account))
	says(t, c.Must([]string{"plan", "-no-color"}, 1).Output,
		"Unable to find project proj_none", "not found", "The import id has the form <id>, such as proj_abc123.",
		`Invalid import id "proj_1/x"`, "The import id must have the form <id>,", "An example is proj_abc123.",
		"API key "+account, "was not found: the project has no API key of this id", "The import id has the form <project_id>/<id>, such as proj_abc123/key_abc123.",
		`Invalid import id "key_1"`, "The import id must have the form <project_id>/<id>,", "An example is proj_abc123/key_abc123.")
}
