// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What a reader of the README has and this test has not: a Vault at the usual port, an
// admin key to paste, and a registry.
var typed = []string{
	"export VAULT_ADDR=http://127.0.0.1:8200\n", "",
	"export VAULT_TOKEN=only-for-trying\n", "export VAULT_TOKEN=$ROOT\n",
	"VAULT_DEV_ROOT_TOKEN_ID=$VAULT_TOKEN vault server -dev -dev-no-store-token >/dev/null &\n", "",
	"export OPENAI_ADMIN_KEY=sk-admin-…\n", "",
	"terraform init\n", "terraform get\n",
}

var shellBlocks = regexp.MustCompile("(?ms)^```shell\n(.*?)^```$")

// The README is followed from top to bottom, in one shell.
func TestReadmeOfVault(t *testing.T) {
	t.Parallel()
	s := aSite(t, roads[0])
	var script strings.Builder
	script.WriteString("set -euo pipefail\nterraform() { \"$CLI\" \"$@\"; }\n")
	text := textOf(t, filepath.Join(vaultExample, "README.md"))
	for _, block := range shellBlocks.FindAllStringSubmatch(text, -1) {
		script.WriteString(block[1])
	}
	commands := script.String()
	for i := 0; i < len(typed); i += 2 {
		if !strings.Contains(commands, typed[i]) {
			t.Errorf("the README no longer says %q", typed[i])
		}
		commands = strings.ReplaceAll(commands, typed[i], typed[i+1])
	}
	if strings.Contains(commands, "…") {
		t.Fatal("the README has something to fill in that this test does not know")
	}
	// The identity is kept for the leak scan in place of removing it.
	kept := filepath.Join(t.TempDir(), "identity.txt")
	commands = strings.Replace(commands, "rm identity.txt\n", "mv identity.txt \"$KEPT\"\n", 1)

	code, out := s.script([]string{"-c", commands}, "ROOT="+s.v.token, "KEPT="+kept,
		"ORGKEYS_SEAL_RECIPIENTS=", "TF_VAR_seal_recipients=", "TF_CLI_ARGS=-no-color", "TF_CLI_ARGS_apply=-auto-approve", "TF_CLI_ARGS_destroy=-auto-approve")
	if code != 0 {
		t.Fatalf("the README ended with %d:\n%s", code, out)
	}
	for line := range strings.Lines(textOf(t, kept)) {
		if strings.HasPrefix(line, "AGE-SECRET-KEY-") {
			s.w.Guard(strings.TrimSpace(line))
		}
	}
	if live := len(s.w.Live()); live != 0 {
		t.Errorf("%d keys are left", live)
	}
	s.minted(4) // two, one and one
	// Two by the provider, then pipe.sh, the provisioner and pipe.sh again.
	if writes := s.v.writes(); writes != 5 {
		t.Errorf("Vault was written %d times, want 5", writes)
	}
}
