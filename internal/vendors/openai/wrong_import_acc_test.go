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

// importable are the objects with the form of their import ids and an example.
var importable = map[string]struct{ form, example string }{
	"orgkeys_openai_project":         {"<id>", "proj_abc123"},
	"orgkeys_openai_service_account": {"<project_id>/<id>", "proj_abc123/user-abc123"},
	"orgkeys_openai_api_key":         {"<project_id>/<id>", "proj_abc123/key_abc123"},
	"orgkeys_openai_admin_key":       {"<id>", "key_abc123"},
}

// importing runs an import of each id into each kind and gives what is said.
func importing(t *testing.T, w *acctest.World, kind, project, account, id string) string {
	t.Helper()
	arguments := map[string]string{
		"orgkeys_openai_service_account": fmt.Sprintf("  project_id = %q\n", project),
		"orgkeys_openai_api_key":         fmt.Sprintf("  project_id = %q\n  service_account_id = %q\n", project, account),
	}[kind]
	c := w.CLI()
	c.Config(bareProvider + fmt.Sprintf("resource %q \"x\" {\n  name = \"x\"\n%s}\n", kind, arguments))
	return c.Must([]string{"import", "-no-color", kind + ".x", id}, 1).Output
}

// An import of what never was, or of an object of another kind, says so, and how an
// import id is written.
func TestAccCLIImportOfNothing(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	project := w.Sim.SeedProject("payments")
	account := w.Sim.SeedServiceAccount(project, "worker", "member")
	key, _ := w.Sim.SeedKey(openaisim.KeySpec{ProjectID: project, AccountID: account, Name: "worker"})
	ids := map[string]string{"a project's": project, "an account's": account, "a key's": key, "no object's": "key_none"}
	own := map[string]string{"orgkeys_openai_project": project, "orgkeys_openai_service_account": account, "orgkeys_openai_api_key": key}
	for kind, expected := range importable {
		for what, id := range ids {
			if own[kind] == id {
				continue
			}
			t.Run(kind+" by "+what, func(t *testing.T) {
				t.Parallel()
				if strings.Contains(expected.form, "/") {
					id = project + "/" + id
				}
				output := importing(t, w, kind, project, account, id)
				says(t, output, "not found", expected.form, expected.example, "one of this kind of object")
				if strings.Contains(output, "is gone") || strings.Contains(output, "revoked outside") || strings.Contains(output, "deleted outside") {
					t.Errorf("what never was is gone:\n%s", output)
				}
			})
		}
	}
	t.Run("another object as project", func(t *testing.T) {
		t.Parallel()
		for _, kind := range []string{"orgkeys_openai_service_account", "orgkeys_openai_api_key"} {
			says(t, importing(t, w, kind, project, account, account+"/"+key), "not found", "<project_id>/<id>", importable[kind].example)
		}
	})
}

// An import id of a wrong form is refused before anything is asked for.
func TestAccCLIImportIDsOfAWrongForm(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	t.Run("all", func(t *testing.T) { // ends before the requests are counted
		for kind, expected := range importable {
			wrong := []string{expected.example + "/x", " " + expected.example, expected.example + "\u00a0"}
			if strings.Contains(expected.form, "/") {
				wrong = []string{"proj_1", "proj_1/", "/key_1", "proj_1/key_1/x", "proj_1/ key_1"}
			}
			for _, id := range wrong {
				t.Run(fmt.Sprintf("%s by %q", kind, id), func(t *testing.T) {
					t.Parallel()
					says(t, importing(t, w, kind, "proj_1", "user-1", id), "Invalid import id", "must have the form "+expected.form, "An example is "+expected.example)
				})
			}
		}
	})
	if got := len(w.Sim.Journal()); got != 0 {
		t.Errorf("%d requests sent, want none", got)
	}
}
