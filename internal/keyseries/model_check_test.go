// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// watch remembers how things are, and gives what tells afterwards whether a step was
// right.
func (w *world) watch() func() error {
	before := w.clone()
	remembered := before.memory()
	revoked, sent, calls := len(w.v.revoked), len(w.v.sent), len(w.v.journal)
	keys := map[string]entry{}
	for id, key := range w.v.keys {
		keys[id] = *key
	}
	own, destroys := w.v.own, w.destroys
	return func() error {
		for id := range w.foreign {
			if _, lives := w.v.keys[id]; !lives {
				return fmt.Errorf("%s was revoked, and is not of this series", id)
			}
		}
		if _, had := keys[own]; had && slices.Contains(w.v.revoked[revoked:], own) {
			return fmt.Errorf("%s was revoked, and the provider works with it itself", own)
		}
		if w.v.can.End == keyseries.AtMint {
			for _, call := range w.v.journal[calls:] {
				if call == endAt || len(call) > 4 && call[:4] == endAt+" " {
					return fmt.Errorf("%q was called where ends never move", call)
				}
			}
		}
		for _, id := range w.v.revoked[revoked:] {
			if key, had := keys[id]; had {
				if err := w.rightly(id, key, before, remembered, w.destroys > destroys); err != nil {
					return err
				}
			}
		}
		if err := w.minted(w.v.sent[sent:]); err != nil {
			return err
		}
		return w.overlaps(keys)
	}
}

// rightly tells why a key that was there before a step may not be revoked by it.
func (w *world) rightly(id string, key entry, before resource, m keyseries.Memory, destroyed bool) error {
	now := w.v.clock.Now()
	passed := slices.ContainsFunc(w.promised[id], func(end time.Time) bool { return !now.Add(3 * time.Second).Before(end) })
	previous := slices.ContainsFunc(before.have.Previous, func(p keyseries.Previous) bool { return p.ID == id })
	if _, superseded := m.Previous[id]; superseded {
		previous = true
	}
	_, mark, _ := keyseries.Read(key.Name)
	attempt := slices.ContainsFunc(m.Unsettled, func(a keyseries.Attempt) bool {
		_, theirs, _ := keyseries.Read(a.Shown)
		return theirs == mark
	})
	old := !key.CreatedAt.IsZero() && now.Sub(key.CreatedAt) >= day
	switch {
	case destroyed:
		if id == before.have.ID || previous || attempt && (key.LastUsedAt.IsZero() || w.v.can.LastUse == keyseries.UseHidden) {
			return nil
		}
		if before.have.ID == "" && before.tainted && (key.LastUsedAt.IsZero() || w.v.can.LastUse == keyseries.UseHidden) {
			return nil // what a look had found of a create that never got a key
		}
		return fmt.Errorf("%s was revoked by a destroy", id)
	case id == before.have.ID: // no overlap, or room for the next
		if w.want.Overlap == 0 || passed {
			return nil
		}
		return fmt.Errorf("the current key %s was revoked", id)
	case previous:
		if passed || w.touched[id] {
			return nil
		}
		return fmt.Errorf("the previous key %s was revoked at %s, promised were %v", id, now, w.promised[id])
	case !key.LastUsedAt.IsZero() && (w.v.can.LastUse != keyseries.UseHidden || !attempt):
		return fmt.Errorf("%s was revoked, and it has been used", id)
	case attempt:
		return nil
	case w.v.can.Proof == keyseries.ByOwner && w.v.can.LastUse != keyseries.UseHidden && old && (w.named[id] || slices.ContainsFunc(m.Others, func(o keyseries.Other) bool { return o.ID == id })):
		w.count("cleared")
		return nil
	default:
		return fmt.Errorf("%s was revoked (%s old, named %v)", id, now.Sub(key.CreatedAt), w.named[id])
	}
}

// minted tells which key of this step's own requests would be lost.
func (w *world) minted(sent []string) error {
	if w.failed == "apply: killed" {
		return nil
	}
	m := w.memory()
	for _, id := range slices.Sorted(maps.Keys(w.v.keys)) {
		key := w.v.keys[id]
		if !slices.Contains(sent, key.Name) || w.foreign[id] || id == w.have.ID || key.Ended(w.v.clock.Now()) || w.named[id] {
			continue
		}
		_, previous := m.Previous[id]
		remembered := slices.ContainsFunc(m.Unsettled, func(a keyseries.Attempt) bool { return a.Shown == key.Name })
		if other := among(m.Others, id); !previous && !remembered && !other && !w.rivalled(id) {
			return fmt.Errorf("%s was created in this step and is remembered nowhere", id)
		}
	}
	return nil
}

// rivalled says that a key is the current one of another run's state.
func (w *world) rivalled(id string) bool {
	return slices.ContainsFunc(w.history, func(r resource) bool { return r.have.ID == id })
}

// looked checks what a look found against what is there.
func (w *world) looked(before keyseries.Memory, seen keyseries.Observed) error {
	m := seen.Memory
	if before.Missing() && w.have.Version != 0 && seen.Current.ID != "" {
		if _, mark, marked := keyseries.Read(seen.Current.Name); marked && mark.Series != m.Series {
			return fmt.Errorf("the memory was rebuilt with series %q instead of %q", m.Series, mark.Series)
		}
	}
	if !before.Missing() && before.Series != m.Series {
		return fmt.Errorf("series %q became %q", before.Series, m.Series)
	}
	if w.v.unlistable {
		return nil
	}
	return w.accounted("looked", m, seen.Previous)
}

// accounted tells which living key of the series is known nowhere, though a list showed
// it.
func (w *world) accounted(when string, m keyseries.Memory, previous []keyseries.Previous) error {
	now := w.v.clock.Now()
	for _, id := range slices.Sorted(maps.Keys(w.v.keys)) {
		key := w.v.keys[id]
		_, mark, _ := keyseries.Read(key.Name)
		if mark.Series != m.Series || m.Series == "" || key.Ended(now) || now.Before(key.listed) {
			continue
		}
		if when != "looked" && w.foreign[id] {
			continue
		}
		other := among(m.Others, id)
		known := when == "looked" && (id == w.have.ID || other || slices.ContainsFunc(previous, func(p keyseries.Previous) bool { return p.ID == id }))
		if !known && !w.named[id] {
			return fmt.Errorf("%s, and %s lives and is known nowhere", when, id)
		}
	}
	return nil
}

// overlaps checks what was promised: at least always, at most where ends move.
func (w *world) overlaps(before map[string]entry) error {
	now := w.v.clock.Now()
	for id, ends := range w.promised {
		end := slices.MinFunc(ends, time.Time.Compare)
		was, had := before[id]
		if !had || w.touched[id] || !now.Before(end.Add(-3*time.Second)) || was.Ended(now) {
			continue
		}
		key, lives := w.v.keys[id]
		switch {
		case !lives && !slices.Contains(w.v.revoked, id):
			return fmt.Errorf("%s vanished", id)
		case lives && !key.ExpiresAt.IsZero() && key.ExpiresAt.Before(end.Add(-3*time.Second)) && !key.ExpiresAt.Equal(was.ExpiresAt):
			return fmt.Errorf("%s was made to end at %s, but its overlap lasts until %s", id, key.ExpiresAt, end)
		}
	}
	m := w.memory()
	if !w.clean || w.stopped || w.unseen || !w.exists || m.Looked.IsZero() || w.v.skewUnknown {
		return nil
	}
	for id := range m.Previous {
		key, lives := w.v.keys[id]
		end, promised := w.ends[id]
		if !lives || !promised {
			continue
		}
		if now.After(end.Add(3*time.Second)) && !m.Looked.Before(end) {
			return fmt.Errorf("%s lives, but its overlap ended at %s", id, end)
		}
		used := w.v.own != "" && w.v.InUse(context.Background(), id, m.Previous[id].Fingerprint) != nil // it keeps the provider at work
		moves := w.v.can.End == keyseries.Later && !w.v.cannotUpdate && !w.v.ignoresEnd && !used
		if moves && (key.ExpiresAt.IsZero() || key.ExpiresAt.After(end.Add(3*time.Second))) {
			return fmt.Errorf("%s ends at %s, but its overlap ends at %s", id, key.ExpiresAt, end)
		}
	}
	return nil
}

// samePrevious is an error when an apply stores what its plan did not show.
func samePrevious(planned, stored []keyseries.Previous) error {
	same := slices.EqualFunc(planned, stored, func(p, s keyseries.Previous) bool {
		return p.ID == s.ID && !s.ExpiresAt.IsZero() && (p.ExpiresAt.IsZero() || p.ExpiresAt.Equal(s.ExpiresAt))
	})
	if !same {
		return fmt.Errorf("planned %v, stored %v", planned, stored)
	}
	return nil
}

// settle runs steps without faults, after which nothing is left to do.
func (w *world) settle(ctx context.Context) error {
	clear(w.v.faults)
	w.killed, w.sealed, w.rival, w.blind = false, nil, false, false
	w.v.skewUnknown, w.v.unlistable, w.v.incomplete, w.v.own = false, false, nil, ""
	for range 4 {
		w.v.clock.Advance(2 * time.Minute)
		if err := w.step(ctx); err != nil {
			return err
		}
	}
	if w.stopped {
		w.count("settled in a stop")
		return nil
	}
	if w.failed != "" && !w.stopped {
		return fmt.Errorf("without any fault: %s", w.failed)
	}
	if key, lives := w.v.keys[w.have.ID]; !lives || key.Ended(w.v.clock.Now()) {
		return fmt.Errorf("the current key %s is dead", w.have.ID)
	}
	seen, err := keyseries.Observe(ctx, w.vendor(), w.have, w.memory())
	if err != nil {
		return err
	}
	w.refresh(seen)
	d := keyseries.Decide(w.v.can, w.wanted(), w.have, seen.Memory)
	if len(d.Shorten) > 0 && (w.v.cannotUpdate || w.v.ignoresEnd) {
		w.count("asks again")
		d.Shorten = nil // ADR 0016: every plan during an overlap asks again
	}
	if !d.Quiet() {
		return fmt.Errorf("nothing changed, but the plan is %s", words(d))
	}
	return nil
}
