// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The demo takes any CLI on PATH that fits, and builds one otherwise.
func TestAnyCLI(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../scripts/terraform-path")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ word, terraform, tofu, want string }{
		"Terraform":               {"any", "1.11.0", "", "/terraform"},
		"a newer Terraform":       {"any", "1.15.2", "1.12.6", "/terraform"},
		"Terraform 2":             {"any", "2.0.0", "", "/terraform"},
		"OpenTofu":                {"any", "", "1.11.4", "/tofu"},
		"an old Terraform":        {"any", "1.10.5", "1.12.6", "/tofu"},
		"both old":                {"any", "1.10.5", "1.10.9", "built terraform"},
		"a version before 1":      {"any", "0.15.0", "", "built terraform"},
		"a pre-release":           {"any", "1.15.0-beta1", "", "built terraform"},
		"neither":                 {"any", "", "", "built terraform"},
		"modern, Terraform":       {"modern", "1.14.0", "", "/terraform"},
		"modern, an older one":    {"modern", "1.11.4", "1.14.0", "built terraform"},
		"modern, a version below": {"modern", "0.14.0", "", "built terraform"},
	} {
		dir := t.TempDir()
		write := func(file, text string) {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o700); err != nil { //nolint:gosec // a program
				t.Fatal(err)
			}
		}
		write("terraform-path", string(script))
		write("tool", "#!/bin/sh\necho built \"$1\"\n")
		for cli, version := range map[string]string{"terraform": test.terraform, "tofu": test.tofu} {
			if version != "" {
				write(cli, fmt.Sprintf("#!/bin/sh\necho '{ \"terraform_version\": %q }'\n", version))
			}
		}
		for _, program := range []string{"sed", "dirname"} {
			path, err := exec.LookPath(program)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(path, filepath.Join(dir, program)); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), "/bin/sh", filepath.Join(dir, "terraform-path"), test.word)
		cmd.Env = []string{"PATH=" + dir} // no CLI of this machine
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), test.want) {
			t.Errorf("%s: %v, want %q:\n%s", name, err, test.want, out)
		}
	}
}
