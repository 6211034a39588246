// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendorkit

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
)

// Directory is one kind of object of a vendor, as look-ups and lists beside its resource need
// it: a form T in the client C, and a model, which P points to. Over pointers it is compiled once
// for all kinds.
type Directory[C, T, P any] struct {
	Noun string // its plural ends in s
	// Where says where they are, "" = in this organization; Parent comes before their ids in import
	// ids, "" = nothing.
	Where, Parent string
	// All reads every object; Walk does page by page.
	All  func(ctx context.Context, client C) (*apiclient.List[T], error)
	Walk func(ctx context.Context, client C, note func(why string)) iter.Seq2[T, error]
	// Gone says that an object is not to be shown; nil = all are.
	Gone  func(T) bool
	Facts func(T) (id, name string)
	Form  func(T) P
	// Order sorts lists; nil = in the order of their names.
	Order func(a, b T) int
}

// Named finds the only object of a name.
func (d Directory[C, T, P]) Named(ctx context.Context, client C, name string) (P, error) {
	var none P
	shown, err := d.shown(ctx, client)
	if err != nil {
		return none, err
	}
	one, err := crud.One(d.Noun, "in "+d.where(), name, shown, d.name)
	if err != nil {
		return none, err
	}
	return d.Form(one), nil
}

// Namesakes are the objects of the planned name among those that were looked at.
func (d Directory[C, T, P]) Namesakes(planned types.String, look apiclient.Look[T]) (crud.Namesakes, error) {
	found := crud.Namesakes{Where: d.where(), Part: look.Part}
	for _, one := range look.Items {
		if id, name := d.Facts(one); !planned.IsUnknown() && (d.Gone == nil || !d.Gone(one)) && ident.SameName(name, planned.ValueString()) {
			found.IDs = append(found.IDs, strings.Join(d.ids(id), "/"))
		}
	}
	return found, look.Err
}

// List gives every object, in their order.
func (d Directory[C, T, P]) List(ctx context.Context, client C) ([]P, error) {
	shown, err := d.shown(ctx, client)
	out := make([]P, 0, len(shown))
	order := d.Order
	if order == nil {
		order = func(a, b T) int { return cmp.Compare(d.name(a), d.name(b)) }
	}
	for _, id := range slices.SortedFunc(maps.Keys(shown), func(a, b string) int {
		return cmp.Or(order(shown[a], shown[b]), cmp.Compare(a, b))
	}) {
		out = append(out, d.Form(shown[id]))
	}
	return out, err
}

// Find is a [crud.Listing.Find].
func (d Directory[C, T, P]) Find(ctx context.Context, client C) iter.Seq2[crud.Found[P], error] {
	return crud.Each(d.Walk(ctx, client, keyinventory.MayLack(ctx, d.listed())), func(one T) *crud.Found[P] {
		if d.Gone != nil && d.Gone(one) {
			return nil
		}
		id, name := d.Facts(one)
		return &crud.Found[P]{ID: d.ids(id), DisplayName: name, Complete: func(context.Context, P) (P, error) { return d.Form(one), nil }}
	})
}

func (d Directory[C, T, P]) plural() string { return d.Noun + "s" }

// listed names the list in warnings: Terraform shows only one of several with the same summary.
func (d Directory[C, T, P]) listed() string {
	if d.Where == "" {
		return d.plural()
	}
	return d.plural() + " of " + d.Where
}

func (d Directory[C, T, P]) where() string { return cmp.Or(d.Where, "this organization") }

// ids are the parts of an object's import id.
func (d Directory[C, T, P]) ids(id string) []string {
	if d.Parent == "" {
		return []string{id}
	}
	return []string{d.Parent, id}
}

func (d Directory[C, T, P]) name(one T) string {
	_, name := d.Facts(one)
	return name
}

func (d Directory[C, T, P]) shown(ctx context.Context, client C) (map[string]T, error) {
	list, err := d.All(ctx, client)
	if err != nil {
		return nil, err
	}
	WarnIncomplete(ctx, d.listed(), list)
	if d.Gone == nil {
		return list.ByID, nil
	}
	shown := maps.Clone(list.ByID)
	maps.DeleteFunc(shown, func(_ string, one T) bool { return d.Gone(one) })
	return shown, nil
}
