// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
)

// Kind is a vendor's sort of key: what the vendor adds to a series.
type Kind[M any] struct {
	TypeName string // after the provider's name: "openai_api_key"
	Noun     string // "API key"
	Schema   schema.Schema
	Identity crud.Identity // the last is "id"

	// Fixed: the vendor has no call that changes an existing key, so that changes rotate
	// and an overlap ends by a revocation in the first apply after it.
	Fixed bool
	// Series and Scopes point into the model; Scopes is nil where keys have none.
	Series func(*M) *Series
	Scopes func(*M) *types.Set
	// Parents are the arguments of which a change replaces the series.
	Parents func(*M) []types.String
	// Settings gets the sealing settings, Bind the vendor's calls for one model.
	Settings func(providerData any) (seal.Settings, error)
	Bind     func(providerData any, model M) (keyseries.Vendor, error)
	// Adopt completes a model after an import from what the vendor shows.
	Adopt func(*M, keyseries.Key)
	// Moves are what moved blocks of other providers may lead here; each is an adoption.
	Moves []crud.Move
}

func (k Kind[M]) scopes(m *M) *types.Set {
	if k.Scopes == nil {
		return nil
	}
	return k.Scopes(m)
}

// Resource gives the framework's form.
func (k Kind[M]) Resource() func() resource.Resource {
	return func() resource.Resource { return &keyResource[M]{kind: k} }
}

type keyResource[M any] struct {
	kind Kind[M]
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

func (r *keyResource[M]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.kind.TypeName
	resp.ResourceBehavior.MutableIdentity = true // the key's id changes with a rotation
}

func (r *keyResource[M]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.kind.Schema
}

func (r *keyResource[M]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = r.kind.Identity.Schema()
}

func (r *keyResource[M]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.data = req.ProviderData
}

func (r *keyResource[M]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.kind.Identity.Import(ctx, req, resp)
}

func (r *keyResource[M]) MoveState(context.Context) []resource.StateMover {
	return r.kind.Identity.Movers(r.kind.Moves)
}

func (r *keyResource[M]) settings() (seal.Settings, error) { return r.kind.Settings(r.data) }

// moved tells whether an argument changed that replaces the series.
func (r *keyResource[M]) moved(plan, state *M) bool {
	prior := r.kind.Parents(state)
	for i, parent := range r.kind.Parents(plan) {
		if !prior[i].IsNull() && !parent.Equal(prior[i]) {
			return true
		}
	}
	return false
}

// ValidateConfig checks what needs more than one argument.
func (r *keyResource[M]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config M
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	s := r.kind.Series(&config)
	lifetime, rotate := duration(s.Lifetime), duration(s.RotateAfter)
	switch {
	case lifetime > 0 && rotate > 0 && rotate >= lifetime:
		resp.Diagnostics.AddAttributeError(path.Root("rotate_after"), "rotate_after of "+r.named(s)+" must be shorter than lifetime",
			fmt.Sprintf("With rotate_after = %q and lifetime = %q the key would expire before it is due for rotation. Leave at least the time between two scheduled applies between them.", s.RotateAfter.ValueString(), s.Lifetime.ValueString()))
	case lifetime > 0 && rotate > 0 && lifetime-rotate < overlapOf(s):
		crud.WarnAt(&resp.Diagnostics, path.Root("overlap"), r.named(s), "has an overlap that is cut short by lifetime",
			"A key that is rotated at the age of %s ends by itself at %s, so less than the overlap of %s is left for the workloads that still use it. Shorten rotate_after or overlap, or lengthen lifetime.", s.RotateAfter.ValueString(), s.Lifetime.ValueString(), span.Format(overlapOf(s)))
	case lifetime > 0 && s.RotateAfter.IsNull():
		crud.WarnAt(&resp.Diagnostics, path.Root("lifetime"), r.named(s), "has lifetime without rotate_after",
			"Every generation of this key stops working %s after it was made, and nothing makes the next one due before: a scheduled outage. Set rotate_after to a shorter duration and apply on a schedule.", s.Lifetime.ValueString())
	}
}

// overlapOf is the configured overlap or its default; 0 while it is unknown.
func overlapOf(s *Series) time.Duration {
	if s.Overlap.IsNull() {
		return duration(types.StringValue(defaultOverlap))
	}
	return duration(s.Overlap)
}

func (r *keyResource[M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan M
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	vendor, settings, ok := r.open(plan, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	s := r.kind.Series(&plan)
	m, err := keyseries.Decode(nil)
	if err == nil {
		err = r.create(crud.WithWarnings(ctx, &resp.Diagnostics), vendor, settings, &plan, &m)
	}
	var unsettled *keyseries.Unsettled
	if err != nil && !errors.As(err, &unsettled) && len(m.Unsettled) == 0 {
		crud.AddError(&resp.Diagnostics, "create "+r.named(s), err)
		return
	}
	if err != nil {
		// Nobody knows whether a key was made. The series stays in state, tainted: its
		// private state finds and revokes whatever carries its marker.
		s.nullUnknown()
		crud.AddError(&resp.Diagnostics, "create "+r.named(s), err)
		crud.Warn(crud.WithWarnings(ctx, &resp.Diagnostics), r.named(s), "may have left a key behind",
			"If the attempt made a key, it is called %q. This resource stays in state to remember it: the next apply looks for it, revokes it and makes a new key.", m.Unsettled[len(m.Unsettled)-1])
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	writeMemory(ctx, resp.Private, m, &resp.Diagnostics)
	if err == nil {
		resp.Diagnostics.Append(r.kind.Identity.Set(ctx, resp.Identity, &resp.State)...)
	}
}

func (r *keyResource[M]) create(ctx context.Context, v keyseries.Vendor, settings seal.Settings, plan *M, m *keyseries.Memory) error {
	s := r.kind.Series(plan)
	keep := keepingOf(s, settings)
	recipients, err := keep.parse()
	if err != nil {
		return err
	}
	warnLeftovers(ctx, v, m, s.Name.ValueString())
	minted, err := keyseries.Mint(ctx, v, m, r.request(plan), func(minted keyseries.Minted) error {
		return keep.put(s, recipients, minted.Secret, settings.Handoff)
	})
	if err != nil {
		return err
	}
	s.Generation = types.Int64Value(1)
	r.fill(ctx, s, v, *m, minted, 0)
	s.Previous = previousList(nil)
	return nil
}

// warnLeftovers reports what an earlier, killed run may have left. A list that fails now
// stops nothing; it only leaves out a warning.
func warnLeftovers(ctx context.Context, v keyseries.Vendor, m *keyseries.Memory, name string) {
	for _, leftover := range leftovers(ctx, v, m, name) {
		crud.Warn(ctx, crud.Named("key", leftover.Name, leftover.ID), "is already there",
			"Key %s was made on %s under the name %q for the same account and was never used. If it is no other resource's key, an earlier run was killed before it could note it. Revoke it if nobody needs it: %s",
			leftover.ID, leftover.CreatedAt.UTC().Format(time.RFC3339), leftover.Name, v.RevokeCommand(leftover.ID))
	}
}

// leftovers are keys that were there before this run and may be an earlier Create's,
// without those that are dead: a replacement has just revoked the series before it.
func leftovers(ctx context.Context, v keyseries.Vendor, m *keyseries.Memory, name string) []keyseries.Key {
	start, err := v.KeysAtStart(ctx)
	if err != nil {
		return nil
	}
	m.Meet(v, start, "")
	found := start.Leftovers(name, v.Owner(), m.Series)
	if len(found) == 0 {
		return nil
	}
	now, err := v.Keys(ctx) // remembered, unless this run has written since
	if err != nil {
		now = start
	}
	return slices.DeleteFunc(found, func(key keyseries.Key) bool {
		_, there := now.Get(key.ID)
		return !there || key.Ended(v.Now())
	})
}

func (r *keyResource[M]) request(plan *M) keyseries.Request {
	s := r.kind.Series(plan)
	return keyseries.Request{
		Name: s.Name.ValueString(), Lifetime: duration(s.Lifetime),
		Scopes: keyseries.Restriction(setTexts(r.kind.scopes(plan))),
	}
}

// fill notes a fresh key in the model.
func (r *keyResource[M]) fill(ctx context.Context, s *Series, v keyseries.Vendor, m keyseries.Memory, minted keyseries.Minted, priorVersion int64) {
	s.ID = types.StringValue(minted.ID)
	s.CreatedAt, s.ExpiresAt = crud.Timestamp(minted.CreatedAt), crud.Timestamp(minted.ExpiresAt)
	lifetime := duration(s.Lifetime)
	if !minted.ExpiresAt.IsZero() && (lifetime == 0 || minted.ExpiresAt.Before(minted.CreatedAt.Add(lifetime-time.Minute))) {
		crud.Warn(ctx, r.named(s), "expires sooner than asked for", "The server lets key %s end at %s, probably because of a key policy. Set lifetime and rotate_after within it, or the key stops working before it is due.",
			minted.ID, minted.ExpiresAt.UTC().Format(time.RFC3339))
	}
	if lifetime == 0 {
		s.ExpiresAt = types.StringNull() // as planned; the next refresh tells the server's end
	}
	// The server tells whole seconds; the rest only keeps two mints in one apart.
	version := minted.CreatedAt.Unix()*1000 + int64(v.Now().Nanosecond()/int(time.Millisecond))
	s.Version = types.Int64Value(max(version, priorVersion+1))
	s.RotationDueAt = crud.Timestamp(keyseries.DueAt(duration(s.RotateAfter), stateOf(s, nil), m))
	s.ReadyForRotation = types.BoolValue(false)
	s.RedactedValue = types.StringNull()
}

func (r *keyResource[M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	m, ok := r.memory(ctx, req.Private, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	// Even what leaves the state must have its identity, or the framework refuses the
	// answer to a CLI that keeps none.
	resp.Diagnostics.Append(r.kind.Identity.Set(ctx, resp.Identity, req.State)...)
	s := r.kind.Series(&state)
	settings, err := r.settings()
	var vendor keyseries.Vendor
	if err == nil {
		vendor, err = r.kind.Bind(r.data, state)
	}
	if errors.Is(err, crud.ErrNotYetKnown) {
		crud.WarnNotRead(&resp.Diagnostics, r.named(s))
		return
	}
	if err != nil {
		crud.AddError(&resp.Diagnostics, "read "+r.named(s), err)
		return
	}
	adopting := unread(s, m)
	seen, err := keyseries.Observe(ctx, vendor, stateOf(s, nil), m)
	if gone, isGone := apierr.AsGone(err); isGone && !adopting {
		crud.WarnGone(&resp.Diagnostics, r.named(s), gone)
		if m.Missing() {
			// The last moment at which somebody knows what to look for.
			warnLeftovers(crud.WithWarnings(ctx, &resp.Diagnostics), vendor, &m, s.Name.ValueString())
		}
		resp.State.RemoveResource(ctx)
		return
	}
	if err == nil && adopting {
		err = r.adopt(&state, &seen, vendor.Now())
	}
	if err != nil {
		crud.AddError(&resp.Diagnostics, "read "+r.named(s), err)
		return
	}
	r.warnSeen(crud.WithWarnings(ctx, &resp.Diagnostics), s, seen.Warnings)
	r.refresh(s, &seen, settings)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	writeMemory(ctx, resp.Private, seen.Memory, &resp.Diagnostics)
	resp.Diagnostics.Append(r.kind.Identity.Set(ctx, resp.Identity, &resp.State)...)
}

// warnSeen reports what a look at the vendor found, in one warning: Terraform folds
// several of one summary.
func (r *keyResource[M]) warnSeen(ctx context.Context, s *Series, warnings []string) {
	if len(warnings) > 0 {
		crud.Warn(ctx, r.named(s), "needs attention", "%s", strings.Join(warnings, "\n\n"))
	}
}

// unread tells that a key came here by an import or a move and was not read since.
func unread(s *Series, m keyseries.Memory) bool {
	return s.Generation.IsNull() && len(m.Unsettled) == 0 && !s.ID.IsNull()
}

// refresh notes what was seen.
func (r *keyResource[M]) refresh(s *Series, seen *keyseries.Observed, settings seal.Settings) {
	if seen.Current.ID != "" {
		s.CreatedAt, s.ExpiresAt = crud.Timestamp(seen.Current.CreatedAt), crud.Timestamp(seen.Current.ExpiresAt)
		s.RedactedValue = crud.Optional(seen.Current.Redacted)
	}
	s.Previous = previousList(seen.Previous)
	m := &seen.Memory
	due := keyseries.DueAt(duration(s.RotateAfter), stateOf(s, nil), *m)
	s.RotationDueAt = crud.Timestamp(due)
	s.ReadyForRotation = types.BoolValue(m.Lost == keyseries.Expired ||
		!due.IsZero() && !m.Looked.IsZero() && !m.Looked.Before(due))
	m.Opens = false
	if sealed := s.SealedValue.ValueString(); sealed != "" {
		_, err := settings.Identities.Open(sealed)
		m.Opens = err == nil
	}
}

// adopt completes a model that holds nothing but its ids.
func (r *keyResource[M]) adopt(state *M, seen *keyseries.Observed, now time.Time) error {
	if seen.Current.Person != "" {
		return fmt.Errorf("key %s belongs to a person (%s): it ends when they leave, cannot be rotated here, and is not the organization's. Make a service account and a key of it, move the workload over, and have the person revoke theirs", seen.Current.ID, seen.Current.Person)
	}
	s := r.kind.Series(state)
	name, _, _ := keyseries.Read(seen.Current.Name)
	if s.Name.IsNull() {
		s.Name = types.StringValue(name)
	}
	if s.Overlap.IsNull() {
		s.Overlap = types.StringValue(defaultOverlap)
	}
	s.Generation = types.Int64Value(1)
	r.kind.Adopt(state, seen.Current)
	seen.Memory.Adopted = now
	return nil
}

func (r *keyResource[M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state M
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	m, ok := r.memory(ctx, req.Private, &resp.Diagnostics)
	vendor, settings, bound := r.open(plan, &resp.Diagnostics)
	if !ok || !bound || resp.Diagnostics.HasError() {
		return
	}
	p, s := r.kind.Series(&plan), r.kind.Series(&state)
	have := stateOf(s, r.kind.scopes(&state))
	want := wantedOf(p, s, r.kind.scopes(&plan))
	d := keyseries.Decide(want, have, m)

	u := &updating[M]{r: r, vendor: vendor, settings: settings, have: have, want: want, decision: d, memory: &m, planned: previousOf(p.Previous)}
	u.next = plan
	carry(r.kind.Series(&u.next), s)
	r.kind.Series(&u.next).RotationDueAt = dueAt(p, s, m)
	r.kind.Series(&u.next).ReadyForRotation = p.ReadyForRotation
	u.save = func() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &u.next)...)
		writeMemory(ctx, resp.Private, m, &resp.Diagnostics)
		resp.Diagnostics.Append(r.kind.Identity.Set(ctx, resp.Identity, &resp.State)...)
	}
	warnings := crud.WithWarnings(ctx, &resp.Diagnostics)
	var err error
	if d.Rotate {
		err = u.rotate(warnings, &plan)
	} else {
		err = u.change(warnings, &state)
	}
	if err != nil {
		writeMemory(ctx, resp.Private, m, &resp.Diagnostics)
		crud.AddError(&resp.Diagnostics, "update "+r.named(s), err)
	}
}

func (r *keyResource[M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	m, ok := r.memory(ctx, req.Private, &resp.Diagnostics)
	vendor, _, bound := r.open(state, &resp.Diagnostics)
	if !ok || !bound || resp.Diagnostics.HasError() {
		return
	}
	s := r.kind.Series(&state)
	if err := keyseries.RevokeAll(ctx, vendor, stateOf(s, nil), m); err != nil {
		crud.AddError(&resp.Diagnostics, "revoke "+r.named(s), err)
	}
}

// open gets what every call needs.
func (r *keyResource[M]) open(model M, diags *diag.Diagnostics) (keyseries.Vendor, seal.Settings, bool) {
	settings, err := r.settings()
	var vendor keyseries.Vendor
	if err == nil {
		vendor, err = r.kind.Bind(r.data, model)
	}
	if err != nil {
		crud.AddError(diags, "reach the API for "+r.named(r.kind.Series(&model)), err)
		return nil, settings, false
	}
	return vendor, settings, true
}

// nullUnknown gives up on what was never learned.
func (s *Series) nullUnknown() {
	for _, text := range []*types.String{&s.ID, &s.CreatedAt, &s.ExpiresAt, &s.RotationDueAt, &s.SealedValue, &s.Value, &s.RedactedValue} {
		if text.IsUnknown() {
			*text = types.StringNull()
		}
	}
	s.Version = types.Int64Null()
	s.SealedTo = types.ListNull(types.StringType)
}

// privateKey is where the memory lies in private state.
const privateKey = "series"

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func (r *keyResource[M]) memory(ctx context.Context, private privateReader, diags *diag.Diagnostics) (keyseries.Memory, bool) {
	data, d := private.GetKey(ctx, privateKey)
	diags.Append(d...)
	m, err := keyseries.Decode(data)
	if err != nil {
		diags.AddError("Unable to read the private state", err.Error())
		return m, false
	}
	m.NoUpdate = m.NoUpdate || r.kind.Fixed
	return m, !d.HasError()
}

func writeMemory(ctx context.Context, private privateWriter, m keyseries.Memory, diags *diag.Diagnostics) {
	diags.Append(private.SetKey(ctx, privateKey, m.Encode())...)
}

// withoutUnplanned leaves out previous keys the plan promised to be gone: private
// state remembers them, and the next refresh shows them again.
func withoutUnplanned(left, planned []keyseries.Previous) []keyseries.Previous {
	return slices.DeleteFunc(slices.Clone(left), func(p keyseries.Previous) bool {
		return !slices.ContainsFunc(planned, func(q keyseries.Previous) bool { return q.ID == p.ID })
	})
}
