// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

const (
	hour = time.Hour
	day  = 24 * hour
)

// situation is a key made ten days ago that lives for ninety days and is due after
// thirty; each row of a table changes something about it.
type situation struct {
	want keyseries.Wanted
	have keyseries.State
	m    keyseries.Memory
}

func usual() situation {
	return situation{
		want: keyseries.Wanted{Name: "payments", Lifetime: 90 * day, RotateAfter: 30 * day, Overlap: day},
		have: keyseries.State{
			ID: "key_2", Name: "payments", Generation: 2, CreatedAt: begin.Add(-10 * day), ExpiresAt: begin.Add(80 * day),
			Lifetime: 90 * day,
		},
		m: keyseries.Memory{Series: series, Attempt: 2, Looked: begin},
	}
}

// previous adds key_1 with its end at the vendor and its promised one.
func (s *situation) previous(actual, promised time.Time) {
	s.have.Previous = append(s.have.Previous, keyseries.Previous{ID: "key_1", ExpiresAt: actual})
	if !promised.IsZero() {
		s.m.Deadlines = map[string]time.Time{"key_1": promised}
	}
}

// neverExpires takes the lifetime out of the situation.
func (s *situation) neverExpires() {
	s.want.Lifetime, s.have.Lifetime, s.have.ExpiresAt = 0, 0, time.Time{}
}

// words tells a decision the way the tables write it.
func words(d keyseries.Decision) string {
	var out []string
	add := func(is bool, word string) {
		if is {
			out = append(out, word)
		}
	}
	add(d.Rotate, "rotate: "+strings.Join(d.Why, " + "))
	add(d.Maybe, "maybe rotate")
	add(d.SetScopes, "set scopes")
	add(d.SetLifetime, "set lifetime")
	add(d.Adopt, "record")
	add(len(d.Revoke) > 0, "revoke "+strings.Join(d.Revoke, " "))
	add(len(d.Shorten) > 0, "shorten "+strings.Join(d.Shorten, " "))
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

func TestDecide(t *testing.T) {
	t.Parallel()
	const (
		due      = "rotate: it has been due by age since "
		tooSoon  = "rotate: the new lifetime would end the current key at "
		noScopes = "rotate: the scopes changed, and this organization cannot change them on an existing key"
		noLife   = "rotate: the lifetime changed, and this organization cannot change it on an existing key"
	)
	for _, c := range []struct {
		when   string
		change func(*situation)
		then   string
	}{
		{"nothing changed", func(*situation) {}, "nothing"},

		// By age.
		{"the age is reached", func(s *situation) { s.m.Looked = begin.Add(20 * day) }, due + "2027-03-21T12:00:00Z"},
		{"a nanosecond before", func(s *situation) { s.m.Looked = begin.Add(20*day - 1) }, "nothing"},
		{"long after", func(s *situation) { s.m.Looked = begin.Add(40 * day) }, due + "2027-03-21T12:00:00Z"},
		{"due, but rotate_after was raised", func(s *situation) { s.m.Looked = begin.Add(25 * day); s.want.RotateAfter = 60 * day }, "nothing"},
		{"due, but rotate_after was removed", func(s *situation) { s.m.Looked = begin.Add(25 * day); s.want.RotateAfter = 0 }, "nothing"},
		{"rotate_after was lowered below the age", func(s *situation) { s.want.RotateAfter = 5 * day }, due + "2027-02-24T12:00:00Z"},
		{"nobody looked, or the clock is wrong", func(s *situation) { s.m.Looked = time.Time{}; s.want.RotateAfter = day }, "nothing"},
		{"an adopted key's age counts from the adoption", func(s *situation) { s.m.Adopted = begin.Add(-day); s.want.RotateAfter = 5 * day }, "nothing"},
		{"an adopted key became due", func(s *situation) { s.m.Adopted = begin.Add(-6 * day); s.want.RotateAfter = 5 * day }, due + "2027-02-28T12:00:00Z"},
		{"an unfinished key has no age", func(s *situation) { s.have.CreatedAt = time.Time{} }, "nothing"},

		// Losses.
		{"the current key expired", func(s *situation) { s.m.Lost = keyseries.Expired }, "rotate: the current key expired at 2027-05-20T12:00:00Z"},
		{"the current key is gone", func(s *situation) { s.m.Lost = keyseries.Deleted }, "rotate: the current key was revoked outside Terraform"},
		{"expired and due at once has one reason", func(s *situation) { s.m.Lost = keyseries.Expired; s.m.Looked = begin.Add(95 * day) }, "rotate: the current key expired at 2027-05-20T12:00:00Z"},
		{"lost with a wrong clock", func(s *situation) { s.m.Lost = keyseries.Deleted; s.m.Looked = time.Time{} }, "rotate: the current key was revoked outside Terraform"},

		// Triggers.
		{"a trigger changed", func(s *situation) { s.want.Triggers = keyseries.Changed }, "rotate: rotate_when_changed has changed"},
		{"a trigger is not known yet", func(s *situation) { s.want.Triggers = keyseries.NotYetKnown }, "maybe rotate"},
		{"a trigger changed, with a wrong clock", func(s *situation) { s.want.Triggers = keyseries.Changed; s.m.Looked = time.Time{} }, "rotate: rotate_when_changed has changed"},
		{"a trigger is not known, but the key is lost", func(s *situation) { s.want.Triggers = keyseries.NotYetKnown; s.m.Lost = keyseries.Deleted }, "rotate: the current key was revoked outside Terraform, maybe rotate"},

		// The name.
		{"another name", func(s *situation) { s.want.Name = "billing" }, `rotate: the name changed from "payments" to "billing", and keys cannot be renamed`},
		{"another name of an adopted key", func(s *situation) { s.want.Name = "billing"; s.m.Adopted = begin }, "record"},

		// The lifetime.
		{"a shorter lifetime that ends late enough", func(s *situation) { s.want.Lifetime = 20 * day }, "set lifetime"},
		{"its end lies exactly the overlap ahead", func(s *situation) { s.want.Lifetime = 11 * day }, "set lifetime"},
		{"its end lies a second too near", func(s *situation) { s.want.Lifetime = 11*day - time.Second }, tooSoon + "2027-03-02T11:59:59Z, sooner than the overlap allows"},
		{"its end has passed", func(s *situation) { s.want.Lifetime = 5 * day }, tooSoon + "2027-02-24T12:00:00Z, sooner than the overlap allows"},
		{"a longer lifetime", func(s *situation) { s.want.Lifetime = 200 * day }, "set lifetime"},
		{"lifetime was taken away", func(s *situation) { s.want.Lifetime = 0 }, "rotate: lifetime was taken away, and the end of a key cannot be lifted"},
		{"lifetime was added", func(s *situation) { s.neverExpires(); s.want.Lifetime = 90 * day }, "set lifetime"},
		{"lifetime was added, too short for the key's age", func(s *situation) { s.neverExpires(); s.want.Lifetime = day }, tooSoon + "2027-02-20T12:00:00Z, sooner than the overlap allows"},
		{"lifetime changed where keys cannot be", func(s *situation) { s.want.Lifetime = 60 * day; s.m.NoUpdate = true }, noLife},
		{"lifetime was added to an adopted key", func(s *situation) { s.neverExpires(); s.want.Lifetime = 90 * day; s.m.Adopted = begin }, "record"},
		{"and too short for its age", func(s *situation) { s.neverExpires(); s.want.Lifetime = day; s.m.Adopted = begin }, "record"},
		{"and where keys cannot be changed", func(s *situation) { s.neverExpires(); s.want.Lifetime = day; s.m.Adopted = begin; s.m.NoUpdate = true }, "record"},
		{"a lifetime that was only recorded is taken away", func(s *situation) { s.want.Lifetime, s.have.ExpiresAt, s.m.Adopted = 0, time.Time{}, begin }, "record"},

		// Scopes.
		{"scopes were added", func(s *situation) { s.want.Scopes = []string{"a"} }, "set scopes"},
		{"scopes changed", func(s *situation) { s.want.Scopes = []string{"a"}; s.have.Scopes = []string{"a", "b"} }, "set scopes"},
		{"scopes in another order", func(s *situation) { s.want.Scopes = []string{"b", "a"}; s.have.Scopes = []string{"a", "b"} }, "nothing"},
		{"scopes were taken away", func(s *situation) { s.have.Scopes = []string{"a"} }, "set scopes"},
		{"no scopes became all", func(s *situation) { s.want.Scopes = []string{"all"} }, "nothing"},
		{"all became no scopes", func(s *situation) { s.have.Scopes = []string{"all"} }, "nothing"},
		{"no scopes became all on an adopted key", func(s *situation) { s.want.Scopes = []string{"all"}; s.m.Adopted = begin }, "set scopes"},
		{"scopes of an adopted key stay untouched", func(s *situation) { s.m.Adopted = begin }, "nothing"},
		{"scopes changed where keys cannot be", func(s *situation) { s.want.Scopes = []string{"a"}; s.m.NoUpdate = true }, noScopes},
		{"scopes and lifetime changed", func(s *situation) { s.want.Scopes = []string{"a"}; s.want.Lifetime = 60 * day }, "set scopes, set lifetime"},

		// A rotation takes the rest along.
		{"a rotation brings the new scopes and lifetime", func(s *situation) {
			s.want.Triggers, s.want.Scopes, s.want.Lifetime = keyseries.Changed, []string{"a"}, 60*day
		}, "rotate: rotate_when_changed has changed"},
		{"a rotation of an adopted key brings its new name", func(s *situation) {
			s.want.Triggers, s.want.Name, s.m.Adopted = keyseries.Changed, "billing", begin
		}, "rotate: rotate_when_changed has changed"},
		{"every reason is told", func(s *situation) { s.want.Triggers, s.want.Name, s.want.Lifetime = keyseries.Changed, "billing", 0 },
			`rotate: rotate_when_changed has changed + the name changed from "payments" to "billing", and keys cannot be renamed + lifetime was taken away, and the end of a key cannot be lifted`},

		// Previous keys.
		{"a previous key runs out by itself", func(s *situation) { s.previous(begin.Add(hour), begin.Add(hour)) }, "nothing"},
		{"it ends before its promise", func(s *situation) { s.previous(begin.Add(hour), begin.Add(day)) }, "nothing"},
		{"it ends two seconds late, which is the vendor's rounding", func(s *situation) { s.previous(begin.Add(hour+2*time.Second), begin.Add(hour)) }, "nothing"},
		{"it would outlive its promise", func(s *situation) { s.previous(begin.Add(day), begin.Add(hour)) }, "shorten key_1"},
		{"it has no end at all", func(s *situation) { s.previous(time.Time{}, begin.Add(hour)) }, "shorten key_1"},
		{"its promise has passed", func(s *situation) { s.previous(begin.Add(day), begin) }, "revoke key_1"},
		{"nothing was promised for it", func(s *situation) { s.previous(begin.Add(day), time.Time{}) }, "revoke key_1"},
		{"the vendor cannot end it, and it waits", func(s *situation) {
			s.previous(time.Time{}, begin.Add(hour))
			s.m.Unshortened = map[string]bool{"key_1": true}
		}, "nothing"},
		{"the vendor cannot end it, and its promise has passed", func(s *situation) {
			s.previous(time.Time{}, begin.Add(-hour))
			s.m.Unshortened = map[string]bool{"key_1": true}
		}, "revoke key_1"},
		{"a wrong clock ends no promise", func(s *situation) { s.previous(time.Time{}, begin.Add(-hour)); s.m.Looked = time.Time{} }, "nothing"},
		{"previous keys are ended beside a rotation", func(s *situation) {
			s.want.Triggers = keyseries.Changed
			s.previous(time.Time{}, begin.Add(-hour))
		}, "rotate: rotate_when_changed has changed, revoke key_1"},
		{"previous keys are ended beside a change in place", func(s *situation) {
			s.want.Scopes = []string{"a"}
			s.previous(time.Time{}, begin.Add(hour))
		}, "set scopes, shorten key_1"},
	} {
		t.Run(c.when, func(t *testing.T) {
			t.Parallel()
			s := usual()
			c.change(&s)
			d := keyseries.Decide(s.want, s.have, s.m)
			if got := words(d); got != c.then {
				t.Errorf("got:  %s\nwant: %s", got, c.then)
			}
			if quiet := c.then == "nothing" || c.then == "record"; d.Quiet() != quiet {
				t.Errorf("Quiet() = %v for %q", d.Quiet(), c.then)
			}
		})
	}
}

func TestDueAt(t *testing.T) {
	t.Parallel()
	s := usual()
	if got := keyseries.DueAt(30*day, s.have, s.m); !got.Equal(begin.Add(20 * day)) {
		t.Errorf("due at %s", got)
	}
	if got := keyseries.DueAt(0, s.have, s.m); !got.IsZero() {
		t.Errorf("without rotate_after due at %s", got)
	}
	s.m.Adopted = begin
	if got := keyseries.DueAt(30*day, s.have, s.m); !got.Equal(begin.Add(30 * day)) {
		t.Errorf("an adopted key is due at %s", got)
	}
}

func TestRestriction(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ scopes, sent []string }{{nil, nil}, {[]string{"all"}, nil}, {[]string{"a", "b"}, []string{"a", "b"}}} {
		if got := keyseries.Restriction(c.scopes); !slices.Equal(got, c.sent) {
			t.Errorf("Restriction(%v) = %v, want %v", c.scopes, got, c.sent)
		}
	}
	if keyseries.SameScopes([]string{"all"}, nil, true) || !keyseries.SameScopes([]string{"a", "a", "b"}, []string{"b", "a"}, true) {
		t.Error("scopes compare as sets, and nobody knows those of an adopted key")
	}
}

// chance makes up any situation, likely or not.
func chance(r *rand.Rand) situation {
	moment := func() time.Time {
		if r.IntN(4) == 0 {
			return time.Time{}
		}
		return begin.Add(time.Duration(r.IntN(200)-100) * day)
	}
	span := func() time.Duration { return time.Duration(r.IntN(4)) * 20 * day }
	scopes := func() []string { return [][]string{nil, {"all"}, {"a"}, {"b", "a"}, {"a", "b"}}[r.IntN(5)] }
	name := func() string { return []string{"payments", "billing"}[r.IntN(2)] }
	s := situation{
		want: keyseries.Wanted{Name: name(), Lifetime: span(), RotateAfter: span(), Overlap: span(), Scopes: scopes(), Triggers: keyseries.Trigger(r.IntN(3))},
		have: keyseries.State{ID: "key_0", Name: name(), Generation: 3, CreatedAt: moment(), ExpiresAt: moment(), Lifetime: span(), Scopes: scopes()},
		m: keyseries.Memory{
			Series: series, Looked: moment(), Lost: []keyseries.Loss{"", keyseries.Expired, keyseries.Deleted}[r.IntN(3)],
			Adopted: moment(), Deadlines: map[string]time.Time{}, Unshortened: map[string]bool{}, NoUpdate: r.IntN(2) == 0,
		},
	}
	for i := range r.IntN(4) {
		id := fmt.Sprintf("old_%d", i)
		s.have.Previous = append(s.have.Previous, keyseries.Previous{ID: id, ExpiresAt: moment()})
		if r.IntN(3) > 0 {
			s.m.Deadlines[id] = begin.Add(time.Duration(r.IntN(200)-100) * day)
		}
		if r.IntN(3) == 0 {
			s.m.Unshortened[id] = true
		}
	}
	return s
}

func (s situation) clone() situation {
	s.want.Scopes, s.have.Scopes = slices.Clone(s.want.Scopes), slices.Clone(s.have.Scopes)
	s.have.Previous = slices.Clone(s.have.Previous)
	s.m = s.m.Clone()
	return s
}

// Terraform plans twice and insists on the same answer, the second time after the
// memory went through private state.
func TestDecideIsPure(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5000) {
		s := chance(rand.New(rand.NewPCG(seed, 1)))
		before := s.clone()
		first := keyseries.Decide(s.want, s.have, s.m)
		if !reflect.DeepEqual(s, before) {
			t.Fatalf("seed %d: the inputs changed:\n%+v\n%+v", seed, before, s)
		}
		m, err := keyseries.Decode(s.m.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if again := keyseries.Decide(s.want, s.have, m); !reflect.DeepEqual(first, again) {
			t.Fatalf("seed %d: %s, then %s", seed, words(first), words(again))
		}
		switch {
		case first.Rotate != (len(first.Why) > 0):
			t.Fatalf("seed %d: a rotation without a reason, or the other way round: %s", seed, words(first))
		case first.Rotate && (first.SetScopes || first.SetLifetime || first.Adopt):
			t.Fatalf("seed %d: a rotation and a change in place: %s", seed, words(first))
		case s.m.NoUpdate && (first.SetScopes || first.SetLifetime):
			t.Fatalf("seed %d: a change where there is no call for it: %s", seed, words(first))
		case s.m.Lost != "" && !first.Rotate:
			t.Fatalf("seed %d: a lost key is not made anew: %s", seed, words(first))
		}
		for _, id := range first.Revoke {
			if end, promised := s.m.Deadlines[id]; promised && (s.m.Looked.IsZero() || s.m.Looked.Before(end)) {
				t.Fatalf("seed %d: %s is revoked before its promised end", seed, id)
			}
			if slices.Contains(first.Shorten, id) {
				t.Fatalf("seed %d: %s is revoked and shortened", seed, id)
			}
		}
	}
}
