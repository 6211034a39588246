// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package openapifacts cuts a vendor's OpenAPI document down to the facts that tests need:
// paths, methods, parameters, fields with type, format, bounds and enumerations, and what is
// required. Descriptions, summaries, titles, examples and everything else the vendor wrote for
// readers stays out, so that the result can be kept in the repository, where a clone alone can
// be tested against it.
//
// The result is a valid OpenAPI document. Its head, x-facts, says where it comes from and names
// the paths to keep; that head is edited by hand, the rest is written by the command in
// cmd/openapifacts:
//
//	go run ./internal/openapifacts/cmd/openapifacts FACTS.json DOCUMENT.json
//
// To keep the facts of a new vendor, write a file with nothing but a head and run the command.
// Where a vendor publishes no document, the facts are written by hand, and the head names none;
// the command then gives them their form:
//
//	go run ./internal/openapifacts/cmd/openapifacts FACTS.json
//
// The files are internal/*/contract/*.json; a test of this package holds every one against its
// document where that is present.
package openapifacts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Head says what a file of facts was taken from.
type Head struct {
	About    string   `json:"about"`              // what the file is, for its readers
	Title    string   `json:"title"`              // of the result, in our words
	Document string   `json:"document,omitempty"` // file name of the vendor's document, "" where facts were written by hand
	SHA256   string   `json:"sha256,omitempty"`   // of that file; written by Take
	Source   string   `json:"source"`             // where the vendor publishes it
	Date     string   `json:"date"`               // of the vendor's document
	License  string   `json:"license,omitempty"`
	Paths    []string `json:"paths"` // the paths to keep, as the document spells them
}

// ReadHead is the head of a file of facts. A head that lacks something is an error.
func ReadHead(facts []byte) (Head, error) {
	var file struct {
		Head Head `json:"x-facts"`
	}
	if err := json.Unmarshal(facts, &file); err != nil {
		return Head{}, fmt.Errorf("not a file of facts: %w", err)
	}
	h := file.Head
	for name, value := range map[string]string{"about": h.About, "title": h.Title, "source": h.Source, "date": h.Date} {
		if value == "" {
			return h, fmt.Errorf("the head of the facts lacks %s: x-facts needs about, title, source, date and paths, and document where there is one", name)
		}
	}
	if len(h.Paths) == 0 {
		return h, fmt.Errorf("the head of the facts names no paths: list those to keep under x-facts.paths")
	}
	return h, nil
}

// Take writes the facts that head asks for out of a vendor's document. The checksum in the
// head becomes that of the document.
func Take(head Head, document []byte) ([]byte, error) {
	sum := sha256.Sum256(document)
	head.SHA256 = hex.EncodeToString(sum[:])
	return cut(head, document)
}

// Retake is Take from a file of facts itself, with its head as it is. It gives the same file
// unless somebody edited it by hand.
func Retake(facts []byte) ([]byte, error) {
	head, err := ReadHead(facts)
	if err != nil {
		return nil, err
	}
	return cut(head, facts)
}

func cut(head Head, document []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("the document is not JSON: %w", err)
	}
	paths, components := object(doc["paths"]), object(doc["components"])
	c := cutter{from: components, components: map[string]any{}}
	kept := map[string]any{}
	for _, p := range head.Paths {
		item, ok := paths[p].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("the document has no path %s: correct x-facts.paths", p)
		}
		kept[p] = c.keep(pathItem, item)
	}
	for name := range object(components["securitySchemes"]) {
		c.component("securitySchemes", name)
	}
	if len(c.missing) > 0 {
		return nil, fmt.Errorf("the document refers to what it lacks: %s", strings.Join(c.missing, ", "))
	}
	out := map[string]any{
		"openapi": doc["openapi"],
		"info":    map[string]any{"title": head.Title, "version": head.Date},
		"x-facts": head,
		"paths":   kept, "components": c.components,
	}
	if security, ok := doc["security"]; ok {
		out["security"] = security
	}
	return render(out)
}

// cutter collects the components that the kept parts refer to.
type cutter struct {
	from       map[string]any // the components of the document
	components map[string]any // those kept
	missing    []string
}

// keep is v without everything that part does not name.
func (c *cutter) keep(kind *part, v any) any {
	if kind == value {
		return v
	}
	switch v := v.(type) {
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			out = append(out, c.keep(kind, item))
		}
		return out
	case map[string]any:
		out := map[string]any{}
		if ref, ok := v["$ref"].(string); ok {
			out["$ref"] = ref
			c.refer(ref)
		} else {
			maps.Copy(out, kind.always)
		}
		for name, value := range v {
			switch inner := kind.fields[name]; {
			case inner == nil:
			case inner.each != nil:
				out[name] = c.each(inner.each, value)
			default:
				out[name] = c.keep(inner, value)
			}
		}
		return out
	}
	return v
}

// each keeps the values of a map whose names are the vendor's.
func (c *cutter) each(kind *part, v any) any {
	out := map[string]any{}
	for name, value := range object(v) {
		out[name] = c.keep(kind, value)
	}
	return out
}

func (c *cutter) refer(ref string) {
	group, name := path.Split(strings.TrimPrefix(ref, "#/components/"))
	c.component(strings.TrimSuffix(group, "/"), name)
}

// component keeps one component, once, with all it refers to.
func (c *cutter) component(group, name string) {
	if _, done := object(c.components[group])[name]; done {
		return
	}
	value, there := object(c.from[group])[name]
	kind := componentParts[group]
	if !there || kind == nil {
		if text := group + "/" + name; !slices.Contains(c.missing, text) {
			c.missing = append(c.missing, text)
		}
		return
	}
	if c.components[group] == nil {
		c.components[group] = map[string]any{}
	}
	object(c.components[group])[name] = nil // ends a circle of references
	object(c.components[group])[name] = c.keep(kind, value)
}

func object(v any) map[string]any { o, _ := v.(map[string]any); return o }
