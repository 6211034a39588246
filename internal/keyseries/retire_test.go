// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// running is a vendor with a previous key_1 and current key_2, and the memory's
// promise for the first; a zero one is a key that no rotation superseded.
func running(actual, promised time.Time) (full, keyseries.Memory, []keyseries.Previous) {
	v := newVendor()
	v.add("key_1", shown(1), actual)
	v.add("key_2", shown(2), time.Time{})
	m := keyseries.Memory{Series: series}
	shown := actual
	if !promised.IsZero() {
		late := actual.IsZero() || actual.After(promised.Add(2*time.Second))
		m.Previous = map[string]keyseries.Superseded{"key_1": {End: promised, Late: late}}
		if late {
			shown = promised
		}
	}
	return v, m, []keyseries.Previous{{ID: "key_1", ExpiresAt: shown}}
}

func TestRetire(t *testing.T) {
	t.Parallel()
	never, soon, tomorrow := time.Time{}, begin.Add(hour), begin.Add(day)
	refusing, ignoring := func(v full, _ *keyseries.Memory) { v.cannotUpdate = true }, func(v full, _ *keyseries.Memory) { v.ignoresEnd = true }
	for _, c := range []struct {
		when             string
		actual, promised time.Time
		prepare          func(full, *keyseries.Memory)
		calls            []string
		left             time.Time // the end of what is left; gone = nothing is
		gone, shown      bool
		notice, failure  string
		late             bool // the next apply asks again
	}{
		{when: "only the remainder is sent", actual: never, promised: soon, calls: []string{"end key_1 in 1h0m0s"}, left: soon},
		{when: "a later end is brought forward", actual: tomorrow, promised: soon, calls: []string{"end key_1 in 1h0m0s"}, left: soon},
		{when: "an earlier end is left alone", actual: soon, promised: tomorrow, left: soon},
		{when: "an end that fits is left alone", actual: soon.Add(time.Second), promised: soon, left: soon.Add(time.Second)},
		{when: "a passed promise is kept now", actual: never, promised: begin.Add(-hour), calls: []string{"revoke key_1"}, gone: true},
		{when: "a promise of this very moment is kept now", actual: never, promised: begin, calls: []string{"revoke key_1"}, gone: true},
		{when: "what no rotation superseded is left alone", actual: never, left: never},
		{when: "there is no call for it", actual: never, promised: soon, prepare: refusing,
			calls: []string{"end key_1 in 1h0m0s", "end key_1 in 1h0m0s"}, left: soon, notice: "works until the first apply after 2027-03-01T13:00:00Z", late: true},
		{when: "answered, but nothing changed", actual: never, promised: soon, prepare: ignoring,
			calls: []string{"end key_1 in 1h0m0s", "get key_1", "end key_1 in 59m57s", "get key_1"}, left: soon, notice: "refused to make key key_1 expire earlier", late: true},
		{when: "one refusal is no knowledge", actual: never, promised: soon, prepare: func(v full, _ *keyseries.Memory) { v.fail(endAt, fault{err: keyseries.ErrCannot}) },
			calls: []string{"end key_1 in 1h0m0s", "end key_1 in 1h0m0s"}, left: soon},
		{when: "the call fails", actual: never, promised: soon, prepare: func(v full, _ *keyseries.Memory) { v.fail(endAt, fault{err: refused(500)}) },
			calls: []string{"end key_1 in 1h0m0s"}, left: soon, notice: "The next apply tries again", late: true},
		{when: "a 404 of a key that is there", actual: never, promised: soon, prepare: func(v full, _ *keyseries.Memory) { v.fail(endAt, fault{err: refused(404)}) },
			calls: []string{"end key_1 in 1h0m0s"}, left: soon, notice: "The next apply tries again", late: true},
		{when: "a key that somebody revoked", actual: never, promised: soon, prepare: func(v full, _ *keyseries.Memory) {
			delete(v.keys, "key_1") // which the vendor's calls confirm
		}, calls: []string{"end key_1 in 1h0m0s", "get key_1", "revoke key_1"}, gone: true, left: soon, shown: true},
		{when: "a key that is said to be gone, and is there", actual: never, promised: soon, prepare: func(v full, _ *keyseries.Memory) {
			v.fail(endAt, fault{err: &apierr.Gone{What: "key key_1", Why: "it was deleted outside Terraform"}})
		}, calls: []string{"end key_1 in 1h0m0s", "get key_1"}, left: soon, notice: "The next apply tries again", late: true},
		{when: "the revocation fails", actual: never, promised: begin, prepare: func(v full, _ *keyseries.Memory) { v.fail(revoke, fault{err: refused(503)}) },
			calls: []string{"revoke key_1"}, left: begin, failure: "previous key key_1: call: refused (HTTP 503", late: true},
		{when: "the promised end passes while waiting for a turn", actual: never, promised: begin.Add(time.Minute), prepare: func(v full, _ *keyseries.Memory) {
			v.onCall = func(call string) {
				if call == endAt {
					v.clock.Advance(2 * time.Minute)
					v.fail(endAt, fault{err: keyseries.ErrEnded})
				}
			}
		}, calls: []string{"end key_1 in 1m0s", "revoke key_1"}, gone: true, left: begin.Add(time.Minute), shown: true},
		{when: "and the revocation fails then", actual: never, promised: begin.Add(time.Minute), prepare: func(v full, _ *keyseries.Memory) {
			v.fail(endAt, fault{err: keyseries.ErrEnded})
			v.fail(revoke, fault{err: refused(503)})
		}, calls: []string{"end key_1 in 1m0s", "revoke key_1"}, left: begin.Add(time.Minute), failure: "previous key key_1", late: true},
		{when: "the server tells no time", actual: never, promised: begin.Add(-hour), prepare: func(v full, m *keyseries.Memory) { v.skewUnknown, m.Looked = true, never },
			left: begin.Add(-hour), notice: "The server's answers carry no time", late: true},
		{when: "this machine's clock is wrong", actual: never, promised: begin.Add(-hour), prepare: func(v full, m *keyseries.Memory) { v.skew, m.Looked = 25*hour, never },
			calls: []string{"end key_1 in -1h0m0s"}, left: begin.Add(-hour), notice: "It is not revoked until the clock is right", late: true},
		{when: "it is wrong, and the end is ahead", actual: never, promised: soon, prepare: func(v full, m *keyseries.Memory) { v.skew, m.Looked = 25*hour, never },
			calls: []string{"end key_1 in 1h0m0s"}, left: soon},
		{when: "it is wrong, and the plan revokes", actual: never, promised: begin.Add(-hour), prepare: func(v full, _ *keyseries.Memory) { v.skew = 25 * hour },
			calls: []string{"revoke key_1"}, gone: true},
		{when: "the server sets an earlier end", actual: never, promised: tomorrow, prepare: func(v full, _ *keyseries.Memory) { v.longest = hour },
			calls: []string{"end key_1 in 24h0m0s", "get key_1", "end key_1 in 23h59m57s", "get key_1"}, left: soon.Add(3 * time.Second), notice: "expires earlier than it should It was to expire at 2027-03-02T12:00:00Z"},
		{when: "and moves no end to a later time", actual: never, promised: tomorrow, prepare: func(v full, _ *keyseries.Memory) {
			v.longest = hour
			v.fail(endAt, fault{}, fault{err: keyseries.ErrCannot})
		}, calls: []string{"end key_1 in 24h0m0s", "get key_1", "end key_1 in 23h59m57s"}, left: soon, notice: "expires earlier than it should It was to expire at 2027-03-02T12:00:00Z"},
		{when: "a wrong clock made one remainder too short", actual: never, promised: tomorrow, prepare: func(v full, _ *keyseries.Memory) {
			v.ahead = 2 * hour
			v.onCall = func(call string) {
				if call == get { // the answer has the right time
					v.ahead = 0
				}
			}
		}, calls: []string{"end key_1 in 22h0m0s", "get key_1", "end key_1 in 23h59m57s"}, left: tomorrow},
		{when: "a wrong clock made a remainder too short, and no read shows it", actual: never, promised: tomorrow, prepare: func(v full, _ *keyseries.Memory) {
			v.ahead = 2 * hour
			v.fail(get, fault{err: refused(500)})
		}, calls: []string{"end key_1 in 22h0m0s", "get key_1"}, left: tomorrow.Add(-2 * hour), notice: "The next apply tries again", late: true},
		{when: "it tells none, and the key was to end at once", actual: never, promised: soon, prepare: func(v full, m *keyseries.Memory) {
			v.skewUnknown, m.Looked = true, never
			m.Previous["key_1"] = keyseries.Superseded{End: soon, AtOnce: true}
		}, calls: []string{"revoke key_1"}, gone: true},
		{when: "the plan knew no time, and now there is one", actual: never, promised: soon.Add(time.Millisecond), prepare: func(_ full, m *keyseries.Memory) { m.Looked = never },
			calls: []string{"end key_1 in 1h0m1s"}, left: soon.Add(time.Millisecond)}, // as the plan shows it
	} {
		t.Run(c.when, func(t *testing.T) {
			t.Parallel()
			v, m, previous := running(c.actual, c.promised)
			m.Looked = begin
			if c.prepare != nil {
				c.prepare(v, &m)
			}
			left, notices, err := keyseries.Retire(t.Context(), v, &m, previous, "")
			wantJournal(t, v, c.calls...)
			want := []keyseries.Previous{{ID: "key_1", ExpiresAt: c.left}}
			if c.gone {
				if !c.shown {
					want = nil
				}
				wantLive(t, v, "key_2")
			}
			if !reflect.DeepEqual(left, want) {
				t.Errorf("left %v, want %v", left, want)
			}
			if superseded, promised := m.Previous["key_1"]; promised != (!c.gone && !c.promised.IsZero()) || superseded.Late != c.late {
				t.Errorf("promises %v", m.Previous)
			}
			if len(m.Refused) != 0 {
				t.Errorf("about ends nothing is kept: %v", m.Refused)
			}
			if c.notice == "" {
				wantNotices(t, notices)
			} else {
				wantNotices(t, notices, c.notice)
			}
			if c.failure != "" {
				wantText(t, err, c.failure)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// stopping is a vendor that can stop keys.
type stopping struct{ guarded }

func (s stopping) Stop(_ context.Context, id string) error { return s.enter("stop", id).err }

// A key that can be stopped is stopped before it is revoked, unless the provider works with it;
// what goes wrong with that stops no revocation.
func TestRetireStops(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		when  string
		own   string
		stop  error
		calls []string
	}{
		{"it works", "", nil, []string{"stop key_1", "in use? key_1 ", "revoke key_1"}},
		{"it fails", "", refused(500), []string{"stop key_1", "in use? key_1 ", "revoke key_1"}},
		{"the provider works with it", "key_1", nil, []string{"in use? key_1 "}},
	} {
		full, m, previous := running(time.Time{}, begin)
		m.Looked = begin
		full.fail("stop", fault{err: c.stop})
		v := stopping{guarded{full: full, own: c.own}}
		_, _, err := keyseries.Retire(t.Context(), v, &m, previous, "")
		if (err != nil) != (c.own != "") {
			t.Errorf("%s: %v", c.when, err)
		}
		wantJournal(t, full, append([]string{"in use? key_1 "}, c.calls...)...)
	}
}

// Where ends never move nothing is asked for, and the first apply after the promised end
// revokes.
func TestRetireWhereEndsNeverMove(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]bool{"declared": true, "no call": false} {
		v, m, previous := running(time.Time{}, begin.Add(hour))
		m.Looked = begin
		var vendor keyseries.Vendor = v.vendor // without EndAt
		if one {
			v.can, vendor = adminCan, v
		}
		left, notices, err := keyseries.Retire(t.Context(), vendor, &m, previous, "")
		if err != nil || len(notices) != 0 || !reflect.DeepEqual(left, previous) || len(v.journal) != 0 {
			t.Errorf("%s: left %v, notices %v, %v, calls %v", name, left, notices, err, v.journal)
		}
		v.clock.Advance(hour)
		m.Looked = v.Now()
		left, notices, err = keyseries.Retire(t.Context(), vendor, &m, left, "")
		if err != nil || len(notices)+len(left) != 0 {
			t.Errorf("%s: left %v, notices %v, %v", name, left, notices, err)
		}
		wantJournal(t, v, "revoke key_1")
	}
}

func TestRetireTriesEveryKey(t *testing.T) {
	t.Parallel()
	v, m, previous := running(time.Time{}, begin.Add(-hour))
	v.add("key_0", shown(9), time.Time{})
	m.Previous["key_0"] = keyseries.Superseded{End: begin.Add(-hour), Late: true}
	previous = append(previous, keyseries.Previous{ID: "key_0", ExpiresAt: begin.Add(-hour)})
	m.Looked = begin
	v.fail(revoke, fault{err: refused(500)})
	left, _, err := keyseries.Retire(t.Context(), v, &m, previous, "")
	wantText(t, err, "key_1")
	wantLive(t, v, "key_1", "key_2")
	if len(left) != 1 || left[0].ID != "key_1" {
		t.Errorf("left %v", left)
	}
}

func TestSupersede(t *testing.T) {
	t.Parallel()
	v := newVendor()
	older := []keyseries.Previous{{ID: "key_0", ExpiresAt: begin.Add(hour)}}
	have := keyseries.State{ID: "key_1", ExpiresAt: begin.Add(9 * day), Previous: older}
	for phase, runs := range map[keyseries.Phase]bool{keyseries.Living: true, keyseries.Ending: true, keyseries.Expired: false, keyseries.Deleted: false} {
		m := keyseries.Memory{Series: series, Phase: phase, Fingerprint: "ab12", Previous: map[string]keyseries.Superseded{"key_0": {End: begin.Add(hour)}}}
		left := keyseries.Supersede(v, &m, have, begin, day)
		want := older
		wantMemory := map[string]keyseries.Superseded{"key_0": {End: begin.Add(hour)}}
		if runs {
			want = []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(day)}, older[0]}
			wantMemory["key_1"] = keyseries.Superseded{End: begin.Add(day), Late: true, Known: true, Ends: begin.Add(9 * day), Fingerprint: "ab12", Since: begin}
		}
		if !reflect.DeepEqual(left, want) || !reflect.DeepEqual(m.Previous, wantMemory) {
			t.Errorf("%q: left %v, memory %+v", phase, left, m)
		}
	}
	m := keyseries.Memory{Series: series}
	if left := keyseries.Supersede(v, &m, keyseries.State{}, begin, day); len(left) != 0 || len(m.Previous) != 0 {
		t.Errorf("what was never finished: left %v, memory %+v", left, m)
	}
	if left := keyseries.Supersede(v, &m, keyseries.State{ID: "key_1", ExpiresAt: begin.Add(hour)}, begin, day); !left[0].ExpiresAt.Equal(begin.Add(hour)) || m.Previous["key_1"].Late {
		t.Errorf("an earlier end stays: left %v, memory %+v", left, m)
	}
	// The server shows no moment, and this machine's clock was set back after the last look: an end
	// from that clock would be in the past, and the key in use would be revoked.
	m = keyseries.Memory{Series: series, Phase: keyseries.Living, Looked: begin}
	keyseries.Supersede(v, &m, have, begin.Add(-25*hour), day)
	if got := m.Previous["key_1"]; !got.End.Equal(begin.Add(day)) || !got.Since.Equal(begin) {
		t.Errorf("a clock that was set back: %+v", got)
	}
	if keyseries.Supersede(v, &m, have, begin, 0); !m.Previous["key_1"].AtOnce {
		t.Errorf("no overlap: %+v", m)
	}
}

// A plan shows which previous keys are still running out, and Terraform insists on it:
// one whose end comes between plan and apply is revoked and shown a last time.
func TestRetireShowsWhatThePlanShowed(t *testing.T) {
	t.Parallel()
	for _, looked := range []time.Time{{}, begin} { // never looked: the plan ends no promise
		v, m, previous := running(begin.Add(day), begin.Add(hour))
		m.Looked, m.End = looked, time.Time{}
		v.clock.Advance(2 * hour)
		left, notices, err := keyseries.Retire(t.Context(), v, &m, previous, "")
		if err != nil || len(notices) != 0 || !reflect.DeepEqual(left, previous) || len(m.Previous) != 0 {
			t.Errorf("left %v, notices %v, %v, memory %+v", left, notices, err, m)
		}
		wantLive(t, v, "key_2")
		seen, err := keyseries.Observe(t.Context(), v, keyseries.State{ID: "key_2", Generation: 2, Previous: left}, m)
		if err != nil || len(seen.Previous) != 0 {
			t.Errorf("seen %+v, %v", seen, err)
		}
	}
}

// And one that the plan revokes is revoked, though the clock went back a little.
func TestRetireRevokesWhatThePlanRevokes(t *testing.T) {
	t.Parallel()
	v, m, previous := running(time.Time{}, begin.Add(2*time.Second))
	m.Looked = begin.Add(2 * time.Second)
	left, notices, err := keyseries.Retire(t.Context(), v, &m, previous, "")
	if err != nil || len(left)+len(notices) != 0 {
		t.Errorf("left %v, notices %v, %v", left, notices, err)
	}
	wantJournal(t, v, "revoke key_1")
}

// overlap = "0s" revokes at once, also when this machine's clock is a little behind
// the server's.
func TestNoOverlapRevokesAtOnce(t *testing.T) {
	t.Parallel()
	for _, behind := range []time.Duration{0, time.Second, 2900 * time.Millisecond} {
		v, m, _ := running(time.Time{}, time.Time{})
		left := keyseries.Supersede(v, &m, keyseries.State{ID: "key_1"}, v.Now().Add(behind), 0)
		_, notices, err := keyseries.Retire(t.Context(), v, &m, left, "")
		if err != nil || len(notices)+len(m.Previous) != 0 {
			t.Errorf("%s behind: notices %v, %v, memory %+v", behind, notices, err, m)
		}
		wantLive(t, v, "key_2")
	}
}

func TestNamesakes(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.add("b", "payments (ok-bbbbbbbbbb.aaaaaaa6)", time.Time{})
	v.add("a", "payments (ok-zzzzzzzzzz.aaaaaaa3)", time.Time{})
	v.add("own", shown(1), time.Time{})
	v.add("unmarked", "payments", time.Time{})
	v.add("named", "billing (ok-bbbbbbbbbb.aaaaaaa2)", time.Time{})
	v.add("used", "payments (ok-bbbbbbbbbb.aaaaaaa4)", time.Time{}).LastUsedAt = begin
	v.add("owned", "payments (ok-bbbbbbbbbb.aaaaaaa5)", time.Time{}).OwnerID = "svc_acct_2"
	v.add("unsure", "payments (ok-bbbbbbbbbb.aaaaaaa7)", time.Time{}).OwnerID = ""
	for range 20 {
		got := v.listing().Namesakes("payments", v.Owner(), series)
		if len(got) != 4 || got[0].ID != "a" || got[1].ID != "b" || got[2].ID != "unsure" || got[3].ID != "used" {
			t.Fatalf("got %v, want a, b, unsure and used, in one order", got)
		}
	}
	if _, ok := v.listing().Get("nobody"); ok {
		t.Error("found what is not there")
	}
}

// A revocation and a read of an old key tell when it was created: what is young may only not show yet.
func TestOldKeysAreToldWithTheirAge(t *testing.T) {
	t.Parallel()
	for _, overlap := range []time.Duration{0, day} {
		v, want, have, m := due()
		delete(v.keys, "key_1")
		want.Overlap, m.Previous, have.Previous = overlap, nil, nil
		job, r, _ := newJob(v, want, have, &m)
		if err := job.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if overlap > 0 {
			v.keys["key_2"].listed = begin.Add(1000 * day)
			if _, err := keyseries.Observe(t.Context(), v, r.last(), m); err != nil || !v.told["key_2"].Equal(have.CreatedAt) {
				t.Errorf("read: %v, told %v", err, v.told)
			}
			clear(v.told)
			if _, err := keyseries.Destroy(t.Context(), v, r.last(), &m); err != nil || !v.told["key_3"].Equal(r.last().CreatedAt) {
				t.Errorf("destroyed: %v, told %v", err, v.told)
			}
		}
		if !v.told["key_2"].Equal(have.CreatedAt) {
			t.Errorf("overlap %s: told %v", overlap, v.told)
		}
	}
}

// A list may show for a while what this state has just revoked: for an hour that is no other key of the series, also where
// the server cuts names.
func TestRevokedKeysThatAListStillShows(t *testing.T) {
	t.Parallel()
	const cut = "payments (ok-k3v6"
	for name, revoked := range map[string]func(v full, m *keyseries.Memory){
		"a previous key": func(v full, m *keyseries.Memory) {
			m.Previous = map[string]keyseries.Superseded{"old": {End: v.Now(), AtOnce: true}}
			if _, notices, err := keyseries.Retire(t.Context(), v, m, []keyseries.Previous{{ID: "old"}}, ""); err != nil || len(notices) > 0 {
				t.Fatal(err, notices)
			}
		},
		"an attempt": func(v full, m *keyseries.Memory) {
			m.Unsettled = []keyseries.Attempt{{Shown: shown(1), At: v.Now()}}
			if err := keyseries.WaitOut(t.Context(), v, m); err != nil {
				t.Fatal(err)
			}
		},
		"another key that a plan has named": func(v full, m *keyseries.Memory) {
			m.Others = []keyseries.Other{{ID: "old"}}
			if notices := keyseries.ClearOthers(t.Context(), v, m, []string{"old"}); len(notices) > 0 {
				t.Fatal(notices)
			}
		},
	} {
		for _, cuts := range []bool{false, true} {
			v, m := newVendor(), keyseries.Memory{Series: series, Shown: shown(2)}
			v.add("current", shown(2), time.Time{})
			v.add("old", shown(1), time.Time{})
			revoked(v, &m)
			wantLive(t, v, "current")
			old := shown(1)
			if cuts {
				v.keys["current"].Name, m.Shown, old = cut, cut, cut
			}
			v.add("old", old, time.Time{})
			v.remembered = v.listing()
			delete(v.keys, "old")
			have := keyseries.State{ID: "current", Generation: 2, Version: 2, CreatedAt: begin}
			for _, wait := range []time.Duration{0, 50 * time.Minute, 11 * time.Minute} {
				v.clock.Advance(wait)
				seen, err := keyseries.Observe(t.Context(), v, have, m)
				if err != nil {
					t.Fatal(err)
				}
				late := wait == 11*time.Minute
				if len(seen.Memory.Others) > 0 != (late && !cuts) || len(seen.Notices) > 0 != (late && cuts) {
					t.Errorf("%s, names cut %v, %s later: others %+v, notices %+v", name, cuts, wait, seen.Memory.Others, seen.Notices)
				}
			}
			if notices, err := keyseries.Destroy(t.Context(), v, have, &m); err != nil || len(notices) > 0 {
				t.Errorf("%s, names cut %v: destroy: %v, %v", name, cuts, notices, err)
			}
		}
	}
}
