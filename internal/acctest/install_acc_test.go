// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
)

// since are the CLIs that can read an example, by the end of its path. OpenTofu has none
// of what Terraform 1.14 brought.
var since = map[string]string{"import-by-identity.tf": "1.12", "action.tf": "1.14"}

// After `make install` and the line that it prints, init works in every example and
// scenario as it is written, and nothing speaks of overrides.
func TestAccInstall(t *testing.T) {
	t.Parallel()
	count := 0
	err := filepath.WalkDir(examples, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".tf" || !strings.Contains(read(t, path), "required_providers") {
			return err
		}
		name, err := filepath.Rel(examples, path)
		if err != nil {
			return err
		}
		count++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if version, ok := since[filepath.Base(path)]; ok {
				acctest.Require(t, version, version == "1.12")
			}
			installed(t, name)
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count < 60 {
		t.Errorf("only %d examples were found", count)
	}
}

// installed runs init where an example is: in a folder of its own, or in a copy of its scenario.
func installed(t *testing.T, name string) {
	t.Helper()
	copied := t.TempDir()
	folder := copied
	if parts := strings.Split(filepath.Dir(name), string(filepath.Separator)); parts[0] == "scenarios" {
		if err := os.CopyFS(copied, os.DirFS(filepath.Join(examples, parts[0], parts[1]))); err != nil {
			t.Fatal(err)
		}
		folder = filepath.Join(append([]string{copied}, parts[2:]...)...)
	} else if err := os.WriteFile(filepath.Join(folder, "main.tf"), []byte(read(t, filepath.Join(examples, name))), 0o600); err != nil {
		t.Fatal(err)
	}
	cli := exec.CommandContext(t.Context(), acctest.Terraform(t), "init", "-input=false", "-no-color")
	cli.Dir = folder
	cli.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+acctest.Installed(t), "CHECKPOINT_DISABLE=1", "TF_DATA_DIR=", "TF_LOG=")
	out, err := cli.CombinedOutput()
	text := strings.Join(strings.Fields(strings.NewReplacer("│", " ").Replace(string(out))), " ")
	switch {
	case strings.Contains(text, "override"):
		t.Errorf("init speaks of overrides:\n%s", out)
	case err == nil && !strings.Contains(text, "Installed orgkeys/orgkeys v"):
		t.Errorf("init did not install the provider:\n%s", out)
	case err != nil && !onlyForeign(text):
		t.Errorf("init: %v\n%s", err, out)
	}
}

var unavailable = regexp.MustCompile(`(?:available versions for|resolve) provider ([a-z0-9-]+/[a-z0-9-]+): `)

// onlyForeign reports whether an init failed because another provider is out of reach, as
// where tests have no network, and ours was found.
func onlyForeign(text string) bool {
	found := unavailable.FindAllStringSubmatch(text, -1)
	for _, one := range found {
		if one[1] == "orgkeys/orgkeys" {
			return false
		}
	}
	return len(found) > 0 && strings.Contains(text, "Finding latest version of orgkeys/orgkeys")
}
