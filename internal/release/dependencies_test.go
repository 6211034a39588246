// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package release_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/licensecheck"
)

const root = "../.."

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// row is a line of a table that begins with code.
var row = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.*) \\|$")

// Every direct dependency has a line in DEPENDENCIES.md with its reason, in the table of
// its module, and no line is of one that is no longer there.
func TestDependenciesHaveReasons(t *testing.T) {
	t.Parallel()
	provider, rest, ok := strings.Cut(read(t, root+"/DEPENDENCIES.md"), "## In the end-to-end tests")
	if !ok {
		t.Fatal("DEPENDENCIES.md has no part about the end-to-end tests")
	}
	for module, text := range map[string]string{root: provider, root + "/internal/e2e": rest} {
		var listed []string
		for _, found := range row.FindAllStringSubmatch(text, -1) {
			listed = append(listed, found[1])
			if len(found[2]) < len("the same") {
				t.Errorf("%s has no reason", found[1])
			}
		}
		slices.Sort(listed)
		if direct := required(t, module); !slices.Equal(listed, direct) {
			t.Errorf("DEPENDENCIES.md lists for %s\n%q, and go.mod requires\n%q", module, listed, direct)
		}
	}
}

// required are the direct dependencies of a module.
func required(t *testing.T, module string) []string {
	t.Helper()
	edit := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	edit.Dir = module
	out, err := edit.Output()
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &file); err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, one := range file.Require {
		if !one.Indirect {
			direct = append(direct, one.Path)
		}
	}
	if len(direct) == 0 {
		t.Fatalf("%s requires nothing", module)
	}
	slices.Sort(direct)
	return direct
}

// allowed are the licences that what is linked into the provider may have. All let the
// provider be passed on under its own.
var allowed = []string{"MPL-2.0", "Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC"}

// Every module that is linked into the provider, on any platform, has an allowed licence,
// and the file that states it states nothing else of weight.
func TestLicences(t *testing.T) {
	t.Parallel()
	modules := linked(t)
	if len(modules) < 20 {
		t.Fatalf("only %d modules are linked: %v", len(modules), modules)
	}
	for module, folder := range modules {
		if problem := licence(t, folder); problem != "" {
			t.Errorf("%s in %s: %s", module, folder, problem)
		}
	}
}

// linked are the folders of the modules of the provider, by module.
func linked(t *testing.T) map[string]string {
	t.Helper()
	modules := map[string]string{}
	for _, system := range []string{"linux", "darwin", "windows", "freebsd"} {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}", ".")
		list.Dir = root
		list.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(out)) {
			if module, folder, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
				modules[module] = folder
			}
		}
	}
	return modules
}

// licence says what is wrong with the licence of a module, or nothing.
func licence(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "[LC][IO][CP][EY][NI]*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		return "no licence"
	}
	for _, file := range files {
		found := licensecheck.Scan([]byte(read(t, file)))
		if found.Percent < 75 {
			return filepath.Base(file) + " is not a known licence"
		}
		for _, match := range found.Match {
			if !slices.Contains(allowed, match.ID) {
				return filepath.Base(file) + " is " + match.ID + ", which is not among " + strings.Join(allowed, ", ")
			}
		}
	}
	return ""
}

// A licence that is not allowed, or none, must be noticed.
func TestLicencesAreRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                              "no licence",
		"All rights reserved, for ever": "is not a known licence",
		"This program is free software: you can redistribute it and/or modify it under the terms of the GNU Affero " +
			"General Public License as published by the Free Software Foundation, either version 3 of the License, or " +
			"(at your option) any later version.": "not among",
	} {
		folder := t.TempDir()
		if text != "" {
			write(t, filepath.Join(folder, "LICENSE"), text)
		}
		if got := licence(t, folder); !strings.Contains(got, want) {
			t.Errorf("%.30q is judged %q, want %q", text, got, want)
		}
	}
}
