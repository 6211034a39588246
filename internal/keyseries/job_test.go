// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// record is what a job told and stored.
type record struct {
	states   []keyseries.State
	memories []keyseries.Memory
	notices  []keyseries.Notice
}

func (r *record) last() keyseries.State { return r.states[len(r.states)-1] }

// newJob is the apply of what [keyseries.Decide] says.
func newJob(v keyseries.Vendor, want keyseries.Wanted, have keyseries.State, m *keyseries.Memory) (*keyseries.Job, *record, *drawer) {
	r, d := &record{}, &drawer{}
	return &keyseries.Job{
		Vendor: v, Want: want, Have: have, Memory: m, Decision: keyseries.Decide(v.Capabilities(), want, have, *m),
		Keep: d.keep,
		Store: func(next keyseries.State) {
			r.states, r.memories = append(r.states, next), append(r.memories, m.Clone())
		},
		Notify: func(n keyseries.Notice) { r.notices = append(r.notices, n) },
	}, r, d
}

// due is a series whose rotation a trigger asks for, with a previous key that runs out.
func due() (full, keyseries.Wanted, keyseries.State, keyseries.Memory) {
	s := usual()
	s.want.Triggers = keyseries.Changed
	s.previous(begin.Add(hour), begin.Add(hour))
	v := newVendor()
	v.made = 2
	v.add("key_1", shown(1), begin.Add(hour))
	v.add("key_2", shown(2), s.have.ExpiresAt).CreatedAt = s.have.CreatedAt
	return v, s.want, s.have, s.m
}

// The new key is stored before anything happens to the old one.
func TestRotate(t *testing.T) {
	t.Parallel()
	v, want, have, m := due()
	m.Refused, m.Adopted = []string{"scopes"}, begin.Add(-day)
	job, r, d := newJob(v, want, have, &m)
	var storedAfter []string
	store := job.Store
	job.Store = func(next keyseries.State) {
		storedAfter = append(storedAfter, v.journal[len(v.journal)-1])
		store(next)
	}
	v.scopes = []string{"a"}
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantJournal(t, v, list, "mint payments 1", "end key_2 in 24h0m0s")
	if !slices.Equal(storedAfter, v.journal[1:]) || len(d.kept) != 1 {
		t.Errorf("stored after %v, kept %d", storedAfter, len(d.kept))
	}
	next := keyseries.State{
		ID: "key_3", Name: "payments", Generation: 3, Version: begin.Unix() * 1000, CreatedAt: begin, ExpiresAt: begin.Add(90 * day), Lifetime: 90 * day, Overlap: day, Own: []string{"a"},
		Previous: []keyseries.Previous{{ID: "key_2", ExpiresAt: begin.Add(day)}, {ID: "key_1", ExpiresAt: begin.Add(hour)}},
	}
	if !reflect.DeepEqual(r.last(), next) || !reflect.DeepEqual(r.states[0], next) {
		t.Errorf("stored %+v\nwant %+v", r.states, next)
	}
	if m.Refused != nil || !m.Adopted.IsZero() || !m.End.Equal(begin.Add(90*day)) || len(m.Previous) != 2 {
		t.Errorf("memory %+v", m)
	}
	if first := r.memories[0]; len(first.Previous) != 2 || !first.Previous["key_2"].Late {
		t.Errorf("stored with the new key: %+v", first)
	}
}

func TestRotateThatFails(t *testing.T) {
	t.Parallel()
	t.Run("at the mint, changes nothing", func(t *testing.T) {
		t.Parallel()
		v, want, have, m := due()
		v.fail(mint, fault{err: refused(500)})
		before := m.Clone()
		job, r, _ := newJob(v, want, have, &m)
		if err := job.Run(t.Context()); apierr.Status(err) != 500 || len(r.states) != 0 || !reflect.DeepEqual(m, before) {
			t.Errorf("%v, stored %v, memory %+v", err, r.states, m)
		}
		wantLive(t, v, "key_1", "key_2")
	})
	t.Run("at the old key, keeps it in state", func(t *testing.T) {
		t.Parallel()
		v, want, have, m := due()
		want.Overlap, m.Refused = 0, []string{"scopes"}
		v.add("key_9", shown(9), time.Time{}).CreatedAt = begin.Add(-5 * day)
		m.Others = []keyseries.Other{{ID: "key_9", CreatedAt: begin.Add(-5 * day)}}
		v.fail(revoke, fault{err: refused(500)})
		job, r, _ := newJob(v, want, have, &m)
		wantText(t, job.Run(t.Context()), "key_3 is created and in state", "previous key key_2")
		if last := r.last(); last.ID != "key_3" || last.Previous[0].ID != "key_2" || !slices.Equal(m.Refused, []string{"scopes"}) {
			t.Errorf("stored %+v, memory %+v", last, m)
		}
		wantLive(t, v, "key_1", "key_2", "key_3", "key_9") // and nothing else is begun
		// The next apply finishes it.
		seen, err := keyseries.Observe(t.Context(), v, r.last(), m)
		if err != nil {
			t.Fatal(err)
		}
		want.Triggers, have = keyseries.Same, r.last()
		have.Previous = seen.Previous
		job, _, _ = newJob(v, want, have, &seen.Memory)
		if err := job.Run(t.Context()); err != nil || seen.Memory.Refused != nil {
			t.Fatal(err)
		}
		wantLive(t, v, "key_1", "key_3")
	})
	t.Run("at another key, only says so", func(t *testing.T) {
		t.Parallel()
		for name, prepare := range map[string]func(full){
			"it cannot be revoked":   func(v full) { v.fail(revoke, fault{err: refused(403)}) },
			"it cannot be looked at": func(v full) { v.fail(get, fault{err: refused(500)}) },
			"it was used meanwhile":  func(v full) { v.keys["key_9"].LastUsedAt = begin },
			"its use is left out":    func(v full) { v.keys["key_9"].UseHidden = true },
		} {
			v, want, have, m := due()
			v.add("key_9", shown(9), time.Time{}).CreatedAt = begin.Add(-5 * day)
			m.Others = []keyseries.Other{{ID: "key_9", CreatedAt: begin.Add(-5 * day)}}
			prepare(v)
			job, r, _ := newJob(v, want, have, &m)
			if err := job.Run(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			said := "key_9: key could not be revoked"
			if v.keys["key_9"].UseHidden || !v.keys["key_9"].LastUsedAt.IsZero() {
				said = "key_9: key is left alone"
			}
			wantNotices(t, r.notices, said)
			wantLive(t, v, "key_1", "key_2", "key_3", "key_9")
		}
	})
}

// Where one key per account is allowed.
func TestRotateMakesRoom(t *testing.T) {
	t.Parallel()
	limited := func(overlap time.Duration, phase keyseries.Phase) (full, *keyseries.Job, *record) {
		v, want, have, m := due()
		delete(v.keys, "key_1")
		have.Previous, m.Previous, m.Phase = nil, nil, phase
		want.Overlap, v.limit = overlap, 1
		job, r, _ := newJob(v, want, have, &m)
		return v, job, r
	}
	t.Run("where its plan announced the gap", func(t *testing.T) {
		t.Parallel()
		v, job, r := limited(0, keyseries.Living)
		if err := job.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantJournal(t, v, list, "mint payments 1", fresh, "revoke key_2", "mint payments 2")
		if len(r.last().Previous) != 0 || len(job.Memory.Previous) != 0 || job.Memory.Phase != keyseries.Living {
			t.Errorf("stored %+v, memory %+v", r.last(), job.Memory)
		}
	})
	t.Run("of an expired key that still counts", func(t *testing.T) {
		t.Parallel()
		v, job, _ := limited(day, keyseries.Expired)
		v.keys["key_2"].ExpiresAt = begin.Add(-hour)
		if err := job.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantLive(t, v, "key_3")
	})
	t.Run("and not beside an overlap, a rival, or an unreadable list", func(t *testing.T) {
		t.Parallel()
		for name, prepare := range map[string]func(full) time.Duration{
			"overlap": func(full) time.Duration { return day },
			"rival":   func(v full) time.Duration { v.add("rival", "billing", time.Time{}); return 0 },
			"list":    func(v full) time.Duration { v.fail(fresh, fault{err: refused(500)}); return 0 },
		} {
			v, job, r := limited(0, keyseries.Living)
			job.Want.Overlap = prepare(v)
			if err := job.Run(t.Context()); err == nil || len(v.revoked) != 0 || len(r.states) != 0 {
				t.Errorf("%s: %v, calls %v", name, err, v.journal)
			}
		}
	})
	t.Run("and not beside a previous key of its own", func(t *testing.T) {
		t.Parallel()
		v, want, have, m := due()
		want.Overlap, v.limit = 0, 1
		job, r, _ := newJob(v, want, have, &m)
		wantText(t, job.Run(t.Context()), "key_1", "would make no room", "Nothing was changed")
		if len(v.revoked) != 0 || len(r.states) != 0 {
			t.Errorf("calls %v", v.journal)
		}
	})
	t.Run("and not beside a key whose owner is not told", func(t *testing.T) {
		t.Parallel()
		for name, c := range map[string]struct {
			prepare func(v full, other *entry)
			want    string // of the error; "" = room was made
		}{
			"by nobody":                {func(v full, _ *entry) { v.hidesOwners = true }, "this account may have another one, other, so"},
			"by the list":              {func(v full, _ *entry) { v.listsNoOwners = true }, "this account has another one, other, so"},
			"and a read shows another": {func(v full, other *entry) { v.listsNoOwners, other.OwnerID = true, "svc_acct_2" }, ""},
			"and a read shows a user":  {func(v full, other *entry) { v.listsNoOwners, other.OwnerID, other.Person = true, "", "Jo" }, ""},
			"and a read does not find it": {func(v full, other *entry) {
				v.listsNoOwners = true
				v.fail(get, fault{err: v.gone("API key other")})
			}, "this account may have another one, other, so"},
			"and a read fails": {func(v full, _ *entry) {
				v.listsNoOwners = true
				v.fail(get, fault{err: refused(500)})
			}, "refused"},
		} {
			v, job, _ := limited(0, keyseries.Living)
			c.prepare(v, v.add("other", "billing", time.Time{}))
			v.limit = 2
			err := job.Run(t.Context())
			if (err == nil) != (c.want == "") || (len(v.revoked) == 0) != (err != nil) {
				t.Errorf("%s: %v, calls %v", name, err, v.journal)
			}
			if c.want != "" {
				wantText(t, err, c.want)
			}
		}
	})
	t.Run("of what a killed run left, where the current key is lost", func(t *testing.T) {
		t.Parallel()
		const made = "mint payments 1"
		for name, c := range map[string]struct {
			phase   keyseries.Phase
			there   bool // the current key still is, and has expired
			age     time.Duration
			prepare func(full)
			calls   []string
			want    string // of the error; "" = room was made
			also    string
		}{
			"gone, a day later":    {keyseries.Deleted, false, 25 * hour, nil, []string{list, made, "get key_9", "revoke key_9", "mint payments 2"}, "", ""},
			"expired, a day later": {keyseries.Expired, false, 25 * hour, nil, []string{list, made, "get key_9", "revoke key_9", fresh, "revoke key_2", "mint payments 2"}, "", ""},
			"expired and listed":   {keyseries.Expired, true, 25 * hour, nil, []string{list, made, "get key_9", "revoke key_9", fresh, "revoke key_2", "mint payments 2"}, "", ""},
			"an hour later": {
				keyseries.Deleted, false, hour, nil, []string{list, made, fresh},
				"has another one, key key_9 (created at 2027-03-01T11:00:00Z, never used as far as the server shows). A run that was killed may have left it: if it stays unused, the first apply after 2027-03-02T11:00:00Z revokes it. To revoke it now: orgctl revoke key_9", "",
			},
			"expired, an hour later": {keyseries.Expired, false, hour, nil, []string{list, made, fresh}, "the first apply after 2027-03-02T11:00:00Z revokes it", ""},
			"it is used meanwhile": {
				keyseries.Deleted, false, 25 * hour, func(v full) {
					v.onCall = func(call string) {
						if call == mint {
							v.keys["key_9"].LastUsedAt = begin
						}
					}
				},
				[]string{list, made, "get key_9", fresh}, "last used at 2027-03-01T12:00:00Z). To revoke it now: orgctl revoke key_9", "is left alone",
			},
			"it cannot be revoked": {
				keyseries.Deleted, false, 25 * hour, func(v full) { v.fail(revoke, fault{err: refused(403)}) },
				[]string{list, made, "get key_9", "revoke key_9", fresh}, "never used as far as the server shows). To revoke it now: orgctl revoke key_9", "could not be revoked",
			},
			"and somebody else's is there": {
				keyseries.Deleted, false, 25 * hour, func(v full) { v.add("rival", "billing", time.Time{}); v.limit = 2 },
				[]string{list, made, "get key_9", "revoke key_9", "mint payments 2"}, "", "",
			},
			"and somebody else's has the place": {
				keyseries.Deleted, false, 25 * hour, func(v full) { v.add("rival", "billing", time.Time{}) },
				[]string{list, made, "get key_9", "revoke key_9", "mint payments 2", "mint payments 3", "mint payments 4", "mint payments 5", "mint payments 6", fresh}, "key rival (created at 2027-03-01T12:00:00Z, never used as far as the server shows). To revoke it now: orgctl revoke rival", "",
			},
			"and no key is seen": {
				keyseries.Deleted, false, hour, func(v full) {
					delete(v.keys, "key_9")
					v.fail(mint, fault{err: fmt.Errorf("%w: %w", keyseries.ErrNoRoom, &apierr.Error{Status: 409, Hint: "set overlap"})})
				},
				[]string{list, made, fresh}, keyseries.ErrNoRoom.Error(), "",
			},
		} {
			v, want, have, m := due()
			delete(v.keys, "key_1")
			have.Previous, m.Previous, m.Phase = nil, nil, c.phase
			if v.keys["key_2"].ExpiresAt = begin.Add(-2 * hour); !c.there {
				delete(v.keys, "key_2")
			}
			born := begin.Add(-c.age)
			v.add("key_9", shown(9), time.Time{}).CreatedAt = born
			m.Others = []keyseries.Other{{ID: "key_9", CreatedAt: born}}
			want.Overlap, v.limit = 0, 1
			job, r, _ := newJob(v, want, have, &m)
			if c.prepare != nil {
				c.prepare(v)
			}
			err := job.Run(t.Context())
			if failed, ok := apierr.As(err); ok && !strings.Contains(failed.Hint, "No other key of this account is listed") {
				t.Errorf("%s: the hint is %q", name, failed.Hint)
			}
			if !slices.Equal(v.journal, c.calls) || (err == nil) != (c.want == "") || (len(r.states) > 0) != (err == nil) {
				t.Errorf("%s: %v, stored %v, calls %q", name, err, r.states, v.journal)
			}
			if c.want != "" {
				wantText(t, err, c.want)
			}
			if c.also != "" {
				wantNotices(t, r.notices, "key_9: key "+c.also)
			}
		}
	})
	t.Run("of an attempt whose answer was lost", func(t *testing.T) {
		t.Parallel()
		v, want, have, m := due()
		clear(v.keys)
		v.limit = 1
		v.add("key_9", shown(9), time.Time{}).CreatedAt = begin.Add(-hour)
		have.ID, have.Previous, m.Previous, m.Phase = "", nil, nil, keyseries.Deleted
		m.Unsettled = []keyseries.Attempt{{Shown: shown(9), At: begin.Add(-hour)}}
		m.Others = []keyseries.Other{{ID: "key_9", CreatedAt: begin.Add(-hour), Unsettled: true}}
		job, _, _ := newJob(v, want, have, &m)
		if err := job.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantLive(t, v, "key_3")
	})
	t.Run("and says that nothing works when the next mint fails", func(t *testing.T) {
		t.Parallel()
		v, job, _ := limited(0, keyseries.Living)
		v.fail(mint, fault{}, fault{err: refused(500)})
		wantText(t, job.Run(t.Context()), "key_2 was revoked to make room", "the workload has no key now")
		if job.Memory.Phase != keyseries.Deleted {
			t.Errorf("memory %+v", job.Memory)
		}
		// It was this apply that revoked it.
		_, err := keyseries.Observe(t.Context(), v, job.Have, *job.Memory)
		if gone, ok := apierr.AsGone(err); !ok || gone.Why != "an apply or destroy that failed afterwards revoked it" {
			t.Errorf("the next look says %v", err)
		}
		if err := job.Run(t.Context()); err != nil || job.Memory.Revoked != "" {
			t.Errorf("%v, memory %+v", err, job.Memory)
		}
	})
	t.Run("of its own attempt, once the list shows it", func(t *testing.T) {
		t.Parallel()
		v, job, _ := limited(0, keyseries.Living)
		v.lag = 40 * time.Second
		v.fail(mint, fault{}, fault{cut, true})
		if err := job.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantLive(t, v, "key_4")
		if len(job.Memory.Unsettled) != 0 || job.Memory.Phase != keyseries.Living {
			t.Errorf("memory %+v", job.Memory)
		}
	})
	t.Run("and of one that the list does not show, later", func(t *testing.T) {
		t.Parallel()
		v, job, _ := limited(0, keyseries.Living)
		v.lag = hour
		v.fail(mint, fault{}, fault{cut, true})
		err := job.Run(t.Context())
		wantText(t, err, "the workload has no key now", "it may have the place")
		if open := job.Memory.Unsettled; len(open) != 1 || !open[0].Held || strings.Contains(err.Error(), "no key of an attempt") {
			t.Errorf("%v, memory %+v", err, job.Memory)
		}
		v.clock.Advance(2 * hour)
		seen, err := keyseries.Observe(t.Context(), v, job.Have, *job.Memory)
		if err != nil {
			t.Fatal(err)
		}
		*job.Memory = seen.Memory
		job.Decision = keyseries.Decide(v.Capabilities(), job.Want, job.Have, seen.Memory)
		if err := job.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantLive(t, v, "key_4")
	})
	t.Run("also when its outcome is not known", func(t *testing.T) {
		t.Parallel()
		v, job, _ := limited(0, keyseries.Living)
		v.fail(mint, fault{}, fault{err: cut}, fault{err: cut})
		wantText(t, job.Run(t.Context()), "key_2 was revoked to make room", "the workload has no key now", "no key of an attempt called")
	})
}

// changing is a series whose scopes and lifetime change in place.
func changing() (full, keyseries.Wanted, keyseries.State, keyseries.Memory) {
	v, want, have, m := due()
	want.Triggers, want.Own, want.Lifetime = keyseries.Same, scoped(true), 60*day
	v.scopes = []string{"a"}
	return v, want, have, m
}

func TestChange(t *testing.T) {
	t.Parallel()
	v, want, have, m := changing()
	job, r, d := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantJournal(t, v, list, "edit key_2 scopes", "end key_2 in 1200h0m0s")
	end := begin.Add(50 * day)
	have.Own, have.Lifetime, have.ExpiresAt = v.scopes, want.Lifetime, end
	if !reflect.DeepEqual(r.last(), have) || !m.End.Equal(end) || len(d.kept) != 0 || !slices.Equal(v.keys["key_2"].scopes, v.scopes) {
		t.Errorf("stored %+v, memory %+v", r.last(), m)
	}
}

// One refusal may be a wrong answer of a gateway; two are kept until an apply succeeds.
func TestRefusals(t *testing.T) {
	t.Parallel()
	cannot := fault{err: keyseries.ErrCannot}
	for _, call := range []string{edit, endAt} {
		v, want, have, m := changing()
		v.fail(call, cannot)
		job, r, _ := newJob(v, want, have, &m)
		if err := job.Run(t.Context()); err != nil || m.Refused != nil || v.calls(call) != 2 || len(r.states) != 1 {
			t.Errorf("%s, refused once: %v, memory %+v, calls %v", call, err, m, v.journal)
		}
	}
	for call, argument := range map[string]string{edit: "scopes", endAt: "lifetime"} {
		v, want, have, m := changing()
		v.fail(call, cannot, cannot)
		job, r, _ := newJob(v, want, have, &m)
		err := job.Run(t.Context())
		wantText(t, err, "refuses to change the "+argument+" of key key_2", "The next plan rotates the key instead")
		if !errors.Is(err, keyseries.ErrCannot) || !slices.Equal(m.Refused, []string{argument}) || v.calls(call) != 2 {
			t.Errorf("%s, refused twice: %v, memory %+v, calls %v", call, err, m, v.journal)
		}
		switch argument {
		case "scopes":
			if len(r.states) != 0 || v.calls(endAt) != 0 {
				t.Errorf("stored %+v, calls %v", r.states, v.journal)
			}
		case "lifetime": // the scopes are the server's already
			wantText(t, err, "The key has its new scopes already, but not its new lifetime")
			if last := r.last(); !reflect.DeepEqual(last.Own, v.scopes) || last.Lifetime != have.Lifetime || !last.ExpiresAt.Equal(have.ExpiresAt) {
				t.Errorf("stored %+v", last)
			}
			have, want.Own = r.last(), scoped(false)
		}
		// The next plan rotates, whatever the server says then, and its success forgets it.
		if m, err = keyseries.Decode(m.Encode()); err != nil {
			t.Fatal(err)
		}
		job, _, _ = newJob(v, want, have, &m)
		if !job.Decision.Rotate || len(job.Decision.Why) != 1 {
			t.Fatalf("%s: decided %s", argument, words(job.Decision))
		}
		if err := job.Run(t.Context()); err != nil || m.Refused != nil {
			t.Errorf("%s: %v, memory %+v", argument, err, m)
		}
	}
}

// A change whose answer was lost may have been carried out: if the configuration is then taken back,
// the configured value is sent once more.
func TestChangeWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	// lost is a change of a series with that lifetime, and the configuration as it was before.
	lost := func(t *testing.T, call string, lose fault, of time.Duration, changes func(full, *keyseries.Wanted)) (full, keyseries.Wanted, keyseries.State, keyseries.Memory) {
		t.Helper()
		v, want, have, m := changing()
		want.Own, want.Lifetime, v.can.Name.Renames = scoped(false), of, true
		if have.Lifetime = of; of == 0 {
			have.ExpiresAt, m.End, v.keys["key_2"].ExpiresAt = time.Time{}, time.Time{}, time.Time{}
		}
		before := want
		v.keys["key_2"].scopes = []string{"a"}
		changes(v, &want)
		v.fail(call, lose)
		job, r, _ := newJob(v, want, have, &m)
		if err := job.Run(t.Context()); err == nil {
			t.Fatal("no error")
		}
		if len(r.states) > 0 {
			have = r.last()
		}
		m, err := keyseries.Decode(m.Encode())
		if err != nil {
			t.Fatal(err)
		}
		v.scopes, v.journal = []string{"a"}, nil
		return v, before, have, m
	}
	scopes := func(v full, want *keyseries.Wanted) { want.Own, v.scopes = scoped(true), nil }
	lifetime := func(_ full, want *keyseries.Wanted) { want.Lifetime = 30 * day }
	look := func(t *testing.T, v full, have keyseries.State, m keyseries.Memory) (keyseries.State, keyseries.Memory, []keyseries.Notice) {
		t.Helper()
		seen, err := keyseries.Observe(t.Context(), v, have, m)
		if err != nil {
			t.Fatal(err)
		}
		have.ExpiresAt, have.Previous = seen.Current.ExpiresAt, seen.Previous
		return have, seen.Memory, seen.Notices
	}
	for _, lose := range []fault{{cut, true}, {unknown(504), true}, {refused(500), true}} {
		v, want, have, m := lost(t, edit, lose, 90*day, scopes)
		have, m, notices := look(t, v, have, m) // which shows no scopes
		wantNotices(t, notices)
		job, _, _ := newJob(v, want, have, &m)
		if d := job.Decision; d.Rotate || !slices.Equal(d.Edit, []string{"scopes"}) || !slices.Equal(d.Again, []string{"scopes"}) {
			t.Fatalf("decided %s, again %v", words(d), d.Again)
		}
		if err := job.Run(t.Context()); err != nil || !slices.Equal(v.keys["key_2"].scopes, []string{"a"}) || len(m.Doubtful) != 0 {
			t.Errorf("%v, scopes %q, memory %+v", err, v.keys["key_2"].scopes, m)
		}
		if d := keyseries.Decide(v.can, want, have, m); len(d.Edit)+len(d.Again) != 0 {
			t.Errorf("and then decided %s", words(d))
		}
	}
	for _, lose := range []fault{{err: refused(403)}, {err: &apierr.Error{Outcome: apierr.NotSent}}} {
		for call, changes := range map[string]func(full, *keyseries.Wanted){edit: scopes, endAt: lifetime} {
			if _, _, _, m := lost(t, call, lose, 90*day, changes); len(m.Doubtful) != 0 {
				t.Errorf("%v: memory %+v", lose.err, m)
			}
		}
	}
	t.Run("that a read shows", func(t *testing.T) {
		t.Parallel()
		_, _, _, m := lost(t, edit, fault{cut, true}, 90*day, func(_ full, want *keyseries.Wanted) {
			want.Own = scoped(true)
			want.Own[0].Hidden = false
		})
		if len(m.Doubtful) != 0 {
			t.Errorf("memory %+v", m)
		}
	})
	t.Run("that is refused now", func(t *testing.T) {
		t.Parallel()
		v, want, have, m := lost(t, edit, fault{cut, true}, 90*day, scopes)
		m.Refused = []string{"scopes"}
		job, _, _ := newJob(v, want, have, &m)
		if d := job.Decision; !d.Rotate || len(d.Again) != 0 || !slices.Equal(d.Why, []string{"scopes may have been changed by an apply that failed, and a change was refused on the existing key"}) {
			t.Fatalf("decided %s", words(d))
		}
		if err := job.Run(t.Context()); err != nil || len(m.Doubtful) != 0 {
			t.Errorf("%v, memory %+v", err, m)
		}
	})
	t.Run("from scopes that nobody knows", func(t *testing.T) {
		t.Parallel()
		v, want, have, m := lost(t, edit, fault{cut, true}, 90*day, scopes)
		want.Own[0].Open = true
		if d := keyseries.Decide(v.can, want, have, m); !d.Quiet() || !slices.Equal(d.Doubtful, []string{"scopes"}) {
			t.Errorf("decided %s, in doubt %v", words(d), d.Doubtful)
		}
	})
	t.Run("of a lifetime", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			when    string
			lose    fault
			of      time.Duration
			decided string
			told    bool
		}{
			{"carried out", fault{cut, true}, 90 * day, "set lifetime", true},
			{"cut by the server", fault{}, 90 * day, "rotate: the lifetime may have been changed by an apply that failed, and this organization refused to change it on the existing key", true},
			{"ignored by the server", fault{}, 90 * day, "nothing", false},
			{"not carried out", fault{err: cut}, 90 * day, "nothing", false},
			{"carried out where there was none", fault{cut, true}, 0, "rotate: the lifetime may have been changed by an apply that failed, and the expiry of a key cannot be removed", true},
			{"not carried out where there was none", fault{err: cut}, 0, "nothing", false},
		} {
			v, want, have, m := lost(t, endAt, c.lose, c.of, func(v full, want *keyseries.Wanted) {
				lifetime(v, want)
				v.ignoresEnd = c.when == "ignored by the server"
				if c.when == "cut by the server" {
					v.longest = 5 * day
				}
			})
			have, m, notices := look(t, v, have, m)
			if c.told {
				wantNotices(t, notices, "its expiry was moved to an earlier time by an apply that failed, or outside Terraform. The plan says what is done")
			} else {
				wantNotices(t, notices)
			}
			if m.Phase != keyseries.Living { // else beside a later key the state counts as older than the server
				t.Errorf("%s: the key is %s", c.when, m.Phase)
			}
			job, r, _ := newJob(v, want, have, &m)
			if got := words(job.Decision); got != c.decided {
				t.Errorf("%s: decided %s", c.when, got)
			}
			if c.decided != "set lifetime" {
				continue
			}
			end := have.CreatedAt.Add(90 * day)
			if err := job.Run(t.Context()); err != nil || !slices.Equal(job.Decision.Again, []string{"lifetime"}) || !r.last().ExpiresAt.Equal(end) || !v.keys["key_2"].ExpiresAt.Equal(end) || len(m.Doubtful) != 0 {
				t.Errorf("%s: %v, stored %+v, memory %+v", c.when, err, r.states, m)
			}
		}
	})
	t.Run("that only its read confirms", func(t *testing.T) {
		t.Parallel()
		v, _, _, m := lost(t, endAt, fault{}, 90*day, func(v full, want *keyseries.Wanted) {
			lifetime(v, want)
			v.hidesEnd = true
			v.fail(get, fault{err: refused(403)})
		})
		if !slices.Equal(m.Doubtful, []string{"lifetime"}) || v.keys["key_2"].ExpiresAt.After(begin.Add(20*day)) {
			t.Errorf("memory %+v", m)
		}
	})
	t.Run("that a rotation supersedes", func(t *testing.T) {
		t.Parallel()
		for name, c := range map[string]struct {
			open     bool
			handedOn []string
			notices  []string
			doubtful []string // of the new key
		}{
			"configured":              {false, nil, nil, nil},
			"left open":               {true, nil, []string{"key_2: key may have other scopes"}, nil},
			"left open, handed on":    {true, []string{"scopes"}, []string{"key_2: key may have other scopes"}, []string{"scopes"}},
			"handed on, not in doubt": {false, []string{"limit"}, nil, nil},
		} {
			v, want, have, m := lost(t, edit, fault{cut, true}, 90*day, scopes)
			want.Triggers, want.Own[0].Open = keyseries.Changed, c.open
			job, r, _ := newJob(finishing{full: v, handedOn: c.handedOn}, want, have, &m)
			if err := job.Run(t.Context()); err != nil || slices.Equal(v.keys["key_2"].scopes, []string{"a"}) == c.open || !slices.Equal(m.Doubtful, c.doubtful) || (len(m.Previous["key_2"].Stale) > 0) != c.open {
				t.Errorf("%s: %v, scopes %q, memory %+v", name, err, v.keys["key_2"].scopes, m)
			}
			wantNotices(t, r.notices, c.notices...)
		}
	})
	t.Run("of a lifetime of a key that a rotation supersedes", func(t *testing.T) {
		t.Parallel()
		for name, c := range map[string]struct {
			trouble func(full) // at the rotation
			notice  string
			now     bool // it is set right by the rotation
		}{
			"set right at once": {func(full) {}, "", true},
			"in trouble":        {func(v full) { v.fail(endAt, fault{err: refused(502)}) }, "key_2: key does not expire at the server yet Key key_2 could not be made to expire at 2027-03-04T00:00:00Z", false},
			"refused":           {func(v full) { v.fail(endAt, slices.Repeat([]fault{{err: keyseries.ErrCannot}}, 2)...) }, "key_2: key expires earlier than it should It expires at 2027-03-03T12:00:00Z, and its overlap lasts until 2027-03-04T00:00:00Z", false},
			"without a time":    {func(v full) { v.skewUnknown = true }, "The next apply tries again", false},
			"without a list":    {func(v full) { v.unlistable = true; v.fail(endAt, fault{err: refused(502)}) }, "key_2: key does not expire at the server yet", false},
			"set too early again": {func(v full) {
				v.longest = hour
				v.fail(endAt, fault{}, fault{err: refused(502)})
			}, "key_2: key expires earlier than it should It was to expire at 2027-03-04T00:00:00Z, when its overlap ends, and the server made it expire at 2027-03-03T01:00:00Z. The attempt to correct this failed", false},
		} {
			v, want, have, m := lost(t, endAt, fault{cut, true}, 90*day, func(_ full, want *keyseries.Wanted) { want.Lifetime = 12 * day })
			v.clock.Advance(36 * hour) // so that less than its overlap is left
			have, m, _ = look(t, v, have, m)
			want.Triggers = keyseries.Changed
			end := v.clock.Now().Add(want.Overlap)
			c.trouble(v)
			job, r, _ := newJob(v, want, have, &m)
			if err := job.Run(t.Context()); err != nil {
				t.Fatal(name, err)
			}
			if c.notice != "" {
				wantNotices(t, r.notices, c.notice)
			}
			have, want.Triggers, v.unlistable, v.skewUnknown, v.longest = r.last(), keyseries.Same, false, false, 0
			kept, err := keyseries.Decode(m.Encode())
			if err != nil {
				t.Fatal(err)
			}
			for _, looks := range []bool{true, false} { // the next apply, with a refresh and without
				have, m, notices := have, kept.Clone(), []keyseries.Notice(nil)
				if looks {
					have, m, notices = look(t, v, have, m)
				}
				wantNotices(t, notices)
				job, r, _ := newJob(v, want, have, &m)
				if got := slices.Equal(job.Decision.Shorten, []string{"key_2"}); got == c.now {
					t.Errorf("%s, with a look %v: decided %s", name, looks, words(job.Decision))
				}
				if looks { // and not yet done
					continue
				}
				if err := job.Run(t.Context()); err != nil || !v.keys["key_2"].ExpiresAt.Equal(end) || !r.last().Previous[0].ExpiresAt.Equal(end) || len(r.notices) > 0 {
					t.Errorf("%s: %v, notices %+v, stored %+v, memory %+v", name, err, r.notices, r.last(), m)
				}
				have.Previous = r.last().Previous
				if _, m, notices = look(t, v, have, m); len(notices) > 0 || !keyseries.Decide(v.can, want, have, m).Quiet() {
					t.Errorf("%s: notices %+v, memory %+v", name, notices, m)
				}
			}
		}
	})
	t.Run("of a lifetime of a previous key that somebody gave another end", func(t *testing.T) {
		t.Parallel()
		v, want, have, m := lost(t, endAt, fault{cut, true}, 90*day, func(_ full, want *keyseries.Wanted) { want.Lifetime = 12 * day })
		v.clock.Advance(36 * hour)
		have, m, _ = look(t, v, have, m)
		want.Triggers = keyseries.Changed
		v.fail(endAt, fault{err: refused(502)})
		job, r, _ := newJob(v, want, have, &m)
		if err := job.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		have, want.Triggers = r.last(), keyseries.Same
		v.keys["key_2"].ExpiresAt = v.clock.Now().Add(hour)
		for _, looks := range []bool{false, true} { // no apply postpones it
			if looks {
				var notices []keyseries.Notice
				have, m, notices = look(t, v, have, m)
				wantNotices(t, notices, "key_2: key expires earlier than it should This previous key now expires at")
			}
			v.journal = nil
			job, _, _ = newJob(v, want, have, &m)
			if err := job.Run(t.Context()); err != nil || v.calls(endAt) > 0 || looks && !job.Decision.Quiet() {
				t.Errorf("%v, calls %v, decided %s", err, v.journal, words(job.Decision))
			}
		}
	})
	t.Run("of a name", func(t *testing.T) {
		t.Parallel()
		for _, done := range []bool{true, false} {
			v, want, have, m := lost(t, edit, fault{cut, done}, 90*day, func(_ full, want *keyseries.Wanted) { want.Name = "billing" })
			m.Shown = shown(2)
			have, m, notices := look(t, v, have, m)
			wantNotices(t, notices)
			job, _, _ := newJob(v, want, have, &m)
			if d := job.Decision; d.Rename != done {
				t.Errorf("decided %s", words(d))
			}
			if err := job.Run(t.Context()); err != nil || v.keys["key_2"].Name != shown(2) || len(m.Doubtful) != 0 {
				t.Errorf("%v, called %q, memory %+v", err, v.keys["key_2"].Name, m)
			}
		}
	})
}

// A server that gives a key another end than it was asked for has changed it, and the error does not deny that.
func TestLifetimeThatTheServerCuts(t *testing.T) {
	t.Parallel()
	for ignored, says := range map[bool]string{true: "shows that the key expires at 2027-05-20T12:00:00Z. Nothing of it was changed. The next plan", false: "shows that the key expires at 2027-03-06T12:00:03Z. The next plan"} {
		v, want, have, m := changing()
		want.Own, v.ignoresEnd, v.longest = nil, ignored, 5*day
		job, _, _ := newJob(v, want, have, &m)
		wantText(t, job.Run(t.Context()), "refuses to change the lifetime of key key_2", says)
		if !slices.Equal(m.Refused, []string{"lifetime"}) || (len(m.Doubtful) > 0) == ignored {
			t.Errorf("memory %+v", m)
		}
	}
}

func TestChangeForgetsARefusal(t *testing.T) {
	t.Parallel()
	v, want, have, m := changing()
	want.Own, m.Refused = nil, []string{"scopes"}
	job, _, _ := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil || m.Refused != nil {
		t.Errorf("%v, memory %+v", err, m)
	}
}

// An end is sent as a distance from now: without the server's time it could come early.
func TestChangeWithoutAClock(t *testing.T) {
	t.Parallel()
	v, want, have, m := changing()
	v.skewUnknown, want.Own, m.Looked = true, nil, time.Time{}
	v.clock.Advance(25 * hour)
	job, r, _ := newJob(v, want, have, &m)
	wantText(t, job.Run(t.Context()), "carry no time", "key_2", "Apply again")
	wantJournal(t, v, list, list)
	if len(m.Refused) != 0 || len(r.states) != 1 || r.last().Lifetime != have.Lifetime {
		t.Errorf("stored %+v, memory %+v", r.states, m)
	}
}

// Nor does a plan rotate by a wrong clock what the apply refuses to shorten.
func TestChangeWithAWrongClock(t *testing.T) {
	t.Parallel()
	v, want, have, m := changing()
	v.skew, want.Own, want.Lifetime, m.Looked = 10*time.Minute, nil, 11*day, time.Time{}
	v.keys["key_2"].ExpiresAt = time.Time{}
	want.Overlap = 3 * day
	job, _, _ := newJob(v, want, have, &m)
	wantText(t, job.Run(t.Context()), "clock is too wrong", "key_2", "Set the clock right")
	if v.calls(endAt) != 0 {
		t.Errorf("calls %v", v.journal)
	}
}

// Without the server's time a rotation ends nothing early, but an overlap of nothing is
// still nothing.
func TestRotateWithoutAClock(t *testing.T) {
	t.Parallel()
	for overlap, revoked := range map[time.Duration][]string{0: {"key_2"}, day: nil} {
		v, want, have, m := due()
		v.skewUnknown, m.Looked, want.Overlap = true, time.Time{}, overlap
		v.clock.Advance(40 * hour) // as far as this machine knows
		job, r, _ := newJob(v, want, have, &m)
		if err := job.Run(t.Context()); err != nil || !slices.Equal(v.revoked, revoked) || v.calls(endAt) != 0 {
			t.Errorf("overlap %s: %v, calls %v", overlap, err, v.journal)
		}
		if overlap == day {
			wantNotices(t, r.notices, "key_2: key does not expire at the server yet")
		}
	}
}

// The plan was made from an earlier look: what it shows of previous keys is what is
// stored.
func TestRotateStoresWhatThePlanShows(t *testing.T) {
	t.Parallel()
	for _, passed := range []time.Duration{0, 30 * time.Minute, 2 * hour, 30 * day} {
		for _, overlap := range []time.Duration{0, hour, day} {
			for _, looked := range []time.Time{{}, begin} {
				v, want, have, m := due()
				want.Overlap, m.Looked = overlap, looked
				planned := keyseries.Planned(keyseries.Decide(v.can, want, have, m), want, have, m)
				v.clock.Advance(passed)
				job, r, _ := newJob(v, want, have, &m)
				if err := job.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				for _, stored := range r.states {
					if len(stored.Previous) != len(planned) {
						t.Errorf("planned %v, stored %v", planned, stored.Previous)
						continue
					}
					for i, p := range planned {
						if got := stored.Previous[i]; got.ID != p.ID || !p.ExpiresAt.IsZero() && !got.ExpiresAt.Equal(p.ExpiresAt) || got.ExpiresAt.IsZero() {
							t.Errorf("planned %v, stored %v", planned, stored.Previous)
						}
					}
				}
			}
		}
	}
}

// An old key that was made to expire in a second, because it cannot be deleted, still takes the room.
func TestRoomThatIsMadeLater(t *testing.T) {
	t.Parallel()
	full := fault{err: fmt.Errorf("%w: %w", keyseries.ErrNoRoom, refused(409))}
	for refusals, fails := range map[int]bool{1: false, 4: false, 5: true} {
		v, want, have, m := due()
		delete(v.keys, "key_1")
		have.Previous, m.Previous, want.Overlap, v.limit = nil, nil, 0, 1
		v.fail(mint, slices.Concat([]fault{{}}, slices.Repeat([]fault{full}, refusals))...)
		job, _, _ := newJob(v, want, have, &m)
		err := job.Run(t.Context())
		if fails {
			wantText(t, err, "key_2 was revoked to make room", "the workload has no key now")
		} else if err != nil {
			t.Errorf("%d refusals: %v", refusals, err)
		}
		if slept := v.clock.Slept(); slept < time.Second || slept > 10*time.Second {
			t.Errorf("%d refusals: waited %s", refusals, slept)
		}
	}
}
