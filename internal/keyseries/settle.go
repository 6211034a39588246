// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

var (
	// errNoTrace is why an attempt is not settled when nothing of it shows.
	errNoTrace = errors.New("the list shows no such key so far")
	// errHeld is why an attempt without a trace is remembered for longer.
	errHeld = errors.New("it may have the place or the name of the next key, and no list shows it so far")
	// ErrUsed is why a key found by its mark is not revoked.
	ErrUsed = errors.New("it has been used, so its secret is in use, and it is not revoked")
)

// settle revokes what an attempt left behind. An attempt without a trace stays open.
func (x *minting) settle(ctx context.Context, attempt Attempt) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTime)
	defer cancel()
	for look := 0; ; look++ {
		settled := false
		keys, err := x.v.List(ctx, Fresh)
		if err == nil {
			// The nonce is seconds old, so this is no key that the vendor works with itself, whatever is shown of it.
			settled, err = findAnd(ctx, x.v, x.m, keys, attempt, x.v.Revoke)
		}
		if settled {
			return err
		}
		if err == nil && look < len(lookAgain) {
			if err = x.v.Sleep(ctx, lookAgain[look]); err == nil {
				continue
			}
		}
		x.traceless = append(x.traceless, attempt)
		return err
	}
}

// find looks for the key of an attempt and revokes it, unless the vendor works with it itself: the attempt may be an
// earlier run's.
func find(ctx context.Context, v Vendor, m *Memory, keys *Listing, attempt Attempt) (settled bool, err error) {
	return findAnd(ctx, v, m, keys, attempt, func(ctx context.Context, id string, created time.Time) error {
		return revoke(ctx, v, id, created, "")
	})
}

// findAnd looks for the key of an attempt and ends it; settled reports whether there was one and that it is revoked.
func findAnd(ctx context.Context, v Vendor, m *Memory, keys *Listing, attempt Attempt, end func(context.Context, string, time.Time) error) (settled bool, err error) {
	for _, key := range keys.of(attempt.mark(), v.Owner()) {
		if key.used() {
			return false, fmt.Errorf("key %s: %w", key.ID, ErrUsed)
		}
		if err := end(ctx, key.ID, key.CreatedAt); err != nil {
			return false, fmt.Errorf("key %s was found and could not be revoked: %w", key.ID, err)
		}
		m.ended(key.ID, v.Now())
		settled = true
	}
	return settled, nil
}

// WaitOut looks for unsettled attempts until their minute is over, and revokes what
// comes up. It is for a create: Terraform hands no private state to the destroy of what
// such a create leaves, so nothing would look for them later.
func WaitOut(ctx context.Context, v Vendor, m *Memory) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTime)
	defer cancel()
	for {
		used, failed := look(ctx, v, m)
		if len(used) > 0 && len(used) == len(m.Unsettled) { // nothing of them can still come up
			return failed
		}
		if !m.settling(v.Now()) {
			if failed != nil {
				return failed
			}
			if m.Unsettled = slices.DeleteFunc(m.Unsettled, func(a Attempt) bool { return a.over(v.Now()) }); len(m.Unsettled) > 0 {
				return errHeld
			}
			return nil
		}
		if err := v.Sleep(ctx, min(lookEvery, SettleFor)); err != nil {
			return errors.Join(failed, err)
		}
	}
}

// look revokes what a fresh list shows of unsettled attempts, and forgets those. used are the attempts whose key is in
// use. What it could not revoke is among the other keys of the series: there the destroy of a tainted object finds it,
// which comes without the memory.
func look(ctx context.Context, v Vendor, m *Memory) (used []Attempt, err error) {
	if len(m.Unsettled) == 0 {
		return nil, nil
	}
	keys, err := v.List(ctx, Fresh)
	if err != nil {
		return nil, err
	}
	var errs []error
	m.Unsettled = slices.DeleteFunc(m.Unsettled, func(attempt Attempt) bool {
		settled, err := find(ctx, v, m, keys, attempt)
		errs = append(errs, err)
		if errors.Is(err, ErrUsed) {
			used = append(used, attempt)
		}
		for _, key := range keys.of(attempt.mark(), v.Owner()) {
			m.forget(key.ID)
			if !settled {
				other := v.Capabilities().other(key)
				other.Unsettled = true
				m.Others = append(m.Others, other)
			}
		}
		for _, key := range keys.disputed(attempt.mark(), v.Owner()) {
			if !key.Ended(v.Now()) {
				errs = append(errs, fmt.Errorf("key %s carries its marker and belongs to the user %s, but the provider's %s is not that user's, so it is not revoked. To revoke it: %s", key.ID, key.Person, v.Capabilities().Words.Credential, v.RevokeCommand(key.ID)))
			}
		}
		return settled
	})
	if len(m.Unsettled) > 0 && len(keys.Incomplete) > 0 {
		errs = append(errs, fmt.Errorf("the list of keys may be incomplete: %s", strings.Join(keys.Incomplete, "; ")))
	}
	return used, errors.Join(errs...)
}
