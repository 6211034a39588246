// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

type presence struct{ gone, ending error }

func (p *presence) Gone() error   { return p.gone }
func (p *presence) Ending() error { return p.ending }

func TestPresence(t *testing.T) {
	t.Parallel()
	gone, ending := errors.New("gone"), errors.New("ending")
	for name, test := range map[string]struct {
		ctx         context.Context
		create, end bool
	}{
		"none given": {t.Context(), true, true},
		"there":      {keyseries.WithPresence(t.Context(), &presence{}), true, true},
		"ending":     {keyseries.WithPresence(t.Context(), &presence{ending: ending}), false, true},
		"gone":       {keyseries.WithPresence(t.Context(), &presence{gone: gone}), false, false},
	} {
		if err := keyseries.MayCreate(test.ctx); (err == nil) != test.create {
			t.Errorf("%s: MayCreate is %v", name, err)
		}
		if err := keyseries.MayEnd(test.ctx); (err == nil) != test.end {
			t.Errorf("%s: MayEnd is %v", name, err)
		}
	}
}

func TestUndelivered(t *testing.T) {
	t.Parallel()
	u := &keyseries.Revocable{}
	ctx := keyseries.WithUndelivered(t.Context(), u)
	var revoked []string
	for _, id := range []string{"key_b", "key_a", "key_c"} {
		keyseries.UndeliveredOf(ctx).Add(id, func(context.Context) error {
			revoked = append(revoked, id)
			return nil
		})
	}
	u.Forget("key_b")
	for range 2 { // the second time there is nothing left
		for _, revoke := range u.Take() {
			if err := revoke(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	if want := []string{"key_a", "key_c"}; !slices.Equal(revoked, want) {
		t.Errorf("revoked %v, want %v", revoked, want)
	}
	keyseries.UndeliveredOf(t.Context()).Add("key_d", nil)
	if len(u.Take()) != 0 {
		t.Error("a mint of another call is remembered here")
	}
}

var errLeft = errors.New("the CLI is gone")

// When whoever asked goes away after the mint, the old keys stay as they are: the new
// key may never arrive.
func TestNoOldKeyEndsForACallerThatIsGone(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*situation){
		"a rotation with an overlap":    func(s *situation) { s.want.Triggers = keyseries.Changed },
		"a rotation without an overlap": func(s *situation) { s.want.Triggers, s.want.Overlap = keyseries.Changed, 0 },
		"beside a promise that passed": func(s *situation) {
			s.want.Triggers = keyseries.Changed
			s.m.Previous["key_1"] = keyseries.Superseded{End: begin, Late: true}
		},
		"beside another key to revoke": func(s *situation) {
			s.want.Triggers = keyseries.Changed
			s.have.Previous, s.m.Previous = nil, nil
			s.other(begin.Add(-2*day), time.Time{})
		},
		"without a rotation": func(s *situation) { s.m.Previous["key_1"] = keyseries.Superseded{End: begin, Late: true} },
		"a shorter lifetime": func(s *situation) { s.want.Lifetime = 60 * day },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := usual()
			s.previous(begin.Add(day), begin.Add(hour))
			change(&s)
			v := full{s.there()}
			v.add("key_1", shown(1), begin.Add(day))
			before := v.live()
			p := &presence{}
			ctx := keyseries.WithPresence(t.Context(), p)
			if s.want.Triggers == keyseries.Same {
				p.gone = errLeft
			}
			job, r, d := newJob(v, s.want, s.have, &s.m)
			job.Keep = func(minted keyseries.Minted) error {
				p.gone = errLeft
				return d.keep(minted)
			}
			err := job.Run(ctx)
			if v.calls(endAt)+v.calls(revoke) != 0 {
				t.Errorf("calls %v", v.journal)
			}
			if s.want.Triggers == keyseries.Changed {
				wantLive(t, v, slices.Sorted(slices.Values(append(before, "key_11")))...)
				if len(d.kept) != 1 || r.last().ID != "key_11" || len(s.m.Others) == 0 && !errors.Is(err, errLeft) {
					t.Errorf("%v, stored %v", err, r.states)
				}
			} else if !errors.Is(err, errLeft) {
				t.Error(err)
			}
			if len(s.have.Previous) > 0 && len(s.m.Previous) == 0 {
				t.Errorf("memory %+v", s.m)
			}
		})
	}
}

// Nor is room made, nor anything destroyed.
func TestNoRoomForACallerThatIsGone(t *testing.T) {
	t.Parallel()
	v, want, have, m := due()
	delete(v.keys, "key_1")
	want.Overlap, v.limit = 0, 1
	p := &presence{}
	v.onCall = func(call string) {
		if call == fresh {
			p.gone = errLeft
		}
	}
	job, _, _ := newJob(v, want, have, &m)
	if err := job.Run(keyseries.WithPresence(t.Context(), p)); !errors.Is(err, errLeft) || len(v.revoked) != 0 {
		t.Errorf("%v, calls %v", err, v.journal)
	}
	v, have, m = doomed()
	if _, err := keyseries.Destroy(keyseries.WithPresence(t.Context(), &presence{gone: errLeft}), v, have, &m); !errors.Is(err, errLeft) || len(v.revoked) != 0 {
		t.Errorf("%v, calls %v", err, v.journal)
	}
}

// A process that ends begins no new key, not even the second try; what it may still do
// is end old ones.
func TestNothingNewForAProcessThatEnds(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]*presence{"ending": {ending: errLeft}, "gone": {gone: errLeft}} {
		v, want, have, m := due()
		before := m.Clone()
		job, r, _ := newJob(v, want, have, &m)
		err := job.Run(keyseries.WithPresence(t.Context(), p))
		if !errors.Is(err, errLeft) || v.calls(mint)+v.calls(endAt)+v.calls(revoke)+len(r.states) != 0 || !reflect.DeepEqual(m, before) {
			t.Errorf("%s: rotate: %v, calls %v, memory %+v", name, err, v.journal, m)
		}
		v, m = newVendor(), keyseries.New()
		job, r, _ = newJob(v, want, keyseries.State{}, &m)
		if err := job.Create(keyseries.WithPresence(t.Context(), p)); !errors.Is(err, errLeft) || v.calls(mint)+len(r.states)+len(m.Unsettled) != 0 {
			t.Errorf("%s: create: %v, calls %v", name, err, v.journal)
		}
	}
	v, m, p := newVendor(), keyseries.New(), &presence{}
	v.fail(mint, fault{cut, true})
	v.onCall = func(call string) {
		if call == fresh {
			p.ending = errLeft
		}
	}
	_, err := keyseries.Mint(keyseries.WithPresence(t.Context(), p), v, &m, request, (&drawer{}).keep)
	if !errors.Is(err, errLeft) || v.calls(mint) != 1 || len(v.live()) != 0 || len(m.Unsettled) != 0 {
		t.Errorf("%v, calls %v", err, v.journal)
	}
}

// endless is a vendor that can take ends away.
type endless struct{ full }

func (v endless) NeverEnd(_ context.Context, id string) error {
	v.keys[id].ExpiresAt = time.Time{}
	return nil
}

// What was done to the old key for a new one that is never delivered is taken back with it.
func TestTheOldKeyGetsItsEndBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ former, after time.Time }{
		"an end":                              {begin.Add(30 * day), begin.Add(30 * day)},
		"no end, and the vendor knows limits": {time.Time{}, begin.Add(365 * day)},
	} {
		for _, lost := range []error{nil, cut} {
			v, want, have, m := due()
			v.can.Longest = 365 * day
			have.ExpiresAt, m.End = c.former, c.former
			v.keys["key_2"].ExpiresAt = c.former
			u := &keyseries.Revocable{}
			job, _, _ := newJob(v, want, have, &m)
			v.fail(endAt, fault{lost, true})
			if err := job.Run(keyseries.WithUndelivered(t.Context(), u)); err != nil {
				t.Fatal(err)
			}
			other := v.keys["key_1"].ExpiresAt
			if v.keys["key_2"].ExpiresAt.After(begin.Add(25 * hour)) {
				t.Fatalf("%s: the old key ends at %s", name, v.keys["key_2"].ExpiresAt)
			}
			u.RevokeAll(t.Context())
			wantLive(t, v, "key_1", "key_2")
			if got := v.keys["key_2"].ExpiresAt; !got.Equal(c.after) || !v.keys["key_1"].ExpiresAt.Equal(other) {
				t.Errorf("%s: the old key ends at %s, the previous one at %s", name, got, v.keys["key_1"].ExpiresAt)
			}
		}
	}
	t.Run("and none where that is possible", func(t *testing.T) {
		t.Parallel()
		v, want, have, m := due()
		have.ExpiresAt, m.End = time.Time{}, time.Time{}
		v.keys["key_2"].ExpiresAt = time.Time{}
		u := &keyseries.Revocable{}
		job, _, _ := newJob(endless{v}, want, have, &m)
		if err := job.Run(keyseries.WithUndelivered(t.Context(), u)); err != nil {
			t.Fatal(err)
		}
		u.RevokeAll(t.Context())
		if end := v.keys["key_2"].ExpiresAt; !end.IsZero() {
			t.Errorf("the old key ends at %s", end)
		}
	})
	t.Run("and nothing is sent where it has its former end", func(t *testing.T) {
		t.Parallel()
		v, want, have, m := due()
		u := &keyseries.Revocable{}
		job, _, _ := newJob(v, want, have, &m)
		v.fail(endAt, fault{err: refused(500)})
		if err := job.Run(keyseries.WithUndelivered(t.Context(), u)); err != nil {
			t.Fatal(err)
		}
		sent := v.calls(endAt)
		u.RevokeAll(t.Context())
		if v.calls(endAt) != sent || v.calls(revoke) != 1 {
			t.Errorf("calls %v", v.journal)
		}
	})
}

// A minted key is remembered until its answer is delivered, with what revokes it.
func TestMintsAreRememberedAsUndelivered(t *testing.T) {
	t.Parallel()
	v, want, have, m := due()
	u := &keyseries.Revocable{}
	job, _, _ := newJob(v, want, have, &m)
	keep := job.Keep
	job.Keep = func(minted keyseries.Minted) error {
		if taken := u.Take(); len(taken) != 1 {
			t.Errorf("%d remembered while the secret is put away", len(taken))
		} else {
			u.Add(minted.ID, taken[0])
		}
		return keep(minted)
	}
	if err := job.Run(keyseries.WithUndelivered(t.Context(), u)); err != nil {
		t.Fatal(err)
	}
	wantLive(t, v, "key_1", "key_2", "key_3")
	for _, revoke := range u.Take() {
		if err := revoke(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wantLive(t, v, "key_1", "key_2")

	// A key that was revoked again is none of them; one that could not be is.
	for failure, left := range map[error]int{error(nil): 0, refused(500): 1} {
		v, m := newVendor(), keyseries.New()
		v.fail(revoke, fault{err: failure})
		if _, err := keyseries.Mint(keyseries.WithUndelivered(t.Context(), u), v, &m, request, (&drawer{locked: errLeft}).keep); !errors.Is(err, errLeft) {
			t.Error(err)
		}
		if taken := u.Take(); len(taken) != left {
			t.Errorf("%d remembered, want %d", len(taken), left)
		}
	}
}
