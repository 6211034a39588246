// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package toy

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest/toy/api"
)

// keyModel is a key that may expire, endlessModel one that cannot.
type (
	keyModel struct {
		arguments
		keyresource.Series
		keyresource.Expiry
	}
	endlessModel struct {
		arguments
		keyresource.Series
	}
)

// keyResource is the key series of a variant.
func (v Variant) keyResource() func() resource.Resource {
	if !v.expires() {
		return kindOf(v, func(m *endlessModel) (*arguments, *keyresource.Series) { return &m.arguments, &m.Series }, nil).Resource()
	}
	return kindOf(v, func(m *keyModel) (*arguments, *keyresource.Series) { return &m.arguments, &m.Series },
		func(m *keyModel) *keyresource.Expiry { return &m.Expiry }).Resource()
}

func kindOf[M any](v Variant, parts func(*M) (*arguments, *keyresource.Series), expiry func(*M) *keyresource.Expiry) keyresource.Kind[*M] {
	return keyresource.Kind[*M]{
		TypeName: "toy_key", Noun: "key", Description: "A series of keys of one owner.",
		Identity: crud.Identity{"owner", "id"}, Example: "ci/toy_abc123", Redacted: "toy-abc...def",
		Can: v.Can,
		Own: argumentsOf(func(m *M) *arguments { own, _ := parts(m); return own }),
		Series: func(m *M) *keyresource.Series {
			_, series := parts(m)
			return series
		},
		Expiry: expiry,
		Bind: func(providerData any, m *M) (keyseries.Vendor, error) {
			own, _ := parts(m)
			return v.bind(providerData, *own)
		},
	}
}

// arguments are the vendor's own attributes, one of each sort.
type arguments struct {
	Owner    types.String `tfsdk:"owner"`
	Limit    types.Int64  `tfsdk:"limit"`
	Disabled types.Bool   `tfsdk:"disabled"`
	Scopes   types.Set    `tfsdk:"scopes"`
	Tier     types.String `tfsdk:"tier"`
	Region   types.String `tfsdk:"region"`
	Serial   types.String `tfsdk:"serial"`
}

// argumentsOf tells of each attribute where it is, what a change of it does, and whether
// the API shows it.
func argumentsOf[M any](of func(*M) *arguments) []keyresource.Argument[*M] {
	text := func(field func(*arguments) *types.String) keyresource.Place[*M] {
		return keyresource.At(func(m *M) *types.String { return field(of(m)) })
	}
	return []keyresource.Argument[*M]{
		{
			Name: "owner", Attribute: crud.Parent("Who owns the keys."), Effect: keyresource.Replaces,
			Place: text(func(a *arguments) *types.String { return &a.Owner }),
			Shown: func(key keyseries.Key) attr.Value { return types.StringValue(key.OwnerID) },
		}, {
			Name: "limit", Attribute: schema.Int64Attribute{Optional: true, CustomType: crud.Whole{}, MarkdownDescription: "What each key may spend."}, Effect: keyresource.InPlace, Whole: true,
			Place: keyresource.At(func(m *M) *types.Int64 { return &of(m).Limit }),
			Shown: shown(func(key api.Key) attr.Value { return types.Int64PointerValue(key.Limit) }),
		}, {
			Name: "disabled", Attribute: schema.BoolAttribute{Optional: true, Computed: true, MarkdownDescription: "The key does nothing. Unset: left alone."}, Effect: keyresource.InPlace,
			Place: keyresource.At(func(m *M) *types.Bool { return &of(m).Disabled }),
			Shown: shown(func(key api.Key) attr.Value { return types.BoolValue(key.Disabled) }),
		}, {
			Name: "scopes", Attribute: schema.SetAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "What the key may do."}, Effect: keyresource.InPlace, Whole: true,
			Place:    keyresource.At(func(m *M) *types.Set { return &of(m).Scopes }),
			SpellOut: "the API does not show its scopes. Write them.",
			Review: func(key string, plan *M) (what, text string) {
				if len(of(plan).Scopes.Elements()) > 0 {
					return "", ""
				}
				return "becomes unrestricted", key + " may do everything."
			},
		}, {
			Name: "tier", Attribute: schema.StringAttribute{Optional: true, MarkdownDescription: "Fixed for each key."}, Effect: keyresource.Rotates,
			Place: text(func(a *arguments) *types.String { return &a.Tier }),
			Shown: shown(func(key api.Key) attr.Value { return crud.Optional(key.Tier) }),
		}, {
			Name: "region", Attribute: schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: "Where the key works. Unset: left alone."}, Effect: keyresource.InPlace,
			Place: text(func(a *arguments) *types.String { return &a.Region }),
			Shown: shown(func(key api.Key) attr.Value { return crud.Optional(key.Region) }),
		}, {
			Name: "serial", Attribute: schema.StringAttribute{Computed: true, MarkdownDescription: "The API's number of the key."},
			Place: text(func(a *arguments) *types.String { return &a.Serial }),
			Shown: shown(func(key api.Key) attr.Value { return crud.Optional(key.Serial) }),
		},
	}
}

// shown reads a value from the vendor's own form of a key.
func shown(read func(api.Key) attr.Value) func(keyseries.Key) attr.Value {
	return func(key keyseries.Key) attr.Value {
		own, ok := key.Own.(api.Key)
		if !ok {
			return nil
		}
		return read(own)
	}
}

// sent are the arguments that a create sends.
var sent = []string{"limit", "disabled", "scopes", "tier", "region"}

// fields are the arguments of these names as the API takes them.
func (a arguments) fields(names ...string) api.Fields {
	out := api.Fields{}
	for _, name := range names {
		switch name {
		case "limit":
			out[name] = a.Limit.ValueInt64Pointer()
		case "disabled":
			out[name] = a.Disabled.ValueBoolPointer()
		case "scopes":
			scopes := []string{}
			for _, one := range a.Scopes.Elements() {
				if text, ok := one.(types.String); ok {
					scopes = append(scopes, text.ValueString())
				}
			}
			out[name] = scopes
		case "tier":
			out[name] = a.Tier.ValueStringPointer()
		case "region":
			out[name] = a.Region.ValueStringPointer()
		}
	}
	return out
}
