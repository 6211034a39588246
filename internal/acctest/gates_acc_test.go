// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
)

// The gates with the provider under a company's own address: a rotation passes, and the
// deletion of the key does not.
func TestAccGatesAtAnotherAddress(t *testing.T) {
	t.Parallel()
	const address = "app.terraform.io/acme/orgkeys"
	w, c := workspace(t, filepath.Join(examples, "scenarios/scheduled-rotation/main.tf"), address)
	expect := gates(t, c)
	c.Env = append(c.Env, `TF_VAR_deliver_command=umask 077; printf %s "$SECRET" >'`+filepath.Join(w.Store, "worker")+"'", "ORGKEYS_SEAL_IDENTITY="+w.Identity)
	c.Apply()
	expect(0, "review.sh", "No key is created, rotated or revoked")
	expect(2, "review.sh", "| rotated |", "TF_VAR_rotate=second")
	expect(0, "rotate.sh", "Apply complete", "TF_VAR_rotate=second")
	expect(0, "review.sh", "No key is created, rotated or revoked", "TF_VAR_rotate=second")
	c.Write("main.tf", strings.Split(read(t, filepath.Join(c.Dir, "main.tf")), `resource "orgkeys_openai_service_account"`)[0])
	expect(2, "review.sh", "is **revoked** as soon as this is applied")
	expect(3, "rotate.sh", `"orgkeys_openai_api_key.worker" would be destroyed`)
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
}

// gates puts the scripts of both gates into a workspace, and gives what runs one and checks
// how it ends and what it says.
func gates(t *testing.T, c *acctest.CLI) (expect func(code int, script, says string, env ...string)) {
	t.Helper()
	for scenario, files := range map[string][]string{
		"scheduled-rotation": {"rotate.sh", "only-rotations.jq"},
		"review-gate":        {"review.sh", "key-changes.jq"},
	} {
		for _, name := range files {
			if err := copyInto(c.Dir, filepath.Join(examples, "scenarios", scenario), name); err != nil {
				t.Fatal(err)
			}
		}
	}
	return func(code int, script, says string, env ...string) {
		t.Helper()
		if got, out := runScript(t, c, script, env...); got != code || !strings.Contains(out, says) {
			t.Fatalf("%s ended with %d, want %d and %q:\n%s", script, got, code, says, out)
		}
	}
}

// runScript runs a script of the workspace with the CLI under test, and gives its exit
// code and what it printed, which is kept for the leak scan.
func runScript(t *testing.T, c *acctest.CLI, script string, env ...string) (int, string) {
	t.Helper()
	cmd := c.Command(script)
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", script}
	cmd.Env = append(cmd.Env, "CLI="+acctest.Terraform(t))
	cmd.Env = append(cmd.Env, env...)
	out, _ := cmd.CombinedOutput() // the code tells
	c.Write(fmt.Sprintf("%s-%d.txt", script, time.Now().UnixNano()), string(out))
	return cmd.ProcessState.ExitCode(), string(out)
}
