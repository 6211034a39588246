// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

func (r *keyResource[P]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan := read[P](ctx, req.Plan, &resp.Diagnostics)
	vendor, settings, ok := r.open(plan, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	m := keyseries.New()
	a := &applying[P]{r: r, settings: settings, plan: plan, next: copied(plan), memory: &m}
	s := r.kind.series(a.next)
	object := r.named(s)
	s.Previous, s.Leftovers = previousList(nil, false), leftoversList(nil, nil)
	a.save = func() {
		resp.Diagnostics.Append(resp.State.Set(ctx, a.next)...)
		writeMemory(ctx, resp.Private, m, &resp.Diagnostics)
	}
	ctx = crud.WithWarnings(ctx, &resp.Diagnostics)
	job, err := a.job(ctx, vendor, keyseries.State{}, keyseries.Decision{})
	if err == nil {
		err = job.Create(ctx)
	}
	switch {
	case err == nil:
		a.look(ctx, vendor)
		resp.Diagnostics.Append(r.kind.Identity.Set(ctx, resp.Identity, &resp.State)...)
		return
	case len(m.Unsettled) > 0:
		// Whether there is a key could not be found out. The series stays in state, tainted,
		// so that the next look finds and revokes it.
		r.kind.giveUp(s)
		r.kind.settle(a.next, a.state, nil)
		s.Leftovers = leftoversList(m.Others, nil)
		a.save()
		if errors.Is(err, keyseries.ErrUsed) && len(m.Unsettled) == 1 {
			crud.Warn(ctx, object, fmt.Sprintf("has left the key %q behind", m.Unsettled[len(m.Unsettled)-1].Shown),
				"The key shows a use, so somebody may have its secret, and no apply revokes it. The next apply creates a new key. Find out what uses the old one, and revoke it by hand if it is not needed; its id is in the error.")
			break
		}
		crud.Warn(ctx, object, fmt.Sprintf("may have left the key %q behind", m.Unsettled[len(m.Unsettled)-1].Shown),
			"If the attempt created a key, it is called %q. This resource stays in state to remember it: the next apply looks for it, revokes it and creates a new key. Do not apply with -refresh=false before that: such an apply does not look, and forgets the attempt.", m.Unsettled[len(m.Unsettled)-1].Shown)
	}
	crud.AddError(&resp.Diagnostics, "create "+object, err)
}

func (r *keyResource[P]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state := read[P](ctx, req.State, &resp.Diagnostics)
	m, ok := readMemory(ctx, req.Private, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	// Even what leaves the state must have its identity, or the framework refuses the
	// answer to a CLI that keeps none.
	resp.Diagnostics.Append(r.kind.Identity.Set(ctx, resp.Identity, req.State)...)
	s := r.kind.series(state)
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
	warnings := crud.WithWarnings(ctx, &resp.Diagnostics)
	adopting := unread(s, m)
	if finder, ok := vendor.(keyseries.Finder); ok && adopting {
		var id string
		if id, err = finder.Find(ctx, s.ID.ValueString()); err == nil {
			s.ID = types.StringValue(id)
		}
	}
	var seen keyseries.Observed
	if err == nil {
		seen, err = keyseries.Observe(ctx, vendor, stateOf(s), m)
	}
	gone, isGone := apierr.AsGone(err)
	if isGone && !adopting {
		crud.WarnGone(&resp.Diagnostics, r.named(s), gone)
		if m.Missing() {
			// The last moment at which anybody knows what to look for.
			r.report(warnings, s, vendor, &m)
		}
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil && adopting {
		err = r.kind.Identity.NotFound(err, r.kind.Example)
	}
	if err == nil && adopting {
		err = r.adopt(state, &seen, vendor)
	}
	if err == nil {
		err = r.refresh(s, &seen, settings)
	}
	if err != nil {
		crud.AddError(&resp.Diagnostics, "read "+r.named(s), err)
		return
	}
	if seen.Current.ID != "" {
		notify := r.notify(warnings, s)
		r.kind.notices(state, seen.Current, func(n keyseries.Notice) {
			r.namesFirst(n.ID + " " + n.What)
			notify(n)
		})
		r.warnDiffer(warnings, s, r.kind.shown(state, seen.Current, &seen.Memory, adopting))
	}
	r.warnSeen(warnings, s, seen.Notices)
	r.warnOld(warnings, state, &seen)
	// Here, because the plan may fail at another resource, or may have been created before the
	// refresh (Terraform 1.11 plans so what left the configuration).
	for _, other := range seen.Memory.Others {
		if !r.kind.Can.Clears(other, seen.Memory) && r.namesFirst(other.ID) {
			r.warnLeftover(warnings, stateOf(s), seen.Memory, other, vendor.RevokeCommand)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	crud.WarnRaw(warnings, r.named(s), func(name string) bool { return r.kind.form().Attributes[name].IsSensitive() }, req.State.Raw, resp.State.Raw)
	writeMemory(ctx, resp.Private, seen.Memory, &resp.Diagnostics)
	resp.Diagnostics.Append(r.kind.Identity.Set(ctx, resp.Identity, &resp.State)...)
}

// report names what looks like keys of a series that leaves the state without a memory.
func (r *keyResource[P]) report(ctx context.Context, s series, vendor keyseries.Vendor, m *keyseries.Memory) {
	job := keyseries.Job{Vendor: vendor, Memory: m, Want: keyseries.Wanted{Name: s.Name.ValueString()}, Notify: r.notify(ctx, s)}
	job.ReportNamesakes(ctx)
}

func (r *keyResource[P]) warnSeen(ctx context.Context, s series, notices []keyseries.Notice) {
	notify := r.notify(ctx, s)
	for _, notice := range notices {
		notify(notice)
	}
}

// warnDiffer names own arguments of which the vendor has another value than was written.
func (r *keyResource[P]) warnDiffer(ctx context.Context, s series, differ []difference) {
	for _, d := range differ {
		crud.Warn(ctx, r.named(s), "has another value for "+d.name+" at the vendor", "%sThe server ignored or changed what was sent, unless somebody changed it at the same time. The value in state stays, and nothing is sent again because of it. Configure what the server has; to send another value again, apply that first.", d.both())
	}
}

// notify makes a notice of the domain a warning about its key.
func (r *keyResource[P]) notify(ctx context.Context, s series) func(keyseries.Notice) {
	name := s.Name.ValueString()
	return func(n keyseries.Notice) {
		crud.Warn(ctx, crud.Named(r.kind.Noun, name, n.ID), n.What, "%s", crud.Sentence(n.Text))
	}
}

// unread reports whether a key came here by an import or a move and was not read since.
func unread(s series, m keyseries.Memory) bool {
	return s.Generation.IsNull() && len(m.Unsettled) == 0 && !s.ID.IsNull()
}

// refresh notes what was seen.
func (r *keyResource[P]) refresh(s series, seen *keyseries.Observed, settings seal.Settings) error {
	if seen.Current.ID != "" {
		if created := seen.Current.CreatedAt; !created.IsZero() && !r.kind.Can.NoCreated { // some answers leave it out
			s.CreatedAt = crud.Recorded(s.CreatedAt, created)
		}
		s.ExpiresAt = crud.Timestamp(seen.Current.ExpiresAt)
		s.RedactedValue = crud.Optional(seen.Current.Redacted)
	}
	m := &seen.Memory
	s.Previous, s.Leftovers = previousList(seen.Previous, false), leftoversList(m.Others, nil)
	due := keyseries.DueAt(duration(s.RotateAfter), stateOf(s), *m)
	s.RotationDueAt = crud.Timestamp(due)
	s.ReadyForRotation = types.BoolValue(m.Phase == keyseries.Expired ||
		!due.IsZero() && !m.Looked.IsZero() && !m.Looked.Before(due))
	m.Opens = false
	if sealed := s.SealedValue.ValueString(); sealed != "" {
		text, err := settings.Identities.Open(sealed)
		if m.Opens = err == nil; m.Opens {
			return fits(s, text)
		}
	}
	return nil
}

// fits is an error when an opened secret is not the one of the current key.
func fits(s series, text secret.Text) error {
	if secret.Fits(text, s.RedactedValue.ValueString()) {
		return nil
	}
	return &crud.At{
		Path:    path.Root("sealed_value"),
		Summary: fmt.Sprintf("sealed_value of key %s holds another secret", s.ID.ValueString()),
		Detail:  "The opened secret does not fit redacted_value, which is what the API shows of this key: ciphertexts in the state were changed or swapped. Nothing was handed over. Restore the state from a version that was not tampered with, or rotate the key (with -refresh=false, since every refresh ends here).",
	}
}

// adopt completes a model that holds nothing but its ids.
func (r *keyResource[P]) adopt(state P, seen *keyseries.Observed, vendor keyseries.Vendor) error {
	if seen.Current.Person != "" {
		words := r.kind.Can.Words
		return fmt.Errorf("key %s belongs to a user (%s): it stops working when they leave, cannot be rotated by this provider, and does not belong to the %s. %s", seen.Current.ID, seen.Current.Person, words.Tenant, words.PersonalKey)
	}
	if is, asked := seen.Current.OwnerID, vendor.Owner(); r.kind.Can.Proof == keyseries.ByOwner && is != "" && asked != "" && is != asked {
		return fmt.Errorf("key %[1]s belongs to %[2]s %[3]s, not to %[4]s: as a key of %[4]s it could be neither rotated nor revoked. Its %[5]s is %[3]s: write that in place of %[4]s in the import id; instead of a moved block, import it",
			seen.Current.ID, r.kind.Can.Words.Owner, is, asked, r.kind.argumentOf(state, asked))
	}
	s := r.kind.series(state)
	name, _, _ := keyseries.Read(seen.Current.Name)
	if s.Name.IsNull() {
		s.Name = types.StringValue(cmp.Or(name, seen.Current.ID)) // an empty one fails the plan of a generated configuration
	}
	if s.Overlap.IsNull() {
		s.Overlap = types.StringValue(defaultOverlap)
	}
	s.Generation = types.Int64Value(1)
	r.kind.shown(state, seen.Current, &seen.Memory, true)
	seen.Adopt(vendor.Now())
	return nil
}

func (r *keyResource[P]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state := read[P](ctx, req.State, &resp.Diagnostics)
	m, ok := readMemory(ctx, req.Private, &resp.Diagnostics)
	vendor, _, bound := r.open(state, &resp.Diagnostics)
	if !ok || !bound || resp.Diagnostics.HasError() {
		return
	}
	s := r.kind.series(state)
	notices, err := keyseries.Destroy(ctx, vendor, stateOf(s), &m)
	r.warnSeen(crud.WithWarnings(ctx, &resp.Diagnostics), s, notices)
	if err != nil {
		if len(m.Ended) > 0 {
			writeMemory(ctx, resp.Private, m, &resp.Diagnostics)
		}
		crud.AddError(&resp.Diagnostics, "revoke "+r.named(s), err)
	}
}
