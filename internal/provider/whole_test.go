// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
)

// A fraction, or a number that is too large, where a whole number belongs is the user's slip at every argument
// of every schema, and not an error in the provider.
func TestWholeNumbers(t *testing.T) {
	t.Parallel()
	server, err := provider.NewServer("test", provider.Options{Getenv: func(string) string { return "" }})()
	if err != nil {
		t.Fatal(err)
	}
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[string]*tfprotov6.Schema{"provider": all.Provider}
	for kind, of := range map[string]map[string]*tfprotov6.Schema{
		"resource": all.ResourceSchemas, "data": all.DataSourceSchemas, "ephemeral": all.EphemeralResourceSchemas, "list": all.ListResourceSchemas,
	} {
		for name, schema := range of {
			schemas[kind+" "+name] = schema
		}
	}
	for name, action := range all.ActionSchemas {
		schemas["action "+name] = action.Schema
	}
	whole := 0
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		typ := schemas[name].ValueType()
		for _, number := range []any{1.5, 1e30} {
			for _, config := range numbers(schemas[name].Block.Attributes, typ, number) {
				said := validated(t, server, name, typ, config)
				if strings.Contains(said, "error in the provider") {
					t.Errorf("%s, %v: %s", name, config, said)
				}
				if strings.Contains(said, "must be a whole number, not 1.5") || strings.Contains(said, "must be a whole number, not 1000") {
					whole++
				}
			}
		}
	}
	if whole < 2*10 {
		t.Errorf("%d whole numbers were checked", whole)
	}
}

// numbers are configurations with one number each, wherever one can be set.
func numbers(attributes []*tfprotov6.SchemaAttribute, typ tftypes.Type, number any) (out []tftypes.Value) {
	object, _ := typ.(tftypes.Object)
	for _, attribute := range attributes {
		var values []tftypes.Value
		switch inner := object.AttributeTypes[attribute.Name]; {
		case !attribute.Optional && !attribute.Required:
		case attribute.NestedType != nil && attribute.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle:
			values = numbers(attribute.NestedType.Attributes, inner, number)
		case inner.Is(tftypes.Number):
			values = []tftypes.Value{tftypes.NewValue(tftypes.Number, number)}
		}
		for _, value := range values {
			parts := map[string]tftypes.Value{}
			for name, inner := range object.AttributeTypes {
				parts[name] = tftypes.NewValue(inner, nil)
			}
			parts[attribute.Name] = value
			out = append(out, tftypes.NewValue(object, parts))
		}
	}
	return out
}

// validated is what the validation of a configuration says.
func validated(t *testing.T, server tfprotov6.ProviderServer, name string, typ tftypes.Type, config tftypes.Value) string {
	t.Helper()
	value, err := tfprotov6.NewDynamicValue(typ, config)
	if err != nil {
		t.Fatal(err)
	}
	kind, typeName, _ := strings.Cut(name, " ")
	var said []*tfprotov6.Diagnostic
	switch kind {
	case "provider":
		answer, callErr := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: &value})
		said, err = answer.Diagnostics, callErr
	case "resource":
		answer, callErr := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: typeName, Config: &value})
		said, err = answer.Diagnostics, callErr
	case "data":
		answer, callErr := server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: &value})
		said, err = answer.Diagnostics, callErr
	case "ephemeral":
		answer, callErr := server.ValidateEphemeralResourceConfig(t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: typeName, Config: &value})
		said, err = answer.Diagnostics, callErr
	default:
		t.Fatalf("%s has a number: validate it here", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return spoken(said)
}
