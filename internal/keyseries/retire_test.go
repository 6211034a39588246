// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// running is a vendor with a previous key_1 and current key_2, and the memory's
// promise for the first.
func running(actual, promised time.Time) (*vendor, keyseries.Memory, []keyseries.Previous) {
	v := newVendor()
	v.add("key_1", shown(1), actual)
	v.add("key_2", shown(2), time.Time{})
	m := keyseries.Memory{Series: series, Attempt: 2}
	if !promised.IsZero() {
		m.Deadlines = map[string]time.Time{"key_1": promised}
	}
	return v, m, []keyseries.Previous{{ID: "key_1", ExpiresAt: actual}}
}

func TestRetire(t *testing.T) {
	t.Parallel()
	never, soon, tomorrow := time.Time{}, begin.Add(hour), begin.Add(day)
	for _, c := range []struct {
		when             string
		actual, promised time.Time
		prepare          func(*vendor, *keyseries.Memory)
		calls            []string
		left             time.Time // the end of what is left; gone = nothing is
		gone, shown      bool
		warning, failure string
		unshortened      bool
	}{
		{when: "only the remainder is sent", actual: never, promised: soon, calls: []string{"end key_1 in 1h0m0s"}, left: soon},
		{when: "a later end is brought forward", actual: tomorrow, promised: soon, calls: []string{"end key_1 in 1h0m0s"}, left: soon},
		{when: "an earlier end is left alone", actual: soon, promised: tomorrow, left: soon},
		{when: "an end that fits is left alone", actual: soon.Add(time.Second), promised: soon, left: soon.Add(time.Second)},
		{when: "a passed promise is kept now", actual: never, promised: begin.Add(-hour), calls: []string{"revoke key_1"}, gone: true},
		{when: "a promise of this very moment is kept now", actual: never, promised: begin, calls: []string{"revoke key_1"}, gone: true},
		{when: "no promise, no stay", actual: never, calls: []string{"revoke key_1"}, gone: true},
		{when: "there is no call for it", actual: never, promised: soon, prepare: func(v *vendor, _ *keyseries.Memory) { v.cannotUpdate = true },
			calls: []string{"end key_1 in 1h0m0s"}, left: never, warning: "works until the first apply after 2027-03-01T13:00:00Z", unshortened: true},
		{when: "answered, but nothing changed", actual: never, promised: soon, prepare: func(v *vendor, _ *keyseries.Memory) { v.ignoresEnd = true },
			calls: []string{"end key_1 in 1h0m0s"}, left: never, warning: "does not let the life of an existing key be shortened", unshortened: true},
		{when: "it is not asked again", actual: never, promised: soon, prepare: func(_ *vendor, m *keyseries.Memory) { m.Unshortened = map[string]bool{"key_1": true} },
			left: never, unshortened: true},
		{when: "but revoked at its end", actual: never, promised: begin.Add(-time.Second), prepare: func(_ *vendor, m *keyseries.Memory) { m.Unshortened = map[string]bool{"key_1": true} },
			calls: []string{"revoke key_1"}, gone: true},
		{when: "the call fails", actual: never, promised: soon, prepare: func(v *vendor, _ *keyseries.Memory) { v.fail(endAt, fault{err: refused(500)}) },
			calls: []string{"end key_1 in 1h0m0s"}, left: never, warning: "The next apply tries again"},
		{when: "the revocation fails", actual: never, promised: begin, prepare: func(v *vendor, _ *keyseries.Memory) { v.fail(revoke, fault{err: refused(503)}) },
			calls: []string{"revoke key_1"}, left: never, failure: "previous key key_1: call: refused (HTTP 503"},
		{when: "the promised end passes while waiting for a turn", actual: never, promised: begin.Add(time.Minute), prepare: func(v *vendor, _ *keyseries.Memory) {
			v.onCall = func(call string) {
				if call == endAt {
					v.clock.Advance(2 * time.Minute)
					v.fail(endAt, fault{err: keyseries.ErrEnded})
				}
			}
		}, calls: []string{"end key_1 in 1m0s", "revoke key_1"}, gone: true, left: never, shown: true},
		{when: "and the revocation fails then", actual: never, promised: begin.Add(time.Minute), prepare: func(v *vendor, _ *keyseries.Memory) {
			v.fail(endAt, fault{err: keyseries.ErrEnded})
			v.fail(revoke, fault{err: refused(503)})
		}, calls: []string{"end key_1 in 1m0s", "revoke key_1"}, left: never, failure: "previous key key_1"},
	} {
		t.Run(c.when, func(t *testing.T) {
			t.Parallel()
			v, m, previous := running(c.actual, c.promised)
			m.Looked = begin
			if c.prepare != nil {
				c.prepare(v, &m)
			}
			left, warnings, err := keyseries.Retire(t.Context(), v, &m, previous)
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
			if _, promised := m.Deadlines["key_1"]; promised != (!c.gone && !c.promised.IsZero()) {
				t.Errorf("promises %v", m.Deadlines)
			}
			if m.Unshortened["key_1"] != c.unshortened {
				t.Errorf("unshortened %v", m.Unshortened)
			}
			if got := strings.Join(warnings, "\n"); c.warning == "" && got != "" || !strings.Contains(got, c.warning) {
				t.Errorf("warnings %q, want %q", got, c.warning)
			}
			if c.failure != "" {
				wantText(t, err, c.failure)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRetireTriesEveryKey(t *testing.T) {
	t.Parallel()
	v, m, previous := running(time.Time{}, begin.Add(-hour))
	v.add("key_0", shown(9), time.Time{})
	previous = append(previous, keyseries.Previous{ID: "key_0"})
	v.fail(revoke, fault{err: refused(500)})
	left, _, err := keyseries.Retire(t.Context(), v, &m, previous)
	wantText(t, err, "key_1")
	wantLive(t, v, "key_1", "key_2")
	if len(left) != 1 || left[0].ID != "key_1" {
		t.Errorf("left %v", left)
	}
}

func TestSupersede(t *testing.T) {
	t.Parallel()
	older := []keyseries.Previous{{ID: "key_0", ExpiresAt: begin.Add(hour)}}
	have := keyseries.State{ID: "key_1", ExpiresAt: begin.Add(9 * day), Previous: older}
	t.Run("a living key runs out", func(t *testing.T) {
		t.Parallel()
		m := keyseries.Memory{Series: series, Adopted: begin.Add(-day), Deadlines: map[string]time.Time{"key_0": begin.Add(hour)}}
		left := keyseries.Supersede(&m, have, begin, day)
		want := []keyseries.Previous{{ID: "key_1", ExpiresAt: begin.Add(9 * day)}, older[0]}
		if !reflect.DeepEqual(left, want) || !m.Deadlines["key_1"].Equal(begin.Add(day)) || !m.Deadlines["key_0"].Equal(begin.Add(hour)) || !m.Adopted.IsZero() {
			t.Errorf("left %v, memory %+v", left, m)
		}
	})
	for _, loss := range []keyseries.Loss{keyseries.Expired, keyseries.Deleted} {
		t.Run("a key that is "+string(loss)+" does not", func(t *testing.T) {
			t.Parallel()
			m := keyseries.Memory{Series: series, Lost: loss}
			left := keyseries.Supersede(&m, have, begin, day)
			if !reflect.DeepEqual(left, older) || len(m.Deadlines) != 0 || m.Lost != "" {
				t.Errorf("left %v, memory %+v", left, m)
			}
		})
	}
	t.Run("nor what was never finished", func(t *testing.T) {
		t.Parallel()
		m := keyseries.Memory{Series: series}
		if left := keyseries.Supersede(&m, keyseries.State{}, begin, day); len(left) != 0 || len(m.Deadlines) != 0 {
			t.Errorf("left %v, memory %+v", left, m)
		}
	})
}

// A plan shows which previous keys are still running out, and Terraform insists on it:
// one whose end comes between plan and apply is revoked and shown a last time.
func TestRetireShowsWhatThePlanShowed(t *testing.T) {
	t.Parallel()
	for _, looked := range []time.Time{{}, begin} { // never looked: the plan ends no promise
		v, m, previous := running(begin.Add(day), begin.Add(hour))
		m.Looked = looked
		v.clock.Advance(2 * hour)
		left, warnings, err := keyseries.Retire(t.Context(), v, &m, previous)
		if err != nil || len(warnings) != 0 || !reflect.DeepEqual(left, previous) || len(m.Deadlines) != 0 {
			t.Errorf("left %v, warnings %v, %v, memory %+v", left, warnings, err, m)
		}
		wantLive(t, v, "key_2")
		seen, err := keyseries.Observe(t.Context(), v, keyseries.State{ID: "key_2", Previous: left}, m)
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
	left, warnings, err := keyseries.Retire(t.Context(), v, &m, previous)
	if err != nil || len(left)+len(warnings) != 0 {
		t.Errorf("left %v, warnings %v, %v", left, warnings, err)
	}
	wantJournal(t, v, "revoke key_1")
}

// overlap = "0s" revokes at once, also when this machine's clock is a little behind
// the server's.
func TestNoOverlapRevokesAtOnce(t *testing.T) {
	t.Parallel()
	for _, behind := range []time.Duration{0, time.Second, 2900 * time.Millisecond} {
		v, m, _ := running(time.Time{}, time.Time{})
		left := keyseries.Supersede(&m, keyseries.State{ID: "key_1"}, v.Now().Add(behind), 0)
		_, warnings, err := keyseries.Retire(t.Context(), v, &m, left)
		if err != nil || len(warnings)+len(m.Deadlines) != 0 {
			t.Errorf("%s behind: warnings %v, %v, memory %+v", behind, warnings, err, m)
		}
		wantLive(t, v, "key_2")
	}
}

func TestRevokeAll(t *testing.T) {
	t.Parallel()
	// current, previous (state), promised (memory only), marked (neither), and others'.
	world := func() (*vendor, keyseries.State, keyseries.Memory) {
		v := newVendor()
		for id, name := range map[string]string{
			"current": shown(3), "previous": shown(2), "promised": "imported", "marked": shown(4),
			"foreign": "payments", "other": "payments (ok-zzzzzzzzzz.1)",
		} {
			v.add(id, name, time.Time{})
		}
		return v, keyseries.State{ID: "current", Previous: []keyseries.Previous{{ID: "previous"}}},
			keyseries.Memory{Series: series, Attempt: 3, Deadlines: map[string]time.Time{"promised": begin.Add(hour), "previous": begin}}
	}
	t.Run("ends the whole series", func(t *testing.T) {
		t.Parallel()
		v, have, m := world()
		if err := keyseries.RevokeAll(t.Context(), v, have, m); err != nil {
			t.Fatal(err)
		}
		wantLive(t, v, "foreign", "other")
		wantJournal(t, v, list, "revoke current", "revoke marked", "revoke previous", "revoke promised")
	})
	t.Run("tells what is left", func(t *testing.T) {
		t.Parallel()
		v, have, m := world()
		v.fail(revoke, fault{err: refused(500)}, fault{}, fault{err: refused(403)})
		err := keyseries.RevokeAll(t.Context(), v, have, m)
		wantText(t, err, "still alive: current, previous: ")
		wantLive(t, v, "current", "foreign", "other", "previous")
		if err := keyseries.RevokeAll(t.Context(), v, have, m); err != nil {
			t.Fatal(err)
		}
		wantLive(t, v, "foreign", "other")
	})
	t.Run("is done when the project is archived", func(t *testing.T) {
		t.Parallel()
		v, have, m := world()
		v.archived = true
		if err := keyseries.RevokeAll(t.Context(), v, have, m); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("fails when nobody can tell what there is", func(t *testing.T) {
		t.Parallel()
		for _, status := range []int{401, 403, 429, 500} {
			v, have, m := world()
			v.fail(list, fault{err: refused(status)})
			if err := keyseries.RevokeAll(t.Context(), v, have, m); err == nil || errors.Is(err, keyseries.ErrCannot) {
				t.Errorf("%d: %v", status, err)
			}
		}
	})
	t.Run("of a series that never made a key", func(t *testing.T) {
		t.Parallel()
		v, _, _ := world()
		if err := keyseries.RevokeAll(t.Context(), v, keyseries.State{}, keyseries.Memory{Series: "aaaaaaaaaa"}); err != nil {
			t.Fatal(err)
		}
		if v.calls(revoke) != 0 {
			t.Errorf("calls %v", v.journal)
		}
	})
}

func TestLeftovers(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.add("b", "payments (ok-bbbbbbbbbb.1)", time.Time{})
	v.add("a", "payments (ok-zzzzzzzzzz.3)", time.Time{})
	v.add("own", shown(1), time.Time{})
	v.add("unmarked", "payments", time.Time{})
	v.add("named", "billing (ok-bbbbbbbbbb.2)", time.Time{})
	v.add("used", "payments (ok-bbbbbbbbbb.4)", time.Time{}).LastUsedAt = begin
	v.add("owned", "payments (ok-bbbbbbbbbb.5)", time.Time{}).OwnerID = "svc_acct_2"
	for range 20 {
		got := v.listing().Leftovers("payments", v.Owner(), series)
		if len(got) != 2 || got[0].ID != "a" || got[1].ID != "b" {
			t.Fatalf("got %v, want a and b, in one order", got)
		}
	}
	if _, ok := v.listing().Get("nobody"); ok {
		t.Error("found what is not there")
	}
}
