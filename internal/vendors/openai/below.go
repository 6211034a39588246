// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// below is what the list resource of what is below one parent has of its own: T of the API is M in
// Terraform.
type below[T, M any] struct {
	what, parent string // for messages and descriptions: "groups", "project"
	text         string // what follows in the description; "" for nothing
	of           func(*api.Client) *api.Objects[T]
	// facts are the last part of an import id and the name that is displayed.
	facts func(T) (id, name string)
	// shows fills a model that holds its ids.
	shows func(ctx context.Context, c *api.Client, into M, one T) (M, error)
}

// listBelow lists the objects below the parent that the query Q names in an argument.
func listBelow[Q, T, M any, P placed[Q]](object crud.Object[*api.Client, M], nouns string, query map[string]schema.Attribute, b below[T, M]) crud.Listing[*api.Client, Q, M] {
	return crud.Listing[*api.Client, Q, M]{
		TypeName: object.TypeName,
		Noun:     nouns,
		Identity: object.Identity,
		Connect:  connect,
		Schema: schema.Schema{
			MarkdownDescription: "Finds the " + b.what + " of one " + b.parent + b.text + ", including those that Terraform manages already.",
			Attributes:          query,
		},
		Find: func(ctx context.Context, c *api.Client, query Q) iter.Seq2[crud.Found[M], error] {
			place, _ := P(&query).place()
			parent := place.ValueString()
			return vendorkit.As(b.of(c).Walk(ctx, parent, keyinventory.MayLack(ctx, b.what+" of "+b.parent+" "+parent)), func(one *T) crud.Found[M] {
				id, name := b.facts(*one)
				return crud.Found[M]{ID: []string{parent, id}, DisplayName: name, Complete: func(ctx context.Context, imported M) (M, error) {
					return b.shows(ctx, c, imported, *one)
				}}
			})
		},
	}
}

// inProjectQuery is the argument of lists of what is in a project.
var inProjectQuery = theParent("project_id", "The id of the project to look in.")

// theParent is the argument of a list resource that names the parent.
func theParent(name, description string) map[string]schema.Attribute {
	return map[string]schema.Attribute{name: schema.StringAttribute{
		Required: true, MarkdownDescription: description, Validators: []validator.String{crud.PathElement()},
	}}
}
