// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

func (r *keyResource[P]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan := read[P](ctx, req.Plan, &resp.Diagnostics)
	state := read[P](ctx, req.State, &resp.Diagnostics)
	m, ok := readMemory(ctx, req.Private, &resp.Diagnostics)
	vendor, settings, bound := r.open(plan, &resp.Diagnostics)
	if !ok || !bound || resp.Diagnostics.HasError() {
		return
	}
	p, s := r.kind.series(plan), r.kind.series(state)
	have := stateOf(s)
	left := unset(req.Config)
	want := wantedOf(p, s, r.kind.own(plan, state, left, m))
	decision := keyseries.Decide(r.kind.Can, want, have, m)

	a := &applying[P]{r: r, settings: settings, plan: plan, state: state, left: left, next: copied(plan), memory: &m}
	n := r.kind.series(a.next)
	r.kind.carry(n, s)
	n.RotationDueAt, n.ReadyForRotation = dueAt(p, s, m), p.ReadyForRotation
	n.Leftovers = leftoversList(have.Leftovers, decision.Clear)
	a.save = func() {
		resp.Diagnostics.Append(resp.State.Set(ctx, a.next)...)
		writeMemory(ctx, resp.Private, m, &resp.Diagnostics)
		resp.Diagnostics.Append(r.kind.Identity.Set(ctx, resp.Identity, &resp.State)...)
	}
	ctx = crud.WithWarnings(ctx, &resp.Diagnostics)
	job, err := a.job(ctx, vendor, have, decision)
	if err == nil {
		err = job.Run(ctx)
	}
	if !decision.Rotate && a.stored {
		err = errors.Join(err, a.moveSecret())
	}
	if err != nil {
		writeMemory(ctx, resp.Private, m, &resp.Diagnostics)
		r.addError(&resp.Diagnostics, "update", s, err)
		return
	}
	a.look(ctx, vendor)
}

// applying is one Create or Update on its way: next is the state so far, saved step by
// step.
type applying[P any] struct {
	r        *keyResource[P]
	settings seal.Settings
	plan     P
	state    P                      // nil on create
	left     func(name string) bool // arguments that the configuration leaves out; nil on create
	next     P
	memory   *keyseries.Memory
	stored   bool
	mute     bool // the last answer showed nothing of the key's own arguments
	save     func()
}

// job is the domain's part of the apply. The recipients are checked before anything is
// minted.
func (a *applying[P]) job(ctx context.Context, vendor keyseries.Vendor, have keyseries.State, decision keyseries.Decision) (*keyseries.Job, error) {
	n, p := a.r.kind.series(a.next), a.r.kind.series(a.plan)
	keep := keepingOf(p, a.settings)
	var recipients seal.Recipients
	if !exists(a.state) || decision.Rotate {
		var err error
		if recipients, err = keep.parse(); err != nil {
			return nil, err
		}
	}
	had := series{&Series{}, &Expiry{}}
	if exists(a.state) {
		had = a.r.kind.series(a.state)
	}
	return &keyseries.Job{
		Vendor: vendor, Have: have, Decision: decision, Memory: a.memory,
		Want: wantedOf(p, had, a.r.kind.own(a.plan, a.state, a.left, *a.memory)),
		Keep: func(minted keyseries.Minted) error {
			return keep.put(n, recipients, minted.Secret, a.settings.Handoff)
		},
		Store:  func(next keyseries.State) { a.store(ctx, have, next) },
		Notify: a.r.notify(ctx, p),
	}, nil
}

// store notes what the domain has reached.
func (a *applying[P]) store(ctx context.Context, have, next keyseries.State) {
	n, p := a.r.kind.series(a.next), a.r.kind.series(a.plan)
	if next.ID != have.ID {
		n.ID, n.CreatedAt = types.StringValue(next.ID), crud.Timestamp(next.CreatedAt)
		n.Generation, n.Version = types.Int64Value(next.Generation), types.Int64Value(next.Version)
		n.RedactedValue = types.StringNull()
		n.ReadyForRotation = types.BoolValue(false)
		if !a.stored {
			a.warnEnd(ctx, next)
			a.r.kind.notices(a.next, keyseries.Key{ID: next.ID, Own: next.Own}, a.r.notify(ctx, p))
		}
	}
	n.ExpiresAt = crud.Timestamp(next.ExpiresAt)
	if next.Lifetime == 0 && (next.ID != have.ID || have.ExpiresAt.IsZero()) {
		n.ExpiresAt = types.StringNull() // as planned; the next refresh shows the server's end
	}
	if next.ID != have.ID {
		n.RotationDueAt = crud.Timestamp(keyseries.DueAt(duration(p.RotateAfter), next, *a.memory))
	}
	n.Previous = previousList(next.Previous, false)
	if exists(a.state) && next.Lifetime != duration(p.Lifetime) {
		n.Lifetime = a.r.kind.series(a.state).Lifetime // refused
	}
	var had P // none: the old key's values are not the new one's, which the next refresh has
	if next.ID == have.ID {
		had = a.state
	}
	a.r.kind.settle(a.next, had, next.Own)
	a.r.warnDiffer(ctx, n, a.r.kind.answered(a.next, next.Own, a.memory))
	a.stored, a.mute = true, next.Own == nil
	a.save()
}

// lookTime bounds [applying.look]: what is in state must not wait for it.
const lookTime = 10 * time.Second

// look reads the key where no answer has shown what was written. Otherwise the next refresh would take the change of
// somebody else for the vendor's spelling.
func (a *applying[P]) look(ctx context.Context, vendor keyseries.Vendor) {
	k, n := a.r.kind, a.r.kind.series(a.next)
	open := slices.DeleteFunc(k.unanswered(a.next, *a.memory), func(o Argument[P]) bool {
		return !a.mute && o.Place.get(a.next).IsNull() // some answers leave out what is not set
	})
	if !a.stored || len(open) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	key, ok := keyseries.AfterWrite(ctx, vendor, n.ID.ValueString(), func(key keyseries.Key) bool {
		seen := a.memory.Clone()
		return len(k.answered(a.next, key.Own, &seen)) == 0
	})
	if ok {
		a.r.warnDiffer(ctx, n, k.answered(a.next, key.Own, a.memory))
		a.save()
	}
}

// warnEnd warns of a new key with another end than was asked for.
func (a *applying[P]) warnEnd(ctx context.Context, next keyseries.State) {
	asked := next.CreatedAt.Add(next.Lifetime)
	switch {
	case next.ExpiresAt.IsZero():
	case next.Lifetime == 0, next.ExpiresAt.Before(asked.Add(-time.Minute)):
		crud.Warn(ctx, crud.Named(a.r.kind.Noun, next.Name, next.ID), "expires sooner than asked for",
			"The server lets key %s expire at %s, probably because of a key policy. Set lifetime and rotate_after within it, or the key stops working before it is due.",
			next.ID, stamp(next.ExpiresAt))
	case keyseries.Late(next.ExpiresAt, asked):
		crud.Warn(ctx, crud.Named(a.r.kind.Noun, next.Name, next.ID), "expires later than asked for",
			"The server lets key %s expire at %s, and lifetime asks for %s: it ignored the lifetime or changed it. If the key must not work that long, rotate_after and overlap end it earlier.",
			next.ID, stamp(next.ExpiresAt), stamp(asked))
	}
}

// moveSecret changes how the current secret is stored in state.
func (a *applying[P]) moveSecret() error {
	n := a.r.kind.series(a.next)
	keep := keepingOf(a.r.kind.series(a.plan), a.settings)
	mv, err := keep.moveOf(n, a.memory.Opens)
	if err != nil || mv == stay {
		return err
	}
	recipients, err := keep.parse()
	if err != nil {
		return err
	}
	text := secret.New(n.Value.ValueString())
	if sealed := n.SealedValue.ValueString(); sealed != "" {
		if text, err = a.settings.Identities.Open(sealed); err != nil {
			return fmt.Errorf("the secret cannot be opened to seal it again: %w. Give the identity that opened it while planning", err)
		}
		if err := fits(n, text); err != nil {
			return err
		}
	}
	if err := keep.put(n, recipients, text, a.settings.Handoff); err != nil {
		return err
	}
	a.save()
	return nil
}
