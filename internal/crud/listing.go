// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Listing is a list resource, what "terraform query" asks, written as one function over
// its query Q, the model M of the managed resource of the same type, and a client.
type Listing[C, Q, M any] struct {
	TypeName string
	Noun     string // for messages: "groups"
	Identity Identity
	Schema   schema.Schema
	Connect  func(providerData any) (C, error)
	// Find walks what the query matches. It ends after an error, and asks the API for
	// no more than is taken from it.
	Find func(ctx context.Context, client C, query Q) iter.Seq2[Found[M], error]
}

// Found is one object of a [Listing].
type Found[M any] struct {
	ID          []string // the parts of its import id, outermost first: see [Identity]
	DisplayName string
	// Complete fills a model that holds nothing but its ids, as the Read after an import
	// does. It is called only when the whole resource was asked for.
	Complete func(ctx context.Context, imported M) (M, error)
}

// ListResource gives the framework's form of the listing.
func (l Listing[C, Q, M]) ListResource() func() list.ListResource {
	declared := untyped[Listing[any, any, any]](l)
	return func() list.ListResource {
		return &listingResource{listing: declared, query: modelOf[Q](), model: modelOf[M]()}
	}
}

type listingResource struct {
	listing      Listing[any, any, any]
	query, model model
	data         any
}

var _ list.ListResourceWithConfigure = &listingResource{}

func (r *listingResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.listing.TypeName
}

func (r *listingResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = r.listing.Schema
}

func (r *listingResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.data = req.ProviderData
}

// List answers while it looks: the framework runs the iterator and stops it when
// nobody listens any more, so errors are results as well. What is listed need not be in
// any state, so they do not speak of one.
func (r *listingResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	stream.Results = func(push func(list.ListResult) bool) {
		var diags diag.Diagnostics
		query := r.query.read(ctx, req.Config, &diags)
		if !req.Config.Raw.IsFullyKnown() {
			diags.AddError("Unable to list "+r.listing.Noun, "The list block's configuration is not known yet.")
		}
		client, err := r.listing.Connect(r.data)
		if err != nil {
			AddError(&diags, "list "+r.listing.Noun, apierr.Unmanaged(err))
		}
		if diags.HasError() {
			push(list.ListResult{Diagnostics: diags})
			return
		}
		left := req.Limit // 0 = no limit
		// Warnings about the whole list come as a result of their own.
		for found, err := range r.listing.Find(WithWarnings(ctx, &diags), client, query) {
			if err != nil {
				AddError(&diags, "list "+r.listing.Noun, apierr.Unmanaged(err))
				push(list.ListResult{Diagnostics: diags})
				return
			}
			left--
			result := r.result(ctx, req, found)
			if left == 0 { // nothing is read behind it
				result.Diagnostics.Append(diags...)
				push(result)
				return
			}
			if !push(result) {
				return
			}
		}
		if len(diags) > 0 {
			push(list.ListResult{Diagnostics: diags})
		}
	}
}

func (r *listingResource) result(ctx context.Context, req list.ListRequest, found Found[any]) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = secret.ShownLine(found.DisplayName)
	r.listing.Identity.assign(found.ID, func(name string, value attr.Value) {
		result.Diagnostics.Append(result.Identity.SetAttribute(ctx, path.Root(name), value)...)
	})
	if !req.IncludeResource {
		return result
	}
	r.listing.Identity.assign(found.ID, func(name string, value attr.Value) {
		result.Diagnostics.Append(result.Resource.SetAttribute(ctx, path.Root(name), value)...)
	})
	imported := r.model.read(ctx, result.Resource, &result.Diagnostics)
	if result.Diagnostics.HasError() {
		return result
	}
	complete, err := found.Complete(WithWarnings(ctx, &result.Diagnostics), imported)
	if err != nil {
		AddError(&result.Diagnostics, "list "+found.DisplayName, apierr.Unmanaged(err))
		return result
	}
	result.Diagnostics.Append(result.Resource.Set(ctx, complete)...)
	return result
}
