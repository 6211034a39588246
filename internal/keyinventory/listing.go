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

// Listing is the list resource of a managed resource over keys, whose model P points to. Only what
// can be adopted is listed: no expired key, whose import would at once plan a rotation.
type Listing[P any] struct {
	Kind
	Texts
	Adopts Adoptable[P]
	Owner  OwnerArgument
}

// Adoptable is a managed resource that adopts keys.
type Adoptable[P any] struct {
	TypeName string
	Identity crud.Identity
	Users    bool // it adopts keys of users, too
	// Complete fills a model that holds nothing but its ids; it may fill the one that it is given.
	Complete func(ctx context.Context, providerData any, imported P, row Row) (P, error)
}

// Series is a resource of key series, which adopts no keys of users.
func Series[P any](of keyresource.Kind[P]) Adoptable[P] {
	return Adoptable[P]{
		TypeName: of.TypeName, Identity: of.Identity,
		Complete: func(ctx context.Context, providerData any, m P, row Row) (P, error) {
			of.Adopt(m, row.Key)
			vendor, err := of.Bind(providerData, m)
			if err == nil {
				err = of.Listed(ctx, vendor, m, row.Key)
			}
			return m, err
		},
	}
}

// OwnerArgument is the argument that picks the keys of one owner. The zero value is none.
type OwnerArgument struct{ Name, Description string }

// ListResource gives the framework's form.
func (l Listing[P]) ListResource() func() list.ListResource {
	attributes := map[string]schema.Attribute{}
	if l.Place != "" {
		attributes[l.argument()] = schema.StringAttribute{Optional: true, MarkdownDescription: l.in(l.Place), Validators: oneID}
	}
	if l.Owner.Name != "" {
		attributes[l.Owner.Name] = schema.StringAttribute{Optional: true, MarkdownDescription: l.Owner.Description, Validators: oneID}
	}
	return crud.Listing[connected, types.Object, P]{
		TypeName: l.Adopts.TypeName, Noun: l.plural(), Identity: l.Adopts.Identity, Connect: l.connect,
		Schema: schema.Schema{MarkdownDescription: l.About, Attributes: attributes},
		Find: func(ctx context.Context, s connected, asked types.Object) iter.Seq2[crud.Found[P], error] {
			return l.find(ctx, s, l.placeIn(asked), textIn(asked, l.Owner.Name))
		},
	}.ListResource()
}

// find walks what can be adopted, of one place or of every one and of one owner or of all.
func (l Listing[P]) find(ctx context.Context, s connected, placeID, ownerID types.String) iter.Seq2[crud.Found[P], error] {
	keys := Walk(ctx, s, placeID.ValueString(), MayLack(ctx, l.Place+"s"), func(place Place) iter.Seq2[Row, error] {
		return s.Keys(ctx, place, Paged, MayLack(ctx, cmp.Or(l.named(place.ID), l.plural())))
	})
	found := crud.Each(keys, func(row Row) *crud.Found[P] {
		if !l.lists(ctx, s, row, ownerID) {
			return nil
		}
		return l.found(s.data, row)
	})
	return func(yield func(crud.Found[P], error) bool) {
		for one, err := range found {
			if !yield(one, err) {
				return
			}
		}
		if why := unseen(ctx, s, placeID.ValueString()); why != "" {
			MayLack(ctx, l.plural())(why)
		}
	}
}

func (l Listing[P]) lists(ctx context.Context, s Source, row Row, ownerID types.String) bool {
	key := row.Key
	switch {
	case row.ofUser() && !l.Adopts.Users, key.Ended(told(s)):
		return false
	case row.ownerless(l.Can):
		crud.Warn(ctx, crud.Named(l.Noun, row.Name(), key.ID), "is not listed", "The API does not show its owner.")
		return false
	case key.Blocked != "": // its plan would be an error
		crud.Warn(ctx, crud.Named(l.Noun, row.Name(), key.ID), "is not listed", "It cannot be managed. %s", key.Blocked)
		return false
	default:
		return ownerID.IsNull() || ownerID.ValueString() == key.OwnerID
	}
}

// found is a key as the list shows it: two of one name differ in their owners.
func (l Listing[P]) found(providerData any, row Row) *crud.Found[P] {
	name, owner := cmp.Or(row.Name(), row.Key.ID), row.Owner.called()
	if owner != "" {
		name += " (" + owner + ")"
	}
	id := []string{row.Key.ID}
	if len(l.Adopts.Identity) > 1 {
		id = []string{row.Place.ID, row.Key.ID}
	}
	return &crud.Found[P]{
		ID: id, DisplayName: name,
		Complete: func(ctx context.Context, m P) (P, error) { return l.Adopts.Complete(ctx, providerData, m, row) },
	}
}
