// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package allkeys

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
)

type model struct {
	Vendors      types.Set  `tfsdk:"vendors"`
	NeverExpires types.Bool `tfsdk:"never_expires"`
	keyinventory.Filter
	APIKeys    []row    `tfsdk:"api_keys"`
	Incomplete []string `tfsdk:"incomplete"`
}

// named are the vendors that are asked for by name, nil for all that are configured.
func (m model) named() []string {
	var names []string
	for _, element := range m.Vendors.Elements() {
		if name, ok := element.(types.String); ok {
			names = append(names, name.ValueString())
		}
	}
	return names
}

func (m model) filter() keyinventory.Filter {
	filter := m.Filter
	filter.NeverExpires = m.NeverExpires
	return filter
}

// row is one key, in words that hold at every vendor.
type row struct {
	Vendor        string       `tfsdk:"vendor"`
	Place         types.String `tfsdk:"place"`
	PlaceID       types.String `tfsdk:"place_id"`
	ID            string       `tfsdk:"id"`
	Name          string       `tfsdk:"name"`
	Series        types.String `tfsdk:"series"`
	Managed       bool         `tfsdk:"managed"`
	OwnerType     string       `tfsdk:"owner_type"`
	OwnerID       types.String `tfsdk:"owner_id"`
	OwnerName     types.String `tfsdk:"owner_name"`
	CreatedAt     types.String `tfsdk:"created_at"`
	ExpiresAt     types.String `tfsdk:"expires_at"`
	LastUsedAt    types.String `tfsdk:"last_used_at"`
	LastUseKnown  bool         `tfsdk:"last_use_known"`
	Disabled      bool         `tfsdk:"disabled"`
	RedactedValue types.String `tfsdk:"redacted_value"`
}

func rowOf(vendor string, r keyinventory.Row) row {
	key := r.Key
	return row{
		Vendor: vendor, Place: crud.Optional(r.Place.Name), PlaceID: crud.Optional(r.Place.ID),
		ID: key.ID, Name: r.Name(), Series: crud.Optional(r.Series()), Managed: r.Managed(),
		OwnerType: cmp.Or(r.Owner.Type, keyinventory.OwnerUnknown), OwnerID: crud.Optional(r.Owner.ID), OwnerName: crud.Optional(r.Owner.Name),
		CreatedAt: crud.Timestamp(key.CreatedAt), ExpiresAt: crud.Timestamp(key.ExpiresAt),
		LastUsedAt: crud.Timestamp(key.LastUsedAt), LastUseKnown: r.LastUseKnown || !key.LastUsedAt.IsZero(),
		Disabled: r.Disabled, RedactedValue: crud.Optional(key.Redacted),
	}
}

func schemaOf(vendors []vendorblock.Block) schema.Schema {
	ownerTypes := keyinventory.OwnerTypes()
	var names, places []string
	unlisted := ""
	for _, one := range vendors {
		names = append(names, one.Name)
		if one.APIKeys.Place != "" {
			places = append(places, "at "+one.Title+" its "+one.APIKeys.Place)
		}
		if one.APIKeys.Unlisted != "" {
			unlisted += " " + one.Title + " lists no " + one.APIKeys.Unlisted + "."
		}
	}
	attributes := keyinventory.FilterAttributes(schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "Only keys of this kind of owner: " + listed(ownerTypes) + ", as in the rows. Unset: of all.",
		Validators:          []validator.String{stringvalidator.OneOf(ownerTypes...)},
	})
	maps.Copy(attributes, map[string]schema.Attribute{
		"vendors": schema.SetAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Only keys of these vendors: " + listed(names) + ". If a named vendor has no credential or cannot be read, that is an error. Unset: every vendor that has its block in the provider's configuration or its credential in the environment; if one of these cannot be read, `incomplete` has a line and there is a warning. One that stays busy (HTTP 429) is waited for as long as its `busy_timeout` says.",
			Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.OneOf(names...))},
		},
		"never_expires": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "`true`: only keys that have no expiry. `false`: only keys that have one. Unset: both. No key passes both `true` and `expires_within`.",
		},
		"api_keys": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The keys that pass every filter, ordered by `vendor`, then by `place`, then by age, the oldest first.",
			NestedObject:        schema.NestedAttributeObject{Attributes: rowAttributes(names, places)},
		},
		"incomplete": schema.ListAttribute{
			ElementType: types.StringType, Computed: true,
			MarkdownDescription: "Why keys may be missing from `api_keys`: a vendor that could not be read, a list with rows that could not be understood, a filter that asks for what a vendor does not show, an organization without any key, where only a key would show whether the list is whole. Each is also a warning. Empty: every key that the vendors' APIs list is there." + unlisted,
		},
	})
	return schema.Schema{
		MarkdownDescription: "Which API keys work, over every vendor that is configured: who owns them, when they expire, when they were last used, and which of them this provider created. Expired keys are not listed, disabled ones are. Keys that administer an organization are not API keys: where a vendor has such keys, a data source of its own lists them.\n\nVendors show different things. What a vendor does not show is null, `unknown` or `last_use_known = false`, and never counts as a no: a filter that asks for it leaves the key out, and says so in `incomplete`. Nothing in it is secret, so a `check` block over it can watch all organizations.",
		Attributes:          attributes,
	}
}

func rowAttributes(names, places []string) map[string]schema.Attribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	is := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"vendor":         text("The vendor, as its block is called: " + listed(names) + "."),
		"place":          text("The name of what the key is in: " + strings.Join(places, ", ") + ". Null for a key without one."),
		"place_id":       text("The id of what `place` names."),
		"id":             text("The key's id at its vendor."),
		"name":           text("The key's name, without this provider's marker."),
		"series":         text("The token of the key series whose marker the key carries; all keys of a series have the same token. Null for a key without a marker."),
		"managed":        is("Whether this provider created the key: it carries a marker, and nothing shows that the marker was copied from another key. It does not say which state has the series. An adopted key carries none until its first rotation."),
		"owner_type":     text("Who owns the key: " + listed(keyinventory.OwnerTypes()) + "; `unknown` if the vendor does not show it."),
		"owner_id":       text("The owner's id; null if the vendor does not show it."),
		"owner_name":     text("The owner's name; null if the vendor does not show it."),
		"created_at":     text("When the key was created, RFC 3339 in UTC; null if the vendor does not show it."),
		"expires_at":     text("When the key expires, RFC 3339 in UTC; null if never, or if an answer leaves it out."),
		"last_used_at":   text("When the key was last used, RFC 3339 in UTC; null if never or unknown. A hint: no vendor says how long it lags behind."),
		"last_use_known": is("Whether the vendor shows the last use. If so, a null `last_used_at` means that the key was never used."),
		"disabled":       is("Whether the key refuses every call."),
		"redacted_value": text("What the vendor shows of the secret: its first and last characters."),
	}
}

// listed are values as descriptions name them.
func listed(values []string) string {
	quoted := slices.Clone(values)
	for i, one := range quoted {
		quoted[i] = "`" + one + "`"
	}
	return strings.Join(quoted, ", ")
}
