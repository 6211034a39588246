// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory

import (
	"maps"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// Table is what is asked of the keys of one kind at a vendor beside managing them: the lookup
// of one key, and the inventory. Their schemas and answers come from its columns.
type Table struct {
	TypeName string // of the lookup, after the provider's name: "acme_api_key"; the inventory's has an s more
	Kind
	Owners Owners
	// Columns come beside those of every vendor's keys. One has the name of the argument for
	// the place, if keys have places: "folder_id".
	Columns []Column
	// Lookup and Inventory describe the data sources.
	Lookup, Inventory Texts
}

// Texts describe an object that looks for keys.
type Texts struct {
	About string
	// Unset is where it looks without an argument for the place, such as "every folder"; "" for
	// an argument that must be given.
	Unset string
}

// in describes the argument for the place.
func (t Texts) in(place string) string {
	text := "The id of the " + place + " to look in."
	if t.Unset != "" {
		text += " Unset: " + t.Unset + "."
	}
	return text
}

var oneID = []validator.String{crud.PathElement()}

// argument is the name of the argument for the place.
func (k Kind) argument() string { return strings.ReplaceAll(k.Place, " ", "_") + "_id" }

// LookupSource is the data source that finds one key by its id or by its name.
func (t Table) LookupSource() func() datasource.DataSource {
	attributes := attributesOf(t.columns())
	maps.Copy(attributes, LookupAttributes())
	if t.Place != "" {
		required := t.Lookup.Unset == ""
		attributes[t.argument()] = schema.StringAttribute{Required: required, Optional: !required, Computed: !required, MarkdownDescription: t.Lookup.in(t.Place), Validators: oneID}
	}
	return LookupOf[types.Object]{
		TypeName: t.TypeName, Kind: t.Kind, Schema: schema.Schema{MarkdownDescription: t.Lookup.About, Attributes: attributes},
		Asked: func(o types.Object) Asked {
			return Asked{PlaceID: t.placeIn(o), ID: textIn(o, "id"), Name: textIn(o, "name")}
		},
		Answer: t.row,
	}.DataSource()
}

// InventorySource is the data source over the keys that work.
func (t Table) InventorySource() func() datasource.DataSource {
	list := strings.ReplaceAll(strings.ToLower(t.plural()), " ", "_")
	attributes := FilterAttributes(schema.StringAttribute{
		Optional: true, MarkdownDescription: t.Owners.only(), Validators: []validator.String{stringvalidator.OneOf(t.Owners.Types...)},
	})
	if t.Place != "" {
		attributes[t.argument()] = schema.StringAttribute{Optional: true, MarkdownDescription: t.Inventory.in(t.Place), Validators: oneID}
	}
	attributes[list] = schema.ListNestedAttribute{
		Computed: true, MarkdownDescription: "The " + strings.TrimPrefix(t.plural(), "API ") + " that pass every filter.",
		NestedObject: schema.NestedAttributeObject{Attributes: attributesOf(t.columns())},
	}
	return InventoryOf[types.Object]{
		TypeName: t.TypeName + "s", Kind: t.Kind, Schema: schema.Schema{MarkdownDescription: t.Inventory.About, Attributes: attributes},
		Asked: func(o types.Object) (types.String, Filter) {
			return t.placeIn(o), Filter{
				OwnerType: textIn(o, "owner_type"), UnusedFor: textIn(o, "unused_for"),
				ExpiresWithin: textIn(o, "expires_within"), OlderThan: textIn(o, "older_than"),
			}
		},
		Answer: func(asked types.Object, rows []Row, now time.Time) types.Object {
			all := make([]attr.Value, 0, len(rows))
			for _, row := range rows {
				all = append(all, t.row(row, now))
			}
			values := asked.Attributes()
			values[list] = types.ListValueMust(objectType(attributesOf(t.columns())), all)
			return types.ObjectValueMust(objectType(attributes).AttrTypes, values)
		},
	}.DataSource()
}

func (t Table) columns() []Column { return append(facts(t.Owners, t.Can), t.Columns...) }

// row is a key in the form of the columns.
func (t Table) row(row Row, now time.Time) types.Object {
	values := map[string]attr.Value{}
	for _, one := range t.columns() {
		values[one.name] = one.of(row, now)
	}
	return types.ObjectValueMust(objectType(attributesOf(t.columns())).AttrTypes, values)
}

func (k Kind) placeIn(o types.Object) types.String { return textIn(o, k.argument()) }

func attributesOf(columns []Column) map[string]schema.Attribute {
	out := map[string]schema.Attribute{}
	for _, one := range columns {
		out[one.name] = one.attribute
	}
	return out
}

func objectType(attributes map[string]schema.Attribute) types.ObjectType {
	out := types.ObjectType{AttrTypes: map[string]attr.Type{}}
	for name, one := range attributes {
		out.AttrTypes[name] = one.GetType()
	}
	return out
}

// textIn is an attribute that an object may have, null where it has none of that name.
func textIn(o types.Object, name string) types.String {
	text, _ := o.Attributes()[name].(types.String)
	return text
}
