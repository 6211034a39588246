// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"slices"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// An expired key that remains at the vendor gives up its name like a living one, and is
// revoked by the rotation that takes its place.
func TestExpiredKeyRemains(t *testing.T) {
	t.Parallel()
	for remains, journal := range map[bool][]string{
		false: {list, "mint payments 1"},
		true:  {list, "yield key_2 2", "mint payments 1", "revoke key_2"},
	} {
		v, want, have, m := due()
		v.can.Remains = remains
		have.Previous, m.Previous = nil, nil
		have.ExpiresAt, m.Phase = begin.Add(-hour), keyseries.Expired
		v.keys["key_2"].ExpiresAt = have.ExpiresAt
		job, r, _ := newJob(yielding{full: v}, want, have, &m)
		if err := job.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantJournal(t, v, journal...)
		if len(r.last().Previous)+len(m.Previous) != 0 {
			t.Errorf("stored %+v, memory %+v", r.last(), m)
		}
	}
}

// A previous key that has expired by itself is remembered where it remains, and the first
// apply after its overlap revokes it.
func TestExpiredPreviousKeyRemains(t *testing.T) {
	t.Parallel()
	for _, remains := range []bool{false, true} {
		l := newLooking()
		l.v.can.Remains = remains
		l.v.clock.Advance(2 * day)
		seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
		if err != nil {
			t.Fatal(err)
		}
		if _, kept := seen.Memory.Previous["key_1"]; kept != remains || (len(seen.Previous) == 1) != remains {
			t.Errorf("remains %v: seen %+v", remains, seen)
		}
		d := keyseries.Decide(l.v.can, keyseries.Wanted{Name: "payments", Lifetime: 90 * day}, l.have, seen.Memory)
		if slices.Contains(d.Revoke, "key_1") != remains {
			t.Errorf("remains %v: decided %+v", remains, d)
		}
	}
}

// A key that must be left alone stops plan and apply; a look goes on, and ends it.
func TestBlockedKey(t *testing.T) {
	t.Parallel()
	l := newLooking()
	l.v.keys["key_2"].Blocked = "The server rotates it."
	seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
	if err != nil {
		t.Fatal(err)
	}
	m := seen.Memory
	job, _, _ := newJob(l.v, keyseries.Wanted{Name: "payments", Lifetime: 90 * day, Triggers: keyseries.Changed}, l.have, &m)
	before := len(l.v.journal)
	wantText(t, job.Run(t.Context()), "key key_2 must be left alone: The server rotates it. Nothing was created")
	if len(l.v.journal) != before || job.Decision.Rotate {
		t.Errorf("calls %v", l.v.journal)
	}
	l.v.keys["key_2"].Blocked = ""
	if seen, err = keyseries.Observe(t.Context(), l.v, l.have, m); err != nil || seen.Memory.Blocked != "" {
		t.Errorf("still blocked: %v, %v", seen.Memory.Blocked, err)
	}
}

// Keys in state are no copies of the marker, whoever the server says owns them.
func TestOwnKeyIsNoCopy(t *testing.T) {
	t.Parallel()
	l := newLooking()
	l.v.keys["key_2"].Person, l.v.keys["key_1"].Person = "ann", "ann"
	seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
	if err != nil {
		t.Fatal(err)
	}
	wantNotices(t, seen.Notices)
}
