// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// The pictures in the repository are those that the data gives, and there are no others.
func TestPictures(t *testing.T) {
	t.Parallel()
	there, err := filepath.Glob(filepath.Join(root, "pictures", "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(there) != len(sources) {
		t.Errorf("pictures/ has %d files, want %d", len(there), len(sources))
	}
	for name, draw := range sources {
		want, err := draw(root)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := os.ReadFile(filepath.Join(root, "pictures", name))
		if err != nil || string(got) != want {
			t.Errorf("pictures/%s is stale (%v): run make pictures", name, err)
		}
		if !strings.Contains(want, "prefers-color-scheme: dark") {
			t.Errorf("%s has no colours for dark", name)
		}
		decoder := xml.NewDecoder(strings.NewReader(want))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s is no XML: %v", name, err)
				break
			}
		}
	}
}

// Colours go on over lines until they are reset, and long lines are broken.
func TestPaint(t *testing.T) {
	t.Parallel()
	pen := ""
	long := strings.Repeat("x", columns)
	for _, c := range []struct {
		line string
		want []string
	}{
		{"plain <&>", []string{"plain &lt;&amp;&gt;"}},
		{"\x1b[1ma\x1b[32mb", []string{`<tspan class="bold">a</tspan><tspan class="bold green">b</tspan>`}},
		{"c\x1b[0m\x1b[4md", []string{`<tspan class="bold green">c</tspan>d`}},
		{"", []string{""}},
		{long + "y", []string{long, "y"}},
		{"$ terraform plan", []string{`<tspan class="bold">$ terraform plan</tspan>`}},
	} {
		if got := paint(c.line, &pen); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
	}
}

// A part of the story begins a page unless the last is nearly empty, and no page begins or
// ends with empty lines.
func TestPaginate(t *testing.T) {
	t.Parallel()
	pages := paginate("a\n\n━━ 1\n" + strings.Repeat("b\n", rows/3) + "\n━━ 2\n\nc\n" + strings.Repeat("d\n", rows))
	var lengths []int
	for _, page := range pages {
		lengths = append(lengths, len(page))
	}
	if want := []int{rows/3 + 3, rows, 3}; !slices.Equal(lengths, want) {
		t.Errorf("pages of %v lines, want %v", lengths, want)
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	if got, want := wrap("one two three abcdefghijk", 8), []string{"one two", "three", "abcdefgh", "ijk"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
