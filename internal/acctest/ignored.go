// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// ours are the files that tests put beside a scenario's own.
const ours = "cli.rc\ntrace-*.log\noutput-*.txt\nprinted-*.txt\nstarted-*.txt\nkept.*\n*.kept\n"

// Committable are the files of the workspace that `git add .` would take although the
// scenario in the given folder does not have them: neither its .gitignore, which goes
// along when the folder is copied, names them, nor are they configuration or scripts.
func (c *CLI) Committable(scenario string) []string {
	c.World.T.Helper()
	repository := c.World.T.TempDir()
	c.git("init", "--quiet", "--bare", repository)
	exclude := filepath.Join(repository, "info", "exclude")
	if err := os.MkdirAll(filepath.Dir(exclude), 0o700); err != nil {
		c.World.T.Fatal(err)
	}
	if err := os.WriteFile(exclude, []byte(ours), 0o600); err != nil {
		c.World.T.Fatal(err)
	}
	out := c.git("--git-dir="+repository, "--work-tree="+c.Dir, "ls-files", "-z", "--others", "--exclude-standard")
	return slices.DeleteFunc(strings.Split(strings.TrimSuffix(out, "\x00"), "\x00"), func(name string) bool {
		if _, err := os.Stat(filepath.Join(scenario, name)); err == nil || name == "" {
			return true
		}
		return slices.Contains([]string{".tf", ".tfvars", ".hcl", ".sh", ".jq"}, filepath.Ext(name))
	})
}

// git runs it in the workspace, without anyone's own settings.
func (c *CLI) git(args ...string) string {
	c.World.T.Helper()
	git := exec.CommandContext(c.World.T.Context(), "git", args...)
	git.Dir = c.Dir
	git.Env = append(clean(os.Environ()), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
	out, err := git.Output()
	if err != nil {
		c.World.T.Fatalf("git %v: %v", args, err)
	}
	return string(out)
}
