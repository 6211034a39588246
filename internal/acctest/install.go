// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// exported is the line that `make install` prints.
var exported = regexp.MustCompile(`(?m)^export TF_CLI_CONFIG_FILE='([^']+)'\n\z`)

var installOnce = sync.OnceValues(func() (string, error) {
	root, err := root()
	if err != nil {
		return "", err
	}
	install := exec.Command(filepath.Join(root, "scripts/install"), filepath.Join(binaries, "installed"))
	install.Stderr = os.Stderr
	out, err := install.Output()
	if err != nil {
		return "", fmt.Errorf("scripts/install: %w", err)
	}
	line := exported.FindSubmatch(out)
	if line == nil {
		return "", fmt.Errorf("scripts/install prints %q, not the one line to export", out)
	}
	return string(line[1]), nil
})

// Installed installs the provider as `make install` does, once, and gives the CLI
// configuration that its line exports.
func Installed(t testing.TB) string {
	t.Helper()
	built(t)
	file, err := installOnce()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// root is the folder of the provider's module. By name: the tests of a nested module have
// another main module.
func root() (string, error) {
	out, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/orgkeys/terraform-provider-orgkeys").Output()
	return strings.TrimSpace(string(out)), err
}
