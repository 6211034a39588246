// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Object is a managed resource told as plain functions over its model M and a client
// C. The functions know no request, response or diagnostics: they return errors, and
// [Warn] through the context.
type Object[C, M any] struct {
	TypeName string // after the provider's name: "openai_project"
	Noun     string // for messages: "project"
	Schema   schema.Schema
	Identity Identity
	// Connect gets the client from the provider's data.
	Connect func(providerData any) (C, error)

	// Create makes the object. With [Stored], what it returns is kept beside the error.
	Create func(ctx context.Context, client C, plan M) (M, error)
	// Read refreshes the prior model; [apierr.Gone] removes it from state.
	Read func(ctx context.Context, client C, prior M) (M, error)
	// Update changes the object in place; [Stored] as for Create.
	Update func(ctx context.Context, client C, plan, state M) (M, error)
	// Delete ends the object; gone already is success.
	Delete func(ctx context.Context, client C, state M) error
	// Plan, when set, checks and completes a plan. It is pure; state is nil on create.
	Plan func(ctx context.Context, plan M, state *M) (M, error)
	// Moves are what moved blocks of other providers may lead here.
	Moves []Move
}

// Resource gives the framework's form of the object.
func (o Object[C, M]) Resource() func() resource.Resource {
	return func() resource.Resource { return &objectResource[C, M]{object: o} }
}

type objectResource[C, M any] struct {
	object Object[C, M]
	data   any
}

var (
	_ resource.ResourceWithConfigure   = &objectResource[any, any]{}
	_ resource.ResourceWithIdentity    = &objectResource[any, any]{}
	_ resource.ResourceWithImportState = &objectResource[any, any]{}
	_ resource.ResourceWithModifyPlan  = &objectResource[any, any]{}
	_ resource.ResourceWithMoveState   = &objectResource[any, any]{}
)

func (r *objectResource[C, M]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.object.TypeName
}

func (r *objectResource[C, M]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.object.Schema
}

func (r *objectResource[C, M]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = r.object.Identity.Schema()
}

func (r *objectResource[C, M]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.data = req.ProviderData
}

func (r *objectResource[C, M]) connect(diags *diag.Diagnostics, object string) (C, bool) {
	client, err := r.object.Connect(r.data)
	if err != nil {
		AddError(diags, "reach the API for "+object, err)
	}
	return client, err == nil
}

// named is how messages name the object: by its name and id, where it has them.
func (r *objectResource[C, M]) named(ctx context.Context, from getter) string {
	text := func(attribute string) string {
		if _, ok := r.object.Schema.Attributes[attribute].(schema.StringAttribute); !ok {
			return ""
		}
		var value types.String
		from.GetAttribute(ctx, path.Root(attribute), &value)
		return value.ValueString()
	}
	return Named(r.object.Noun, text("name"), text("id"))
}

func (r *objectResource[C, M]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.object.Identity.Import(ctx, req, resp)
}

func (r *objectResource[C, M]) MoveState(context.Context) []resource.StateMover {
	return r.object.Identity.Movers(r.object.Moves)
}

func (r *objectResource[C, M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	object := r.named(ctx, req.Plan)
	if req.State.Raw.IsNull() {
		// Without an admin key the apply would fail, in the middle of others' creates.
		if _, err := r.object.Connect(r.data); err != nil && !errors.Is(err, ErrNotYetKnown) {
			AddError(&resp.Diagnostics, "plan "+object, err)
			return
		}
	}
	if r.object.Plan == nil {
		return
	}
	var plan M
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var state *M
	if !req.State.Raw.IsNull() {
		state = new(M)
		resp.Diagnostics.Append(req.State.Get(ctx, state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	planned, err := r.object.Plan(WithWarnings(ctx, &resp.Diagnostics), plan, state)
	if err != nil {
		AddError(&resp.Diagnostics, "plan "+object, err)
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &planned)...)
}

func (r *objectResource[C, M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan M
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	object := r.named(ctx, req.Plan)
	client, ok := r.connect(&resp.Diagnostics, object)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	made, err := r.object.Create(WithWarnings(ctx, &resp.Diagnostics), client, plan)
	if keep(err) {
		r.store(ctx, &resp.State, resp.Identity, made, &resp.Diagnostics)
	}
	if err != nil {
		AddError(&resp.Diagnostics, "create "+object, err)
	}
}

func (r *objectResource[C, M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var prior M
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	if resp.Diagnostics.HasError() {
		return
	}
	object := r.named(ctx, req.State)
	// Even an object that leaves the state must have its identity, or the framework
	// refuses the answer to a CLI that keeps none.
	resp.Diagnostics.Append(r.object.Identity.Set(ctx, resp.Identity, req.State)...)
	client, err := r.object.Connect(r.data)
	if errors.Is(err, ErrNotYetKnown) {
		WarnNotRead(&resp.Diagnostics, object)
		return
	}
	if err != nil {
		AddError(&resp.Diagnostics, "read "+object, err)
		return
	}
	found, err := r.object.Read(WithWarnings(ctx, &resp.Diagnostics), client, prior)
	if gone, ok := apierr.AsGone(err); ok {
		WarnGone(&resp.Diagnostics, object, gone)
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		AddError(&resp.Diagnostics, "read "+object, err)
		return
	}
	r.store(ctx, &resp.State, resp.Identity, found, &resp.Diagnostics)
}

func (r *objectResource[C, M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state M
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	object := r.named(ctx, req.State)
	client, ok := r.connect(&resp.Diagnostics, object)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	changed, err := r.object.Update(WithWarnings(ctx, &resp.Diagnostics), client, plan, state)
	if keep(err) {
		r.store(ctx, &resp.State, resp.Identity, changed, &resp.Diagnostics)
	}
	if err != nil {
		AddError(&resp.Diagnostics, "update "+object, err)
	}
}

func (r *objectResource[C, M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	object := r.named(ctx, req.State)
	client, ok := r.connect(&resp.Diagnostics, object)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	err := r.object.Delete(WithWarnings(ctx, &resp.Diagnostics), client, state)
	if _, gone := apierr.AsGone(err); err != nil && !gone {
		AddError(&resp.Diagnostics, "delete "+object, err)
	}
}

func (r *objectResource[C, M]) store(ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity, model M, diags *diag.Diagnostics) {
	diags.Append(state.Set(ctx, &model)...)
	diags.Append(r.object.Identity.Set(ctx, identity, state)...)
}

func keep(err error) bool {
	var stored *Stored
	return err == nil || errors.As(err, &stored)
}

// Client narrows the provider's data to what an object needs.
func Client[D any](providerData any) (D, error) {
	data, ok := providerData.(D)
	if !ok {
		var zero D
		return zero, fmt.Errorf("the provider was not configured before use (%T); this is a bug in the provider", providerData)
	}
	return data, nil
}
