// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package contracttest

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// unknown lists the fields of a JSON body that its schema does not name.
func unknown(what string, body []byte, content openapi3.Content) []string {
	described := content.Get("application/json")
	var v any
	if described == nil || described.Schema == nil || json.Unmarshal(body, &v) != nil {
		return nil
	}
	var out []string
	for _, name := range undocumented(v, described.Schema.Value) {
		out = append(out, what+" "+name)
	}
	return out
}

// undocumented lists the properties at any depth that the schema does not name:
// JSON schema by itself allows them, and so hides misspelled optional fields.
func undocumented(v any, schema *openapi3.Schema) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if s := items(schema); s != nil {
				out = append(out, undocumented(item, s)...)
			}
		}
	case map[string]any:
		named := properties(schema)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if s, ok := named[name]; ok {
				out = append(out, undocumented(v[name], s.Value)...)
			} else if free := freeNames(schema); free != nil {
				out = append(out, undocumented(v[name], free)...)
			} else {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func parts(s *openapi3.Schema) []*openapi3.SchemaRef {
	return slices.Concat(s.AllOf, s.AnyOf, s.OneOf)
}

func properties(s *openapi3.Schema) openapi3.Schemas {
	out := maps.Clone(s.Properties)
	if out == nil {
		out = openapi3.Schemas{}
	}
	for _, part := range parts(s) {
		maps.Copy(out, properties(part.Value))
	}
	return out
}

// freeNames is what a map holds whose names are the caller's, nil for an object of named
// properties.
func freeNames(s *openapi3.Schema) *openapi3.Schema {
	if s.AdditionalProperties.Schema != nil {
		return s.AdditionalProperties.Schema.Value
	}
	for _, part := range parts(s) {
		if found := freeNames(part.Value); found != nil {
			return found
		}
	}
	return nil
}

func items(s *openapi3.Schema) *openapi3.Schema {
	if s.Items != nil {
		return s.Items.Value
	}
	for _, part := range parts(s) {
		if found := items(part.Value); found != nil {
			return found
		}
	}
	return nil
}
