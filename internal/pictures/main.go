// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command pictures writes the pictures of README.md and the guides, from data: the
// configuration in README.md, BENCHMARKS.md, the table in the scenario of the review gate,
// the recording of a demo, and what the files here list. Equal data gives equal bytes.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// sources read the data of each picture below the repository's root, and draw it.
var sources = map[string]func(root string) (string, error){
	"rotation.svg":    rotation,
	"key-states.svg":  func(string) (string, error) { return keyStates(), nil },
	"secret.svg":      func(string) (string, error) { return secret(), nil },
	"lost-answer.svg": func(string) (string, error) { return lostAnswer(), nil },
	"calls.svg":       calls,
	"review-gate.svg": reviewGate,
	"demo.svg":        recording,
}

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		picture, err := sources[name](root)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(root, "pictures", name), []byte(picture), 0o644); err != nil { //nolint:gosec // for readers
			return err
		}
	}
	return nil
}

func read(root, name string) (string, error) {
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name))) //nolint:gosec // files of the repository
	return string(data), err
}
