// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openapifacts_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts"
)

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// factFiles are all files of facts in the repository.
func factFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../vendors/*/sim/contract/*.json")
	noError(t, err)
	if len(files) == 0 {
		t.Fatal("no file of facts found")
	}
	return files
}

// vendorDocument is the document behind a file of facts, "" where nothing is beside the clone.
// Documents that were pointed at, or whose folder is there, must be there.
func vendorDocument(t *testing.T, name string) string {
	t.Helper()
	folder, pointed := os.LookupEnv("ORGKEYS_OPENAPI")
	if !pointed {
		folder = filepath.Join("..", "..", "..", "shared", "openapi")
		if _, err := os.Stat(folder); err != nil {
			return ""
		}
	}
	text, err := os.ReadFile(filepath.Join(folder, name))
	noError(t, err)
	return string(text)
}

// Facts are what the command would write: from the vendor's document where it is present, and
// always from themselves, so that no edit by hand and no text of a vendor gets in.
func TestFactsAreAsTaken(t *testing.T) {
	t.Parallel()
	for _, file := range factFiles(t) {
		facts, err := os.ReadFile(file)
		noError(t, err)
		again, err := openapifacts.Retake(facts)
		noError(t, err)
		if string(again) != string(facts) {
			t.Errorf("%s was edited by hand below its head: run internal/openapifacts/cmd/openapifacts", file)
		}
		head, err := openapifacts.ReadHead(facts)
		noError(t, err)
		if head.Document == "" {
			continue // written by hand
		}
		document := vendorDocument(t, head.Document)
		if document == "" {
			t.Logf("%s: its form is checked; %s is not here to compare with, ORGKEYS_OPENAPI may name its folder", file, head.Document)
			continue
		}
		taken, err := openapifacts.Take(head, []byte(document))
		noError(t, err)
		if string(taken) != string(facts) {
			t.Errorf("%s differs from %s: run internal/openapifacts/cmd/openapifacts and look at what changed", file, head.Document)
		}
	}
}

func TestFactsHoldNoProse(t *testing.T) {
	t.Parallel()
	for _, file := range factFiles(t) {
		facts, err := os.ReadFile(file)
		noError(t, err)
		var doc map[string]any
		noError(t, json.Unmarshal(facts, &doc))
		delete(doc, "x-facts")
		delete(doc, "info")
		words(doc, func(text string) {
			if len(strings.Fields(text)) > 3 {
				t.Errorf("%s holds the sentence %q", file, text)
			}
		})
	}
}

func words(v any, see func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range v {
			words(inner, see)
		}
	case []any:
		for _, inner := range v {
			words(inner, see)
		}
	case string:
		see(v)
	}
}

func TestFactsAreADocument(t *testing.T) {
	t.Parallel()
	for _, file := range factFiles(t) {
		doc, err := openapi3.NewLoader().LoadFromFile(file)
		noError(t, err)
		if err := doc.Validate(t.Context()); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

const made = `{
 "openapi": "3.1.0", "info": {"title": "Theirs", "description": "Theirs."}, "security": [{"Key": ["scope"]}], "tags": [{"name": "x"}],
 "paths": {
  "/kept": {"summary": "s", "parameters": [{"$ref": "#/components/parameters/Limit"}],
   "get": {"operationId": "x", "description": "d", "tags": ["x"], "responses": {
    "200": {"description": "d", "headers": {"Retry-After": {"description": "d", "schema": {"type": "integer"}}},
     "content": {"application/json": {"example": {"a": 1}, "schema": {"$ref": "#/components/schemas/Tree"}}}},
    "429": {"$ref": "#/components/responses/Busy"}}},
   "post": {"requestBody": {"required": true, "description": "d", "content": {"application/json": {"schema": {"type": "object", "title": "t",
     "required": ["description"], "properties": {"description": {"type": "string", "description": "d", "default": "x", "maxLength": 9, "x-more": 1},
     "bound": {"type": "integer", "maximum": 12345678901234567890}, "free": {"additionalProperties": {"type": "string", "example": "e"}},
     "either": {"anyOf": [{"enum": ["a", "b"], "description": "d"}, {"type": "null"}], "default": {"deep": [1]}}}}}}}, "responses": {}}},
  "/left": {"get": {"responses": {"200": {"description": "d", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Left"}}}}}}}},
 "components": {
  "schemas": {"Tree": {"type": "object", "description": "d", "properties": {"title": {"type": "string", "examples": ["e"]}, "children": {"items": {"$ref": "#/components/schemas/Tree"}}}},
   "Left": {"type": "string"}, "Broken": {"$ref": "#/components/schemas/Nowhere"}},
  "responses": {"Busy": {"description": "d"}}, "parameters": {"Limit": {"name": "limit", "in": "query", "description": "d", "schema": {"type": "integer"}}},
  "securitySchemes": {"Key": {"type": "http", "scheme": "bearer", "description": "d"}}}}`

var head = openapifacts.Head{About: "a", Title: "t", Document: "d.json", Source: "s", Date: "2026-01-02", Paths: []string{"/kept"}}

func TestTake(t *testing.T) {
	t.Parallel()
	facts, err := openapifacts.Take(head, []byte(made))
	noError(t, err)
	var got, want map[string]any
	noError(t, json.Unmarshal(facts, &got))
	if got["x-facts"].(map[string]any)["sha256"] == "" {
		t.Error("no checksum")
	}
	delete(got, "x-facts")
	noError(t, json.Unmarshal([]byte(`{
 "openapi": "3.1.0", "info": {"title": "t", "version": "2026-01-02"}, "security": [{"Key": ["scope"]}],
 "paths": {"/kept": {"parameters": [{"$ref": "#/components/parameters/Limit"}],
  "get": {"responses": {"200": {"description": "", "headers": {"Retry-After": {"schema": {"type": "integer"}}},
   "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}}}, "429": {"$ref": "#/components/responses/Busy"}}},
  "post": {"requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["description"],
   "properties": {"description": {"type": "string", "default": "x", "maxLength": 9}, "bound": {"type": "integer", "maximum": 12345678901234567890},
   "free": {"additionalProperties": {"type": "string"}}, "either": {"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}], "default": {"deep": [1]}}}}}}}, "responses": {}}}},
 "components": {"schemas": {"Tree": {"type": "object", "properties": {"title": {"type": "string"}, "children": {"items": {"$ref": "#/components/schemas/Tree"}}}}},
  "responses": {"Busy": {"description": ""}}, "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}},
  "securitySchemes": {"Key": {"type": "http", "scheme": "bearer"}}}}`), &want))
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("got  %s\nwant %s", a, b)
	}
	if !strings.Contains(string(facts), "12345678901234567890") {
		t.Error("a number was rounded")
	}
	again, err := openapifacts.Retake(facts)
	noError(t, err)
	if string(again) != string(facts) {
		t.Errorf("taking twice gives\n%s", again)
	}
	for i, line := range strings.Split(string(facts), "\n") {
		if len(line) > 160 {
			t.Errorf("line %d has %d characters", i+1, len(line))
		}
	}
}

func TestTakeRefuses(t *testing.T) {
	t.Parallel()
	other := head
	other.Paths = []string{"/nowhere"}
	broken := strings.ReplaceAll(made, `"#/components/schemas/Tree"}}}},`, `"#/components/schemas/Broken"}}}},`)
	for want, take := range map[string]func() ([]byte, error){
		"no path /nowhere":       func() ([]byte, error) { return openapifacts.Take(other, []byte(made)) },
		"lacks: schemas/Nowhere": func() ([]byte, error) { return openapifacts.Take(head, []byte(broken)) },
		"not JSON":               func() ([]byte, error) { return openapifacts.Take(head, []byte("openapi: 3.1.0")) },
		"not a file of facts":    func() ([]byte, error) { return openapifacts.Retake([]byte("x")) },
		"names no paths": func() ([]byte, error) {
			return openapifacts.Retake([]byte(`{"x-facts":{"about":"a","title":"t","document":"d","source":"s","date":"d"}}`))
		},
	} {
		if _, err := take(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	full := map[string]any{"about": "a", "title": "t", "document": "d", "source": "s", "date": "d", "paths": []string{"/x"}}
	for _, name := range slices.Sorted(maps.Keys(full)) {
		lacking := maps.Clone(full)
		delete(lacking, name)
		file, _ := json.Marshal(map[string]any{"x-facts": lacking})
		if name == "document" { // facts may be written by hand
			_, err := openapifacts.ReadHead(file)
			noError(t, err)
			continue
		}
		if _, err := openapifacts.ReadHead(file); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}
