// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

const (
	// recoveryTime bounds the work after a mint, which a stop does not interrupt.
	recoveryTime = 3 * time.Minute
	// mints is how often a key is tried for in one apply.
	mints = 2
)

// lookEvery is the pause between looks for attempts that may still come up.
const lookEvery = 10 * time.Second

// lookAgain are the pauses between looks for an attempt a lagging list may not show.
var lookAgain = []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second}

// Unsettled is the error when it could not be found out whether an attempt made a
// key. The memory remembers the attempt; the next apply looks for it again.
type Unsettled struct {
	Shown string // the name to look for at the vendor
	Mint  error  // why the outcome is unknown
	Look  error  // why it could not be settled
}

// Error implements error.
func (u *Unsettled) Error() string {
	return fmt.Sprintf("%v. Whether the attempt made a key is not settled: %v", u.Mint, u.Look)
}

// Unwrap gives both causes.
func (u *Unsettled) Unwrap() []error { return []error{u.Mint, u.Look} }

// Mint makes the next key of the series and has keep put its secret away before
// anything else happens; when keep fails the new key is revoked. After an unknown
// outcome it finds and revokes what the attempt left, and mints once more.
func Mint(ctx context.Context, v Vendor, m *Memory, request Request, keep func(Minted) error) (Minted, error) {
	name := request.Name
	var lost error    // the attempt before
	var open []string // attempts that left no trace so far: a list may lag behind
	fail := func(err, why error) error {
		if why == nil && len(open) == 0 {
			return err
		}
		if why == nil {
			why = errNoTrace
		}
		m.open(v.Now(), open...)
		return &Unsettled{Shown: open[len(open)-1], Mint: err, Look: why}
	}
	for try := 1; ; try++ {
		request.Name = m.next().Show(name)
		minted, err := v.Mint(ctx, request)
		if err == nil {
			if err = check(request, minted); err == nil {
				err = keep(minted)
			}
			if err != nil {
				return Minted{}, abandon(ctx, v, m, request.Name, minted.ID, err)
			}
			if _, ok := v.(Guarded); ok {
				if m.Fingerprints == nil {
					m.Fingerprints = map[string]string{}
				}
				m.Fingerprints[minted.ID] = minted.Secret.Fingerprint()
			}
			m.open(v.Now(), open...)
			return minted, nil
		}
		if !apierr.IsUnknown(err) {
			if lost != nil && len(open) == 0 {
				err = fmt.Errorf("%w (an attempt before had no clear outcome and was cleaned up: %w)", err, lost)
			}
			return Minted{}, fail(err, nil)
		}
		lost = err
		revoked, lookErr := settle(ctx, v, request.Name)
		if !revoked {
			open = append(open, request.Name)
		}
		if lookErr != nil || try >= mints || ctx.Err() != nil {
			return Minted{}, fail(err, lookErr)
		}
	}
}

// check refuses a key that is not what was asked for.
func check(request Request, minted Minted) error {
	if request.Lifetime > 0 && minted.ExpiresAt.IsZero() {
		return errors.New("the server ignored the lifetime: the key it made would never expire. This organization does not support expiry yet; take lifetime away")
	}
	return nil
}

// abandon revokes a key whose secret could not be put away.
func abandon(ctx context.Context, v Vendor, m *Memory, shown, id string, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTime)
	defer cancel()
	if err := v.Revoke(ctx, id); err != nil {
		m.open(v.Now(), shown)
		return fmt.Errorf("%w; the new key %s could not be revoked either (%w): %s", cause, id, err, v.RevokeCommand(id))
	}
	return fmt.Errorf("%w; the new key %s was revoked again", cause, id)
}

// errNoTrace is why an attempt is not settled when nothing of it shows.
var errNoTrace = errors.New("no such key shows in the list so far")

// settle revokes what the attempt with this shown name left behind, and tells whether
// there was something.
func settle(ctx context.Context, v Vendor, shown string) (revoked bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTime)
	defer cancel()
	for look := 0; ; look++ {
		keys, err := v.FreshKeys(ctx)
		if err != nil {
			return false, err
		}
		for _, key := range keys.marked(shown) {
			if err := v.Revoke(ctx, key.ID); err != nil {
				return false, err
			}
			revoked = true
		}
		if revoked || look >= len(lookAgain) {
			return revoked, nil
		}
		if err := v.Sleep(ctx, lookAgain[look]); err != nil {
			return false, err
		}
	}
}

// RevokeAll ends the whole series: the current key, the previous ones, and whatever
// else carries its mark. Every key is tried; the error tells what is left.
func RevokeAll(ctx context.Context, v Vendor, have State, m Memory) error {
	ids := map[string]bool{}
	if have.ID != "" {
		ids[have.ID] = true
	}
	for _, p := range have.Previous {
		ids[p.ID] = true
	}
	for id := range m.Deadlines {
		ids[id] = true
	}
	// The remembered list is kept right by our own writes; a fresh one for every key of
	// a large destroy would cost more than the revocations.
	keys, err := v.Keys(ctx)
	if _, gone := apierr.AsGone(err); gone {
		return nil
	}
	if err != nil {
		return err
	}
	if err := m.elsewhere(keys, have.ID); err != nil {
		return err
	}
	if err := m.rebuild(ctx, v, have, keys); err != nil {
		return err
	}
	// With the memory goes the mark: what a lagging list does not show yet would be lost.
	for m.settling(v.Now()) && !keys.shows(m.Unsettled) {
		if err := v.Sleep(ctx, lookEvery); err != nil {
			return err
		}
		if keys, err = v.FreshKeys(ctx); err != nil {
			return err
		}
	}
	for _, key := range keys.Own(m.Series) {
		ids[key.ID] = true
	}
	var failed []string
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if err := Revoke(ctx, v, &m, id); err != nil {
			failed = append(failed, id)
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("still alive: %s: %w", strings.Join(failed, ", "), errors.Join(errs...))
	}
	return nil
}
