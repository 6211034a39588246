// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory

import (
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
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

func (t Table) columns() []Column { return append(facts(t.Owners, t.Can), t.Columns...) }

// form gives keys the form of the columns.
func (t Table) form() func(Row, time.Time) types.Object {
	columns := t.columns()
	typed := typesOf(attributesOf(columns))
	return func(row Row, now time.Time) types.Object {
		values := map[string]attr.Value{}
		for _, one := range columns {
			values[one.name] = one.of(row, now)
		}
		return types.ObjectValueMust(typed, values)
	}
}

func (k Kind) placeIn(o types.Object) types.String { return textIn(o, k.argument()) }

func attributesOf(columns []Column) map[string]schema.Attribute {
	out := map[string]schema.Attribute{}
	for _, one := range columns {
		out[one.name] = one.attribute
	}
	return out
}

func typesOf(attributes map[string]schema.Attribute) map[string]attr.Type {
	out := map[string]attr.Type{}
	for name, one := range attributes {
		out[name] = one.GetType()
	}
	return out
}

// textIn is an attribute that an object may have, null where it has none of that name.
func textIn(o types.Object, name string) types.String {
	text, _ := o.Attributes()[name].(types.String)
	return text
}
