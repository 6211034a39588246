// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// writeSchemas writes the schemas of the provider with their descriptions, without those of
// other vendors.
func writeSchemas(s *scene) {
	all := s.wire().Schemas()
	s.schema("provider", withoutVendors(all))
	delete(all.DataSourceSchemas, "orgkeys_api_keys") // it names every vendor
	s.schemas("resource", all.ResourceSchemas)
	s.schemas("data source", all.DataSourceSchemas)
	s.schemas("ephemeral resource", all.EphemeralResourceSchemas)
	s.schemas("list resource", all.ListResourceSchemas)
	actions := map[string]*tfprotov6.Schema{}
	for name, action := range all.ActionSchemas {
		actions[name] = action.Schema
	}
	s.schemas("action", actions)
	if len(all.Functions) > 0 {
		s.t.Error("functions are not written")
	}
}

// withoutVendors takes other vendors' blocks, which have an address each, and objects out
// of the schemas, and gives what is left of the provider's own.
func withoutVendors(all *tfprotov6.GetProviderSchemaResponse) *tfprotov6.Schema {
	block := *all.Provider.Block
	block.Attributes = slices.DeleteFunc(slices.Clone(block.Attributes), func(vendor *tfprotov6.SchemaAttribute) bool {
		other := vendor.Name != "openai" && vendor.NestedType != nil &&
			slices.ContainsFunc(vendor.NestedType.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == "base_url" })
		if other {
			theirs := func(name string, _ *tfprotov6.Schema) bool {
				return strings.HasPrefix(name, "orgkeys_"+vendor.Name+"_")
			}
			for _, sort := range []map[string]*tfprotov6.Schema{all.ResourceSchemas, all.DataSourceSchemas, all.EphemeralResourceSchemas, all.ListResourceSchemas} {
				maps.DeleteFunc(sort, theirs)
			}
			maps.DeleteFunc(all.ActionSchemas, func(name string, a *tfprotov6.ActionSchema) bool { return theirs(name, a.Schema) })
		}
		return other
	})
	return &tfprotov6.Schema{Version: all.Provider.Version, Block: &block}
}

func (s *scene) schemas(sort string, all map[string]*tfprotov6.Schema) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s.schema(sort+" "+name, all[name])
	}
}

func (s *scene) schema(title string, one *tfprotov6.Schema) {
	s.title("%s", title)
	if one.Version != 0 {
		s.line("version %d", one.Version)
	}
	s.line("%s", one.Block.Description)
	s.attributes("", one.Block.Attributes)
	if len(one.Block.BlockTypes) > 0 {
		s.t.Error("blocks are not written")
	}
}

func (s *scene) attributes(indent string, all []*tfprotov6.SchemaAttribute) {
	sorted := slices.SortedFunc(slices.Values(all), func(a, b *tfprotov6.SchemaAttribute) int { return strings.Compare(a.Name, b.Name) })
	for _, one := range sorted {
		words := []string{}
		for word, holds := range map[string]bool{
			"1 required": one.Required, "2 optional": one.Optional, "3 computed": one.Computed, "4 sensitive": one.Sensitive,
			"5 write-only": one.WriteOnly, "6 deprecated": one.Deprecated,
		} {
			if holds {
				words = append(words, word)
			}
		}
		slices.Sort(words)
		for i := range words {
			words[i] = words[i][2:]
		}
		form := fmt.Sprint(one.Type)
		if one.NestedType != nil {
			form = one.NestedType.Nesting.String()
		}
		s.line("%s- %s (%s, %s): %s", indent, one.Name, form, strings.Join(words, ", "), one.Description)
		if one.NestedType != nil {
			s.attributes(indent+"  ", one.NestedType.Attributes)
		}
	}
}
