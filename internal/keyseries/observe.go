// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// maxSkew is how far this machine's clock may be off the vendor's.
const maxSkew = 5 * time.Minute

// KnowTime makes sure that [Vendor.Now] follows the vendor's clock: a moment that is
// sent as a distance from now is as wrong as the clock it was counted by.
func KnowTime(ctx context.Context, v Vendor) error {
	if _, known := v.Skew(); known {
		return nil
	}
	_, err := v.Keys(ctx)
	return err
}

// Observed is what a look at the vendor found.
type Observed struct {
	Current  Key // empty when Memory.Lost says so
	Previous []Previous
	Memory   Memory
	Warnings []string
}

// Observe looks at the series. [apierr.Gone] only when every key of it is gone for
// certain; a lost current key beside a living previous one is told in the memory.
func Observe(ctx context.Context, v Vendor, have State, m Memory) (Observed, error) {
	m = m.Clone()
	keys, err := v.Keys(ctx)
	if err != nil {
		return Observed{}, err
	}
	if err := m.elsewhere(keys, have.ID); err != nil {
		return Observed{}, err
	}
	m.Meet(v, keys, have.ID)
	if err := m.rebuild(ctx, v, have, keys); err != nil {
		return Observed{}, err
	}
	out := Observed{}
	now := v.Now()
	trusted := true
	if skew, known := v.Skew(); known && skew.Abs() > maxSkew {
		trusted = false
		out.Warnings = append(out.Warnings, fmt.Sprintf("This machine's clock is %s off the server's. Whether keys are due or expired is not decided until the clock is right.", skew.Abs().Round(time.Second)))
	}
	m.Looked = time.Time{}
	if trusted {
		m.Looked = now
	}

	gone, err := out.current(ctx, v, have, &m, keys)
	if err != nil {
		return Observed{}, err
	}
	if err := out.previous(ctx, v, have, &m, keys, now); err != nil {
		return Observed{}, err
	}
	if !m.settling(now) || keys.shows(m.Unsettled) {
		m.Unsettled, m.UnsettledAt = nil, time.Time{} // whatever it made carries the mark and was found above
	}
	switch {
	case have.ID == "" && len(out.Previous) == 0 && len(m.Unsettled) == 0:
		return Observed{}, &apierr.Gone{What: "the unfinished key", Why: "no attempt to create it left a key behind"}
	case gone != nil && m.Lost == Deleted && len(out.Previous) == 0:
		return Observed{}, gone
	}
	out.Memory = m
	return out, nil
}

// current looks for the current key and judges it.
func (o *Observed) current(ctx context.Context, v Vendor, have State, m *Memory, keys *Listing) (*apierr.Gone, error) {
	m.Lost = ""
	if have.ID == "" {
		m.Lost = Deleted
		return nil, nil //nolint:nilnil // nothing to look for is no error
	}
	key, ok := keys.Get(have.ID)
	if !ok {
		var err error
		key, err = v.Key(ctx, have.ID, have.CreatedAt)
		gone, isGone := apierr.AsGone(err)
		switch {
		case isGone && !have.ExpiresAt.IsZero() && !m.Looked.IsZero() && !m.Looked.Before(have.ExpiresAt):
			m.Lost = Expired // some vendors stop listing expired keys
			return gone, nil
		case isGone:
			m.Lost = Deleted
			return gone, nil
		case err != nil:
			return nil, err
		}
	}
	o.Current = key
	switch {
	case !key.ExpiresAt.IsZero() && !m.Looked.IsZero() && !m.Looked.Before(key.ExpiresAt):
		m.Lost = Expired
		o.warn("API key %s expired at %s.", key.ID, stamp(key.ExpiresAt))
	case !key.ExpiresAt.IsZero() && (have.ExpiresAt.IsZero() || key.ExpiresAt.Before(have.ExpiresAt.Add(-slack))) && !have.CreatedAt.IsZero():
		o.warn("API key %s now ends at %s: its life was shortened outside Terraform.", key.ID, stamp(key.ExpiresAt))
	}
	if !key.OwnerActive {
		o.warn("API key %s exists, but its owner %s has no access to the project at present, so the key does nothing. Give the service account a role or put it into a group that has one.", key.ID, key.OwnerID)
	}
	return nil, nil //nolint:nilnil // found
}

// previous gathers what else of the series is alive: known previous keys, promised
// ends, and keys that carry the mark without being known.
func (o *Observed) previous(ctx context.Context, v Vendor, have State, m *Memory, keys *Listing, now time.Time) error {
	alive := map[string]Key{}
	for id := range m.Deadlines {
		key, ok := keys.Get(id)
		if !ok {
			var err error
			key, err = v.Key(ctx, id, time.Time{})
			if _, isGone := apierr.AsGone(err); isGone {
				m.forget(id)
				continue
			}
			if err != nil {
				return err
			}
		}
		alive[id] = key
	}
	for _, key := range keys.Own(m.Series) {
		_, mark, _ := Read(key.Name)
		m.Attempt = max(m.Attempt, mark.Attempt) // a killed run could not note its number
		if key.ID != have.ID {
			alive[key.ID] = key
		}
	}
	for id, key := range alive {
		if key.Ended(now) {
			m.forget(id) // dead by itself
			continue
		}
		o.Previous = append(o.Previous, Previous{ID: id, ExpiresAt: key.ExpiresAt})
	}
	slices.SortFunc(o.Previous, func(a, b Previous) int { return strings.Compare(a.ID, b.ID) })
	return nil
}

func (o *Observed) warn(format string, args ...any) {
	o.Warnings = append(o.Warnings, fmt.Sprintf(format, args...))
}
