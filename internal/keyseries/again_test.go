// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// A plan without a look, or one that was saved before another run rotated the key: the
// apply finds out before it mints.
func TestAnOlderStateIsFoundByTheApply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		used, gone bool
		user       string // whose credential the other run worked with, where it was another one
	}{{true, false, ""}, {true, true, ""}, {false, false, ""}, {false, true, ""}, {true, false, "ada"}, {true, true, "ada"}, {false, true, "ada"}} {
		used, gone := c.used, c.gone
		v, want, have, m := due()
		later := v.add("key_9", shown(9), time.Time{})
		later.Person = c.user
		if used {
			later.LastUsedAt = begin
		}
		old := []string{"key_1", "key_2"}
		v.keys["key_2"].ExpiresAt = begin.Add(hour) // by the other run
		if gone {
			old = old[:1]
			delete(v.keys, "key_2") // by a later apply of it
		}
		job, r, _ := newJob(v, want, have, &m)
		err := job.Run(t.Context())
		var older *keyseries.Older
		if errors.As(err, &older) != used {
			t.Fatalf("used %v, gone %v: %v", used, gone, err)
		}
		if used {
			wantLive(t, v, append(old, "key_9")...)
			if v.calls(mint)+v.calls(endAt)+v.calls(revoke)+len(r.states) != 0 {
				t.Errorf("calls %v, stored %v", v.journal, r.states)
			}
			wantText(t, err, "key_9", "terraform import")
			if older.Command == nil {
				t.Error("the error has no command")
			}
			continue
		}
		wantLive(t, v, append(old, "key_3", "key_9")...)
		wantNotices(t, r.notices, "key_9: key is newer than this plan")
	}
}

// A list may leave the current key out: beside a later key of the series it is asked for, and an
// answer that tells nothing stops the apply.
func TestAKeyThatAListLeavesOutIsAskedFor(t *testing.T) {
	t.Parallel()
	v, want, have, m := due()
	v.add("key_9", shown(9), time.Time{}).LastUsedAt = begin
	v.keys["key_2"].listed = begin.Add(1000 * day)
	job, r, _ := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil || v.calls(get+" key_2") != 1 {
		t.Errorf("%v, calls %v", err, v.journal)
	}
	wantNotices(t, r.notices, "key_9: key is newer than this plan")

	v, want, have, m = due()
	v.add("key_9", shown(9), time.Time{}).LastUsedAt = begin
	v.keys["key_2"].listed = begin.Add(1000 * day)
	v.fail(get, fault{err: refused(500)})
	job, _, _ = newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err == nil || v.calls(mint) != 0 {
		t.Errorf("%v, calls %v", err, v.journal)
	}
}

// A saved plan is applied with another organization's credential: nothing is minted there, and
// nothing is taken for revoked.
func TestAnApplyInAnotherOrganization(t *testing.T) {
	t.Parallel()
	for name, begins := range map[string]func() (full, keyseries.Wanted, keyseries.State, keyseries.Memory){"a rotation": due, "a change": changing} {
		v, want, have, m := begins()
		v.can.Gone, m.Neighbours = keyseries.ByNeighbours, []string{"key_0"}
		clear(v.keys)
		v.add("theirs", "theirs", time.Time{})
		job, r, _ := newJob(v, want, have, &m)
		wantText(t, job.Run(t.Context()), "another organization's root key", "Nothing was created, changed or revoked")
		wantLive(t, v, "theirs")
		if v.calls(mint)+v.calls(edit)+v.calls(endAt)+v.calls(revoke)+len(r.states) != 0 {
			t.Errorf("%s: calls %v, stored %v", name, v.journal, r.states)
		}
	}
}

// The provider works with a key of the series, and there is no other one: where none of them is,
// that is another organization, for a look, an apply and a destroy.
func TestTheProvidersOwnKeyAlone(t *testing.T) {
	t.Parallel()
	elsewhere := func(v full) { clear(v.keys); v.add("theirs", "theirs", time.Time{}) }
	for name, c := range map[string]struct {
		own    string        // the key that the provider works with at the first look
		before func(guarded) // the first look
		after  func(v full)  // the first look
		alone  bool          // another organization is told
	}{
		"the current key":                 {own: "key_2", after: elsewhere, alone: true},
		"a previous key":                  {own: "key_1", after: elsewhere, alone: true},
		"no key of the list":              {own: "static", after: elsewhere},
		"a key beside it":                 {own: "key_2", before: func(v guarded) { v.add("beside", "beside", time.Time{}) }, after: func(v full) { delete(v.keys, "key_1"); delete(v.keys, "key_2") }},
		"a previous key is there":         {own: "key_2", after: func(v full) { delete(v.keys, "key_2") }},
		"a list that may lack neighbours": {own: "key_2", before: func(v guarded) { v.incomplete = []string{"a page is missing"} }, after: elsewhere},
		"it has expired":                  {own: "key_2", after: func(v full) { elsewhere(v); v.clock.Advance(100 * day) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLooking()
			l.v.can.Gone = keyseries.ByNeighbours
			l.m.Fingerprint = fingerprintOf("key_2")
			v := own(l.v, c.own)
			if c.before != nil {
				c.before(v)
			}
			seen, err := keyseries.Observe(t.Context(), v, l.have, l.m)
			if err != nil {
				t.Fatal(err)
			}
			v.incomplete = nil
			c.after(l.v)
			v.journal = nil
			_, err = keyseries.Observe(t.Context(), v, l.have, seen.Memory)
			want := keyseries.Wanted{Name: "payments", Lifetime: 90 * day, Overlap: day, Triggers: keyseries.Changed}
			memory := seen.Memory.Clone()
			job, _, _ := newJob(v, want, l.have, &memory)
			if c.alone {
				wantText(t, err, "another organization's root key", "if it was revoked by hand", "terraform state rm")
				wantText(t, job.Run(t.Context()), "another organization's root key", "Nothing was created, changed or revoked")
				_, err = keyseries.Destroy(t.Context(), v, l.have, &seen.Memory)
				wantText(t, err, "another organization's root key")
				if v.calls(mint)+v.calls(revoke) != 0 {
					t.Errorf("calls %v", v.journal)
				}
			} else if err != nil && !apierr.IsGone(err) {
				t.Error(err)
			}
		})
	}
}

// A key that the plan took for revoked or expired, and that the apply finds working, is a previous key. The
// plan did not show it, so the apply leaves it as it is, and the next plan says what becomes of it.
func TestAKeyThatThePlanTookForLost(t *testing.T) {
	t.Parallel()
	for _, phase := range []keyseries.Phase{keyseries.Deleted, keyseries.Expired} {
		for _, overlap := range []time.Duration{day, 0} {
			for _, remains := range []bool{false, true} {
				v, want, have, m := due()
				v.can.Remains = remains
				want.Triggers, want.Overlap, m.Phase, m.Looked = keyseries.Same, overlap, phase, begin
				if phase == keyseries.Expired {
					have.ExpiresAt, v.keys["key_2"].ExpiresAt = begin.Add(-hour), begin.Add(30*day)
				}
				job, r, _ := newJob(v, want, have, &m)
				if err := job.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				wantJournal(t, v, list, "mint payments 1")
				wantNotices(t, r.notices, "key_2: key works, and this plan took it for revoked or expired")
				if got := m.Previous["key_2"]; !got.End.Equal(begin.Add(overlap)) || len(r.last().Previous) != 1 {
					t.Errorf("remembered %+v, stored %+v", got, r.last())
				}
				seen, err := keyseries.Observe(t.Context(), v, r.last(), m)
				if err != nil {
					t.Fatal(err)
				}
				next := r.last()
				next.Previous, want.Triggers = seen.Previous, keyseries.Same
				decision := keyseries.Decide(v.can, want, next, seen.Memory)
				if overlap == 0 && !slices.Equal(decision.Revoke, []string{"key_2"}) || overlap > 0 && !slices.Equal(decision.Shorten, []string{"key_2"}) {
					t.Errorf("%s, overlap %s: the next plan is %+v", phase, overlap, decision)
				}
			}
		}
	}
}

// Nor does it give room where the organization allows one key per account.
func TestNoRoomOfAKeyThatThePlanTookForExpired(t *testing.T) {
	t.Parallel()
	for _, overlap := range []time.Duration{day, 0} {
		v, want, have, m := due()
		delete(v.keys, "key_1")
		have.Previous, m.Previous, m.Phase, v.limit, want.Overlap = nil, nil, keyseries.Expired, 1, overlap
		have.ExpiresAt, v.keys["key_2"].ExpiresAt = begin.Add(-hour), begin.Add(30*day)
		job, _, _ := newJob(v, want, have, &m)
		if err := job.Run(t.Context()); !errors.Is(err, keyseries.ErrNoRoom) || len(v.revoked) != 0 {
			t.Errorf("%v, calls %v", err, v.journal)
		}
	}
}

// And a change in place of an older state is stopped in the same way.
func TestAnOlderStateChangesNothing(t *testing.T) {
	t.Parallel()
	v, want, have, m := changing()
	v.add("key_9", shown(9), time.Time{}).LastUsedAt = begin
	v.keys["key_2"].ExpiresAt = begin.Add(hour)
	job, _, _ := newJob(v, want, have, &m)
	var older *keyseries.Older
	if err := job.Run(t.Context()); !errors.As(err, &older) || v.calls(endAt)+v.calls(edit) != 0 {
		t.Errorf("%v, calls %v", err, v.journal)
	}
}

// Somebody shortened the current key after the plan, because it leaked: the overlap of
// the rotation does not lengthen its life again. The same holds for a previous key.
func TestNoLifeIsLengthened(t *testing.T) {
	t.Parallel()
	v, want, have, m := due()
	want.Overlap = 3 * day
	v.keys["key_2"].ExpiresAt = begin.Add(hour)
	job, r, _ := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if end := v.keys["key_2"].ExpiresAt; !end.Equal(begin.Add(hour)) || v.calls(endAt) != 0 {
		t.Errorf("it ends at %s, calls %v", end, v.journal)
	}
	if got := r.last().Previous[0]; got.ID != "key_2" || !got.ExpiresAt.Equal(begin.Add(hour)) {
		t.Errorf("stored %+v", got)
	}

	v, want, have, m = changing()
	want.Own, want.Lifetime = nil, have.Lifetime
	v.add("key_1", shown(1), begin.Add(time.Minute))
	have.Previous = []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(hour)}}
	m.Previous = map[string]keyseries.Superseded{"key_1": {End: begin.Add(hour), Late: true}}
	job, _, _ = newJob(v, want, have, &m)
	if err := job.Change(t.Context()); err != nil {
		t.Fatal(err)
	}
	if end := v.keys["key_1"].ExpiresAt; !end.Equal(begin.Add(time.Minute)) || v.calls(endAt) != 0 {
		t.Errorf("it ends at %s, calls %v", end, v.journal)
	}
}

// A change that another key needs stores the end of the current key as it was planned,
// whatever became of it since.
func TestChangeStoresThePlannedEnd(t *testing.T) {
	t.Parallel()
	v, want, have, m := changing()
	want.Own, want.Lifetime = nil, have.Lifetime
	v.keys["key_2"].ExpiresAt = begin.Add(hour)
	v.add("key_1", shown(1), begin.Add(day))
	have.Previous = []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}
	m.Previous = map[string]keyseries.Superseded{"key_1": {End: begin.Add(hour), Late: true}}
	job, r, _ := newJob(v, want, have, &m)
	if err := job.Change(t.Context()); err != nil || !r.last().ExpiresAt.Equal(have.ExpiresAt) {
		t.Errorf("%v, stored %+v", err, r.last())
	}
}

// A rotation whose outcome stays open is settled by itself: the destroy of an object that
// is tainted afterwards knows nothing of it.
func TestRotateWaitsForLostAttempts(t *testing.T) {
	t.Parallel()
	v, want, have, m := due()
	v.lag = 25 * time.Second
	v.fail(mint, fault{cut, true}, fault{cut, true})
	job, _, _ := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err == nil {
		t.Fatal("no error")
	}
	wantLive(t, v, "key_1", "key_2")
	if len(m.Unsettled) != 0 {
		t.Errorf("memory %+v", m)
	}
}
