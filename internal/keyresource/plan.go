// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// ModifyPlan is a pure function of configuration, state and private state: Terraform
// calls it again while applying and insists on the same answer. Only what [Kind.Parent], [Kind.Look] and
// [Argument.Look] show to be refused is an error besides.
func (r *keyResource[P]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		return
	}
	plan := read[P](ctx, req.Plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	p := r.kind.series(plan)
	settings, err := r.settings()
	if err != nil {
		crud.AddError(&resp.Diagnostics, "plan "+r.named(p), err)
		return
	}
	warnings := crud.WithWarnings(ctx, &resp.Diagnostics)

	if req.State.Raw.IsNull() {
		_, err := r.kind.Bind(r.data, plan)
		if err == nil && r.kind.Look != nil {
			err = r.kind.Look(ctx, r.data)
		}
		if err == nil {
			err = r.look(ctx, plan, func(string) bool { return true })
		}
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
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
		return
	}
	state := read[P](ctx, req.State, &resp.Diagnostics)
	m, ok := readMemory(ctx, req.Private, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	s := r.kind.series(state)
	if changes := r.replaced(plan, state); len(changes) > 0 {
		if err := r.parentMissing(ctx, plan); err != nil {
			crud.AddError(&resp.Diagnostics, "replace "+r.named(s), crud.NoSuchParent(err))
			return
		}
		if err := r.spared(ctx, state, m); err != nil {
			r.addError(&resp.Diagnostics, "replace", s, err)
			return
		}
		// Terraform plans again, as a create.
		working := ""
		if ids := stateOf(s).Working(m); len(ids) > 0 {
			working = " (" + strings.Join(ids, ", ") + ")"
		}
		crud.Warn(warnings, r.named(s), "will be replaced", "The current key and the previous ones are revoked%s and a new one is created, without an overlap, because it moves from %s. If Terraform calls this plan inconsistent (the new id was not known when it planned), this series was not changed, but its keys may have ended with what they belonged to: plan again and apply.", working, strings.Join(changes, " and from "))
		r.warnNotRevoked(warnings, state, m)
		return
	}
	if m.Missing() && !unread(s, m) {
		resp.Diagnostics.AddError("Unable to plan "+r.named(s),
			"Its private state is missing: most likely the provider was killed during an update, which may have left a key behind. Plan once with a refresh (without -refresh=false) and with a provider configuration that is known: that plan finds the keys of this series again.")
		return
	}
	if unread(s, m) {
		crud.AddError(&resp.Diagnostics, "plan "+r.named(s), crud.ErrUnread)
		return
	}
	if err := r.planUpdate(warnings, plan, state, unset(req.Config), m, settings); err != nil {
		r.addError(&resp.Diagnostics, "plan", s, err)
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// parentMissing is why a replacement could not create its key: what it moves to is not there.
func (r *keyResource[P]) parentMissing(ctx context.Context, plan P) error {
	for _, a := range r.kind.Own {
		if a.Effect == Replaces && a.Place.get(plan).IsUnknown() {
			return nil // it is created in the same apply
		}
	}
	if r.kind.Parent == nil {
		return nil
	}
	return crud.Missing(func() error { return r.kind.Parent(ctx, r.data, plan) })
}

// addError adds the error of an apply or a plan. The error about a state older than the
// server has a summary of its own, which scripts look for.
func (r *keyResource[P]) addError(diags *diag.Diagnostics, action string, s series, err error) {
	var older *keyseries.Older
	if errors.As(err, &older) {
		diags.AddError(secret.Scrub("Unable to "+action+" "+r.named(s)+": its state is older than the server"), secret.Scrub(crud.Sentence(older.Error())))
		return
	}
	crud.AddError(diags, action+" "+r.named(s), err)
}

// planCreate fills in what is known of a first generation.
func planCreate(p series, settings seal.Settings) error {
	p.ID, p.Version, p.CreatedAt = types.StringUnknown(), types.Int64Unknown(), types.StringUnknown()
	p.RedactedValue = types.StringUnknown()
	p.Generation = types.Int64Value(1)
	p.ReadyForRotation = types.BoolValue(false)
	p.Previous, p.Leftovers = previousList(nil, false), leftoversList(nil, nil)
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

func (r *keyResource[P]) planUpdate(ctx context.Context, plan, state P, left func(string) bool, m keyseries.Memory, settings seal.Settings) error {
	p, s := r.kind.series(plan), r.kind.series(state)
	r.kind.keep(plan, state, left)
	have := stateOf(s)
	want := wantedOf(p, s, r.kind.own(plan, state, left, m))
	d := keyseries.Decide(r.kind.Can, want, have, m)
	if err := d.Stopped(r.command(state)); err != nil {
		return err
	}
	err := r.look(ctx, plan, func(name string) bool { return d.Rotate || d.Maybe || sends(want, d, name) })
	if err != nil {
		return err
	}
	if vendor, err := r.kind.Bind(r.data, state); err == nil {
		d.InUse, _ = keyseries.InUse(ctx, vendor, have, m)
	}
	keep := keepingOf(p, settings)
	r.warnOthers(ctx, state, have, m, d)
	r.warnReviewed(ctx, plan, want, have, d)
	r.warnEnabled(ctx, plan, state, want, have, m, d)
	if what, warning := keep.warning(s, d, m.Opens); what != "" {
		crud.Warn(ctx, r.named(s), what, "%s", warning)
	}

	if d.Maybe {
		crud.Warn(ctx, r.named(s), "may be rotated", "Whether key %s is rotated is not known before the apply, because %s is not known yet. A value that is unknown in every plan, such as timestamp(), rotates the key in every apply.",
			have.ID, strings.Join(d.Unsure, " and "))
		r.warnPrevious(ctx, want, have, m, d)
		r.kind.unknowAll(p)
		r.kind.open(plan, left)
		return keep.announceMaybe(p, s, m.Opens)
	}
	r.kind.carry(p, s)
	p.Leftovers = leftoversList(have.Leftovers, d.Clear)
	p.RotationDueAt = dueAt(p, s, m)
	if !m.Looked.IsZero() {
		p.ReadyForRotation = types.BoolValue(false) // what was due is rotated, or due no more
	}
	if d.Rotate {
		if err := r.spelledOut(plan, have, m, d); err != nil {
			return err
		}
		r.kind.open(plan, left)
		r.planRotation(ctx, p, want, have, m, d, r.kind.idle(plan, state, m))
		if m.LosesMarks(r.kind.Can) {
			crud.Warn(ctx, r.named(s), "has lost its marker", "The server shows the name %q. If this state is older than the server, the keys of the newer state are not recognized, and this rotation creates one more. If an older state was restored, compare the keys at the server with this plan first.", m.Shown)
		}
		return keep.announce(p)
	}
	r.planChange(ctx, p, s, want, have, m, d)
	if !m.Phase.Lost() {
		r.warnLeft(plan, left, r.notify(ctx, p))
	}
	return planSecret(p, s, keep, m)
}

// unset gives the arguments that the configuration leaves out.
func unset(config tfsdk.Config) func(name string) bool {
	var arguments map[string]tftypes.Value
	if err := config.Raw.As(&arguments); err != nil {
		return func(string) bool { return false }
	}
	return func(name string) bool { return arguments[name].IsNull() }
}

// spelledOut is an error when a rotation would have to guess an argument of an imported
// key that no read shows.
func (r *keyResource[P]) spelledOut(plan P, have keyseries.State, m keyseries.Memory, d keyseries.Decision) error {
	if m.Adopted.IsZero() {
		return nil
	}
	for _, a := range r.kind.Own {
		if a.SpellOut != "" && a.Place.get(plan).IsNull() {
			return &crud.At{
				Path:    path.Root(a.Name),
				Summary: fmt.Sprintf("%s must be spelled out before the imported key %s can rotate", a.Name, have.ID),
				Detail: fmt.Sprintf("Key %s is to be rotated because %s. It was imported, and %s To destroy only, run destroy with -refresh=false.",
					have.ID, strings.Join(d.Why, ", and "), a.SpellOut),
			}
		}
	}
	return nil
}

// warnReviewed says what a change of own arguments means, whether the existing key gets it or the next.
func (r *keyResource[P]) warnReviewed(ctx context.Context, plan P, want keyseries.Wanted, have keyseries.State, d keyseries.Decision) {
	key := fmt.Sprintf("Key %s of %q", have.ID, want.Name)
	if d.Rotate {
		key = fmt.Sprintf("The next key of %q", want.Name)
	}
	for _, a := range r.kind.Own {
		if a.Review == nil || !sends(want, d, a.Name) {
			continue
		}
		if what, text := a.Review(key, plan); what != "" {
			crud.Warn(ctx, crud.Named(r.kind.Noun, want.Name, have.ID), what, "%s", text)
		}
	}
}

// planChange shows what an apply does without a new key.
func (r *keyResource[P]) planChange(ctx context.Context, p, s series, want keyseries.Wanted, have keyseries.State, m keyseries.Memory, d keyseries.Decision) {
	if d.SetLifetime {
		p.ExpiresAt = types.StringUnknown()
	}
	if len(d.Again) > 0 {
		p.RedactedValue = types.StringUnknown() // without a change Terraform would not apply
		crud.Warn(ctx, r.named(s), "is given its "+strings.Join(d.Again, " and ")+" again", "An earlier apply that failed may have changed this on key %s. This apply sends what is configured.", have.ID)
	}
	if len(d.Doubtful) > 0 {
		names := strings.Join(d.Doubtful, " and ")
		crud.Warn(ctx, r.named(s), "may have other "+names, "An earlier apply that failed may have changed the %s of key %s. What it was before is not known, so nothing is sent. Write out what the key may have: the next apply sends it. For none, apply that once, and then delete the line.", names, have.ID)
	}
	if d.Adopt {
		crud.Warn(ctx, r.named(s), "keeps its name and lifetime until it rotates", "Key %s was not created by this resource, so the changed name or lifetime is only recorded. It applies from the first rotation on.", have.ID)
	}
	if len(d.Revoke)+len(d.Shorten)+len(d.Align) > 0 {
		p.Previous = previousList(keyseries.Planned(d, want, have, m), true)
	}
	r.warnPrevious(ctx, want, have, m, d)
}

// planSecret shows what happens to the current secret.
func planSecret(p, s series, keep keeping, m keyseries.Memory) error {
	mv, err := keep.moveOf(s, m.Opens)
	if err != nil {
		return err
	}
	switch mv {
	case reseal:
		recipients, err := keep.parse()
		if err != nil {
			return err
		}
		p.SealedValue, p.SealedTo = types.StringUnknown(), listOf(recipients.Texts())
	case close_, open_:
		return keep.announce(p)
	case late:
		p.Value, p.SealedValue, p.SealedTo = types.StringUnknown(), types.StringUnknown(), types.ListUnknown(types.StringType)
	case stay:
	}
	return nil
}

// planRotation shows the reviewer which key goes, why, and until when it works.
func (r *keyResource[P]) planRotation(ctx context.Context, p series, want keyseries.Wanted, have keyseries.State, m keyseries.Memory, d keyseries.Decision, idle string) {
	p.ID, p.Version, p.CreatedAt = types.StringUnknown(), types.Int64Unknown(), types.StringUnknown()
	p.RedactedValue = types.StringUnknown()
	p.Generation = types.Int64Value(have.Generation + 1)
	p.ReadyForRotation = types.BoolValue(false)
	p.ExpiresAt = unknownUnlessNull(p.Lifetime)
	p.RotationDueAt = unknownUnlessNull(p.RotateAfter)
	p.Previous = previousList(keyseries.Planned(d, want, have, m), true)
	if p.Overlap.IsUnknown() {
		p.Previous = types.ListUnknown(previousType)
	}
	until := r.until(want, p.Overlap.ValueString(), have, m, idle)
	if d.InUse == have.ID {
		until += ", but not while the provider uses it: give the provider another " + r.kind.Can.Words.Credential + " first"
	}
	crud.Warn(ctx, crud.Named(r.kind.Noun, want.Name, have.ID), "will be rotated", "Key %s of %q is replaced by generation %d, because %s. The old key %s.",
		have.ID, want.Name, have.Generation+1, strings.Join(d.Why, ", and "), until)
	r.warnPrevious(ctx, want, have, m, d)
}

// until completes "the old key …" for the reviewer of a rotation. overlap is the text of the
// argument, idle what [Kind.idle] says.
func (r *keyResource[P]) until(want keyseries.Wanted, overlap string, have keyseries.State, m keyseries.Memory, idle string) string {
	switch {
	case m.Phase.Lost():
		return "no longer works"
	case want.OverlapUnknown && idle == "":
		return "keeps working for an overlap that is not known yet"
	case want.OverlapUnknown:
		return idle + "; its overlap is not known yet"
	case want.Overlap == 0:
		if !r.kind.Can.OneKey {
			return "is revoked at once (overlap = \"0s\")"
		}
		return fmt.Sprintf("is revoked at once (overlap = \"0s\"); where the %s allows one key per account it is revoked before the new key is created, and nothing works in between", r.kind.Can.Words.Tenant)
	case !have.ExpiresAt.IsZero() && !m.Looked.IsZero() && have.ExpiresAt.Before(m.Looked.Add(want.Overlap)):
		return "expires at " + stamp(have.ExpiresAt) + ", before its overlap of " + overlap + " is over"
	case idle != "" && r.kind.Can.End != keyseries.Later:
		return idle + "; the first apply after its overlap of " + overlap + " revokes it"
	case idle != "":
		return idle + "; it expires " + overlap + " after the new key is created"
	case r.kind.Can.End != keyseries.Later:
		return "keeps working for at least " + overlap + " after the new key is created, and the first apply after that revokes it"
	default:
		return "keeps working for " + overlap + " after the new key is created"
	}
}

// dueAt is when the current key becomes due under the plan's rotate_after.
func dueAt(p, s series, m keyseries.Memory) types.String {
	if p.RotateAfter.IsUnknown() {
		return types.StringUnknown()
	}
	return crud.Timestamp(keyseries.DueAt(duration(p.RotateAfter), stateOf(s), m))
}
