// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The golden files hold what a reader of plans and applies sees of every object: planned
// values, what replaces, and every diagnostic. A change that is meant to change none of it
// proves so here; one that does shows the new texts to its reviewer:
//
//	go test ./internal/vendors/openai -run TestGolden -update

var update = flag.Bool("update", false, "rewrite the golden files of TestGolden")

var goldenFolder = filepath.Join("testdata", "golden")

// scenes are all golden files, by name.
func scenes() map[string]func(*scene) {
	out := map[string]func(*scene){"schema": writeSchemas}
	for _, some := range []map[string]func(*scene){
		keyScenes, rotationScenes, secretScenes, adoptionScenes, troubleScenes, adminScenes, projectScenes, accountScenes, dataScenes, runScenes, providerScenes, failureScenes,
	} {
		for name, play := range some {
			if out[name] != nil {
				panic("two scenes are called " + name)
			}
			out[name] = play
		}
	}
	return out
}

func TestGolden(t *testing.T) {
	t.Parallel()
	all := scenes()
	for name, play := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			play(s)
			golden(t, fileOf(name), s.text())
		})
	}
	files, err := filepath.Glob(filepath.Join(goldenFolder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		known := slices.ContainsFunc(slices.Collect(maps.Keys(all)), func(name string) bool { return fileOf(name) == file })
		switch {
		case known:
		case *update:
			if err := os.Remove(file); err != nil {
				t.Error(err)
			}
		default:
			t.Errorf("%s belongs to no scene: remove it, or run the test with -update", file)
		}
	}
}

func fileOf(scene string) string {
	return filepath.Join(goldenFolder, strings.NewReplacer(",", "", " ", "-").Replace(scene)+".txt")
}

// golden compares a text with its file, or writes the file.
func golden(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: a new scene is written with -update", err)
	}
	if string(want) != text {
		t.Errorf("%s differs (-file +now); if the change is meant, run the test with -update\n%s",
			file, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(text, "\n")))
	}
}
