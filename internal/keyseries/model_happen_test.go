// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// kinds have to happen in the lives of [TestModel].
var kinds = []string{
	"project", "owned, fixed ends", "admin", "use not shown", "import",
	"time", "rotate_after", "lifetime", "overlap", "scopes", "name", "trigger",
	"revoked outside", "brought forward outside", "postponed outside", "use of the current key", "use of another key",
	"fault", "lost mint without a list", "refused once", "refused twice", "own credential", "clock unknown", "incomplete list", "no list", "no refresh",
	"killed", "memory lost", "secret not kept", "restored", "two runs", "forged: another owner", "forged: a user", "forged: same owner",
	"taint", "tainted", "destroy", "gone", "unsettled create", "rotation", "ending", "stop", "doubt", "asks again", "cleared",
}

func newWorld(seed uint64, counts map[string]int) *world {
	r := rand.New(rand.NewPCG(seed, 7))
	v := newVendor()
	v.clock = clock.NewFake(begin)
	w := &world{
		v: guarded{full: v}, r: r, counts: counts, promised: map[string][]time.Time{}, touched: map[string]bool{}, foreign: map[string]bool{}, named: map[string]bool{},
		want: keyseries.Wanted{Name: "payments", RotateAfter: 40 * day, Lifetime: 80 * day, Overlap: day},
	}
	switch r.IntN(4) {
	case 0:
		v.can, v.owner, w.fixed = adminCan, "", true
		w.count("admin")
	case 1:
		v.can.End, w.fixed = keyseries.AtMint, true
		w.count("owned, fixed ends")
	default:
		v.cannotUpdate, v.ignoresEnd = r.IntN(4) == 0, r.IntN(6) == 0
		w.count("project")
	}
	if r.IntN(5) == 0 {
		v.can.LastUse = keyseries.UseHidden
		w.count("use not shown")
	}
	v.hidesExpired = r.IntN(2) == 0
	v.lag = []time.Duration{0, 0, 8 * time.Second}[r.IntN(3)]
	w.note("%+v, cannotUpdate %v, ignoresEnd %v, hidesExpired %v, lag %s", v.can, v.cannotUpdate, v.ignoresEnd, v.hidesExpired, v.lag)
	if r.IntN(3) == 0 {
		w.count("import")
		key := v.add("imported", "payments (ok-zzzzzzzzzz.aaaaaaaa)", time.Time{})
		w.stranger("sibling", "payments (ok-zzzzzzzzzz.aaaaaaab)")
		m := keyseries.New()
		m.Adopted, m.Origin = begin, "zzzzzzzzzz"
		w.resource = resource{
			exists: true, stored: m.Encode(), ends: map[string]time.Time{},
			have: keyseries.State{ID: key.ID, Name: "payments", Generation: 1, CreatedAt: key.CreatedAt},
		}
	}
	return w
}

// stranger is a key that is not of the series, and lives whatever happens.
func (w *world) stranger(id, name string) *entry {
	w.foreign[id] = true
	return w.v.add(id, name, time.Time{})
}

// any is a key that is there.
func (w *world) any() (string, *entry) {
	ids := slices.Sorted(maps.Keys(w.v.keys))
	id := ids[w.r.IntN(len(ids))]
	return id, w.v.keys[id]
}

func pick[T any](w *world, from ...T) T { return from[w.r.IntN(len(from))] }

// happen changes something outside or in the configuration.
func (w *world) happen() {
	if w.r.IntN(3) == 0 {
		d := pick(w, time.Minute, 10*time.Minute, 3*hour, day, 2*day, 12*day, 50*day)
		w.note("%s pass", d)
		w.count("time")
		w.v.clock.Advance(d)
		return
	}
	events := []func() string{w.configure, w.outside, w.outside, w.trouble, w.trouble, w.restate, w.forge}
	if kind := pick(w, events...)(); kind != "" {
		w.count(kind)
		w.note("%s", kind)
	}
}

func (w *world) configure() string {
	switch w.r.IntN(7) {
	case 0:
		w.want.RotateAfter = pick(w, 0, 40*day, 80*day)
		return "rotate_after"
	case 1:
		w.want.Lifetime = pick(w, 0, 40*day, 80*day, 200*day)
		return "lifetime"
	case 2:
		w.want.Overlap = pick(w, 0, time.Minute, day, 7*day)
		return "overlap"
	case 3:
		w.v.scopes = pick(w, nil, []string{"all"}, []string{"a"}, []string{"a", "b"})
		return "scopes"
	case 4:
		w.want.Name = pick(w, "payments", "billing")
		return "name"
	default:
		w.want.Triggers = keyseries.Changed
		return "trigger"
	}
}

// outside is what others do to a key.
func (w *world) outside() string {
	if len(w.v.keys) == 0 {
		return ""
	}
	now := w.v.clock.Now()
	id, key := w.any()
	switch w.r.IntN(6) {
	case 0:
		w.touched[id] = true
		w.note("%s:", id)
		delete(w.v.keys, id)
		delete(w.foreign, id)
		return "revoked outside"
	case 1:
		if end := now.Add(pick(w, time.Second, hour, 5*day)); key.ExpiresAt.IsZero() || end.Before(key.ExpiresAt) {
			w.touched[id], key.ExpiresAt = true, end
			w.note("%s until %s:", id, end)
			return "brought forward outside"
		}
		return ""
	case 2:
		if key.ExpiresAt.IsZero() || key.Ended(now) {
			return ""
		}
		w.touched[id], key.ExpiresAt = true, pick(w, time.Time{}, key.ExpiresAt.Add(100*day))
		w.note("%s:", id)
		return "postponed outside"
	default:
		if key.Ended(now) {
			return ""
		}
		w.note("%s:", id)
		key.LastUsedAt = now
		if id == w.have.ID {
			return "use of the current key"
		}
		return "use of another key"
	}
}

// trouble is what does not work in the next steps.
func (w *world) trouble() string {
	switch w.r.IntN(13) {
	case 12:
		w.v.fail(mint, fault{cut, true})
		w.v.fail(fresh, slices.Repeat([]fault{{err: refused(503)}}, 9)...)
		return "lost mint without a list"
	case 0:
		w.killed = w.exists // a killed Create knows no history, and is only reported
		return ""
	case 1:
		w.sealed = errors.New("the secret could not be sealed")
		return "secret not kept"
	case 2:
		w.v.skewUnknown, w.v.off = !w.v.skewUnknown, pick(w, 0, 25*hour, -25*hour)
		return "clock unknown"
	case 3:
		if w.v.incomplete = nil; w.r.IntN(2) == 0 {
			w.v.incomplete = []string{"owners are hidden"}
		}
		return "incomplete list"
	case 4:
		w.v.unlistable = w.r.IntN(3) == 0
		return "no list"
	case 5:
		w.blind = true
		return ""
	case 6:
		cannot := fault{err: keyseries.ErrCannot}
		call := pick(w, endAt, edit)
		if w.r.IntN(2) == 0 {
			w.v.fail(call, cannot)
			return "refused once"
		}
		w.v.fail(call, cannot, cannot)
		return "refused twice"
	case 7:
		if w.v.own, w.v.fingerprint = "", ""; len(w.v.keys) > 0 && w.r.IntN(2) == 0 {
			w.v.own, _ = w.any()
			w.v.fingerprint = fingerprintOf(w.v.own)
		}
		return "own credential"
	default:
		call := pick(w, mint, mint, mint, list, fresh, start, get, endAt, edit, revoke)
		w.v.fail(call, pick(w, fault{cut, true}, fault{cut, false}, fault{err: refused(500)}, fault{err: refused(403)}))
		w.note("%s:", call)
		return "fault"
	}
}

// restate changes the state itself: restored, copied, tainted, lost in part.
func (w *world) restate() string {
	switch w.r.IntN(5) {
	case 0, 1:
		if len(w.history) == 0 {
			return ""
		}
		w.resource = pick(w, w.history...).clone()
		return "restored"
	case 2:
		w.rival = true
		return ""
	case 3:
		if !w.exists {
			return ""
		}
		w.tainted = true
		return "taint"
	default:
		if !w.exists || w.r.IntN(2) == 0 {
			return ""
		}
		w.stored = nil
		return "memory lost"
	}
}

// forge copies the marker of the series.
func (w *world) forge() string {
	m := w.memory()
	if m.Series == "" || w.r.IntN(3) > 0 {
		return ""
	}
	id := fmt.Sprintf("forged_%d", w.notes)
	name := keyseries.Mark{Series: m.Series, Nonce: pick(w, "22222222", "77777777", "abcdefgh")}.Show("payments")
	if len(w.v.sent) > 0 && w.r.IntN(2) == 0 {
		name = pick(w, w.v.sent...)
	}
	kind := pick(w, "forged: another owner", "forged: a user", "forged: same owner")
	if w.v.can.Proof == keyseries.ByMint {
		kind = "forged: same owner" // there are no others
	}
	key := w.v.add(id, name, time.Time{})
	switch kind {
	case "forged: another owner":
		w.foreign[id], key.OwnerID = true, "svc_acct_2"
	case "forged: a user":
		w.foreign[id], key.Person = true, "ada@example.com"
	}
	w.note("%s is %q:", id, name)
	return kind
}
