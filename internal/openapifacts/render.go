// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openapifacts

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// lineLength is how much JSON stays on one line, indentation left aside.
const lineLength = 110

// first are the names that stand before all others, in this order.
var first = []string{
	"openapi", "info", "x-facts", "about", "title", "document", "source", "date", "license", "sha256", "security", "paths", "components",
	"name", "in", "$ref", "type", "required",
}

// render writes v as JSON of one form only: what is short on one line, the rest indented.
func render(v any) ([]byte, error) {
	var plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	d := json.NewDecoder(&plain)
	d.UseNumber()
	var decoded any
	if err := d.Decode(&decoded); err != nil {
		return nil, err
	}
	var out strings.Builder
	write(&out, decoded, "")
	return []byte(out.String() + "\n"), nil
}

func write(out *strings.Builder, v any, indent string) {
	if line := oneLine(v); indent != "" && len(line) <= lineLength {
		out.WriteString(line)
		return
	}
	inner := indent + "  "
	switch v := v.(type) {
	case map[string]any:
		out.WriteString("{")
		for i, name := range order(v) {
			separate(out, i, inner)
			out.WriteString(oneLine(name) + ": ")
			write(out, v[name], inner)
		}
		out.WriteString("\n" + indent + "}")
	case []any:
		out.WriteString("[")
		for i, item := range v {
			separate(out, i, inner)
			write(out, item, inner)
		}
		out.WriteString("\n" + indent + "]")
	default:
		out.WriteString(oneLine(v))
	}
}

func separate(out *strings.Builder, i int, indent string) {
	if i > 0 {
		out.WriteString(",")
	}
	out.WriteString("\n" + indent)
}

func oneLine(v any) string {
	var parts []string
	switch v := v.(type) {
	case map[string]any:
		for _, name := range order(v) {
			parts = append(parts, oneLine(name)+": "+oneLine(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, item := range v {
			parts = append(parts, oneLine(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("openapifacts: " + err.Error()) // v came out of JSON
	}
	return strings.TrimSpace(b.String())
}

func order(v map[string]any) []string {
	rank := func(name string) int {
		if i := slices.Index(first, name); i >= 0 {
			return i
		}
		return len(first)
	}
	return slices.SortedFunc(maps.Keys(v), func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}
