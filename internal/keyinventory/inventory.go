// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// Kind is one kind of keys at a vendor, for everything that can be asked and done.
type Kind struct {
	Noun     string // "API key"; its plural ends in s
	Place    string // what keys are in, such as "folder"; "" for the whole organization
	Unlisted string // which keys the API lists nowhere, such as "keys of users"; "" for none
	Can      keyseries.Capabilities
	Connect  func(providerData any) (Source, error)
}

// connected is a source with the provider's data that it came from.
type connected struct {
	Source
	data any
}

func (k Kind) connect(providerData any) (connected, error) {
	source, err := k.Connect(providerData)
	return connected{source, providerData}, err
}

// PlaceIsThere reads the place of that id, "" for none. A place that is found by another name of
// it, such as a slug, is an [apierr.Gone]: calls about keys take only its id.
func (k Kind) PlaceIsThere(ctx context.Context, providerData any, id string) error {
	source, err := k.Connect(providerData)
	if err != nil || id == "" {
		return err
	}
	found, err := source.Place(ctx, id)
	if err == nil && found.ID != id {
		err = &apierr.Gone{What: fmt.Sprintf("a %s with the id %q", k.Place, id), Why: "it is another name of " + k.named(found.ID), Never: true}
	}
	return err
}

func (k Kind) plural() string { return k.Noun + "s" }

// named is how messages name a place, "" for the whole organization.
func (k Kind) named(placeID string) string {
	if k.Place == "" || placeID == "" {
		return ""
	}
	return k.Place + " " + placeID
}

// within completes "there is no key called … ".
func (k Kind) within(placeID string) string {
	if place := k.named(placeID); place != "" {
		return "in " + place
	}
	return "in this " + cmp.Or(k.Can.Words.Tenant, "organization")
}

// keysOf is what a list of the keys of a place is a list of.
func (k Kind) keysOf(placeID string) string {
	if place := k.named(placeID); place != "" {
		return k.plural() + " of " + place
	}
	return k.plural()
}

// InventorySource is the data source over the keys that work.
func (t Table) InventorySource() func() datasource.DataSource {
	attributes := FilterAttributes(schema.StringAttribute{
		Optional: true, MarkdownDescription: t.Owners.only(), Validators: []validator.String{stringvalidator.OneOf(t.Owners.Types...)},
	})
	if t.Place != "" {
		attributes[t.argument()] = schema.StringAttribute{Optional: true, MarkdownDescription: t.Inventory.in(t.Place), Validators: oneID}
	}
	list := strings.ReplaceAll(strings.ToLower(t.plural()), " ", "_")
	attributes[list] = schema.ListNestedAttribute{
		Computed: true, MarkdownDescription: "The " + strings.TrimPrefix(t.plural(), "API ") + " that pass every filter.",
		NestedObject: schema.NestedAttributeObject{Attributes: attributesOf(t.columns())},
	}
	return crud.Lookup[Source, types.Object]{
		TypeName: t.TypeName + "s", Noun: t.plural(), Connect: t.Connect, Schema: schema.Schema{MarkdownDescription: t.Inventory.About, Attributes: attributes},
		Find: func(ctx context.Context, s Source, o types.Object) (types.Object, error) {
			rows, gaps, err := Read(ctx, s, t.Kind, t.placeIn(o).ValueString(), filterIn(o))
			gaps.Warn(ctx)
			if err != nil {
				return o, err
			}
			values := o.Attributes()
			values[list] = t.list(rows, told(s))
			return types.ObjectValueMust(typesOf(attributes), values), nil
		},
	}.DataSource()
}

// list is all keys in the form of the columns; none is an empty list, not null.
func (t Table) list(rows []Row, now time.Time) types.List {
	all, form := make([]attr.Value, 0, len(rows)), t.form()
	for _, row := range rows {
		all = append(all, form(row, now))
	}
	return types.ListValueMust(types.ObjectType{AttrTypes: typesOf(attributesOf(t.columns()))}, all)
}

// Read gives the keys that work and pass the filter, of one place or, when placeID is "",
// of every one: in the order of the places' names and oldest first. It reads through the
// lists that this process remembers. An error comes with the keys that were read before it.
// The gaps say why keys may be missing, whether or not there is an error.
func Read(ctx context.Context, s Source, kind Kind, placeID string, filter Filter) ([]Row, *Gaps, error) {
	gaps := &Gaps{}
	filtering, err := filter.parse()
	if err != nil {
		return nil, gaps, err
	}
	type list struct {
		rows []Row
		note Note
	}
	var lists []list
	var all []Row
	err = kind.each(ctx, s, placeID, gaps, func(_ Place, rows []Row, note Note) {
		slices.SortFunc(rows, older)
		lists, all = append(lists, list{rows, note}), append(all, rows...)
	})
	if filtering.now = told(s); filtering.now.IsZero() && len(all) > 0 {
		gaps.Note(kind.plural())("the server's answers carry no time, so keys that have expired may be among them, and no key has an age")
	}
	rows, first := []Row{}, firstsOf(all) // a marker may be copied from one place to another
	for _, one := range lists {
		for _, row := range one.rows {
			row.Copied = row.copied(first)
			if filtering.keeps(row) {
				rows = append(rows, row)
			}
		}
		filtering.report(one.note)
	}
	return rows, gaps, err
}

// each calls visit for the keys of each place, as [Each] does.
func (k Kind) each(ctx context.Context, s Source, placeID string, gaps *Gaps, visit func(place Place, all []Row, note Note)) error {
	err := Each(ctx, s, placeID, gaps.Note(k.Place+"s"), func(place Place) error {
		note := gaps.Note(k.keysOf(place.ID))
		all, err := collect(s.Keys(ctx, place, Remembered, note))
		if err == nil {
			visit(place, all, note)
		}
		return err
	})
	if err != nil {
		return err
	}
	if why := unseen(ctx, s, placeID); why != "" {
		gaps.Note(k.plural())(why)
	}
	return nil
}
