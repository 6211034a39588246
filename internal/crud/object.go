// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Object is a managed resource written as plain functions over its model M and a client
// C. The functions know no request, response or diagnostics: they return errors, and
// [Warn] through the context.
type Object[C, M any] struct {
	TypeName string // after the provider's name: "acme_group"
	Noun     string // for messages: "group"
	Called   string // the argument that messages name it by, "" = "name"
	Schema   schema.Schema
	Identity Identity
	// Connect gets the client from the provider's data.
	Connect func(providerData any) (C, error)

	// Example is an import id in the form of Identity, for messages.
	Example string
	// Untold are optional arguments that an answer may leave out although they have a
	// value; Constant are those that nothing changes at the server, so never drift.
	Untold, Constant []string
	// Once are arguments, or parts of one ("place.region"), that the API sets once: to change
	// one that has a value, the object has to be replaced, which the plan warns of and the
	// apply refuses.
	Once []string

	// Create creates the object. With [Stored], what it returns is kept and the error is a
	// warning. What differs from the plan is settled here: return what the server answers.
	Create func(ctx context.Context, client C, plan M) (M, error)
	// Read refreshes the prior model; [apierr.Gone] removes it from state.
	Read func(ctx context.Context, client C, prior M) (M, error)
	// Update changes the object in place; [Stored] as for Create.
	Update func(ctx context.Context, client C, plan, state M) (M, error)
	// Delete deletes the object; gone already is success.
	Delete func(ctx context.Context, client C, state M) error
	// Look, when set, looks while a creation is planned at what Create will take over, and
	// [Warn]s; its error is the plan's. For the creation of a replacement it gets the
	// configuration, and [Moved] says what replaces.
	Look func(ctx context.Context, client C, plan M) error
	// Plan, when set, checks and completes a plan. It is pure; state is nil on create. The
	// time it knows is [LookedAt].
	Plan func(ctx context.Context, plan M, state *M) (M, error)
	// Replaces, when set, says why a plan replaces the object for another reason than a
	// changed argument of its identity; "" = it does not. has is the state with what the
	// server answered instead to our last writes of what the plan changes, as for [ReplaceIf].
	Replaces func(plan, has M) string
	// Refers are arguments beside the identity that hold ids of other objects: where Replaces looks at one, it may have
	// been unknown in the plan before.
	Refers []string
	// Parent, when set, reads what a replacement moves the object to, as it is configured. Where
	// that is not there, the plan fails: the apply would delete the object before its create is
	// refused. Arguments of the identity are known; those of [MoveIf] may not be.
	Parent func(ctx context.Context, client C, config M) error
	// Ends is what Delete does to the object where that is not to delete it, such as "archive"; for messages.
	Ends func(state M) string
	// Loss, when set, says what a plan that destroys or replaces the object loses for
	// good: what goes into the summary ("will be archived") and a sentence; "" = nothing.
	Loss func(ctx context.Context, client C, state M) (what, detail string)
	// Namesakes, when set, looks which objects have the planned name already.
	Namesakes func(ctx context.Context, client C, plan M) (Namesakes, error)
	// LeftAlone are optional and computed arguments that stay at the server as they are when
	// their line is taken away, which plans warn of.
	LeftAlone []string
	// Restores are arguments whose values from before the first write here are kept, and written
	// back at destroy: by Restore, instead of Delete. Without such values, as after an import,
	// Delete is called. Before reads what a Create, or an Update of further arguments, is about to
	// overwrite.
	Restores []string
	// Turn, when set with Before, keeps every other write away until end is called.
	Turn    func(client C, plan M) (end func())
	Before  func(ctx context.Context, client C, plan M) (M, error)
	Restore func(ctx context.Context, client C, state M, former map[string]any) error
	// Strays, when set, looks which ids that a Create noted with [NoteStray] are still at the
	// server, and [Warn]s about each; ids it cannot look for count as there.
	Strays func(ctx context.Context, client C, state M, ids []string) (still []string)
	// Moves are what moved blocks of other providers may lead here.
	Moves []Move
}

// Resource gives the framework's form of the object.
func (o Object[C, M]) Resource() func() resource.Resource {
	declared := untyped[Object[any, any]](o)
	return func() resource.Resource { return &objectResource{object: declared, model: modelOf[M]()} }
}

type objectResource struct {
	object Object[any, any]
	model  model
	data   any
}

var (
	_ resource.ResourceWithConfigure   = &objectResource{}
	_ resource.ResourceWithIdentity    = &objectResource{}
	_ resource.ResourceWithImportState = &objectResource{}
	_ resource.ResourceWithModifyPlan  = &objectResource{}
	_ resource.ResourceWithMoveState   = &objectResource{}
)

func (r *objectResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.object.TypeName
}

func (r *objectResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.object.Schema
}

func (r *objectResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = r.object.Identity.Schema()
}

func (r *objectResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.data = req.ProviderData
}

func (r *objectResource) connect(diags *diag.Diagnostics, object string) (any, bool) {
	client, err := r.object.Connect(r.data)
	if err != nil {
		AddError(diags, "reach the API for "+object, err)
	}
	return client, err == nil
}

func (r *objectResource) sensitive(attribute string) bool {
	return r.object.Schema.Attributes[attribute].IsSensitive()
}

// named is how messages name the object: by its name and id, where it has them, or else by its
// import id as far as it is known.
func (r *objectResource) named(ctx context.Context, from getter) string {
	if named := namedIn(ctx, r.object.Noun, cmp.Or(r.object.Called, nameArgument), r.object.Schema, from); named != r.object.Noun {
		return named
	}
	if _, has := r.object.Schema.Attributes["id"]; has {
		return r.object.Noun
	}
	return Named(r.object.Noun, "", r.object.Identity.known(ctx, from))
}

func (r *objectResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan := r.model.read(ctx, req.Plan, &resp.Diagnostics)
	object := r.named(ctx, req.Plan)
	client, ok := r.connect(&resp.Diagnostics, object)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	warnings := WithWarnings(ctx, &resp.Diagnostics)
	defer r.turn(client, plan)()
	former, err := r.before(warnings, client, plan, req)
	if err != nil {
		AddError(&resp.Diagnostics, "create "+object, err)
		return
	}
	var strays []string
	created, err := r.object.Create(withStrays(warnings, &strays), client, plan)
	if !keep(err) {
		AddError(&resp.Diagnostics, "create "+object, former.remind(err))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, created)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(r.writeCreated(ctx, client, resp.State, resp.Private)...)
	if len(strays) > 0 {
		resp.Diagnostics.Append(writeStrays(ctx, resp.Private, strays)...)
	}
	if r.remembers() {
		resp.Diagnostics.Append(former.write(ctx, resp.Private)...)
	}
	known := answers{}
	different := r.keepPlanned(req.Plan, tfsdk.State{}, &resp.State, known)
	object = r.named(ctx, resp.State)
	resp.Diagnostics.Append(r.object.Identity.Set(ctx, resp.Identity, resp.State)...)
	if err != nil {
		// An error would taint the object, and the next apply replace it.
		Warn(warnings, object, "is not complete", "It was created and is in state, but what follows failed. The next plan shows what is missing.\n\n%s", detail(err))
		return // and nothing is noted, so the difference is drift
	}
	warnDifferent(warnings, object, different, attributesOf(req.Plan.Raw), known)
	resp.Diagnostics.Append(known.write(ctx, resp.Private)...)
}

func (r *objectResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	prior := r.model.read(ctx, req.State, &resp.Diagnostics)
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
	ctx = withCreated(ctx, req.Private, &resp.Diagnostics)
	var look time.Time
	found, err := r.object.Read(withLook(WithWarnings(ctx, &resp.Diagnostics), &look), client, prior)
	if r.imported(ctx, req, resp) && err != nil {
		AddError(&resp.Diagnostics, "find "+object, r.object.Identity.NotFound(err, r.object.Example))
		return
	}
	if gone, ok := apierr.AsGone(err); ok {
		WarnGone(&resp.Diagnostics, object, gone)
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		AddError(&resp.Diagnostics, "read "+object, err)
		return
	}
	known, diags := knownAnswers(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.Set(ctx, found)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.keepConfigured(req.State, &resp.State, known)
	resp.Diagnostics.Append(r.object.Identity.Set(ctx, resp.Identity, resp.State)...)
	resp.Diagnostics.Append(known.write(ctx, resp.Private)...)
	if !look.IsZero() {
		resp.Diagnostics.Append(writeMoment(ctx, resp.Private, lookKey, look)...)
	}
	WarnRaw(WithWarnings(ctx, &resp.Diagnostics), object, r.sensitive, req.State.Raw, resp.State.Raw)
	strays, diags := straysOf(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if len(strays) > 0 {
		still := r.lookForStrays(WithWarnings(ctx, &resp.Diagnostics), client, found, strays)
		resp.Diagnostics.Append(writeStrays(ctx, resp.Private, still)...)
	}
}

func (r *objectResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan := r.model.read(ctx, req.Plan, &resp.Diagnostics)
	known, diags := knownAnswers(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	before := r.caughtUp(req.State, req.Plan, known)
	state := r.model.read(ctx, before, &resp.Diagnostics)
	object := r.named(ctx, req.State)
	client, ok := r.connect(&resp.Diagnostics, object)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if name, advice := r.setOnce(req.Plan.Raw, before.Raw, state, known); name != "" {
		resp.Diagnostics.AddAttributeError(path.Root(rootOf(name)), secret.ShownLine(capital(object)+" cannot change its "+name), secret.Shown(advice))
		return
	}
	warnings := WithWarnings(withCreated(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
	former, diags := writtenOf(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	defer r.turn(client, plan)()
	former, err := r.overwrites(warnings, client, former, plan, state, req.Config)
	if err != nil {
		AddError(&resp.Diagnostics, "update "+object, err)
		return
	}
	changed, err := r.object.Update(warnings, client, plan, state)
	if r.remembers() && (keep(err) || apierr.MayBeDone(err)) { // of what was refused, nothing here is overwritten
		resp.Diagnostics.Append(former.write(ctx, resp.Private)...)
	}
	if keep(err) {
		resp.Diagnostics.Append(resp.State.Set(ctx, changed)...)
		resp.Diagnostics.Append(r.object.Identity.Set(ctx, resp.Identity, resp.State)...)
	}
	if err != nil {
		AddError(&resp.Diagnostics, "update "+object, err)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	different := r.keepPlanned(req.Plan, req.State, &resp.State, known)
	warnDifferent(warnings, object, different, attributesOf(req.Plan.Raw), known)
	resp.Diagnostics.Append(known.write(ctx, resp.Private)...)
}

func (r *objectResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state := r.model.read(ctx, req.State, &resp.Diagnostics)
	object := r.named(ctx, req.State)
	client, ok := r.connect(&resp.Diagnostics, object)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	former, diags := writtenOf(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	warnings := WithWarnings(withCreated(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
	does := r.ends(state)
	var err error
	if len(former.Former) > 0 {
		does = "restore"
		err = OrForget(r.object.Restore(warnings, client, state, former.Former), former.writesBack())
	} else {
		err = r.object.Delete(warnings, client, state)
		if r.object.Before != nil {
			forgotten.Store(r.place(ctx, req.State), true)
		}
	}
	if _, gone := apierr.AsGone(err); err != nil && !gone {
		AddError(&resp.Diagnostics, does+" "+object, err)
	}
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
