// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
)

// Kind is a vendor's sort of key: what the vendor adds to a series. P points to the model: what is
// generic over pointers is compiled once for all of them.
type Kind[P any] struct {
	TypeName    string        // after the provider's name: "acme_api_key"
	Noun        string        // "API key"
	Description string        // of the resource
	Identity    crud.Identity // the last is "id"
	Example     string        // an import id, for messages
	Named       bool          // an import names the key by its id or in another way, for a [keyseries.Finder]
	Redacted    string        // how the vendor shows a secret, for descriptions

	// Can is what the vendor can do with these keys.
	Can keyseries.Capabilities
	// Own are the vendor's own attributes: parents, arguments and computed ones.
	Own []Argument[P]
	// Series and Expiry point into the model; Expiry is nil where keys have no end.
	Series func(P) *Series
	Expiry func(P) *Expiry
	// Bind gives the vendor's calls for one model, which changes afterwards: keep a copy. An own
	// argument that is unknown there is not configured, and left to the vendor.
	Bind func(providerData any, model P) (keyseries.Vendor, error)
	// Parent, when set, reads what a replacement moves the series to. Where that is not there,
	// the plan fails: the apply would revoke the old keys before its create is refused.
	Parent func(ctx context.Context, providerData any, model P) error
	// Look, when set, looks for what would have every create refused, before the plan of one is shown.
	Look func(ctx context.Context, providerData any) error
	// Moves are what moved blocks of other providers may lead here.
	Moves []crud.Move

	table func() []column
	form  func() schema.Schema
}

// series is the part of a model that every series has.
func (k Kind[P]) series(m P) series {
	s := series{Series: k.Series(m), Expiry: &Expiry{}}
	if k.Expiry != nil {
		s.Expiry = k.Expiry(m)
	}
	return s
}

// Resource gives the framework's form.
func (k Kind[P]) Resource() func() resource.Resource {
	// The framework asks for a new resource with every call: what it looks like is made once.
	k.table = sync.OnceValue(func() []column { return columns(k.Can, k.Redacted) })
	k.form = sync.OnceValue(k.schema)
	return func() resource.Resource { return &keyResource[P]{kind: k} }
}

type keyResource[P any] struct {
	kind Kind[P]
	data any
}

var (
	_ resource.ResourceWithConfigure      = &keyResource[any]{}
	_ resource.ResourceWithIdentity       = &keyResource[any]{}
	_ resource.ResourceWithImportState    = &keyResource[any]{}
	_ resource.ResourceWithModifyPlan     = &keyResource[any]{}
	_ resource.ResourceWithMoveState      = &keyResource[any]{}
	_ resource.ResourceWithValidateConfig = &keyResource[any]{}
)

func (r *keyResource[P]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.kind.TypeName
	resp.ResourceBehavior.MutableIdentity = true // the key's id changes with a rotation
}

func (r *keyResource[P]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.kind.form()
}

func (r *keyResource[P]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = r.kind.Identity.Schema()
}

func (r *keyResource[P]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.data = req.ProviderData
}

func (r *keyResource[P]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if r.kind.Named {
		r.kind.Identity.ImportNamed(ctx, r.kind.Example, req, resp)
		return
	}
	r.kind.Identity.Import(ctx, r.kind.Example, req, resp)
}

func (r *keyResource[P]) MoveState(context.Context) []resource.StateMover {
	return r.kind.Identity.Movers(r.kind.Moves)
}

func (r *keyResource[P]) settings() (seal.Settings, error) { return providerdata.Seal(r.data) }

// named is how messages name the series.
func (r *keyResource[P]) named(s series) string {
	return crud.Named(r.kind.Noun, s.Name.ValueString(), s.ID.ValueString())
}

// replaced gives the arguments that replace the series, as "old to new". What is not
// known replaces nothing, nor does what the state never had.
func (r *keyResource[P]) replaced(plan, state P) (changes []string) {
	for _, a := range r.kind.Own {
		want, have := a.Place.get(plan), a.Place.get(state)
		if a.Effect == Replaces && (a.NullIsNone || !have.IsNull()) && !want.IsUnknown() && !want.Equal(have) {
			changes = append(changes, text(have)+" to "+text(want))
		}
	}
	return changes
}

// text is a value as messages write it.
func text(value attr.Value) string {
	if value.IsNull() {
		return "none"
	}
	if s, ok := value.(types.String); ok {
		return s.ValueString()
	}
	return value.String()
}

// ValidateConfig checks what needs more than one argument.
func (r *keyResource[P]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	config := read[P](ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	s := r.kind.series(config)
	warn := func(argument, what, text string, args ...any) {
		if !s.Name.IsUnknown() { // the plan validates once more, with the values of variables
			crud.WarnAt(&resp.Diagnostics, path.Root(argument), r.named(s), what, text, args...)
		}
	}
	lifetime, rotate := duration(s.Lifetime), duration(s.RotateAfter)
	if rotate > 0 && rotate < soon {
		warn("rotate_after", "has a rotate_after of less than an hour",
			"With rotate_after = %q almost every apply rotates the key. The unit m stands for minutes and there is none for months: write 30d for a month.", s.RotateAfter.ValueString())
	}
	switch {
	case lifetime > 0 && rotate > 0 && rotate >= lifetime:
		resp.Diagnostics.AddAttributeError(path.Root("rotate_after"), "rotate_after of "+r.named(s)+" must be shorter than lifetime",
			fmt.Sprintf("With rotate_after = %q and lifetime = %q the key would expire before it is due for rotation. Make lifetime longer than rotate_after, by at least the time between two scheduled applies.", s.RotateAfter.ValueString(), s.Lifetime.ValueString()))
	case lifetime > 0 && rotate > 0 && lifetime-rotate < overlapOf(s):
		warn("overlap", "has an overlap that is cut short by lifetime",
			"A key that is rotated at the age of %s expires at %s, so less than the overlap of %s is left for the workloads that still use it. Shorten rotate_after or overlap, or lengthen lifetime.", s.RotateAfter.ValueString(), s.Lifetime.ValueString(), cmp.Or(s.Overlap.ValueString(), defaultOverlap))
	case lifetime > 0 && s.RotateAfter.IsNull():
		warn("lifetime", "has lifetime without rotate_after",
			"Every generation of this key stops working %s after it was created, and no rotation is due before that: a scheduled outage. Set rotate_after to a shorter duration and apply on a schedule.", s.Lifetime.ValueString())
	case rotate > 0 && s.Lifetime.IsNull() && r.kind.Can.End == keyseries.AtMint:
		warn("rotate_after", "has rotate_after without lifetime",
			"Only an apply revokes the old key after its overlap, because the API cannot make an existing key expire: without lifetime a previous key works until the next apply. Set lifetime as well.")
	}
}

// overlapOf is the configured overlap or its default; 0 while it is unknown.
func overlapOf(s series) time.Duration {
	if s.Overlap.IsNull() {
		return duration(types.StringValue(defaultOverlap))
	}
	return duration(s.Overlap)
}

// open gets what every call of an apply needs. What only the vendor decides is null there,
// so that no vendor sends an unknown value as an empty one.
func (r *keyResource[P]) open(model P, diags *diag.Diagnostics) (keyseries.Vendor, seal.Settings, bool) {
	model = copied(model)
	for _, a := range r.kind.Own {
		if a.Place.get(model).IsUnknown() {
			a.Place.set(model, null(a.Attribute))
		}
	}
	settings, err := r.settings()
	var vendor keyseries.Vendor
	if err == nil {
		vendor, err = r.kind.Bind(r.data, model)
	}
	if err != nil {
		crud.AddError(diags, "reach the API for "+r.named(r.kind.series(model)), err)
		return nil, settings, false
	}
	return vendor, settings, true
}

// privateKey is the key of the memory in private state.
const privateKey = "series"

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func readMemory(ctx context.Context, private privateReader, diags *diag.Diagnostics) (keyseries.Memory, bool) {
	data, d := private.GetKey(ctx, privateKey)
	diags.Append(d...)
	m, err := keyseries.Decode(data)
	if err != nil {
		diags.AddError("Unable to read the private state", crud.Sentence(err.Error()))
		return m, false
	}
	return m, !d.HasError()
}

func writeMemory(ctx context.Context, private privateWriter, m keyseries.Memory, diags *diag.Diagnostics) {
	diags.Append(private.SetKey(ctx, privateKey, m.Encode())...)
}
