// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The policy command of the page on HCP Terraform finds plaintext in the plan with which it begins, when no value
// is known yet, and lets every plan of a sealed key pass.
func TestAccPolicyCommand(t *testing.T) {
	t.Parallel()
	jq(t)
	command := regexp.MustCompile(`(?s)terraform show -json rotation.tfplan \| (jq -r '.*?')\n`).FindStringSubmatch(read(t, filepath.Join(templates, "guides/hcp-terraform.md.tmpl")))
	if command == nil {
		t.Fatal("the page has no such command")
	}
	example := filepath.Join(examples, "scenarios/scheduled-rotation/main.tf")
	const address = "orgkeys_openai_api_key.worker"
	w, c := workspace(t, example)
	c.Env = append(c.Env, "TF_VAR_deliver_command=true", "ORGKEYS_SEAL_IDENTITY="+w.Identity)
	sealed := read(t, filepath.Join(c.Dir, "main.tf"))
	// The provider's default, which is no attribute of the key.
	plaintext := strings.Replace(sealed, "  seal = {", "  secret_storage = \"state\"\n  seal = {", 1)
	found := func(config string, arguments ...string) string {
		t.Helper()
		c.Write("main.tf", config)
		c.Must(append([]string{"plan", "-input=false", "-no-color", "-out=rotation.tfplan"}, arguments...))
		c.Write("plan.json", c.Must([]string{"show", "-json", "rotation.tfplan"}).Output)
		cmd := exec.CommandContext(t.Context(), "bash", "-c", command[1]+" <plan.json")
		cmd.Dir = c.Dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	for _, plan := range []struct {
		what     string
		argument []string
	}{
		{"create", nil},
		{"in place", nil},
		{"rotation", []string{"-var=rotate=second"}},
		{"replacement", []string{"-replace=" + address}},
	} {
		if plan.what == "in place" {
			c.Write("main.tf", sealed)
			c.Apply()
		}
		if got := found(sealed, plan.argument...); got != "" {
			t.Errorf("%s, sealed: found %q, want nothing", plan.what, got)
		}
		if got := found(plaintext, plan.argument...); got != address {
			t.Errorf("%s, plaintext: found %q, want %q", plan.what, got, address)
		}
	}
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
}
