// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"errors"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// A list may be older than what was last set or done: a read of the one key decides, and only there
// is one.
func TestObserveHoldsAnOlderListAgainstAReadOfTheKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		older func(l *looking) // how the list shows the keys
		now   func(l *looking) // how they are since
		reads string
		tells []string
	}{
		"the end of a previous key that was shortened": {
			func(l *looking) { l.v.keys["key_1"].ExpiresAt = time.Time{} },
			func(l *looking) { l.v.keys["key_1"].ExpiresAt = begin.Add(day) }, "get key_1", nil,
		},
		"the end of a current key that was raised": {
			func(l *looking) { l.v.keys["key_2"].ExpiresAt = begin.Add(30 * day) },
			func(l *looking) { l.v.keys["key_2"].ExpiresAt = begin.Add(90 * day) }, "get key_2", nil,
		},
		"and would have come already": {
			func(l *looking) { l.v.keys["key_2"].ExpiresAt = begin.Add(time.Minute) },
			func(l *looking) { l.v.keys["key_2"].ExpiresAt = begin.Add(90 * day) }, "get key_2", nil,
		},
		"an end that is true": {func(l *looking) { l.v.keys["key_2"].ExpiresAt = begin.Add(30 * day) }, func(*looking) {}, "get key_2", []string{"expires earlier"}},
		"a read does not find what the list shows": {
			func(l *looking) { l.v.keys["key_2"].ExpiresAt = begin.Add(30 * day) },
			func(l *looking) { delete(l.v.keys, "key_2") }, "get key_2", []string{"expires earlier"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLooking()
			l.m.Previous["key_1"] = keyseries.Superseded{End: begin.Add(day), Known: true, Ends: begin.Add(day)}
			c.older(&l)
			l.v.remembered = l.v.listing()
			c.now(&l)
			seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
			if err != nil {
				t.Fatal(err)
			}
			wantJournal(t, l.v, c.reads)
			wantNotices(t, seen.Notices, c.tells...)
			m := seen.Memory
			if m.Phase.Lost() || (m.Phase == keyseries.Ending) != (c.tells != nil) || m.Previous["key_1"].Late {
				t.Errorf("memory %+v", m)
			}
			// What was seen is in state then: the next look costs nothing more.
			l.v.remembered = l.v.listing()
			l.v.journal, l.have.ExpiresAt = nil, seen.Current.ExpiresAt
			if _, err = keyseries.Observe(t.Context(), l.v, l.have, m); err != nil {
				t.Fatal(err)
			}
			if _, there := l.v.keys["key_2"]; there {
				wantJournal(t, l.v)
			}
		})
	}
	// Without the read nothing is known.
	l := newLooking()
	l.v.keys["key_2"].ExpiresAt = begin.Add(30 * day)
	l.v.fail(get, fault{err: refused(500)})
	if _, err := keyseries.Observe(t.Context(), l.v, l.have, l.m); err == nil {
		t.Error("an end that contradicts is believed without a read")
	}
}

// A list that shows an earlier end than was last set would have a rotation leave the old key its late one.
func TestRotateBehindAnOlderList(t *testing.T) {
	t.Parallel()
	v, want, have, m := due()
	v.keys["key_2"].ExpiresAt = begin.Add(hour)
	v.remembered = v.listing()
	v.keys["key_2"].ExpiresAt = have.ExpiresAt
	job, r, _ := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantJournal(t, v, "get key_2", "mint payments 1", "end key_2 in 24h0m0s")
	if got := r.last().Previous[0].ExpiresAt; !got.Equal(begin.Add(day)) {
		t.Errorf("the old key ends at %s", got)
	}
}

// An answer to a new end that does not show it is no refusal: a read decides.
func TestAnswersThatDoNotShowTheNewEnd(t *testing.T) {
	t.Parallel()
	v, want, have, m := changing()
	want.Own, v.hidesEnd = nil, true
	job, r, _ := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil || len(m.Refused) != 0 || !r.last().ExpiresAt.Equal(begin.Add(50*day)) {
		t.Errorf("%v, stored %+v, memory %+v", err, r.last(), m)
	}
	wantJournal(t, v, list, "end key_2 in 1200h0m0s", "get key_2")

	// Both may lag for a moment.
	v, want, have, m = changing()
	want.Own, v.lagsUntil = nil, begin.Add(2*time.Second)
	job, r, _ = newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil || len(m.Refused) != 0 || !r.last().ExpiresAt.Equal(begin.Add(50*day)) {
		t.Errorf("%v, stored %+v, memory %+v", err, r.last(), m)
	}

	v, want, have, m = changing()
	want.Own, v.hidesEnd = nil, true
	v.fail(get, fault{err: refused(500)})
	job, _, _ = newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err == nil || errors.Is(err, keyseries.ErrCannot) || len(m.Refused) != 0 {
		t.Errorf("without the read: %v, memory %+v", err, m)
	}

	v, want, have, m = due()
	v.hidesEnd = true
	job, r, _ = newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil || m.Previous["key_2"].Late || !r.last().Previous[0].ExpiresAt.Equal(begin.Add(day)) {
		t.Errorf("%v, stored %+v, memory %+v", err, r.last(), m)
	}
	wantNotices(t, r.notices)
}
