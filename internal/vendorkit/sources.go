// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendorkit

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// Resource is what a [Directory] takes over from the resource of its objects; P points to the model.
type Resource[C, P any] struct {
	TypeName string
	Schema   rschema.Schema
	Identity crud.Identity
	Connect  func(providerData any) (C, error)
	Read     func(ctx context.Context, client C, prior P) (P, error)
}

// Of is the [Resource] of an object.
func Of[C, M any](object crud.Object[C, M]) Resource[C, *M] {
	return Resource[C, *M]{object.TypeName, object.Schema, object.Identity, object.Connect, func(ctx context.Context, client C, prior *M) (*M, error) {
		found, err := object.Read(ctx, client, *prior)
		return &found, err
	}}
}

// Lookup is the data source that finds one object by its id, as its resource of reads it, or
// by its exact name. asked takes the two from a query.
func (d Directory[C, T, P]) Lookup(of Resource[C, P], description string, asked func(P) (id, name types.String)) crud.Lookup[C, P] {
	words := strings.Fields(d.Noun)
	return crud.Lookup[C, P]{
		TypeName: of.TypeName, Noun: d.Noun, Connect: of.Connect,
		Schema: dschema.Schema{
			MarkdownDescription: description,
			Attributes:          Merge(crud.Shown(of.Schema.Attributes), crud.ByIDOrName(words[len(words)-1])),
		},
		Find: func(ctx context.Context, client C, query P) (P, error) {
			if id, name := asked(query); id.IsNull() {
				return d.Named(ctx, client, name.ValueString())
			}
			return of.Read(ctx, client, query)
		},
	}
}

// Inventory is the data source over all objects. columns are what it shows of each; nil = what
// the resource has.
func (d Directory[C, T, P]) Inventory(of Resource[C, P], description string, columns map[string]dschema.Attribute) crud.Lookup[C, types.Object] {
	if columns == nil {
		columns = crud.Shown(of.Schema.Attributes)
	}
	list := strings.ReplaceAll(d.plural(), " ", "_")
	shown := dschema.ListNestedAttribute{
		Computed: true, MarkdownDescription: "The " + d.plural() + ".", NestedObject: dschema.NestedAttributeObject{Attributes: columns},
	}
	return crud.Lookup[C, types.Object]{
		TypeName: of.TypeName + "s", Noun: d.plural(), Connect: of.Connect,
		Schema: dschema.Schema{MarkdownDescription: description, Attributes: map[string]dschema.Attribute{list: shown}},
		Find: func(ctx context.Context, client C, query types.Object) (types.Object, error) {
			found, err := d.List(ctx, client)
			if err != nil {
				return query, err
			}
			rows, diags := types.ListValueFrom(ctx, shown.NestedObject.Type(), found)
			if diags.HasError() {
				return query, fmt.Errorf("%s: %s", diags[0].Summary(), diags[0].Detail())
			}
			return types.ObjectValueMust(map[string]attr.Type{list: shown.GetType()}, map[string]attr.Value{list: rows}), nil
		},
	}
}

// Listing is the list resource of all objects.
func (d Directory[C, T, P]) Listing(of Resource[C, P], description string) crud.Listing[C, struct{}, P] {
	return crud.Listing[C, struct{}, P]{
		TypeName: of.TypeName, Noun: d.plural(), Identity: of.Identity, Connect: of.Connect,
		Schema: lschema.Schema{MarkdownDescription: description},
		Find: func(ctx context.Context, client C, _ struct{}) iter.Seq2[crud.Found[P], error] {
			return d.Find(ctx, client)
		},
	}
}
