// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const head = `{"x-facts":{"about":"a","title":"t","document":"theirs.json","source":"s","date":"2026-01-02","paths":["/kept"]}}`
	facts := write("facts.json", head)
	theirs := write("theirs.json", `{"openapi":"3.1.0","paths":{"/kept":{"get":{"summary":"Long text","responses":{}}},"/left":{}}}`)
	if err := run([]string{facts, theirs}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(facts)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"/kept": {"get": {"responses": {}}}`) || strings.Contains(string(text), "Long") || strings.Contains(string(text), "/left") {
		t.Errorf("wrote %s", text)
	}
	if err := run([]string{facts, theirs}); err != nil {
		t.Errorf("the second time: %v", err)
	}

	byHand := write("byhand.json", `{"paths":{"/kept":{"get":{"responses":{}}}},"x-facts":{"about":"a","title":"t","source":"s","date":"d","paths":["/kept"]}}`)
	if err := run([]string{byHand}); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(byHand); err != nil || !strings.HasPrefix(string(text), "{\n  \"openapi\"") {
		t.Errorf("wrote %s, %v", text, err)
	}

	missing := filepath.Join(folder, "missing.json")
	for want, args := range map[string][]string{
		"arguments are needed": {}, `facts come from "theirs.json", not "other.json"`: {facts, write("other.json", "{}")}, "no such file": {missing, theirs},
		`facts come from "theirs.json", not ""`: {facts}, "not a file of facts": {write("broken.json", "x"), theirs},
		"no path": {write("more.json", strings.Replace(head, "/kept", "/more", 1)), theirs},
	} {
		if err := run(args); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}
