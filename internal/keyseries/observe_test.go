// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// looking is a series with current key_2 and previous key_1, both alive.
type looking struct {
	v    *vendor
	have keyseries.State
	m    keyseries.Memory
}

func newLooking() looking {
	l := looking{
		v: newVendor(),
		have: keyseries.State{
			ID: "key_2", Name: "payments", Generation: 2, CreatedAt: begin, ExpiresAt: begin.Add(90 * day), Lifetime: 90 * day,
			Previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}},
		},
		m: keyseries.Memory{Series: series, Attempt: 2, Deadlines: map[string]time.Time{"key_1": begin.Add(day)}, Unshortened: map[string]bool{"key_1": true}},
	}
	l.v.add("key_1", shown(1), begin.Add(day))
	l.v.add("key_2", shown(2), begin.Add(90*day))
	l.v.clock.Advance(hour)
	return l
}

// unlist hides a key in lists for good: only a GET finds it.
func (l looking) unlist(id string) { l.v.keys[id].listed = begin.Add(1000 * day) }

func (l looking) alone() looking {
	delete(l.v.keys, "key_1")
	l.m.Deadlines, l.m.Unshortened, l.have.Previous = nil, nil, nil
	return l
}

func TestObserve(t *testing.T) {
	t.Parallel()
	never := time.Time{}
	for _, c := range []struct {
		when     string
		prepare  func(*looking)
		gone     string // why the series leaves state; the rest is empty then
		lost     keyseries.Loss
		current  string
		previous []keyseries.Previous
		warnings []string // a part of each
		blind    bool     // Looked stays zero
	}{
		{when: "all is well", prepare: func(*looking) {}, current: "key_2", previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},
		{when: "a list leaves both out, and a GET finds them", prepare: func(l *looking) { l.unlist("key_1"); l.unlist("key_2") },
			current: "key_2", previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},

		// The current key.
		{when: "the current key is gone, a previous one lives", prepare: func(l *looking) { delete(l.v.keys, "key_2") },
			lost: keyseries.Deleted, previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},
		{when: "all is gone", prepare: func(l *looking) { clear(l.v.keys) }, gone: "it was ended outside"},
		{when: "the current key is gone and was alone", prepare: func(l *looking) { *l = l.alone(); clear(l.v.keys) }, gone: "it was ended outside"},
		{when: "the current key is gone, the previous one expired", prepare: func(l *looking) { delete(l.v.keys, "key_2"); l.v.clock.Advance(2 * day) }, gone: "it was ended outside"},
		{when: "the project is archived", prepare: func(l *looking) { l.v.archived = true }, gone: "it was ended outside"},
		{when: "the current key expired and is listed", prepare: func(l *looking) { l.v.clock.Advance(90 * day) },
			lost: keyseries.Expired, current: "key_2", warnings: []string{"key_2 expired at 2027-05-30T12:00:00Z"}},
		{when: "this very moment", prepare: func(l *looking) { *l = l.alone(); l.v.clock.Advance(90*day - hour) },
			lost: keyseries.Expired, current: "key_2", warnings: []string{"expired"}},
		{when: "a moment before", prepare: func(l *looking) { *l = l.alone(); l.v.clock.Advance(90*day - hour - 1) }, current: "key_2"},
		{when: "the current key expired and is not shown any more", prepare: func(l *looking) { l.v.hidesExpired = true; l.v.clock.Advance(90 * day) }, lost: keyseries.Expired},
		{when: "it expired, a previous one lives", prepare: func(l *looking) {
			l.v.keys["key_2"].ExpiresAt, l.have.ExpiresAt, l.v.hidesExpired = begin.Add(hour), begin.Add(hour), true
		}, lost: keyseries.Expired, previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},
		{when: "an earlier loss is over", prepare: func(l *looking) { l.m.Lost = keyseries.Deleted }, current: "key_2", previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},
		{when: "someone shortened its life", prepare: func(l *looking) { *l = l.alone(); l.v.keys["key_2"].ExpiresAt = begin.Add(5 * day) },
			current: "key_2", warnings: []string{"key_2 now ends at 2027-03-06T12:00:00Z: its life was shortened outside"}},
		{when: "someone gave it an end", prepare: func(l *looking) { *l = l.alone(); l.have.ExpiresAt = never }, current: "key_2", warnings: []string{"shortened outside"}},
		{when: "the vendor rounds the end", prepare: func(l *looking) { *l = l.alone(); l.v.keys["key_2"].ExpiresAt = begin.Add(90*day - 2*time.Second) }, current: "key_2"},
		{when: "an import knows no end yet", prepare: func(l *looking) { *l = l.alone(); l.have = keyseries.State{ID: "key_2"} }, current: "key_2"},
		{when: "its owner lost the access", prepare: func(l *looking) { *l = l.alone(); l.v.keys["key_2"].OwnerActive = false },
			current: "key_2", warnings: []string{"owner svc_acct_1 has no access to the project"}},

		// Previous keys.
		{when: "a previous key expired", prepare: func(l *looking) { l.v.clock.Advance(day) }, current: "key_2"},
		{when: "a previous key expired and is not shown any more", prepare: func(l *looking) { l.v.hidesExpired = true; l.v.clock.Advance(day) }, current: "key_2"},
		{when: "a previous key was revoked", prepare: func(l *looking) { delete(l.v.keys, "key_1") }, current: "key_2"},
		{when: "a previous key without a mark is remembered by its promise", prepare: func(l *looking) { l.v.keys["key_1"].Name, l.have.Previous = "imported", nil },
			current: "key_2", previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},
		{when: "a key of the series that nobody noted", prepare: func(l *looking) { *l = l.alone(); l.v.add("key_3", shown(3), never) },
			current: "key_2", previous: []keyseries.Previous{{ID: "key_3"}}},
		{when: "and beside it the current key is gone", prepare: func(l *looking) {
			*l = l.alone()
			delete(l.v.keys, "key_2")
			l.v.add("key_3", shown(3), never)
		}, lost: keyseries.Deleted, previous: []keyseries.Previous{{ID: "key_3"}}},
		{when: "one of the series that is dead", prepare: func(l *looking) { *l = l.alone(); l.v.add("key_3", shown(3), begin.Add(time.Minute)) }, current: "key_2"},
		{when: "others' keys", prepare: func(l *looking) {
			*l = l.alone()
			l.v.add("key_8", "payments", never)
			l.v.add("key_9", "payments (ok-zzzzzzzzzz.1)", never)
		}, current: "key_2"},

		// Clocks.
		{when: "this machine's clock is six minutes behind", prepare: func(l *looking) { *l = l.alone(); l.v.skew = 6 * time.Minute }, current: "key_2", warnings: []string{"clock is 6m0s off"}, blind: true},
		{when: "or ahead", prepare: func(l *looking) { *l = l.alone(); l.v.skew = -6 * time.Minute }, current: "key_2", warnings: []string{"clock is 6m0s off"}, blind: true},
		{when: "five minutes are too few to mind", prepare: func(l *looking) { *l = l.alone(); l.v.skew = 5 * time.Minute }, current: "key_2"},
		{when: "nothing is known of the server's clock", prepare: func(l *looking) { *l = l.alone(); l.v.skew, l.v.skewKnown = hour, false }, current: "key_2"},
		{when: "a wrong clock lets no key expire", prepare: func(l *looking) { *l = l.alone(); l.v.skew = hour; l.v.clock.Advance(90 * day) }, current: "key_2", warnings: []string{"not decided until the clock is right"}, blind: true},

		// An unfinished create.
		{when: "an unfinished key left nothing behind", prepare: func(l *looking) {
			*l = l.alone()
			clear(l.v.keys)
			l.have, l.m.Unsettled = keyseries.State{}, []string{shown(2)}
		}, gone: "no attempt to create it left a key behind"},
		{when: "an unfinished key left one behind", prepare: func(l *looking) {
			*l = l.alone()
			l.have, l.m.Unsettled = keyseries.State{}, []string{shown(2)}
		}, lost: keyseries.Deleted, previous: []keyseries.Previous{{ID: "key_2", ExpiresAt: begin.Add(90 * day)}}},
	} {
		t.Run(c.when, func(t *testing.T) {
			t.Parallel()
			l := newLooking()
			c.prepare(&l)
			before := l.m.Clone()
			seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
			if !reflect.DeepEqual(l.m, before) {
				t.Errorf("the memory given in changed: %+v", l.m)
			}
			if gone, isGone := apierr.AsGone(err); isGone != (c.gone != "") || isGone && gone.Why != c.gone {
				t.Fatalf("got %v, want gone because %q", err, c.gone)
			} else if isGone {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if seen.Memory.Lost != c.lost || seen.Current.ID != c.current || !reflect.DeepEqual(seen.Previous, c.previous) {
				t.Errorf("lost %q, current %q, previous %v\nwant %q, %q, %v", seen.Memory.Lost, seen.Current.ID, seen.Previous, c.lost, c.current, c.previous)
			}
			for id := range seen.Memory.Deadlines {
				if len(seen.Previous) == 0 || seen.Previous[0].ID != id {
					t.Errorf("a promise for %s, which is gone", id)
				}
			}
			if len(seen.Previous) == 0 && len(seen.Memory.Unshortened) != 0 {
				t.Errorf("unshortened %v", seen.Memory.Unshortened)
			}
			if len(seen.Memory.Unsettled) != 0 {
				t.Errorf("unsettled %v", seen.Memory.Unsettled)
			}
			switch {
			case c.blind && !seen.Memory.Looked.IsZero():
				t.Errorf("looked at %s with a wrong clock", seen.Memory.Looked)
			case !c.blind && !seen.Memory.Looked.Equal(l.v.Now()):
				t.Errorf("looked at %s, want %s", seen.Memory.Looked, l.v.Now())
			}
			if len(seen.Warnings) != len(c.warnings) {
				t.Fatalf("warnings %q, want %q", seen.Warnings, c.warnings)
			}
			for i, part := range c.warnings {
				if !strings.Contains(seen.Warnings[i], part) {
					t.Errorf("warning %q does not tell %q", seen.Warnings[i], part)
				}
			}
		})
	}
}

// What cannot be told is an error, and never a loss.
func TestObserveFails(t *testing.T) {
	t.Parallel()
	lost := func(l *looking) { delete(l.v.keys, "key_2") }
	for name, prepare := range map[string]func(*looking, error){
		"the list fails": func(l *looking, err error) { l.v.fail(list, fault{err: err}) },
		"the confirmation of a missing current key fails": func(l *looking, err error) {
			lost(l)
			l.v.fail(get, fault{err: err})
		},
		"the confirmation of a missing previous key fails": func(l *looking, err error) {
			delete(l.v.keys, "key_1")
			l.v.fail(get, fault{err: err})
		},
		"both are missing, and only one is confirmed": func(l *looking, err error) {
			clear(l.v.keys)
			l.v.fail(get, fault{}, fault{err: err})
		},
	} {
		for _, cause := range []error{refused(400), refused(401), refused(403), refused(404), refused(429), refused(500), refused(503), cut, context.Canceled} {
			t.Run(name+": "+cause.Error(), func(t *testing.T) {
				t.Parallel()
				l := newLooking()
				prepare(&l, cause)
				seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
				if _, gone := apierr.AsGone(err); gone || err == nil {
					t.Fatalf("got %v", err)
				}
				if apierr.Status(err) != apierr.Status(cause) || !reflect.DeepEqual(seen, keyseries.Observed{}) {
					t.Errorf("got %+v, %v", seen, err)
				}
			})
		}
	}
}

func TestObserveIsFrugal(t *testing.T) {
	t.Parallel()
	l := newLooking()
	if _, err := keyseries.Observe(t.Context(), l.v, l.have, l.m); err != nil {
		t.Fatal(err)
	}
	wantJournal(t, l.v, list)
	l.v.journal = nil
	l.unlist("key_2")
	if _, err := keyseries.Observe(t.Context(), l.v, l.have, l.m); err != nil {
		t.Fatal(err)
	}
	wantJournal(t, l.v, list, "get key_2")
}
