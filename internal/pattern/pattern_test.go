// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package pattern_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

func TestLazy(t *testing.T) {
	t.Parallel()
	digits := pattern.Lazy(`^\d+$`)
	first := digits()
	if !first.MatchString("123") || first.MatchString("12a") || digits() != first {
		t.Error("it is another expression")
	}
	wrong := pattern.Lazy(`(`) // nothing happens yet
	defer func() {
		if recover() == nil {
			t.Error("a text that is no expression was taken")
		}
	}()
	wrong()
}

// compiledAtStart is a variable of a package that holds a compiled expression.
var compiledAtStart = regexp.MustCompile(`(?m)^(?:var |\t)\w+ += regexp\.MustCompile\(`)

// TestNoneAtStart: what the provider is made of compiles nothing while it starts.
func TestNoneAtStart(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", `{{if .Module}}{{if .Module.Main}}{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}{{end}}{{end}}`, "../..")
	files, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for file := range strings.Lines(string(files)) {
		file = strings.TrimSpace(file)
		if file == "" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		if found := compiledAtStart.Find(text); found != nil {
			t.Errorf("%s: %q compiles while the program starts: write pattern.Lazy(…)", file, found)
		}
	}
	if seen < 100 {
		t.Errorf("only %d files were read", seen)
	}
}
