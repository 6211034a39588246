// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// doomed is a series with a current, a previous and a promised key, and around it others
// that are not its to revoke.
func doomed() (full, keyseries.State, keyseries.Memory) {
	v := newVendor()
	for id, name := range map[string]string{
		"current": shown(3), "previous": shown(2), "promised": "imported",
		"foreign": "payments", "other": "payments (ok-zzzzzzzzzz.aaaaaaaa)",
	} {
		v.add(id, name, time.Time{})
	}
	v.add("copy", shown(7), time.Time{}).OwnerID = "svc_acct_2"
	v.clock.Advance(2 * day)
	return v, keyseries.State{ID: "current", Generation: 3, Version: 3, CreatedAt: begin, Previous: []keyseries.Previous{{ID: "previous"}}},
		keyseries.Memory{Series: series, Previous: map[string]keyseries.Superseded{"promised": {End: begin.Add(hour)}, "previous": {End: begin}}}
}

func TestDestroy(t *testing.T) {
	t.Parallel()
	t.Run("revokes the series", func(t *testing.T) {
		t.Parallel()
		v, have, m := doomed()
		notices, err := keyseries.Destroy(t.Context(), v, have, &m)
		if err != nil {
			t.Fatal(err)
		}
		wantNotices(t, notices)
		wantLive(t, v, "copy", "foreign", "other")
		wantJournal(t, v, list, "revoke current", "revoke previous", "revoke promised")
	})
	t.Run("and leaves what another run created", func(t *testing.T) {
		t.Parallel()
		v, have, m := doomed()
		v.add("theirs", shown(4), time.Time{}).CreatedAt = begin
		v.add("used", shown(5), time.Time{}).LastUsedAt = begin
		v.add("over", shown(6), begin)
		notices, err := keyseries.Destroy(t.Context(), v, have, &m)
		if err != nil {
			t.Fatal(err)
		}
		wantNotices(t, notices, "theirs: key of this series is left alone Key theirs (created at 2027-03-01T12:00:00Z, never used", "used: key of this series is left alone")
		wantText(t, errors.New(notices[1].Text), "last used at 2027-03-01T12:00:00Z", "orgctl revoke used")
		wantLive(t, v, "copy", "foreign", "other", "theirs", "used")
	})
	t.Run("revokes remembered attempts, but none that was used", func(t *testing.T) {
		t.Parallel()
		v, have, m := doomed()
		v.add("lost", shown(4), time.Time{})
		v.add("used", shown(5), time.Time{}).LastUsedAt = begin
		m.Unsettled = []keyseries.Attempt{{Shown: shown(4), At: begin}, {Shown: shown(5), At: begin}}
		notices, err := keyseries.Destroy(t.Context(), v, have, &m)
		if err != nil {
			t.Fatal(err)
		}
		wantNotices(t, notices, "used: key of this series is left alone")
		wantLive(t, v, "copy", "foreign", "other", "used")
	})
	t.Run("says which attempts were never settled", func(t *testing.T) {
		t.Parallel()
		for what, c := range map[string]struct {
			attempt keyseries.Attempt
			shown   string
			said    []string
		}{
			"a minute is over":           {attempt: keyseries.Attempt{Shown: shown(4), At: begin}, shown: shown(3)},
			"it may have held the place": {attempt: keyseries.Attempt{Shown: shown(4), At: begin.Add(47 * hour), Held: true}, shown: shown(3), said: []string{"current: key was destroyed with attempts that were never settled No key at the server carries their marker."}},
			"the server cuts names": {attempt: keyseries.Attempt{Shown: shown(4), At: begin}, shown: "payments (ok-k3v6", said: []string{
				"cut: key may be of this series", "like: key may be of this series", "current: key was destroyed with attempts that were never settled",
			}},
		} {
			v, have, m := doomed()
			v.add("cut", "payments (ok-k3v6", time.Time{}).CreatedAt = begin.Add(-time.Minute)
			v.add("like", "payments (ok-k3v6", time.Time{})
			v.add("earlier", "payments (ok-k3v6", time.Time{}).CreatedAt = begin.Add(-hour)
			v.add("another's", "payments (ok-k3v6", time.Time{}).OwnerID = "svc_acct_2"
			m.Unsettled, m.Shown = []keyseries.Attempt{c.attempt}, c.shown
			notices, err := keyseries.Destroy(t.Context(), v, have, &m)
			if err != nil {
				t.Fatal(what, err)
			}
			wantNotices(t, notices, c.said...)
			wantLive(t, v, "another's", "copy", "cut", "earlier", "foreign", "like", "other")
		}
	})
	t.Run("names keys that only their user distinguishes", func(t *testing.T) {
		t.Parallel()
		v, have, m := doomed()
		v.add("lost", shown(4), time.Time{}).Person = "ada"
		v.add("theirs", shown(5), time.Time{}).Person = "ada"
		v.add("over", shown(6), begin).Person = "ada"
		v.keys["previous"].Person = "ada"
		m.Unsettled = []keyseries.Attempt{{Shown: shown(4), At: v.Now()}}
		notices, err := keyseries.Destroy(t.Context(), v, have, &m)
		if err != nil {
			t.Fatal(err)
		}
		wantNotices(t, notices, "lost: key of this series is left alone", "theirs: key of this series is left alone Key theirs (created at 2027-03-03T12:00:00Z, never used as far as the server shows, belongs to the user ada) carries the marker of this series, but is neither the current nor a previous key of this state: another run created it with the root key of that user, or the marker was copied. It is not revoked.")
		wantLive(t, v, "copy", "foreign", "lost", "other", "theirs")
		if v.clock.Slept() > 0 {
			t.Errorf("waited %s for a key that was there", v.clock.Slept())
		}
	})
	t.Run("says what is left", func(t *testing.T) {
		t.Parallel()
		v, have, m := doomed()
		v.fail(revoke, fault{err: refused(500)}, fault{}, fault{err: refused(403)})
		_, err := keyseries.Destroy(t.Context(), v, have, &m)
		wantText(t, err, "not revoked: current, promised: ")
		wantLive(t, v, "copy", "current", "foreign", "other", "promised")
		if _, err := keyseries.Destroy(t.Context(), v, have, &m); err != nil {
			t.Fatal(err)
		}
		wantLive(t, v, "copy", "foreign", "other")
	})
	t.Run("remembers that it revoked the current key, and not another one", func(t *testing.T) {
		t.Parallel()
		for id, want := range map[string]string{"previous": "current", "current": ""} {
			v, have, m := doomed()
			v.onCall = func(call string) {
				if call == revoke && strings.HasSuffix(v.journal[len(v.journal)-1], " "+id) {
					v.fail(revoke, fault{err: refused(500)})
				}
			}
			before := m.Clone()
			if _, err := keyseries.Destroy(t.Context(), v, have, &m); err == nil || m.Revoked != want {
				t.Errorf("%s is not revoked: %v, remembered %q", id, err, m.Revoked)
			}
			if _, ended := m.Ended[id]; ended || len(m.Ended) != 2 {
				t.Errorf("%s is not revoked, remembered as revoked are %v", id, m.Ended)
			}
			if m.Revoked, m.Ended = "", nil; !reflect.DeepEqual(m, before) {
				t.Errorf("memory %+v, was %+v", m, before)
			}
		}
		v, have, _ := doomed()
		v.fail(revoke, fault{}, fault{err: refused(500)})
		tainted, err := keyseries.Decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keyseries.Destroy(t.Context(), v, have, &tainted); err == nil || !tainted.Missing() || tainted.Revoked != "" {
			t.Errorf("%v, memory %+v", err, tainted)
		}
	})
	t.Run("is done when the project is archived", func(t *testing.T) {
		t.Parallel()
		v, have, m := doomed()
		v.archived = true
		if _, err := keyseries.Destroy(t.Context(), v, have, &m); err != nil || v.calls(revoke) != 0 {
			t.Errorf("%v, calls %v", err, v.journal)
		}
	})
	t.Run("fails when it cannot be told what there is", func(t *testing.T) {
		t.Parallel()
		for _, status := range []int{401, 403, 429, 500} {
			v, have, m := doomed()
			v.fail(list, fault{err: refused(status)})
			if _, err := keyseries.Destroy(t.Context(), v, have, &m); err == nil || v.calls(revoke) != 0 {
				t.Errorf("%d: %v, calls %v", status, err, v.journal)
			}
		}
	})
	t.Run("falls back to the known keys where there is no list", func(t *testing.T) {
		t.Parallel()
		v, have, m := doomed()
		v.unlistable = true
		notices, err := keyseries.Destroy(t.Context(), v, have, &m)
		if err != nil {
			t.Fatal(err)
		}
		wantNotices(t, notices, "current: key was destroyed without a check for other keys of its series")
		wantLive(t, v, "copy", "foreign", "other")
	})
	t.Run("of a series that never had a key", func(t *testing.T) {
		t.Parallel()
		v, _, _ := doomed()
		if notices, err := keyseries.Destroy(t.Context(), v, keyseries.State{}, &keyseries.Memory{Series: "aaaaaaaaaa"}); err != nil || len(notices) != 0 || v.calls(revoke) != 0 {
			t.Errorf("%v, %v, calls %v", notices, err, v.journal)
		}
	})
}

// An attempt whose minute is not over may still come up.
// What a plan announces is what a destroy revokes, without a current key that is over.
func TestWorking(t *testing.T) {
	t.Parallel()
	_, have, m := doomed()
	for phase, want := range map[keyseries.Phase][]string{
		keyseries.Living: {"current", "previous", "promised"}, keyseries.Ending: {"current", "previous", "promised"},
		keyseries.Expired: {"previous", "promised"}, keyseries.Deleted: {"previous", "promised"},
	} {
		m.Phase = phase
		if got := have.Working(m); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", phase, got, want)
		}
	}
	// Nor one that remains there after it has expired.
	m.Phase, m.Looked, m.Previous["previous"] = keyseries.Deleted, begin.Add(hour), keyseries.Superseded{End: begin.Add(day), Known: true, Ends: begin.Add(hour)}
	if got := have.Working(m); !slices.Equal(got, []string{"promised"}) {
		t.Errorf("a previous key has expired: got %q", got)
	}
	if got := (keyseries.State{}).Working(keyseries.Memory{}); len(got) > 0 {
		t.Errorf("an unfinished create has %q", got)
	}
}

func TestDestroyWaitsForAttempts(t *testing.T) {
	t.Parallel()
	v, m := newVendor(), keyseries.New()
	v.lag = 40 * time.Second
	v.fail(mint, fault{cut, true})
	job, r, _ := newJob(v, wanted, keyseries.State{}, &m)
	if err := job.Create(t.Context()); err != nil || len(m.Unsettled) != 1 {
		t.Fatalf("%v, %+v", err, m)
	}
	if _, err := keyseries.Destroy(t.Context(), v, r.last(), &m); err != nil {
		t.Fatal(err)
	}
	v.clock.Advance(hour)
	wantLive(t, v)
}

// A tainted object comes without its memory: the series is that of the current key's
// mark, and the minute counts from its creation.
func TestDestroyOfTainted(t *testing.T) {
	t.Parallel()
	missing, err := keyseries.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		age, waits time.Duration
	}{
		"just created":        {0, time.Minute},
		"half a minute old":   {30 * time.Second, 30 * time.Second},
		"a minute old":        {time.Minute, 0},
		"a clock a bit ahead": {-time.Second, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor()
			v.add("current", shown(1), time.Time{})
			have := keyseries.State{ID: "current", Generation: 1, Version: 1, CreatedAt: begin}
			late := v.add("late", shown(2), time.Time{}) // its memory is lost: somebody may have it
			late.listed = begin.Add(50 * time.Second)
			v.clock.Advance(c.age)
			notices, err := keyseries.Destroy(t.Context(), v, have, &missing)
			if err != nil {
				t.Fatal(err)
			}
			if slept := v.clock.Slept(); slept < c.waits || slept > c.waits+20*time.Second {
				t.Errorf("waited %s, want %s", slept, c.waits)
			}
			wantNotices(t, notices, "late: key of this series is left alone")
			wantLive(t, v, "late")
		})
	}
}

// Without its memory nothing but its own keys shows that a tainted object is of this organization.
func TestDestroyOfTaintedElsewhere(t *testing.T) {
	t.Parallel()
	missing, err := keyseries.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		prepare func(full, *keyseries.State)
		want    string // of the error; "" = destroyed
		left    []string
	}{
		"all keys are listed":        {left: []string{"theirs"}},
		"the previous one is listed": {prepare: func(v full, _ *keyseries.State) { delete(v.keys, "current") }, left: []string{"theirs"}},
		"the list lags, and a read finds it": {prepare: func(v full, _ *keyseries.State) {
			delete(v.keys, "previous")
			v.keys["current"].listed = begin.Add(1000 * day)
		}, left: []string{"theirs"}},
		"none is there": {prepare: func(v full, _ *keyseries.State) { delete(v.keys, "previous"); delete(v.keys, "current") }, want: "another organization's root key", left: []string{"theirs"}},
		"none is there, by its parent": {prepare: func(v full, _ *keyseries.State) {
			v.can.Gone = keyseries.ByParent
			delete(v.keys, "previous")
			delete(v.keys, "current")
		}, left: []string{"theirs"}},
		"the read fails": {prepare: func(v full, _ *keyseries.State) {
			delete(v.keys, "previous")
			delete(v.keys, "current")
			v.fail(get, fault{}, fault{err: refused(500)})
		}, want: "refused", left: []string{"theirs"}},
		"the only one has expired": {prepare: func(v full, have *keyseries.State) {
			delete(v.keys, "previous")
			delete(v.keys, "current")
			have.ExpiresAt, have.Previous = begin.Add(hour), nil
		}, left: []string{"theirs"}},
		"it never got a key": {prepare: func(v full, have *keyseries.State) { clear(v.keys); *have = keyseries.State{Generation: 1} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor()
			v.can.Gone = keyseries.ByNeighbours
			v.add("previous", shown(1), time.Time{})
			v.add("current", shown(2), time.Time{})
			v.add("theirs", "theirs", time.Time{})
			have := keyseries.State{ID: "current", Generation: 2, Version: 2, CreatedAt: begin, Previous: []keyseries.Previous{{ID: "previous", ExpiresAt: begin.Add(day)}}}
			if c.prepare != nil {
				c.prepare(v, &have)
			}
			v.clock.Advance(2 * hour)
			_, err := keyseries.Destroy(t.Context(), v, have, &missing)
			if c.want == "" && err != nil {
				t.Errorf("%v, calls %v", err, v.journal)
			} else if c.want != "" {
				wantText(t, err, c.want)
				if v.calls(revoke) != 0 {
					t.Errorf("calls %v", v.journal)
				}
			}
			wantLive(t, v, c.left...)
		})
	}
}

// A create that never got a key leaves in state what a look found of its attempts.
func TestDestroyOfAnUnfinishedCreate(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.add("lost", shown(1), time.Time{})
	v.add("used", shown(2), time.Time{}).LastUsedAt = begin
	v.add("plain", "payments", time.Time{})
	have := keyseries.State{Generation: 1, Leftovers: []keyseries.Other{{ID: "lost"}, {ID: "used"}, {ID: "plain"}, {ID: "revoked"}}}
	missing, err := keyseries.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	v.fail(get, fault{err: v.gone("API key lost")}) // which the list shows
	if _, err := keyseries.Destroy(t.Context(), v, have, &missing); err != nil {
		t.Fatal(err)
	}
	wantLive(t, v, "plain", "used")
	v.add("lost", shown(1), time.Time{})
	v.fail(get, fault{err: refused(500)})
	if _, err := keyseries.Destroy(t.Context(), v, have, &missing); err == nil || len(v.revoked) != 1 {
		t.Errorf("%v, revoked %v", err, v.revoked)
	}
	// With its memory they are other keys.
	if _, err := keyseries.Destroy(t.Context(), v, have, &keyseries.Memory{Series: "aaaaaaaaaa"}); err != nil || len(v.revoked) != 1 {
		t.Errorf("%v, revoked %v", err, v.revoked)
	}
}

// Without its memory a series is not that of a previous key: it may have been imported
// from another state.
func TestDestroyAndReadKnowOnlyTheCurrentMark(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.add("previous", "payments (ok-zzzzzzzzzz.aaaaaaaa)", begin.Add(9*day))
	v.add("theirs", "payments (ok-zzzzzzzzzz.aaaaaaab)", time.Time{})
	v.clock.Advance(5 * day)
	have := keyseries.State{ID: "current", Generation: 2, Version: 1, CreatedAt: begin, Name: "payments", Previous: []keyseries.Previous{{ID: "previous", ExpiresAt: begin.Add(9 * day)}}}
	missing, err := keyseries.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := keyseries.Observe(t.Context(), v, have, missing)
	if err != nil {
		t.Fatal(err)
	}
	have.Previous = seen.Previous
	if d := keyseries.Decide(v.can, wanted, have, seen.Memory); len(d.Clear)+len(d.Revoke) != 0 || !d.Rotate || d.Verdict != keyseries.GoOn {
		t.Errorf("decided %s with %+v", words(d), seen.Memory)
	}
	wantNotices(t, seen.Notices, "theirs: key of the imported key's series works")
	if _, err := keyseries.Destroy(t.Context(), v, have, &missing); err != nil {
		t.Fatal(err)
	}
	wantLive(t, v, "theirs")
}

// Where no list can be had, a destroy revokes what state knows, and names what it could
// not look for.
func TestDestroyWithoutAList(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.add("key_1", shown(1), time.Time{})
	v.add("key_2", shown(2), time.Time{})
	v.fail(list, fault{err: keyseries.ErrNoList})
	m := keyseries.Memory{Series: series, Unsettled: []keyseries.Attempt{{Shown: shown(3), At: v.Now()}}}
	notices, err := keyseries.Destroy(t.Context(), v, keyseries.State{ID: "key_2", Generation: 2, Previous: []keyseries.Previous{{ID: "key_1"}}}, &m)
	if err != nil {
		t.Fatal(err)
	}
	wantLive(t, v)
	wantNotices(t, notices, shown(3))
}

// Nor may an incomplete list show what an attempt left: the memory of it goes with the destroy.
func TestDestroyWithAnIncompleteList(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		listed time.Time // the attempt's key
		want   []string
	}{"not listed": {begin.Add(1000 * day), []string{"key_1: key was destroyed with attempts that were never settled The list of keys may be incomplete: the server hides some owners. It is unknown whether unfinished attempts created keys. If they did, those keys are called \"" + shown(2)}}, "listed": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor()
			v.add("key_1", shown(1), time.Time{})
			v.add("key_2", shown(2), time.Time{}).listed = c.listed
			v.clock.Advance(hour)
			v.incomplete = []string{"the server hides some owners"}
			m := keyseries.Memory{Series: series, Unsettled: []keyseries.Attempt{{Shown: shown(2), At: begin}}}
			notices, err := keyseries.Destroy(t.Context(), v, keyseries.State{ID: "key_1", Generation: 1, Version: 1, CreatedAt: begin}, &m)
			if err != nil {
				t.Fatal(err)
			}
			wantNotices(t, notices, c.want...)
			if c.want == nil {
				wantLive(t, v)
			}
		})
	}
}

// The first rotation of an imported key is killed and the memory lost: nothing tells the
// series of the new key any more, so the look that finds out names it.
func TestKilledFirstRotationOfAnImport(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.add("key_1", "payments", time.Time{})
	v.add("key_2", shown(2), time.Time{})
	v.add("key_3", "billing (ok-zzzzzzzzzz.aaaaaaab)", time.Time{})
	missing, err := keyseries.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := keyseries.Observe(t.Context(), v, keyseries.State{ID: "key_1", Name: "payments", Generation: 1, CreatedAt: begin}, missing)
	if err != nil {
		t.Fatal(err)
	}
	wantNotices(t, seen.Notices, "orgctl revoke key_2")
}

// A rotation was killed and its old key is gone since, and with it the marker: the destroy
// names what it cannot know.
func TestDestroyOfAnUnmarkedSeries(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.add("killed", shown(2), time.Time{})
	missing, err := keyseries.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	notices, err := keyseries.Destroy(t.Context(), v, keyseries.State{ID: "key_1", Name: "payments", Generation: 1, Version: 1, CreatedAt: begin.Add(-day)}, &missing)
	if err != nil {
		t.Fatal(err)
	}
	wantLive(t, v, "killed")
	wantNotices(t, notices, "killed: key has the same name and was never used")
}

// What the plan of the destroy has named is not named again; what it could not know is.
func TestDestroyNamesOtherKeysOnce(t *testing.T) {
	t.Parallel()
	v, have, m := doomed()
	v.add("known", shown(8), time.Time{})
	v.add("new", shown(9), time.Time{})
	m.Others = []keyseries.Other{{ID: "known"}}
	notices, err := keyseries.Destroy(t.Context(), v, have, &m)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, notice := range notices {
		said[notice.ID] = true
	}
	if said["known"] || !said["new"] {
		t.Errorf("notices %+v", notices)
	}
}
