// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// looking is a series with current key_2 and previous key_1, both alive.
type looking struct {
	v    full
	have keyseries.State
	m    keyseries.Memory
}

func newLooking() looking {
	l := looking{
		v: newVendor(),
		have: keyseries.State{
			ID: "key_2", Name: "payments", Generation: 2, CreatedAt: begin, ExpiresAt: begin.Add(90 * day), Lifetime: 90 * day,
			Version: 2, Previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}},
		},
		m: keyseries.Memory{Series: series, End: begin.Add(90 * day), Previous: map[string]keyseries.Superseded{"key_1": {End: begin.Add(day)}}},
	}
	l.v.add("key_1", shown(1), begin.Add(day))
	l.v.add("key_2", shown(2), begin.Add(90*day))
	l.v.clock.Advance(hour)
	return l
}

// unlist hides a key in lists for good: only a GET finds it.
func (l looking) unlist(id string) { l.v.keys[id].listed = begin.Add(1000 * day) }

// cut is a server that cuts names, with an unsettled attempt and a key that was created so long after it.
func (l *looking) cut(later time.Duration) {
	const name = "payments (ok-k3v6"
	*l = l.alone()
	l.v.keys["key_2"].Name, l.m.Shown = name, name
	l.m.Unsettled = []keyseries.Attempt{{Shown: shown(3), At: begin}}
	l.v.add("key_3", name, time.Time{}).CreatedAt = begin.Add(later)
}

func (l looking) alone() looking {
	delete(l.v.keys, "key_1")
	l.m.Previous, l.have.Previous = nil, nil
	return l
}

func TestObserve(t *testing.T) {
	t.Parallel()
	never := time.Time{}
	for _, c := range []struct {
		when     string
		prepare  func(*looking)
		gone     string // why the series leaves state; the rest is empty then
		phase    keyseries.Phase
		current  string
		previous []keyseries.Previous
		others   []keyseries.Other
		notices  []string // a part of each
		blind    bool     // Looked stays zero
		open     int      // attempts that stay remembered
	}{
		{when: "all is well", prepare: func(*looking) {}, current: "key_2", previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},
		{when: "a list leaves both out, and a GET finds them", prepare: func(l *looking) { l.unlist("key_1"); l.unlist("key_2") },
			current: "key_2", previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},

		// The current key.
		{when: "the current key is gone, a previous one lives", prepare: func(l *looking) { delete(l.v.keys, "key_2") },
			phase: keyseries.Deleted, previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},
		{when: "the mint had no name in its answer, and the mark came back", prepare: func(l *looking) { *l = l.alone(); l.m.Unnamed = true }, current: "key_2"},
		{when: "the mint had no name in its answer, and the mark is lost", prepare: func(l *looking) { *l = l.alone(); l.m.Unnamed = true; l.v.keys["key_2"].Name = "paym" },
			current: "key_2", notices: []string{"key_2: key has lost its marker The server shows the name \"paym\""}},
		{when: "all is gone", prepare: func(l *looking) { clear(l.v.keys) }, gone: "it was ended outside"},
		{when: "the current key is gone and was alone", prepare: func(l *looking) { *l = l.alone(); clear(l.v.keys) }, gone: "it was ended outside"},
		{when: "the current key is gone, the previous one expired", prepare: func(l *looking) { delete(l.v.keys, "key_2"); l.v.clock.Advance(2 * day) }, gone: "it was ended outside"},
		{when: "the project is archived", prepare: func(l *looking) { l.v.archived = true }, gone: "it was ended outside"},
		{when: "the current key expired and is listed", prepare: func(l *looking) { l.v.clock.Advance(90 * day) },
			phase: keyseries.Expired, current: "key_2", notices: []string{"key_2: key has expired It expired at 2027-05-30T12:00:00Z"}},
		{when: "this very moment", prepare: func(l *looking) { *l = l.alone(); l.v.clock.Advance(90*day - hour) },
			phase: keyseries.Expired, current: "key_2", notices: []string{"expired"}},
		{when: "a moment before", prepare: func(l *looking) { *l = l.alone(); l.v.clock.Advance(90*day - hour - 1) }, current: "key_2"},
		{when: "the current key expired and is not shown any more", prepare: func(l *looking) { l.v.hidesExpired = true; l.v.clock.Advance(90 * day) }, phase: keyseries.Expired},
		{when: "it expired, a previous one lives", prepare: func(l *looking) {
			l.v.keys["key_2"].ExpiresAt, l.have.ExpiresAt, l.v.hidesExpired = begin.Add(hour), begin.Add(hour), true
		}, phase: keyseries.Expired, previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},
		{when: "an earlier loss is over", prepare: func(l *looking) { l.m.Phase = keyseries.Deleted }, current: "key_2", previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},
		{when: "someone shortened its life", prepare: func(l *looking) { *l = l.alone(); l.v.keys["key_2"].ExpiresAt = begin.Add(5 * day) },
			phase: keyseries.Ending, current: "key_2", notices: []string{"It now expires at 2027-03-06T12:00:00Z: its expiry was moved to an earlier time outside"}},
		{when: "and a refresh has noted the new end already", prepare: func(l *looking) {
			*l = l.alone()
			l.v.keys["key_2"].ExpiresAt, l.have.ExpiresAt = begin.Add(5*day), begin.Add(5*day)
		}, phase: keyseries.Ending, current: "key_2", notices: []string{"its expiry was moved to an earlier time outside"}},
		{when: "someone gave it an end", prepare: func(l *looking) { *l = l.alone(); l.m.End, l.have.ExpiresAt = never, never }, phase: keyseries.Ending, current: "key_2", notices: []string{"moved to an earlier time outside"}},
		{when: "someone lengthened its life", prepare: func(l *looking) { *l = l.alone(); l.v.keys["key_2"].ExpiresAt = begin.Add(365 * day) },
			current: "key_2", notices: []string{"It now expires at 2028-02-29T12:00:00Z: its expiry was postponed outside Terraform, from 2027-05-30T12:00:00Z"}},
		{when: "someone took its end away", prepare: func(l *looking) { *l = l.alone(); l.v.keys["key_2"].ExpiresAt = never },
			current: "key_2", notices: []string{"It now never expires: its expiry was postponed"}},
		{when: "the vendor rounds the end", prepare: func(l *looking) { *l = l.alone(); l.v.keys["key_2"].ExpiresAt = begin.Add(90*day - 2*time.Second) }, current: "key_2"},
		{when: "an import knows no end yet", prepare: func(l *looking) { *l = l.alone(); l.have = keyseries.State{ID: "key_2"} }, current: "key_2"},
		{when: "its owner lost the access", prepare: func(l *looking) {
			*l = l.alone()
			l.v.keys["key_2"].Trouble = keyseries.Trouble{What: "has an owner without access", Text: "Its owner svc_acct_1 has none."}
		},
			current: "key_2", notices: []string{"owner svc_acct_1 has none"}},

		// Previous keys.
		{when: "a previous key expired", prepare: func(l *looking) { l.v.clock.Advance(day) }, current: "key_2"},
		{when: "a previous key expired and is not shown any more", prepare: func(l *looking) { l.v.hidesExpired = true; l.v.clock.Advance(day) }, current: "key_2"},
		{when: "a previous key is shown after its end, without it", prepare: func(l *looking) {
			l.m.Previous["key_1"] = keyseries.Superseded{End: begin.Add(day), Known: true, Ends: begin.Add(day)}
			l.v.keys["key_1"].ExpiresAt, l.v.keys["key_1"].EndHidden = time.Time{}, true
			l.v.clock.Advance(2 * day)
		}, current: "key_2", previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},
		{when: "a previous key was revoked", prepare: func(l *looking) { delete(l.v.keys, "key_1") }, current: "key_2",
			notices: []string{"key_1: key stopped working before its overlap was over This previous key was to work until 2027-03-02T12:00:00Z, and it is not there any more: it was revoked outside Terraform. Workloads that still use it fail: give them the secret of the current key key_2."}},
		{when: "a previous key and the current one were revoked", prepare: func(l *looking) {
			l.v.add("key_0", shown(0), begin.Add(day))
			delete(l.v.keys, "key_1")
			delete(l.v.keys, "key_2")
		},
			phase: keyseries.Deleted, others: []keyseries.Other{{ID: "key_0", CreatedAt: begin.Add(hour), ExpiresAt: begin.Add(day)}}, notices: []string{"Workloads that still use it fail."}},
		{when: "a previous key was revoked by a destroy that failed", prepare: func(l *looking) { delete(l.v.keys, "key_1"); l.m.Ended = map[string]time.Time{"key_1": begin} }, current: "key_2"},
		{when: "a previous key had a nearer end of its own", prepare: func(l *looking) {
			delete(l.v.keys, "key_1")
			l.m.Previous["key_1"] = keyseries.Superseded{End: begin.Add(day), Known: true, Ends: begin.Add(hour)}
		}, current: "key_2"},
		{when: "a previous key was made to expire early", prepare: func(l *looking) {
			l.m.Previous["key_1"] = keyseries.Superseded{End: begin.Add(day), Known: true}
			l.v.keys["key_1"].ExpiresAt = begin.Add(time.Minute)
		}, current: "key_2", notices: []string{"key_1: key stopped working before its overlap was over This previous key was to work until 2027-03-02T12:00:00Z, and expired at 2027-03-01T12:01:00Z"}},
		{when: "a previous key expired as it was to", prepare: func(l *looking) {
			l.m.Previous["key_1"] = keyseries.Superseded{End: begin.Add(day), Known: true, Ends: begin.Add(time.Minute)}
			l.v.keys["key_1"].ExpiresAt = begin.Add(time.Minute)
		}, current: "key_2"},
		{when: "a previous key does nothing any more", prepare: func(l *looking) {
			l.v.keys["key_1"].Trouble = keyseries.Trouble{What: "was disabled", Text: "Found in public.", Advice: "Rotate."}
		}, current: "key_2", previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}, notices: []string{"key_1: key was disabled This is a previous key, and its overlap lasts until 2027-03-02T12:00:00Z. Found in public. Workloads that still use it fail: give them"}},
		{when: "the whole series does nothing any more", prepare: func(l *looking) {
			why := keyseries.Trouble{What: "was disabled", Text: "No access.", Advice: "Give it some."}
			l.v.keys["key_1"].Trouble, l.v.keys["key_2"].Trouble = why, why
		}, current: "key_2", previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}, notices: []string{"key_2: key was disabled No access. Give it some."}},
		{when: "a previous key without a mark is remembered by its promise", prepare: func(l *looking) { l.v.keys["key_1"].Name, l.have.Previous = "imported", nil },
			current: "key_2", previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}},
		{when: "a key of the series that nobody noted", prepare: func(l *looking) { *l = l.alone(); l.v.add("key_3", shown(3), never) },
			current: "key_2", others: []keyseries.Other{{ID: "key_3", CreatedAt: begin.Add(hour)}}},
		{when: "and it was used", prepare: func(l *looking) { *l = l.alone(); l.v.add("key_3", shown(3), never).LastUsedAt = begin },
			current: "key_2", others: []keyseries.Other{{ID: "key_3", CreatedAt: begin.Add(hour), LastUsedAt: begin}}},
		{when: "and its use is left out", prepare: func(l *looking) { *l = l.alone(); l.v.add("key_3", shown(3), never).UseHidden = true },
			current: "key_2", others: []keyseries.Other{{ID: "key_3", CreatedAt: begin.Add(hour), UseHidden: true}}},
		{when: "and it is an attempt of ours", prepare: func(l *looking) {
			*l = l.alone()
			l.v.add("key_3", shown(3), never)
			l.m.Unsettled = []keyseries.Attempt{{Shown: shown(3), At: begin}, {Shown: shown(4), At: begin}}
		}, current: "key_2", others: []keyseries.Other{{ID: "key_3", CreatedAt: begin.Add(hour), Unsettled: true}}, open: 1},
		{when: "and the server does not tell its owner", prepare: func(l *looking) { *l = l.alone(); l.v.add("key_3", shown(3), never).OwnerID = "" },
			current: "key_2", others: []keyseries.Other{{ID: "key_3", CreatedAt: begin.Add(hour), Unproven: true}}},
		{when: "and beside it the current key is gone", prepare: func(l *looking) {
			*l = l.alone()
			delete(l.v.keys, "key_2")
			l.v.add("key_3", shown(3), never)
		}, phase: keyseries.Deleted, others: []keyseries.Other{{ID: "key_3", CreatedAt: begin.Add(hour)}}},
		{when: "a copy of the marker under another account", prepare: func(l *looking) { *l = l.alone(); l.v.add("key_3", shown(3), never).OwnerID = "svc_acct_2" },
			current: "key_2", notices: []string{"key_3: key carries a copied marker Its name carries the marker of this series, but it belongs to another owner (svc_acct_2)"}},
		{when: "a copy of the marker by a user", prepare: func(l *looking) { *l = l.alone(); l.v.add("key_3", shown(3), never).Person = "ada@example.com" },
			current: "key_2", notices: []string{"key_3: key carries the marker of this series"}},
		{when: "the current key is gone, and only a copy is there", prepare: func(l *looking) {
			*l = l.alone()
			delete(l.v.keys, "key_2")
			l.v.add("key_3", shown(3), never).OwnerID = "svc_acct_2"
		}, gone: "it was ended outside"},
		{when: "the current key is gone, and beside it is one of another user", prepare: func(l *looking) {
			*l = l.alone()
			delete(l.v.keys, "key_2")
			l.v.add("key_3", shown(3), never).Person = "ada@example.com"
		}, phase: keyseries.Deleted, others: []keyseries.Other{{ID: "key_3", CreatedAt: begin.Add(hour), Unproven: true, Person: "ada@example.com"}}},
		{when: "and that one is older", prepare: func(l *looking) {
			*l = l.alone()
			delete(l.v.keys, "key_2")
			older := l.v.add("key_3", shown(3), never)
			older.Person, older.CreatedAt = "ada@example.com", begin.Add(-time.Second)
		}, gone: "it was ended outside"},
		{when: "and that one is dead", prepare: func(l *looking) {
			*l = l.alone()
			delete(l.v.keys, "key_2")
			l.v.add("key_3", shown(3), begin.Add(time.Minute)).Person = "ada@example.com"
		}, gone: "it was ended outside"},
		{when: "an attempt of ours, by another user", prepare: func(l *looking) {
			*l = l.alone()
			l.v.add("key_3", shown(3), never).Person = "ada@example.com"
			l.m.Unsettled = []keyseries.Attempt{{Shown: shown(3), At: begin}, {Shown: shown(4), At: begin}}
		}, current: "key_2", notices: []string{"key_3: key may be the key of an unfinished attempt Key key_3 (created at 2027-03-01T13:00:00Z, never used as far as the server shows, belongs to the user ada@example.com) carries the marker"}, open: 1},
		{when: "and the current key is gone, too", prepare: func(l *looking) {
			*l = l.alone()
			delete(l.v.keys, "key_2")
			l.v.add("key_3", shown(3), never).Person = "ada@example.com"
			l.m.Unsettled = []keyseries.Attempt{{Shown: shown(3), At: begin}}
		}, phase: keyseries.Deleted, notices: []string{"with the root key of that user settles it. If it is not needed: orgctl revoke key_3"}, open: 1},
		{when: "and it is dead", prepare: func(l *looking) {
			*l = l.alone()
			l.v.add("key_3", shown(3), begin.Add(time.Minute)).Person = "ada@example.com"
			l.m.Unsettled = []keyseries.Attempt{{Shown: shown(3), At: begin}}
		}, current: "key_2", notices: []string{"key_3: key carries the marker of this series Key key_3 (created at 2027-03-01T13:00:00Z, never used as far as the server shows, expires at 2027-03-01T12:01:00Z, belongs to the user ada@example.com) is neither the current nor a previous key of this state: another run created it with the root key of that user, or the marker was copied. It is left alone. If it is not needed: orgctl revoke key_3"}},
		{when: "one of the series that is dead", prepare: func(l *looking) { *l = l.alone(); l.v.add("key_3", shown(3), begin.Add(time.Minute)) }, current: "key_2"},
		{when: "others' keys", prepare: func(l *looking) {
			*l = l.alone()
			l.v.add("key_8", "payments", never)
			l.v.add("key_9", "payments (ok-zzzzzzzzzz.aaaaaaaa)", never)
		}, current: "key_2"},

		// A server that cuts names. What an attempt cannot have created does not keep it open.
		{when: "an attempt, and an unmarked key of that time", prepare: func(l *looking) { l.cut(time.Second) }, current: "key_2", notices: []string{"key_3: key may be of this series"}, open: 1},
		{when: "an unmarked key of before", prepare: func(l *looking) { l.cut(-4 * time.Minute) }, current: "key_2"},
		{when: "an unmarked key that was created later", prepare: func(l *looking) { l.cut(2 * time.Minute) }, current: "key_2", notices: []string{"key_3: key may be of this series"}},
		{when: "an unmarked key of which nobody knows when it was created", prepare: func(l *looking) { l.cut(0); l.v.keys["key_3"].CreatedAt = never }, current: "key_2", notices: []string{"key_3: key may be of this series"}, open: 1},

		// Clocks.
		{when: "this machine's clock is six minutes behind", prepare: func(l *looking) { *l = l.alone(); l.v.skew = 6 * time.Minute }, current: "key_2", notices: []string{"differs from the server's by 6m0s"}, blind: true},
		{when: "or ahead", prepare: func(l *looking) { *l = l.alone(); l.v.skew = -6 * time.Minute }, current: "key_2", notices: []string{"differs from the server's by 6m0s"}, blind: true},
		{when: "five minutes are too few to mind", prepare: func(l *looking) { *l = l.alone(); l.v.skew = 5 * time.Minute }, current: "key_2"},
		{when: "nothing is known of the server's clock", prepare: func(l *looking) { *l = l.alone(); l.v.skewUnknown = true }, current: "key_2", notices: []string{"The server's answers carry no time"}, blind: true},
		{when: "and the key has an end that passed", prepare: func(l *looking) { *l = l.alone(); l.v.skewUnknown = true; l.v.clock.Advance(90 * day) },
			current: "key_2", notices: []string{"The server's answers carry no time"}, blind: true},
		{when: "a previous key is not forgotten by a clock that may be wrong", prepare: func(l *looking) { l.v.skewUnknown = true; l.v.clock.Advance(day) },
			current: "key_2", previous: []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}}, notices: []string{"The server's answers carry no time"}, blind: true},
		{when: "nor an attempt", prepare: func(l *looking) {
			*l = l.alone()
			l.v.skewUnknown, l.m.Unsettled = true, []keyseries.Attempt{{Shown: shown(4), At: begin}}
		}, current: "key_2", notices: []string{"The server's answers carry no time"}, blind: true, open: 1},
		{when: "a wrong clock lets no key expire", prepare: func(l *looking) { *l = l.alone(); l.v.skew = hour; l.v.clock.Advance(90 * day) }, current: "key_2", notices: []string{"not decided until the clock is right"}, blind: true},

		// Lists that are not whole.
		{when: "a list may be incomplete", prepare: func(l *looking) {
			*l = l.alone()
			l.v.incomplete = []string{"the server hides some owners"}
			l.m.Unsettled = []keyseries.Attempt{{Shown: shown(4), At: begin}}
		}, current: "key_2", notices: []string{"may be incomplete: the server hides some owners. It is unknown whether unfinished attempts created keys. If they did, those keys are called \"" + shown(4)}, open: 1},
		{when: "there is no list", prepare: func(l *looking) {
			*l = l.alone()
			l.v.unlistable = true
			l.m.Unsettled = []keyseries.Attempt{{Shown: shown(4), At: begin}}
			l.m.Others = []keyseries.Other{{ID: "key_3", CreatedAt: begin}}
		}, current: "key_2", others: []keyseries.Other{{ID: "key_3", CreatedAt: begin}}, notices: []string{"are not found. It is unknown whether unfinished attempts created keys. If they did, those keys are called \"" + shown(4)}, open: 1},

		{when: "and the current key is gone, but what else there is cannot be told", prepare: func(l *looking) {
			*l = l.alone()
			clear(l.v.keys)
			l.v.unlistable = true
		}, phase: keyseries.Deleted, notices: []string{"could not be read"}},
		{when: "or not for certain", prepare: func(l *looking) {
			*l = l.alone()
			clear(l.v.keys)
			l.v.incomplete = []string{"the server hides some owners"}
		}, phase: keyseries.Deleted, notices: []string{"may be incomplete"}},

		// An unfinished create, and attempts of a rotation.
		{when: "an unfinished key left nothing behind", prepare: func(l *looking) {
			*l = l.alone()
			clear(l.v.keys)
			l.have, l.m.Unsettled = keyseries.State{}, []keyseries.Attempt{{Shown: shown(2), At: begin}}
		}, gone: "no attempt to create it left a key behind"},
		{when: "its minute is not over", prepare: func(l *looking) {
			*l = l.alone()
			clear(l.v.keys)
			l.have, l.m.Unsettled = keyseries.State{}, []keyseries.Attempt{{Shown: shown(2), At: begin.Add(hour - time.Minute + 1)}}
		}, phase: keyseries.Deleted, open: 1},
		{when: "an unfinished key left one behind", prepare: func(l *looking) {
			*l = l.alone()
			l.have, l.m.Unsettled = keyseries.State{}, []keyseries.Attempt{{Shown: shown(2), At: begin}}
		}, phase: keyseries.Deleted, others: []keyseries.Other{{ID: "key_2", CreatedAt: begin, ExpiresAt: begin.Add(90 * day), Unsettled: true}}, open: 1},
		{when: "the current key is gone, and an attempt may still come up", prepare: func(l *looking) {
			*l = l.alone()
			clear(l.v.keys)
			l.m.Unsettled = []keyseries.Attempt{{Shown: shown(3), At: begin.Add(hour - time.Second)}}
		}, phase: keyseries.Deleted, open: 1},
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
			if seen.Memory.Phase != c.phase || seen.Current.ID != c.current || !reflect.DeepEqual(seen.Previous, c.previous) || !reflect.DeepEqual(seen.Memory.Others, c.others) {
				t.Errorf("phase %q, current %q, previous %v, others %v\nwant %q, %q, %v, %v",
					seen.Memory.Phase, seen.Current.ID, seen.Previous, seen.Memory.Others, c.phase, c.current, c.previous, c.others)
			}
			if len(seen.Memory.Previous) != len(seen.Previous) {
				t.Errorf("promises %v for %v", seen.Memory.Previous, seen.Previous)
			}
			if len(seen.Memory.Unsettled) != c.open {
				t.Errorf("unsettled %v", seen.Memory.Unsettled)
			}
			switch {
			case c.blind && !seen.Memory.Looked.IsZero():
				t.Errorf("looked at %s with a wrong clock", seen.Memory.Looked)
			case !c.blind && !seen.Memory.Looked.Equal(l.v.Now()):
				t.Errorf("looked at %s, want %s", seen.Memory.Looked, l.v.Now())
			}
			wantNotices(t, seen.Notices, c.notices...)
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

// Whether a previous key ends in time is looked at anew each time: its life may be
// lengthened outside, or shortened.
func TestObserveSeesWhatEndsTooLate(t *testing.T) {
	t.Parallel()
	for actual, late := range map[time.Time]bool{{}: true, begin.Add(30 * day): true, begin.Add(day + 2*time.Second): false, begin.Add(2 * hour): false} {
		for _, before := range []bool{true, false} {
			l := newLooking()
			l.v.keys["key_1"].ExpiresAt = actual
			l.m.Previous["key_1"] = keyseries.Superseded{End: begin.Add(day), Late: before, Fingerprint: "ab12"}
			seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := seen.Memory.Previous["key_1"], (keyseries.Superseded{End: begin.Add(day), Late: late, Known: true, Ends: actual, Fingerprint: "ab12"}); !reflect.DeepEqual(got, want) {
				t.Errorf("ends at %s: %+v, want %+v", actual, got, want)
			}
			if shows := seen.Previous[0].ExpiresAt; late && !shows.Equal(begin.Add(day)) || !late && !shows.Equal(actual) {
				t.Errorf("ends at %s, shown as %s", actual, shows)
			}
		}
	}
}

// A rename elsewhere is told for as long as it lasts; a server's own spelling is none.
func TestObserveTellsARename(t *testing.T) {
	t.Parallel()
	l := newLooking().alone()
	l.v.keys["key_2"].Name = "PAYMENTS (ok-k3v6zq2mda.bbbbbbbb)" // from the beginning
	for range 2 {
		seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
		if err != nil {
			t.Fatal(err)
		}
		wantNotices(t, seen.Notices)
		l.m = seen.Memory
	}
	l.v.keys["key_2"].Name = "billing"
	for range 2 {
		seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
		if err != nil {
			t.Fatal(err)
		}
		wantNotices(t, seen.Notices, `key_2: key was renamed outside Terraform The server shows the name "billing"`)
		l.m = seen.Memory
	}
}

// A rename before the first look is seen too: the answer to the mint has shown the name.
func TestObserveTellsARenameAfterTheMint(t *testing.T) {
	t.Parallel()
	v, want, have, m := due()
	job, r, _ := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := r.last().ID
	v.keys[id].Name = "billing"
	seen, err := keyseries.Observe(t.Context(), v, r.last(), m)
	if err != nil {
		t.Fatal(err)
	}
	wantNotices(t, seen.Notices, id+`: key was renamed outside Terraform The server shows the name "billing"`)
}

// What a killed create left is found whatever the server makes of names.
func TestNamesakesWhereNamesChange(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.add("folded", "café müller (ok-zzzzzzzzzz.aaaaaaaa)", time.Time{})
	v.add("decomposed", "Cafe\u0301 Mu\u0308ller (ok-zzzzzzzzzz.aaaaaaab)", time.Time{})
	v.add("other", "Café (ok-zzzzzzzzzz.aaaaaaac)", time.Time{})
	var got []string
	for _, key := range v.listing().Namesakes("Café Müller", v.Owner(), series) {
		got = append(got, key.ID)
	}
	if !slices.Equal(got, []string{"decomposed", "folded"}) {
		t.Errorf("got %v", got)
	}
}

// Somebody else changes the life of a previous key: a reader is told, in both directions.
func TestObserveTellsThatAPreviousKeyMoved(t *testing.T) {
	t.Parallel()
	for end, says := range map[time.Time]string{
		begin.Add(2 * hour):                    "key_1: key expires earlier than it should",
		begin.Add(90 * day):                    "key_1: key expires later than it should",
		{}:                                     "key_1: key expires later than it should",
		begin.Add(day + 2*time.Second):         "",
		begin.Add(day - 1500*time.Millisecond): "",
	} {
		l := newLooking()
		l.m.Previous["key_1"] = keyseries.Superseded{End: begin.Add(day), Known: true, Ends: begin.Add(day)}
		l.v.keys["key_1"].ExpiresAt = end
		seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
		if err != nil {
			t.Fatal(err)
		}
		if says == "" {
			wantNotices(t, seen.Notices)
		} else {
			wantNotices(t, seen.Notices, says)
		}
	}
}

// The answer to our own shortening of a previous key was lost: the promised end is nobody else's doing.
func TestObserveTellsNoEndOfOurOwn(t *testing.T) {
	t.Parallel()
	v, want, have, m := due()
	v.fail(endAt, fault{cut, true})
	job, r, _ := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantNotices(t, r.notices, "key_2: key does not expire at the server yet")
	seen, err := keyseries.Observe(t.Context(), v, r.last(), m)
	if err != nil {
		t.Fatal(err)
	}
	wantNotices(t, seen.Notices)
	if end := begin.Add(day); !v.keys["key_2"].ExpiresAt.Equal(end) || !seen.Memory.Previous["key_2"].Ends.Equal(end) {
		t.Errorf("it expires at %s, remembered %+v", v.keys["key_2"].ExpiresAt, seen.Memory.Previous["key_2"])
	}
}

// A look without a list says nothing about the neighbours: the next list is held against them.
func TestNeighboursOutliveALookWithoutAList(t *testing.T) {
	t.Parallel()
	l := newLooking().alone()
	l.v.can.Gone, l.v.unlistable, l.m.Neighbours = keyseries.ByNeighbours, true, []string{"key_0"}
	seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
	if err != nil || !slices.Equal(seen.Memory.Neighbours, l.m.Neighbours) {
		t.Fatalf("%v, remembered %v", err, seen.Memory.Neighbours)
	}
	clear(l.v.keys)
	l.v.unlistable = false
	_, err = keyseries.Observe(t.Context(), l.v, l.have, seen.Memory)
	wantText(t, err, "another organization's root key")
}

// The answer to a mint has the name as it was sent, and lists have it as it is stored: that is no rename.
func TestObserveTellsNoSpelling(t *testing.T) {
	t.Parallel()
	const mark = " (ok-k3v6zq2mda.bbbbbbbb)"
	for stored, says := range map[string]string{
		"cafe\u0301 berlin" + mark:             "",
		"Café Berlin" + mark:                   "",
		"Café Berlin":                          "was renamed",
		"billing" + mark:                       "was renamed",
		"Café Berlin (ok-k3v6zq2mda.cccccccc)": "was renamed",
	} {
		l := newLooking().alone()
		l.m.Shown, l.v.keys["key_2"].Name = "Café  Berlin"+mark, stored
		for range 2 {
			seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
			if err != nil {
				t.Fatal(err)
			}
			if says == "" {
				wantNotices(t, seen.Notices)
			} else {
				wantNotices(t, seen.Notices, says)
			}
			if (seen.Memory.Shown == stored) != (says == "") {
				t.Errorf("%q: remembered %q", stored, seen.Memory.Shown)
			}
			l.m = seen.Memory
		}
	}
}
