// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package release_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const changelog = "# Changelog\n\n## 0.2.0 (Unreleased)\n\nNOTES:\n\n## 0.1.0 (December 1, 2026)\n\nFEATURES:\n\n" +
	"* **New Resource:** `orgkeys_toy_key`\n\n## 0.0.1 (November 1, 2026)\n\nNOTES:\n"

// The notes of a release are its own part of the changelog, and there are none for a
// version that is not dated, or while an object is not announced.
func TestReleaseNotes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version, page, want string
		ok                  bool
	}{
		"a release":      {"v0.1.0", "resources/toy_key.md", "\nFEATURES:\n\n* **New Resource:** `orgkeys_toy_key`\n\n", true},
		"not dated":      {"v0.2.0", "resources/toy_key.md", "no heading", false},
		"not there":      {"v0.1", "resources/toy_key.md", "no heading", false},
		"an object more": {"v0.1.0", "data-sources/toy_key.md", "* **New Data Source:** `orgkeys_toy_key`", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			for file, text := range map[string]string{
				"scripts/release-notes": read(t, root+"/scripts/release-notes"), "CHANGELOG.md": changelog, "docs/" + c.page: "",
			} {
				path := filepath.Join(folder, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				write(t, path, text)
			}
			out, err := exec.CommandContext(t.Context(), "sh", filepath.Join(folder, "scripts/release-notes"), c.version).CombinedOutput()
			if text := string(out); (err == nil) != c.ok || c.ok && text != c.want || !strings.Contains(text, c.want) {
				t.Errorf("release-notes %s: %v\n%q, want %q", c.version, err, text, c.want)
			}
		})
	}
}
