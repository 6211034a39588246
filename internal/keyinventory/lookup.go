// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// LookupSource is the data source that finds one key by its id or by its name.
func (t Table) LookupSource() func() datasource.DataSource {
	attributes := attributesOf(t.columns())
	maps.Copy(attributes, lookupAttributes())
	if t.Place != "" {
		required := t.Lookup.Unset == ""
		attributes[t.argument()] = schema.StringAttribute{Required: required, Optional: !required, Computed: !required, MarkdownDescription: t.Lookup.in(t.Place), Validators: oneID}
	}
	return crud.Lookup[Source, types.Object]{
		TypeName: t.TypeName, Noun: t.Noun, Connect: t.Connect, Schema: schema.Schema{MarkdownDescription: t.Lookup.About, Attributes: attributes},
		Find: func(ctx context.Context, s Source, o types.Object) (types.Object, error) {
			row, err := t.find(ctx, s, asked{t.placeIn(o).ValueString(), textIn(o, "id").ValueString(), textIn(o, "name").ValueString()})
			if err != nil {
				return o, err
			}
			return t.form()(row, told(s)), nil
		},
	}.DataSource()
}

// asked is what a lookup is asked for: one of id and name, in one place or, when placeID is
// "", wherever it is.
type asked struct{ placeID, id, name string }

// lookupAttributes are the arguments by which a key is found.
func lookupAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "The key's id. Give this or `name`.",
			Validators:          []validator.String{crud.PathElement(), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))},
		},
		"name": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "The key's exact name, without this provider's marker. If several keys have this name, the error lists their ids. Give this or `id`.",
			Validators:          []validator.String{crud.NotEmpty()},
		},
	}
}

func (k Kind) find(ctx context.Context, s Source, asked asked) (Row, error) {
	if asked.placeID == "" && k.Place != "" && asked.id != "" {
		return wherever(ctx, s, asked.id)
	}
	var all []Row
	var in Place // the last one, which is the only one where its id is given
	gaps := &Gaps{}
	err := k.each(ctx, s, asked.placeID, gaps, func(place Place, rows []Row, _ Note) {
		in, all = place, append(all, rows...)
	})
	if err != nil {
		return Row{}, err
	}
	if asked.id == "" {
		gaps.Warn(ctx)
		return byName{s, k, asked.placeID, asked.name}.find(ctx, all)
	}
	if at := slices.IndexFunc(all, func(row Row) bool { return row.Key.ID == asked.id }); at >= 0 {
		return all[at], nil
	}
	row, err := s.Key(ctx, in, asked.id)
	if err == nil && asked.placeID != "" && row.Place.ID != in.ID {
		return Row{}, k.elsewhere(row, in)
	}
	return row, err
}

// elsewhere is the error for a key that is there, but not in the place that it was looked for in.
func (k Kind) elsewhere(row Row, in Place) error {
	where := "no " + k.Place
	if row.Place.ID != "" {
		where = k.Place + " " + row.Place.ID
	}
	return &apierr.Gone{What: k.Noun + " " + row.Key.ID, Why: "it is in " + where + ", and was looked for in " + in.ID, Never: true}
}

// byName looks for the one key of a name; of one series that rotates, its newest.
type byName struct {
	source  Source
	kind    Kind
	placeID string
	name    string
}

func (l byName) find(ctx context.Context, all []Row) (Row, error) {
	members := map[string][]Row{} // by series, "" for keys of none
	for _, row := range all {
		if !ident.SameName(row.Name(), l.name) || row.Key.Ended(told(l.source)) {
			continue
		}
		row, there, err := l.owned(ctx, row)
		if err != nil {
			return Row{}, err
		}
		if there {
			members[row.Series()] = append(members[row.Series()], row)
		}
	}
	candidates := map[string]Row{}
	for _, row := range members[""] {
		candidates[row.Key.ID] = row
	}
	delete(members, "")
	for _, series := range members {
		for _, row := range l.newest(ctx, series) {
			candidates[row.Key.ID] = row
		}
	}
	found, err := crud.One(l.kind.Noun, l.kind.within(l.placeID), l.name, candidates, func(Row) string { return l.name })
	if err == nil && found.Series() != "" && found.ownerless(l.kind.Can) {
		l.warn(ctx, found, "has an unknown owner", "Its name carries the marker of a series of this provider, and the API does not show its owner: it is either the current key of that series, or a key whose name was copied. To be sure, look the key up by id.")
	}
	return found, err
}

// owned reads a key by itself where the list does not show its owner; there is false when
// it turns out to be gone.
func (l byName) owned(ctx context.Context, row Row) (_ Row, there bool, err error) {
	if !row.ownerless(l.kind.Can) {
		return row, true, nil
	}
	read, err := l.source.Key(ctx, row.Place, row.Key.ID)
	switch {
	case apierr.IsGone(err):
		return row, false, nil
	case err != nil:
		return row, false, err
	}
	return read, true, nil
}

// newest gives the current key of a series. Where the owner proves what is of a series, it
// gives one for each owner that has such keys; an unknown owner rules nothing out.
func (l byName) newest(ctx context.Context, series []Row) map[string]Row {
	own, first := series[:0:0], firstsOf(series)
	owners := map[string]bool{}
	for _, row := range series {
		if row.copied(first) {
			l.warn(ctx, row, "is ignored", "Its name carries the marker of a series of this provider, but it belongs to another owner (%s): its name was copied.", secret.PrintableLine(row.Owner.called()))
			continue
		}
		own = append(own, row)
		if row.Key.OwnerID != "" {
			owners[row.Key.OwnerID] = true
		}
	}
	newest := map[string]Row{}
	for _, row := range own {
		owner := row.Key.OwnerID
		if owner == "" && len(owners) == 1 {
			owner = slices.Collect(maps.Keys(owners))[0]
		}
		if before, there := newest[owner]; !there || before.before(row) {
			newest[owner] = row
		}
	}
	return newest
}

func (l byName) warn(ctx context.Context, row Row, what, format string, args ...any) {
	crud.Warn(ctx, crud.Named(l.kind.Noun, l.name, row.Key.ID), what, format, args...)
}
