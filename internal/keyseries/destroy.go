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

// Destroy revokes the current key, the previous ones and remembered unsettled attempts.
// Any other key of the series is somebody else's by now: it is left alone, and reported.
// Where the vendor works with one of several keys itself, none is revoked; else every key is tried, and the error names
// what still works. The memory changes in nothing but [Memory.Revoked] and [Memory.Ended].
func Destroy(ctx context.Context, v Vendor, have State, remembered *Memory) ([]Notice, error) {
	m := remembered.Clone()
	x := destroying{v: v, have: have, m: &m, ids: map[string]time.Time{}}
	for _, id := range have.ids(m) {
		x.ids[id] = have.createdAt(id, m)
	}
	err := x.look(ctx)
	if apierr.IsGone(err) {
		return nil, nil // with its parent
	}
	if err != nil {
		return nil, err
	}
	ids := slices.Sorted(maps.Keys(x.ids))
	if err := spared(ctx, v, ids, have, m); err != nil {
		return x.notices, err
	}
	var failed []string
	var errs []error
	for _, id := range ids {
		if err := revokeOld(ctx, v, id, x.ids[id], m.fingerprint(id, have.ID)); err != nil {
			failed = append(failed, id)
			errs = append(errs, err)
		} else if !remembered.Missing() { // a tainted object keeps none
			remembered.ended(id, v.Now())
			if id == have.ID {
				remembered.Revoked = id
			}
		}
	}
	if len(errs) > 0 {
		return x.notices, fmt.Errorf("not revoked: %s: %w", strings.Join(failed, ", "), errors.Join(errs...))
	}
	return x.notices, nil
}

// spared is an error where one of several keys is the one that the vendor works with: revoked before it, the
// others could not take its place.
func spared(ctx context.Context, v Vendor, ids []string, have State, m Memory) error {
	if len(ids) < 2 {
		return nil // its revocation asks
	}
	for _, id := range ids {
		if err := spare(ctx, v, id, m.fingerprint(id, have.ID)); err != nil {
			return fmt.Errorf("no key was revoked: %w", err)
		}
	}
	return nil
}

// InUse is the key of the series that the vendor works with itself, with the error of its revocation; "" for none. It
// sends nothing, and tells only where the fingerprint of a secret is remembered.
func InUse(ctx context.Context, v Vendor, have State, m Memory) (id string, err error) {
	for _, id := range have.Working(m) {
		fingerprint := m.fingerprint(id, have.ID)
		if fingerprint == "" {
			continue
		}
		if err := spare(ctx, v, id, fingerprint); err != nil {
			return id, err
		}
	}
	return "", nil
}

// ids are the keys that a destroy revokes in any case, sorted.
func (s State) ids(m Memory) []string {
	ids := slices.Collect(maps.Keys(m.Previous))
	for _, p := range s.Previous {
		ids = append(ids, p.ID)
	}
	if s.ID != "" {
		ids = append(ids, s.ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// createdAt is when one of these keys was created; zero where that is not known.
func (s State) createdAt(id string, m Memory) time.Time {
	if id == s.ID {
		return s.CreatedAt
	}
	return m.Previous[id].Created
}

// Working are the keys that a destroy revokes, as far as the last look found them working.
func (s State) Working(m Memory) []string {
	return slices.DeleteFunc(s.ids(m), func(id string) bool {
		previous := m.Previous[id]
		expired := previous.Known && !m.Looked.IsZero() && Key{ExpiresAt: previous.Ends}.Ended(m.Looked)
		return expired || id == s.ID && m.Phase.Lost()
	})
}

type destroying struct {
	v       Vendor
	have    State
	m       *Memory
	ids     map[string]time.Time // to revoke, with when they were created
	notices []Notice
}

// look finds what else of the series works.
func (x *destroying) look(ctx context.Context) error {
	tainted := x.m.Missing()
	// The remembered list is kept right by our own writes; a fresh one for every key of
	// a large destroy would cost more than the revocations.
	keys, err := x.v.List(ctx, Remembered)
	if errors.Is(err, ErrNoList) {
		text := fmt.Sprintf("The list of keys could not be read (%v): only the keys in state were revoked.%s", err, mayBe(x.m.Unsettled))
		x.notices = append(x.notices, Notice{x.have.ID, "was destroyed without a check for other keys of its series", text})
		return nil
	}
	if err != nil {
		return err
	}
	if err := x.m.wrongTenant(x.v, keys, x.have); err != nil {
		return err
	}
	if tainted {
		if err := x.proven(ctx, keys); err != nil {
			return err
		}
	}
	if err := x.m.rebuild(ctx, x.v, x.have, keys); err != nil {
		return err
	}
	// With the memory goes the mark: what a lagging list does not show yet would be lost.
	for x.waits(keys, tainted) {
		if err := x.v.Sleep(ctx, min(lookEvery, SettleFor)); err != nil {
			return err
		}
		if keys, err = x.v.List(ctx, Fresh); err != nil {
			return err
		}
	}
	x.sort(keys)
	x.notices = append(x.notices, tell(x.v, x.m.traces(x.v, x.have, keys))...)
	untraced, why := x.m.untraced(keys, x.v.Owner()), "No key at the server carries their marker"
	if len(keys.Incomplete) > 0 {
		why = "The list of keys may be incomplete: " + strings.Join(keys.Incomplete, "; ")
	} else if !x.m.LosesMarks(x.v.Capabilities()) {
		untraced = slices.DeleteFunc(untraced, func(a Attempt) bool { return a.over(x.v.Now()) })
	}
	if len(untraced) > 0 {
		x.notices = append(x.notices, Notice{x.have.ID, "was destroyed with attempts that were never settled", why + "." + mayBe(untraced)})
	}
	if tainted && x.m.Series == "" {
		x.notices = append(x.notices, unmarked(x.v, x.have, x.m, keys)...)
	}
	return x.attempts(ctx, keys, tainted)
}

// proven is an error when no key of a tainted object is there: it comes without its neighbours,
// so that nothing else distinguishes its tenant from another one.
func (x *destroying) proven(ctx context.Context, keys *Listing) error {
	c := x.v.Capabilities()
	expired := len(x.ids) == 1 && Key{ExpiresAt: x.have.ExpiresAt}.Ended(x.v.Now())
	if c.Gone != ByNeighbours || x.have.ID == "" || expired {
		return nil
	}
	for id := range x.ids {
		if _, listed := keys.Get(id); listed {
			return nil
		}
	}
	for id, created := range x.ids {
		if _, err := x.v.Get(ctx, id, created); !apierr.IsGone(err) {
			return err
		}
	}
	return c.Words.unproven()
}

// waits reports whether a list may still bring up a key of this series. A tainted object
// comes without its memory: the minute of all that its create left open counts from the
// creation.
func (x *destroying) waits(keys *Listing, tainted bool) bool {
	now := x.v.Now()
	if tainted && !x.have.CreatedAt.IsZero() && now.Sub(x.have.CreatedAt).Abs() < SettleFor {
		return true
	}
	return x.m.settling(now) && len(x.m.untraced(keys, x.v.Owner())) > 0
}

// mayBe says what attempts may have left where no list tells; nothing without attempts.
func mayBe(attempts []Attempt) string {
	if len(attempts) == 0 {
		return ""
	}
	return fmt.Sprintf(" It is unknown whether unfinished attempts created keys. If they did, those keys are called %s: revoke them by hand.", quoted(shown(attempts)))
}

// sort separates keys to revoke from keys to report.
func (x *destroying) sort(keys *Listing) {
	own, foreign := keys.own(x.m.Series, x.v.Owner())
	foreign = slices.DeleteFunc(foreign, func(key Key) bool { return !key.disputed(x.v.Owner()) })
	for _, key := range append(own, foreign...) {
		mark, _ := key.Marked()
		_, known := x.ids[key.ID]
		switch {
		case known || x.m.own(key.ID, x.have) || key.Ended(x.v.Now()):
		case x.named(key.ID):
		case x.m.unsettled(mark) && !key.used() && key.Person == "":
			x.ids[key.ID] = key.CreatedAt
		default:
			other := x.v.Capabilities().other(key)
			x.notices = append(x.notices, Notice{key.ID, "of this series is left alone", fmt.Sprintf(
				"%s carries the marker of this series, but is neither the current nor a previous key of this state: %s. It is not revoked. If it is not needed: %s", capital(other.String()), other.From(x.v.Capabilities().Words.Credential), x.v.RevokeCommand(key.ID))})
		}
	}
}

// named reports whether the plan of the destroy, which knows as much as the memory, has named a key.
func (x *destroying) named(id string) bool {
	other, known := x.m.other(id)
	return known && !other.Unsettled
}

// attempts takes the keys that the last look found of a create that never got one: state
// is all that is left of it, and nobody ever had their secrets.
func (x *destroying) attempts(ctx context.Context, keys *Listing, tainted bool) error {
	if !tainted || x.have.ID != "" {
		return nil
	}
	for _, other := range x.have.Leftovers {
		key, listed := keys.Get(other.ID)
		if !listed {
			var err error
			if key, err = x.v.Get(ctx, other.ID, other.CreatedAt); err != nil && !apierr.IsGone(err) {
				return err
			}
		}
		if _, marked := key.Marked(); marked && !key.used() {
			x.ids[key.ID] = key.CreatedAt
		}
	}
	return nil
}
