// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
)

// afterMint bounds the work that follows a mint and is not interrupted by a stop.
const afterMint = 3 * time.Minute

// updating is one Update on its way: next is the state so far, saved step by step.
type updating[M any] struct {
	r        *keyResource[M]
	vendor   keyseries.Vendor
	settings seal.Settings
	have     keyseries.State
	want     keyseries.Wanted
	decision keyseries.Decision
	memory   *keyseries.Memory
	planned  []keyseries.Previous
	next     M
	save     func()
}

// rotate mints, saves, and only then ends the old key.
func (u *updating[M]) rotate(ctx context.Context, plan *M) error {
	s := u.r.kind.Series(&u.next)
	keep := keepingOf(s, u.settings)
	recipients, err := keep.parse()
	if err != nil {
		return err
	}
	if u.memory.Unmarked {
		warnLeftovers(ctx, u.vendor, u.memory, s.Name.ValueString())
	}
	put := func(minted keyseries.Minted) error {
		return keep.put(s, recipients, minted.Secret, u.settings.Handoff)
	}
	minted, err := keyseries.Mint(ctx, u.vendor, u.memory, u.r.request(plan), put)
	expired := u.memory.Lost == keyseries.Expired
	if apierr.Status(err) == http.StatusConflict && (expired || u.want.Overlap == 0 && u.memory.Lost == "") {
		// One key per account: an expired key protects nothing, and with overlap = "0s"
		// the gap was asked for and announced. Unless another key takes the place.
		if err := u.onlyHolder(ctx); err != nil {
			return err
		}
		if err := keyseries.Revoke(ctx, u.vendor, u.memory, u.have.ID); err != nil {
			return err
		}
		u.memory.Lost = keyseries.Deleted
		minted, err = keyseries.Mint(ctx, u.vendor, u.memory, u.r.request(plan), put)
		if err != nil {
			return fmt.Errorf("key %s was revoked to make room, and the new one could not be made, so the workload has no key now: %w", u.have.ID, err)
		}
	}
	if err != nil {
		return err
	}
	u.memory.Unmarked = false
	left := keyseries.Supersede(u.memory, u.have, minted.CreatedAt, u.want.Overlap)
	s.Generation = types.Int64Value(u.have.Generation + 1)
	u.r.fill(ctx, s, u.vendor, *u.memory, minted, s.Version.ValueInt64())
	s.Previous = previousList(withoutUnplanned(left, u.planned))
	u.save()

	// From here on the new key must reach its store, so trouble is a warning; but a key
	// that should be dead and is not is an error, and stays in state.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), afterMint)
	defer cancel()
	left, warnings, err := keyseries.Retire(ctx, u.vendor, u.memory, left)
	u.warnPrevious(ctx, warnings)
	if err != nil {
		s.Previous = previousList(left)
		u.save()
		return fmt.Errorf("the new key %s is made and in state, but an old one lives on: %w. The next apply tries again", minted.ID, err)
	}
	s.Previous = previousList(withoutUnplanned(left, u.planned))
	u.save()
	return nil
}

// warnPrevious says which previous keys do not expire as planned.
func (u *updating[M]) warnPrevious(ctx context.Context, warnings []string) {
	if len(warnings) > 0 {
		crud.Warn(ctx, crud.Named(u.r.kind.Noun, u.want.Name, u.have.ID), "has previous keys that do not expire as planned", "%s", strings.Join(warnings, "\n\n"))
	}
}

// onlyHolder is an error when the account has another living key besides this series'.
func (u *updating[M]) onlyHolder(ctx context.Context) error {
	keys, err := u.vendor.FreshKeys(ctx)
	if err != nil {
		return err
	}
	var others []string
	for _, key := range keys.Rivals(u.vendor.Owner(), u.have.ID, u.memory.Series, u.vendor.Now()) {
		others = append(others, key.ID)
	}
	if len(others) > 0 {
		return fmt.Errorf("this organization allows one key per service account, and this account has another one, %s, so revoking key %s would make no room. Nothing was changed. Revoke the other key, or use a second account",
			strings.Join(others, ", "), u.have.ID)
	}
	return nil
}

// change does what needs no new key.
func (u *updating[M]) change(ctx context.Context, state *M) error {
	s := u.r.kind.Series(&u.next)
	if u.decision.SetLifetime || len(u.have.Previous) > 0 {
		if err := keyseries.KnowTime(ctx, u.vendor); err != nil {
			return err
		}
	}
	if u.decision.SetScopes {
		err := u.vendor.SetScopes(ctx, u.have.ID, keyseries.Restriction(u.want.Scopes))
		if err := u.cannot(err, "scopes"); err != nil {
			return err
		}
	}
	if u.decision.SetLifetime {
		if err := u.setLifetime(ctx, s); err != nil {
			// The scopes, if they changed, are the server's already.
			s.Lifetime = u.r.kind.Series(state).Lifetime
			u.save()
			return err
		}
	}
	left, warnings, retireErr := keyseries.Retire(ctx, u.vendor, u.memory, u.have.Previous)
	u.warnPrevious(ctx, warnings)
	s.Previous = previousList(left)
	sealErr := u.moveSecret(s)
	u.save()
	return errors.Join(retireErr, sealErr)
}

func (u *updating[M]) setLifetime(ctx context.Context, s *Series) error {
	end := u.have.CreatedAt.Add(u.want.Lifetime)
	if end.Before(u.vendor.Now().Add(u.want.Overlap)) {
		return fmt.Errorf("key %s would end at %s, sooner than the overlap of %s allows: this plan was made earlier or without a look at the server. Nothing was changed. Plan again; it rotates the key instead",
			u.have.ID, end.UTC().Format(time.RFC3339), span.Format(u.want.Overlap))
	}
	key, err := u.vendor.EndAt(ctx, u.have.ID, end)
	if err == nil && (key.ExpiresAt.IsZero() || key.ExpiresAt.Sub(end).Abs() > time.Minute) {
		err = keyseries.ErrCannot // answered, but nothing changed
	}
	if err := u.cannot(err, "lifetime"); err != nil {
		return err
	}
	s.ExpiresAt = crud.Timestamp(key.ExpiresAt)
	return nil
}

// cannot turns a missing call into an error that says what happens next.
func (u *updating[M]) cannot(err error, what string) error {
	if !errors.Is(err, keyseries.ErrCannot) {
		return err
	}
	u.memory.NoUpdate = true
	return fmt.Errorf("this organization cannot change the %s of an existing key: %w. Nothing was changed. The next plan rotates the key instead, with its overlap", what, err)
}

// moveSecret changes how the present secret lies in state.
func (u *updating[M]) moveSecret(s *Series) error {
	keep := keepingOf(s, u.settings)
	mv, _, err := keep.moveOf(s, u.memory.Opens)
	if err != nil || mv == stay {
		return err
	}
	recipients, err := keep.parse()
	if err != nil {
		return err
	}
	text := secret.New(s.Value.ValueString())
	if sealed := s.SealedValue.ValueString(); sealed != "" {
		if text, err = u.settings.Identities.Open(sealed); err != nil {
			return fmt.Errorf("the secret cannot be opened to seal it again: %w. Give the identity that opened it while planning", err)
		}
	}
	return keep.put(s, recipients, text, u.settings.Handoff)
}
