// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package walls

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/orgkeys/terraform-provider-orgkeys"

// source is one package as it is built, without its tests.
type source struct {
	Dir            string
	GoFiles        []string
	IgnoredGoFiles []string // of other systems, and their tests
	Imports        []string
}

// house is every package that the module's packages need, themselves included, by path;
// the module's own without the module's name.
type house map[string]source

// load asks the go command.
func load(t *testing.T) house {
	t.Helper()
	watch(t)
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Dir,GoFiles,IgnoredGoFiles,Imports", "./...")
	cmd.Dir = "../.."
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	all := house{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var one struct {
			ImportPath string
			source
		}
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for i, path := range one.Imports {
			one.Imports[i] = short(path)
		}
		all[short(one.ImportPath)] = one.source
	}
	return all
}

// watch looks at every file, so that the go command takes no old result for a present one:
// what another process reads it does not see.
func watch(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("..", func(_ string, _ fs.DirEntry, err error) error { return err })
	if err != nil {
		t.Fatal(err)
	}
}

func short(path string) string {
	switch {
	case path == module:
		return "main"
	case strings.HasPrefix(path, "internal/"):
		return "std/" + path // the standard library's
	}
	return strings.TrimPrefix(path, module+"/")
}

// own says whether a package is the module's.
func own(path string) bool { return path == "main" || strings.HasPrefix(path, "internal/") }

// reach are the packages that one depends on, each with a shortest way to it.
func (h house) reach(from string) map[string]string {
	ways := map[string]string{from: from}
	for next := []string{from}; len(next) > 0; next = next[1:] {
		for _, to := range h[next[0]].Imports {
			if ways[to] == "" {
				ways[to] = ways[next[0]] + " → " + to
				next = append(next, to)
			}
		}
	}
	delete(ways, from)
	return ways
}

// within says whether a package is one of the roots or below it.
func within(path string, roots ...string) bool {
	for _, root := range roots {
		if path == root || strings.HasPrefix(path, root+"/") {
			return true
		}
	}
	return false
}

// vendorOf is the vendor a package belongs to, and the part of it: "", "api" or "sim".
func vendorOf(path string) (vendor, part string) {
	rest, ok := strings.CutPrefix(path, "internal/vendors/")
	if !ok {
		return "", ""
	}
	vendor, rest, _ = strings.Cut(rest, "/")
	part, _, _ = strings.Cut(rest, "/")
	return vendor, part
}
