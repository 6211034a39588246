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
	can  keyseries.Capabilities
	want keyseries.Wanted
	have keyseries.State
	m    keyseries.Memory
}

func usual() situation {
	return situation{
		can:  projectCan,
		want: keyseries.Wanted{Name: "payments", Lifetime: 90 * day, RotateAfter: 30 * day, Overlap: day},
		have: keyseries.State{
			ID: "key_2", Name: "payments", Generation: 2, CreatedAt: begin.Add(-10 * day), ExpiresAt: begin.Add(80 * day),
			Lifetime: 90 * day, Version: 1,
		},
		m: keyseries.Memory{Series: series, Looked: begin, End: begin.Add(80 * day)},
	}
}

// previous adds key_1 with its end at the vendor and its promised one.
func (s *situation) previous(actual, promised time.Time) {
	s.have.Previous = append(s.have.Previous, keyseries.Previous{ID: "key_1", ExpiresAt: actual})
	if !promised.IsZero() {
		s.m.Previous = map[string]keyseries.Superseded{"key_1": {
			End: promised, Late: actual.IsZero() || actual.After(promised.Add(2*time.Second)),
		}}
	}
}

// other adds key_3, another key of the series.
func (s *situation) other(created, used time.Time) *keyseries.Other {
	s.m.Others = append(s.m.Others, keyseries.Other{ID: "key_3", CreatedAt: created, LastUsedAt: used})
	return &s.m.Others[len(s.m.Others)-1]
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
	add(d.Verdict == keyseries.Stop, "stop")
	add(d.Verdict == keyseries.Doubt, "doubt")
	add(d.Rotate, "rotate: "+strings.Join(d.Why, " + "))
	add(d.Maybe, "maybe rotate: "+strings.Join(d.Unsure, " + "))
	add(len(d.Edit) > 0, "edit "+strings.Join(d.Edit, " "))
	add(d.Rename, "rename")
	add(d.SetLifetime, "set lifetime")
	add(d.Adopt, "record")
	add(len(d.Revoke) > 0, "revoke "+strings.Join(d.Revoke, " "))
	add(len(d.Shorten) > 0, "shorten "+strings.Join(d.Shorten, " "))
	add(len(d.Align) > 0, "align "+strings.Join(d.Align, " "))
	add(len(d.Clear) > 0, "clear "+strings.Join(d.Clear, " "))
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

func TestDecide(t *testing.T) {
	t.Parallel()
	const (
		due       = "rotate: it has been due by age since "
		tooSoon   = "rotate: with the new lifetime the current key would expire at "
		noScopes  = "rotate: scopes changed, and that change was refused on the existing key"
		noLife    = "rotate: the lifetime changed, and this organization refused to change it on the existing key"
		neverLife = "rotate: the lifetime changed, and the API cannot change it on an existing key"
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
		{"the current key expired", func(s *situation) { s.m.Phase = keyseries.Expired }, "rotate: the current key expired at 2027-05-20T12:00:00Z"},
		{"the current key is gone", func(s *situation) { s.m.Phase = keyseries.Deleted }, "rotate: the current key was revoked outside Terraform"},
		{"this state's own apply has revoked it", func(s *situation) { s.m.Phase, s.m.Revoked = keyseries.Deleted, "key_2" }, "rotate: an apply or destroy that failed afterwards revoked the current key"},
		{"it has revoked one before", func(s *situation) { s.m.Phase, s.m.Revoked = keyseries.Deleted, "key_1" }, "rotate: the current key was revoked outside Terraform"},
		{"no key could be created so far", func(s *situation) { s.have.ID, s.m.Phase = "", keyseries.Deleted }, "rotate: no apply could create a key so far"},
		{"expired and due at once has one reason", func(s *situation) { s.m.Phase = keyseries.Expired; s.m.Looked = begin.Add(95 * day) }, "rotate: the current key expired at 2027-05-20T12:00:00Z"},
		{"lost with a wrong clock", func(s *situation) { s.m.Phase = keyseries.Deleted; s.m.Looked = time.Time{} }, "rotate: the current key was revoked outside Terraform"},

		// Triggers.
		{"a trigger changed", func(s *situation) { s.want.Triggers = keyseries.Changed }, "rotate: rotate_when_changed has changed"},
		{"a trigger is not known yet", func(s *situation) { s.want.Triggers = keyseries.NotYetKnown }, "maybe rotate: rotate_when_changed"},
		{"a trigger changed, with a wrong clock", func(s *situation) { s.want.Triggers = keyseries.Changed; s.m.Looked = time.Time{} }, "rotate: rotate_when_changed has changed"},
		{"a trigger is not known, but the key is lost", func(s *situation) { s.want.Triggers = keyseries.NotYetKnown; s.m.Phase = keyseries.Deleted }, "rotate: the current key was revoked outside Terraform"},

		// The name.
		{"another name", func(s *situation) { s.want.Name = "billing" }, `rotate: the name changed from "payments" to "billing", and keys cannot be renamed`},
		{"another name of an adopted key", func(s *situation) { s.want.Name = "billing"; s.m.Adopted = begin }, "record"},

		// The lifetime.
		{"a shorter lifetime that ends late enough", func(s *situation) { s.want.Lifetime = 20 * day }, "set lifetime"},
		{"its end lies exactly the overlap ahead", func(s *situation) { s.want.Lifetime = 11 * day }, "set lifetime"},
		{"its end lies a second too near", func(s *situation) { s.want.Lifetime = 11*day - time.Second }, tooSoon + "2027-03-02T11:59:59Z, sooner than the overlap allows"},
		{"its end has passed", func(s *situation) { s.want.Lifetime = 5 * day }, tooSoon + "2027-02-24T12:00:00Z, sooner than the overlap allows"},
		{"a longer lifetime", func(s *situation) { s.want.Lifetime = 200 * day }, "set lifetime"},
		{"lifetime was taken away", func(s *situation) { s.want.Lifetime = 0 }, "rotate: lifetime was removed, and the expiry of a key cannot be removed"},
		{"lifetime was added", func(s *situation) { s.neverExpires(); s.want.Lifetime = 90 * day }, "set lifetime"},
		{"lifetime was added, too short for the key's age", func(s *situation) { s.neverExpires(); s.want.Lifetime = day }, tooSoon + "2027-02-20T12:00:00Z, sooner than the overlap allows"},
		{"lifetime changed where keys cannot be", func(s *situation) { s.want.Lifetime = 60 * day; s.m.Refused = []string{"lifetime"} }, noLife},
		{"lifetime changed where the scopes were refused", func(s *situation) { s.want.Lifetime = 60 * day; s.m.Refused = []string{"scopes"} }, "set lifetime"},
		{"lifetime changed where ends never move", func(s *situation) { s.want.Lifetime = 60 * day; s.can = adminCan }, neverLife},
		{"lifetime was added to an adopted key", func(s *situation) { s.neverExpires(); s.want.Lifetime = 90 * day; s.m.Adopted = begin }, "record"},
		{"and too short for its age", func(s *situation) { s.neverExpires(); s.want.Lifetime = day; s.m.Adopted = begin }, "record"},
		{"and where keys cannot be changed", func(s *situation) {
			s.neverExpires()
			s.want.Lifetime = day
			s.m.Adopted = begin
			s.m.Refused = []string{"lifetime"}
		}, "record"},
		{"a lifetime that was only recorded is taken away", func(s *situation) { s.want.Lifetime, s.have.ExpiresAt, s.m.Adopted = 0, time.Time{}, begin }, "record"},

		// A vendor's own arguments.
		{"an own argument stays", func(s *situation) { s.want.Own = scoped(false) }, "nothing"},
		{"an own argument changed", func(s *situation) { s.want.Own = scoped(true) }, "edit scopes"},
		{"and was refused", func(s *situation) { s.want.Own = scoped(true); s.m.Refused = []string{"scopes"} }, noScopes},
		{"an own argument stays that was refused", func(s *situation) { s.want.Own = scoped(false); s.m.Refused = []string{"scopes"} }, "nothing"},
		{"an own argument changed where the lifetime was refused", func(s *situation) { s.want.Own = scoped(true); s.m.Refused = []string{"lifetime"} }, "edit scopes"},
		{"an own argument changed that no call changes", func(s *situation) { s.want.Own = []keyseries.Own{{Name: "region", Changed: true}} }, "rotate: region changed, and the API cannot change it on an existing key"},
		{"one of two own arguments changed", func(s *situation) {
			s.want.Own = append(scoped(false), keyseries.Own{Name: "limit", InPlace: true, Changed: true})
		}, "edit limit"},
		{"own arguments of which one rotates", func(s *situation) {
			s.want.Own = append(scoped(true), keyseries.Own{Name: "region", Changed: true})
		}, "rotate: region changed, and the API cannot change it on an existing key"},
		{"an own argument and the lifetime changed", func(s *situation) { s.want.Own = scoped(true); s.want.Lifetime = 60 * day }, "edit scopes, set lifetime"},

		// Where keys can be renamed.
		{"the name changed where keys can be renamed", func(s *situation) { s.can.Name.Renames, s.want.Name = true, "billing" }, "rename"},
		{"also on an adopted key", func(s *situation) { s.can.Name.Renames, s.want.Name, s.m.Adopted = true, "billing", begin }, "rename"},
		{"it was refused", func(s *situation) { s.can.Name.Renames, s.want.Name, s.m.Refused = true, "billing", []string{"name"} }, `rotate: the name changed from "payments" to "billing", and this organization refused to rename the existing key`},
		{"the name is not known where keys can be renamed", func(s *situation) { s.can.Name.Renames, s.want.NameUnknown, s.want.Name = true, true, "" }, "nothing"},

		// Where keys have no end.
		{"nothing changed where keys have no end", func(s *situation) { s.neverExpires(); s.can.End = keyseries.Never }, "nothing"},
		{"a previous key waits where keys have no end", func(s *situation) {
			s.neverExpires()
			s.can.End = keyseries.Never
			s.previous(time.Time{}, begin.Add(hour))
		}, "nothing"},
		{"its promise has passed where keys have no end", func(s *situation) {
			s.neverExpires()
			s.can.End = keyseries.Never
			s.previous(time.Time{}, begin.Add(-hour))
		}, "revoke key_1"},
		{"a previous key lacks an own argument", func(s *situation) {
			s.previous(begin.Add(hour), begin.Add(hour))
			old := s.m.Previous["key_1"]
			old.Stale = []string{"limit"}
			s.m.Previous["key_1"] = old
		}, "align key_1"},
		{"a previous key lacks an own argument and ends too late", func(s *situation) {
			s.previous(time.Time{}, begin.Add(hour))
			old := s.m.Previous["key_1"]
			old.Stale = []string{"limit"}
			s.m.Previous["key_1"] = old
		}, "shorten key_1, align key_1"},
		{"the same when nobody looked", func(s *situation) {
			s.previous(time.Time{}, begin.Add(hour))
			old := s.m.Previous["key_1"]
			old.Stale = []string{"limit"}
			s.m.Previous["key_1"], s.m.Looked = old, time.Time{}
		}, "align key_1"},

		// A rotation takes the rest along.
		{"a rotation brings the new scopes and lifetime", func(s *situation) {
			s.want.Triggers, s.want.Own, s.want.Lifetime = keyseries.Changed, scoped(true), 60*day
		}, "rotate: rotate_when_changed has changed"},
		{"a rotation of an adopted key brings its new name", func(s *situation) {
			s.want.Triggers, s.want.Name, s.m.Adopted = keyseries.Changed, "billing", begin
		}, "rotate: rotate_when_changed has changed"},
		{"every reason is told", func(s *situation) { s.want.Triggers, s.want.Name, s.want.Lifetime = keyseries.Changed, "billing", 0 },
			`rotate: rotate_when_changed has changed + the name changed from "payments" to "billing", and keys cannot be renamed + lifetime was removed, and the expiry of a key cannot be removed`},

		// Previous keys.
		{"a previous key runs out by itself", func(s *situation) { s.previous(begin.Add(hour), begin.Add(hour)) }, "nothing"},
		{"it ends before its promise", func(s *situation) { s.previous(begin.Add(hour), begin.Add(day)) }, "nothing"},
		{"it ends two seconds late, which is the vendor's rounding", func(s *situation) { s.previous(begin.Add(hour+2*time.Second), begin.Add(hour)) }, "nothing"},
		{"it would outlive its promise", func(s *situation) { s.previous(begin.Add(day), begin.Add(hour)) }, "shorten key_1"},
		{"it has no end at all", func(s *situation) { s.previous(time.Time{}, begin.Add(hour)) }, "shorten key_1"},
		{"its promise has passed", func(s *situation) { s.previous(begin.Add(day), begin) }, "revoke key_1"},
		{"no rotation of this state superseded it", func(s *situation) { s.previous(begin.Add(day), time.Time{}) }, "nothing"},
		{"the API cannot end it, and it waits", func(s *situation) { s.previous(time.Time{}, begin.Add(hour)); s.can = adminCan }, "nothing"},
		{"the API cannot end it, and its promise has passed", func(s *situation) { s.previous(time.Time{}, begin.Add(-hour)); s.can = adminCan }, "revoke key_1"},
		{"an organization that refused once is asked again", func(s *situation) {
			s.previous(time.Time{}, begin.Add(hour))
			s.m.Refused = []string{"lifetime", "scopes"}
		}, "shorten key_1"},
		{"it was to end at once, whatever the clocks say", func(s *situation) {
			s.previous(time.Time{}, begin.Add(hour))
			s.m.Previous["key_1"] = keyseries.Superseded{End: begin.Add(hour), AtOnce: true}
			s.m.Looked = time.Time{}
		}, "revoke key_1"},
		{"a wrong clock shortens nothing", func(s *situation) { s.previous(time.Time{}, begin.Add(hour)); s.m.Looked = time.Time{} }, "nothing"},
		{"a wrong clock ends no promise", func(s *situation) { s.previous(time.Time{}, begin.Add(-hour)); s.m.Looked = time.Time{} }, "nothing"},
		{"previous keys are ended beside a rotation", func(s *situation) {
			s.want.Triggers = keyseries.Changed
			s.previous(time.Time{}, begin.Add(-hour))
		}, "rotate: rotate_when_changed has changed, revoke key_1"},
		{"previous keys are ended beside a change in place", func(s *situation) {
			s.want.Own = scoped(true)
			s.previous(time.Time{}, begin.Add(hour))
		}, "edit scopes, shorten key_1"},

		// Unknown arguments.
		{"the name is not known", func(s *situation) { s.want.NameUnknown, s.want.Name = true, "" }, "maybe rotate: name"},
		{"the scopes are not known, and can change in place", func(s *situation) { s.want.Own = []keyseries.Own{{Name: "scopes", InPlace: true, Unknown: true}} }, "nothing"},
		{"the scopes are not known, and were refused", func(s *situation) {
			s.want.Own, s.m.Refused = []keyseries.Own{{Name: "scopes", InPlace: true, Unknown: true}}, []string{"scopes"}
		}, "maybe rotate: scopes"},
		{"an own argument that no call changes is not known", func(s *situation) { s.want.Own = []keyseries.Own{{Name: "region", Unknown: true}} }, "maybe rotate: region"},
		{"the lifetime is not known", func(s *situation) { s.want.LifetimeUnknown, s.want.Lifetime = true, 0 }, "maybe rotate: lifetime"},
		{"rotate_after is not known", func(s *situation) { s.want.RotateAfterUnknown = true; s.m.Looked = begin.Add(99 * day) }, "maybe rotate: rotate_after"},
		{"the overlap is not known, and nothing needs it", func(s *situation) { s.want.OverlapUnknown, s.want.Overlap = true, 0 }, "nothing"},
		{"the overlap decides whether the lifetime changes in place", func(s *situation) { s.want.OverlapUnknown, s.want.Lifetime = true, 60*day }, "maybe rotate: overlap"},
		{"several are not known", func(s *situation) { s.want.NameUnknown, s.want.Triggers = true, keyseries.NotYetKnown }, "maybe rotate: rotate_when_changed + name"},

		// Other keys of the series; the tables of TestStand and TestMayRevoke are whole.
		{"another key that is young", func(s *situation) { s.other(begin.Add(-day+1), time.Time{}) }, "nothing"},
		{"another key that nobody used for a day", func(s *situation) { s.other(begin.Add(-day), time.Time{}) }, "clear key_3"},
		{"and beside a rotation", func(s *situation) { s.want.Triggers = keyseries.Changed; s.other(begin.Add(-day), time.Time{}) }, "rotate: rotate_when_changed has changed, clear key_3"},
		{"a lost attempt of ours", func(s *situation) { s.other(begin, time.Time{}).Unsettled = true }, "clear key_3"},
		{"another key that was used", func(s *situation) { s.other(begin.Add(-5*day), begin) }, "nothing"},
		{"a later, used key beside a shortened one", func(s *situation) { s.m.Phase = keyseries.Ending; s.other(begin, begin) }, "stop"},
		{"a later, unused key beside a shortened one", func(s *situation) { s.m.Phase = keyseries.Ending; s.other(begin, time.Time{}) }, "stop"},
		{"and this plan rotates", func(s *situation) {
			s.m.Phase, s.want.Triggers = keyseries.Ending, keyseries.Changed
			s.other(begin.Add(-day), time.Time{})
		}, "rotate: rotate_when_changed has changed, clear key_3"},
		{"and this plan may rotate", func(s *situation) {
			s.m.Phase, s.want.Triggers = keyseries.Ending, keyseries.NotYetKnown
			s.other(begin, time.Time{})
		}, "maybe rotate: rotate_when_changed"},
		{"a marker beside a living admin key", func(s *situation) { s.can = adminCan; s.other(begin.Add(-2*day), time.Time{}) }, "doubt"},
	} {
		t.Run(c.when, func(t *testing.T) {
			t.Parallel()
			s := usual()
			c.change(&s)
			d := keyseries.Decide(s.can, s.want, s.have, s.m)
			if got := words(d); got != c.then {
				t.Errorf("got:  %s\nwant: %s", got, c.then)
			}
			if (d.Older != nil) != (c.then == "stop") {
				t.Errorf("the error is %v", d.Older)
			}
			if quiet := slices.Contains([]string{"nothing", "record", "doubt", "stop"}, c.then); d.Quiet() != quiet {
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

// The server's earlier end counts: a key must not stop working before it is due.
func TestDueAtBeforeAnEarlierEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lifetime, end, overlap, due time.Duration // from its creation
	}{
		"as asked":                              {40 * day, 40 * day, 20 * day, 30 * day},
		"filled in":                             {0, 20 * day, day, 19 * day},
		"cut":                                   {40 * day, 20 * day, day, 19 * day},
		"cut, and late enough":                  {90 * day, 40 * day, day, 30 * day},
		"an overlap that is longer than a life": {0, 2 * day, 3 * day, day},
		"without an overlap":                    {0, 20 * day, 0, 20 * day},
	} {
		have := keyseries.State{CreatedAt: begin, Lifetime: c.lifetime, Overlap: c.overlap}
		if got := keyseries.DueAt(30*day, have, keyseries.Memory{End: begin.Add(c.end)}); !got.Equal(begin.Add(c.due)) {
			t.Errorf("%s: due %s after its creation, want %s", name, got.Sub(begin), c.due)
		}
	}
	// An imported key's life is what was left of it.
	for _, lifetime := range []time.Duration{0, 100 * day} {
		have := keyseries.State{CreatedAt: begin.Add(-90 * day), Lifetime: lifetime, Overlap: day}
		if got := keyseries.DueAt(30*day, have, keyseries.Memory{Adopted: begin, End: begin.Add(10 * day)}); !got.Equal(begin.Add(9 * day)) {
			t.Errorf("an adopted key with the lifetime %s is due at %s", lifetime, got)
		}
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
	own := func() []keyseries.Own {
		return []keyseries.Own{
			{Name: "scopes", InPlace: r.IntN(4) > 0, Changed: r.IntN(2) == 0, Unknown: r.IntN(8) == 0},
			{Name: "limit", InPlace: true, Whole: true, Changed: r.IntN(3) == 0},
		}
	}
	name := func() string { return []string{"payments", "billing"}[r.IntN(2)] }
	can := projectCan
	can.End, can.Proof = keyseries.End(r.IntN(3)), keyseries.Proof(r.IntN(2))
	can.LastUse, can.Name.Renames = keyseries.LastUse(r.IntN(3)), r.IntN(3) == 0
	s := situation{
		can:  can,
		want: keyseries.Wanted{Name: name(), Lifetime: span(), RotateAfter: span(), Overlap: span(), Own: own(), Triggers: keyseries.Trigger(r.IntN(3))},
		have: keyseries.State{ID: "key_0", Name: name(), Generation: 3, CreatedAt: moment(), ExpiresAt: moment(), Lifetime: span()},
		m: keyseries.Memory{
			Series: series, Looked: moment(), Adopted: moment(), End: moment(), Previous: map[string]keyseries.Superseded{},
			Phase:    []keyseries.Phase{keyseries.Living, keyseries.Ending, keyseries.Expired, keyseries.Deleted}[r.IntN(4)],
			Refused:  [][]string{nil, {"scopes"}, {"lifetime"}, {"lifetime", "scopes"}}[r.IntN(4)],
			Doubtful: [][]string{nil, nil, {"scopes"}, {"lifetime", "name"}}[r.IntN(4)],
		},
	}
	for i := range r.IntN(4) {
		id := fmt.Sprintf("old_%d", i)
		s.have.Previous = append(s.have.Previous, keyseries.Previous{ID: id, ExpiresAt: moment()})
		if r.IntN(3) > 0 {
			s.m.Previous[id] = keyseries.Superseded{End: begin.Add(time.Duration(r.IntN(200)-100) * day), AtOnce: r.IntN(6) == 0, Late: r.IntN(2) == 0, Stale: [][]string{nil, nil, {"limit"}}[r.IntN(3)]}
		}
	}
	for i := range r.IntN(3) {
		s.m.Others = append(s.m.Others, keyseries.Other{
			ID: fmt.Sprintf("other_%d", i), CreatedAt: moment(), LastUsedAt: moment(), Unsettled: r.IntN(3) == 0, Unproven: r.IntN(4) == 0,
		})
	}
	return s
}

func (s situation) clone() situation {
	s.want.Own = slices.Clone(s.want.Own)
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
		first := keyseries.Decide(s.can, s.want, s.have, s.m)
		if !reflect.DeepEqual(s, before) {
			t.Fatalf("seed %d: the inputs changed:\n%+v\n%+v", seed, before, s)
		}
		m, err := keyseries.Decode(s.m.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if again := keyseries.Decide(s.can, s.want, s.have, m); !reflect.DeepEqual(first, again) {
			t.Fatalf("seed %d: %s, then %s", seed, words(first), words(again))
		}
		inPlace := func(can bool, argument string) bool { return can && !slices.Contains(s.m.Refused, argument) }
		switch {
		case (first.Older != nil) != (first.Verdict == keyseries.Stop):
			t.Fatalf("seed %d: a stop without an error, or the other way round: %s", seed, words(first))
		case first.Older != nil:
			if !first.Quiet() {
				t.Fatalf("seed %d: a stop that does something: %s", seed, words(first))
			}
			continue
		case first.Rotate != (len(first.Why) > 0):
			t.Fatalf("seed %d: a rotation without a reason, or the other way round: %s", seed, words(first))
		case first.Maybe && (first.Rotate || len(first.Unsure) == 0):
			t.Fatalf("seed %d: unsure of nothing: %s", seed, words(first))
		case first.Rotate && (len(first.Edit) > 0 || first.Rename || first.SetLifetime || first.Adopt):
			t.Fatalf("seed %d: a rotation and a change in place: %s", seed, words(first))
		case slices.Contains(first.Edit, "scopes") && !inPlace(s.want.Own[0].InPlace, "scopes"), first.Rename && !inPlace(s.can.Name.Renames, "name"), first.SetLifetime && !inPlace(s.can.End == keyseries.Later, "lifetime"):
			t.Fatalf("seed %d: a change where there is no call for it: %s", seed, words(first))
		case s.m.Phase.Lost() && !first.Rotate:
			t.Fatalf("seed %d: a lost key is not created again: %s", seed, words(first))
		}
		for _, id := range first.Revoke {
			superseded, known := s.m.Previous[id]
			if !known || !superseded.AtOnce && (s.m.Looked.IsZero() || s.m.Looked.Before(superseded.End)) {
				t.Fatalf("seed %d: %s is revoked before its promised end", seed, id)
			}
			if slices.Contains(first.Shorten, id) {
				t.Fatalf("seed %d: %s is revoked and shortened", seed, id)
			}
		}
		for _, p := range keyseries.Planned(first, s.want, s.have, s.m) {
			if slices.Contains(first.Revoke, p.ID) || p.ExpiresAt.IsZero() != (p.ID == s.have.ID || slices.Contains(first.Shorten, p.ID) || slices.Contains(first.Align, p.ID) || zeroEnd(s.have.Previous, p.ID)) {
				t.Fatalf("seed %d: the plan shows %+v for %s", seed, p, words(first))
			}
		}
	}
}

// zeroEnd says that the state itself has no end for a previous key.
func zeroEnd(previous []keyseries.Previous, id string) bool {
	return slices.ContainsFunc(previous, func(p keyseries.Previous) bool { return p.ID == id && p.ExpiresAt.IsZero() })
}
