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

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
)

// ModifyPlan is a pure function of configuration, state and private state: Terraform
// calls it again while applying and insists on the same answer.
func (r *keyResource[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan M
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	p := r.kind.Series(&plan)
	settings, err := r.settings()
	if err != nil {
		crud.AddError(&resp.Diagnostics, "plan "+r.named(p), err)
		return
	}
	warnings := crud.WithWarnings(ctx, &resp.Diagnostics)

	if req.State.Raw.IsNull() {
		_, err := r.kind.Bind(r.data, plan)
		if errors.Is(err, crud.ErrNotYetKnown) {
			err = nil
		}
		if err == nil {
			err = planCreate(p, settings)
		}
		if err != nil {
			crud.AddError(&resp.Diagnostics, "plan "+r.named(p), err)
			return
		}
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
		return
	}
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	m, ok := r.memory(ctx, req.Private, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() || r.moved(&plan, &state) {
		return // a moved parent replaces: Terraform plans again, as a create
	}
	s := r.kind.Series(&state)
	if m.Missing() && !unread(s, m) {
		resp.Diagnostics.AddError("Unable to plan "+r.named(s),
			"Its private state is missing: most likely the provider was killed during an update, which may have left a key behind. Plan once with a refresh (without -refresh=false) and with a provider configuration that is known: it finds the keys of this series again.")
		return
	}
	if unread(s, m) {
		resp.Diagnostics.AddError("Unable to plan "+r.named(s),
			"It was just moved here or imported, and nothing but its ids is known. Plan once with a refresh (without -refresh=false) and with a provider configuration that is known.")
		return
	}
	if err := r.planUpdate(warnings, &plan, &state, m, settings); err != nil {
		crud.AddError(&resp.Diagnostics, "plan "+r.named(s), err)
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// planCreate fills in what is known of a first generation.
func planCreate(p *Series, settings seal.Settings) error {
	p.ID, p.Version, p.CreatedAt = types.StringUnknown(), types.Int64Unknown(), types.StringUnknown()
	p.RedactedValue = types.StringUnknown()
	p.Generation = types.Int64Value(1)
	p.ReadyForRotation = types.BoolValue(false)
	p.Previous = types.ListValueMust(previousType, []attr.Value{})
	p.ExpiresAt = unknownUnlessNull(p.Lifetime)
	p.RotationDueAt = unknownUnlessNull(p.RotateAfter)
	return keepingOf(p, settings).announce(p)
}

func unknownUnlessNull(argument types.String) types.String {
	if argument.IsNull() {
		return types.StringNull()
	}
	return types.StringUnknown()
}

func (r *keyResource[M]) planUpdate(ctx context.Context, plan, state *M, m keyseries.Memory, settings seal.Settings) error {
	p, s := r.kind.Series(plan), r.kind.Series(state)
	scopes := r.kind.scopes(plan)
	have := stateOf(s, r.kind.scopes(state))
	want := wantedOf(p, s, scopes)
	if scopes != nil && scopes.IsUnknown() {
		want.Scopes = have.Scopes
	}
	d := keyseries.Decide(want, have, m)
	keep := keepingOf(p, settings)

	if d.Maybe && !d.Rotate {
		p.unknowAll()
		return nil
	}
	carry(p, s)
	p.RotationDueAt = dueAt(p, s, m)
	if !m.Looked.IsZero() {
		p.ReadyForRotation = types.BoolValue(false) // what was due is rotated, or due no more
	}
	if d.Rotate {
		if !m.Adopted.IsZero() && r.kind.Scopes != nil && want.Scopes == nil && (scopes == nil || !scopes.IsUnknown()) {
			return &crud.At{
				Path:    path.Root("scopes"),
				Summary: "scopes must be spelled out before this imported key can rotate",
				Detail: fmt.Sprintf("Key %s is to be rotated because %s. It was imported, and no API tells which scopes it has: a new key without scopes could do more than the old one. Write the list of scopes, or scopes = [\"all\"] for everything the account may do. To destroy only, run destroy with -refresh=false.",
					have.ID, strings.Join(d.Why, ", and ")),
			}
		}
		r.planRotation(ctx, p, want, have, m, d)
		return keep.announce(p)
	}
	if d.SetLifetime {
		p.ExpiresAt = types.StringUnknown()
	}
	if d.SetScopes && len(keyseries.Restriction(want.Scopes)) == 0 {
		crud.Warn(ctx, r.named(s), "becomes unrestricted", "Key %s of %q will be able to do everything its service account may do: its scopes are taken away.", have.ID, want.Name)
	}
	if d.Adopt {
		crud.Warn(ctx, r.named(s), "keeps its name and lifetime until it rotates", "Key %s was not made here, so the changed name or lifetime is only recorded. It applies from the first rotation on.", have.ID)
	}
	planRetiring(ctx, p, have, m, d)
	mv, warning, err := keep.moveOf(s, m.Opens)
	if warning != "" {
		crud.Warn(ctx, r.named(s), "and how its secret is stored", "Key %s of %q: %s", have.ID, want.Name, warning)
	}
	if err != nil {
		return err
	}
	switch mv {
	case reseal:
		if _, err := keep.parse(); err != nil {
			return err
		}
		p.SealedValue, p.SealedTo = types.StringUnknown(), types.ListUnknown(types.StringType)
	case close_, open_:
		return keep.announce(p)
	case late:
		p.Value, p.SealedValue, p.SealedTo = types.StringUnknown(), types.StringUnknown(), types.ListUnknown(types.StringType)
	case stay:
	}
	return nil
}

// planRotation shows the reviewer which key goes, why, and until when it works.
func (r *keyResource[M]) planRotation(ctx context.Context, p *Series, want keyseries.Wanted, have keyseries.State, m keyseries.Memory, d keyseries.Decision) {
	p.ID, p.Version, p.CreatedAt = types.StringUnknown(), types.Int64Unknown(), types.StringUnknown()
	p.RedactedValue = types.StringUnknown()
	p.Generation = types.Int64Value(have.Generation + 1)
	p.ReadyForRotation = types.BoolValue(false)
	p.ExpiresAt = unknownUnlessNull(p.Lifetime)
	p.RotationDueAt = unknownUnlessNull(p.RotateAfter)

	var previous []attr.Value
	if m.Lost == "" && want.Overlap > 0 {
		previous = append(previous, previousElement(have.ID, types.StringUnknown()))
	}
	previous = append(previous, stillRunning(have, d)...)
	p.Previous = types.ListValueMust(previousType, previous)
	if p.Overlap.IsUnknown() {
		p.Previous = types.ListUnknown(previousType)
	}

	until := "keeps working for " + span.Format(want.Overlap) + " after the new key is made"
	if m.NoUpdate {
		until += ", and the first apply after that revokes it"
	}
	switch {
	case m.Lost != "":
		until = "no longer works"
	case p.Overlap.IsUnknown():
		until = "keeps working for an overlap that is not known yet"
	case want.Overlap > 0 && !have.ExpiresAt.IsZero() && !m.Looked.IsZero() && have.ExpiresAt.Before(m.Looked.Add(want.Overlap)):
		until = "ends by itself at " + have.ExpiresAt.UTC().Format(time.RFC3339) + ", before its overlap of " + span.Format(want.Overlap) + " is over"
	case want.Overlap == 0:
		until = "is revoked at once (overlap = \"0s\"); where the organization allows one key per account it is revoked before the new key is made, and nothing works in between"
	}
	crud.Warn(ctx, crud.Named(r.kind.Noun, want.Name, have.ID), "will be rotated", "Key %s of %q is replaced by generation %d, because %s. The old key %s.",
		have.ID, want.Name, have.Generation+1, strings.Join(d.Why, ", and "), until)
	warnRevoked(ctx, have, m, d)
}

// planRetiring shows previous keys that this apply ends.
func planRetiring(ctx context.Context, p *Series, have keyseries.State, m keyseries.Memory, d keyseries.Decision) {
	if len(d.Revoke)+len(d.Shorten) == 0 {
		return
	}
	p.Previous = types.ListValueMust(previousType, stillRunning(have, d))
	warnRevoked(ctx, have, m, d)
}

// warnRevoked tells the reviewer which previous keys this apply revokes, and why.
func warnRevoked(ctx context.Context, have keyseries.State, m keyseries.Memory, d keyseries.Decision) {
	for _, id := range d.Revoke {
		if end, promised := m.Deadlines[id]; promised {
			crud.Warn(ctx, crud.Named("previous key", have.Name, id), "is revoked", "The overlap of key %s of %q ended at %s, so it is revoked.", id, have.Name, end.UTC().Format("2006-01-02 15:04:05 MST"))
		} else {
			crud.Warn(ctx, crud.Named("leftover key", have.Name, id), "is revoked", "Key %s carries the marker of %q but is not in its state: an earlier run was interrupted, or two ran at the same time. Nobody holds its secret through this configuration, so it is revoked.", id, have.Name)
		}
	}
}

// stillRunning are the previous keys that stay, those to be shortened with an end
// that only the server can tell.
func stillRunning(have keyseries.State, d keyseries.Decision) []attr.Value {
	out := []attr.Value{}
	for _, previous := range have.Previous {
		switch {
		case slices.Contains(d.Revoke, previous.ID):
		case slices.Contains(d.Shorten, previous.ID):
			out = append(out, previousElement(previous.ID, types.StringUnknown()))
		default:
			out = append(out, previousElement(previous.ID, crud.Timestamp(previous.ExpiresAt)))
		}
	}
	return out
}

// carry takes every computed attribute over from state.
func carry(p, s *Series) {
	p.ID, p.Generation, p.Version = s.ID, s.Generation, s.Version
	p.CreatedAt, p.ExpiresAt = s.CreatedAt, s.ExpiresAt
	p.ReadyForRotation = s.ReadyForRotation
	p.SealedValue, p.Value, p.RedactedValue, p.SealedTo = s.SealedValue, s.Value, s.RedactedValue, s.SealedTo
	p.Previous = s.Previous
}

// dueAt is when the current key becomes due under the plan's rotate_after.
func dueAt(p, s *Series, m keyseries.Memory) types.String {
	if p.RotateAfter.IsUnknown() {
		return types.StringUnknown()
	}
	return crud.Timestamp(keyseries.DueAt(duration(p.RotateAfter), stateOf(s, nil), m))
}

// unknowAll makes every computed attribute unknown.
func (s *Series) unknowAll() {
	s.ID, s.Generation, s.Version = types.StringUnknown(), types.Int64Unknown(), types.Int64Unknown()
	s.CreatedAt, s.ExpiresAt, s.RotationDueAt = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	s.ReadyForRotation = types.BoolUnknown()
	s.SealedValue, s.Value, s.RedactedValue = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	s.SealedTo = types.ListUnknown(types.StringType)
	s.Previous = types.ListUnknown(previousType)
}

// named is how messages name the series.
func (r *keyResource[M]) named(s *Series) string {
	return crud.Named(r.kind.Noun, s.Name.ValueString(), s.ID.ValueString())
}
