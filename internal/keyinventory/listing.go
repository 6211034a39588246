// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory

import (
	"cmp"
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
)

// Listing is the list resource of a key series: its query is Q, the model of the managed
// resource M. Only what can be adopted is listed: neither keys of users nor expired ones,
// whose import would at once plan a rotation.
type Listing[Q, M any] struct {
	Kind
	Of     keyresource.Kind[M]
	Schema schema.Schema
	// Asked gives the place to look in, null for every one, and the owner, null for all.
	Asked func(Q) (placeID, ownerID types.String)
}

// ListResource gives the framework's form.
func (l Listing[Q, M]) ListResource() func() list.ListResource {
	return crud.Listing[connected, Q, M]{
		TypeName: l.Of.TypeName, Noun: l.plural(), Identity: l.Of.Identity, Connect: l.connect, Schema: l.Schema,
		Find: func(ctx context.Context, s connected, asked Q) iter.Seq2[crud.Found[M], error] {
			return func(yield func(crud.Found[M], error) bool) {
				for row, err := range l.walk(ctx, s, asked) {
					if err != nil {
						yield(crud.Found[M]{}, err)
						return
					}
					if !yield(l.found(s.data, row), nil) {
						return
					}
				}
			}
		},
	}.ListResource()
}

// walk walks what can be adopted and was asked for.
func (l Listing[Q, M]) walk(ctx context.Context, s Source, asked Q) iter.Seq2[Row, error] {
	placeID, ownerID := l.Asked(asked)
	keys := Walk(ctx, s, placeID.ValueString(), MayLack(ctx, l.Place+"s"), func(place Place) iter.Seq2[Row, error] {
		return s.Keys(ctx, place, Paged, MayLack(ctx, cmp.Or(l.named(place.ID), l.plural())))
	})
	return func(yield func(Row, error) bool) {
		for row, err := range keys {
			if (err != nil || l.lists(ctx, s, row, ownerID)) && !yield(row, err) {
				return
			}
		}
		if why := unseen(s); why != "" {
			MayLack(ctx, l.plural())(why)
		}
	}
}

func (l Listing[Q, M]) lists(ctx context.Context, s Source, row Row, ownerID types.String) bool {
	key := row.Key
	switch {
	case row.ofUser(l.Can), key.Ended(s.Now()):
		return false
	case row.ownerless(l.Can):
		MayLack(ctx, cmp.Or(l.named(row.Place.ID), l.plural()))("the API does not show the owner of " + l.Noun + " " + key.ID + ", so it is not listed")
		return false
	default:
		return ownerID.IsNull() || ownerID.ValueString() == key.OwnerID
	}
}

// found is a key as the list shows it: two of one name differ in their owners.
func (l Listing[Q, M]) found(providerData any, row Row) crud.Found[M] {
	name, owner := cmp.Or(row.Name(), row.Key.ID), row.Owner.called()
	if owner != "" {
		name += " (" + owner + ")"
	}
	id := []string{row.Key.ID}
	if len(l.Of.Identity) > 1 {
		id = []string{row.Place.ID, row.Key.ID}
	}
	return crud.Found[M]{
		ID: id, DisplayName: name,
		Complete: func(ctx context.Context, m M) (M, error) {
			l.Of.Adopt(&m, row.Key)
			vendor, err := l.Of.Bind(providerData, m)
			if err != nil {
				return m, err
			}
			return l.Of.Listed(ctx, vendor, m, row.Key)
		},
	}
}
