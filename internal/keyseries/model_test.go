// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// world is one resource over the fake vendor, driven the way Terraform drives it:
// refresh, plan, apply, with the memory going through private state in between.
type world struct {
	v      *vendor
	r      *rand.Rand
	want   keyseries.Wanted
	have   keyseries.State
	stored []byte // private state
	exists bool

	script   []string
	promised map[string]time.Time // the ends of overlaps, by what was wanted at the mint
	touched  map[string]bool      // keys whose life others changed
	failed   string               // why the last step was not clean
	killed   bool                 // the next apply does not get to store anything
	sealed   error                // why the next secret cannot be put away
}

func (w *world) note(format string, args ...any) {
	w.script = append(w.script, w.v.Now().UTC().Format("01-02 15:04:05 ")+fmt.Sprintf(format, args...))
}

func (w *world) memory() keyseries.Memory {
	m, err := keyseries.Decode(w.stored)
	if err != nil {
		panic(err)
	}
	return m
}

// happen changes something outside or in the configuration.
func (w *world) happen() {
	spans := []time.Duration{0, 40 * day, 80 * day, 200 * day}
	switch pick := w.r.IntN(20); {
	case pick < 7:
		d := []time.Duration{time.Minute, 10 * time.Minute, 3 * hour, day, 12 * day, 50 * day}[w.r.IntN(6)]
		w.note("%s pass", d)
		w.v.clock.Advance(d)
	case pick == 7:
		w.want.RotateAfter = spans[w.r.IntN(3)]
		w.note("rotate_after = %s", w.want.RotateAfter)
	case pick == 8:
		w.want.Lifetime = spans[w.r.IntN(4)]
		w.note("lifetime = %s", w.want.Lifetime)
	case pick == 9:
		w.want.Overlap = []time.Duration{0, time.Minute, day, 7 * day}[w.r.IntN(4)]
		w.note("overlap = %s", w.want.Overlap)
	case pick == 10:
		w.want.Scopes = [][]string{nil, {"all"}, {"a"}, {"a", "b"}}[w.r.IntN(4)]
		w.note("scopes = %v", w.want.Scopes)
	case pick == 11:
		w.want.Name = []string{"payments", "billing"}[w.r.IntN(2)]
		w.note("name = %s", w.want.Name)
	case pick == 12 || pick == 13:
		w.want.Triggers = keyseries.Changed
		w.note("a trigger changed")
	case pick == 14 && len(w.v.keys) > 0:
		id := w.any()
		w.note("%s is revoked outside", id)
		w.touched[id] = true
		delete(w.v.keys, id)
	case pick == 15 && len(w.v.keys) > 0:
		id := w.any()
		end := w.v.Now().Add([]time.Duration{time.Second, hour, 5 * day}[w.r.IntN(3)])
		if key := w.v.keys[id]; key.ExpiresAt.IsZero() || end.Before(key.ExpiresAt) {
			w.note("%s is made to end at %s outside", id, end)
			w.touched[id] = true
			key.ExpiresAt = end
		}
	case pick == 16:
		w.killed = w.exists // a killed Create knows no history, and is only reported
		w.note("the next apply is killed: %v", w.killed)
	case pick == 17:
		w.sealed = errors.New("the secret could not be sealed")
		w.note("the next secret cannot be put away")
	default:
		call := []string{mint, mint, list, fresh, get, endAt, scopes, revoke}[w.r.IntN(8)]
		f := []fault{{cut, true}, {cut, false}, {err: refused(500)}, {err: refused(403)}}[w.r.IntN(4)]
		w.note("%s will fail: %v, done %v", call, f.err, f.done)
		w.v.fail(call, f)
	}
}

func (w *world) any() string {
	var ids []string
	for id := range w.v.keys {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids[w.r.IntN(len(ids))]
}

// step is one run of Terraform: refresh, plan, apply.
func (w *world) step(ctx context.Context) error {
	w.failed = ""
	if !w.exists {
		return w.create(ctx)
	}
	seen, err := keyseries.Observe(ctx, w.v, w.have, w.memory())
	if _, gone := apierr.AsGone(err); gone {
		w.note("gone: %v", err)
		if len(w.v.live()) > 0 {
			return fmt.Errorf("the series left state while %v live", w.v.live())
		}
		w.exists = false
		return w.create(ctx)
	}
	if err != nil {
		return w.fails("refresh", err)
	}
	w.refresh(seen)
	w.stored = seen.Memory.Encode()
	d := keyseries.Decide(w.want, w.have, w.memory())
	if d.Quiet() {
		w.note("plan: %s", words(d))
		w.record(d)
		return nil
	}
	w.note("plan: %s", words(d))
	// The apply comes a while after the plan, and decides the same.
	w.v.clock.Advance(time.Duration(w.r.IntN(120)) * time.Second)
	if again := keyseries.Decide(w.want, w.have, w.memory()); words(again) != words(d) {
		return fmt.Errorf("planned %s, then %s", words(d), words(again))
	}
	return w.apply(ctx, d)
}

func (w *world) refresh(seen keyseries.Observed) {
	if seen.Current.ID != "" {
		w.have.CreatedAt, w.have.ExpiresAt = seen.Current.CreatedAt, seen.Current.ExpiresAt
	}
	w.have.Previous = seen.Previous
}

func (w *world) fails(what string, err error) error {
	w.failed = what + ": " + err.Error()
	w.note("%s", w.failed)
	return nil
}

func (w *world) record(d keyseries.Decision) {
	if !d.Rotate {
		w.have.Name, w.have.Lifetime, w.have.Scopes = w.want.Name, w.want.Lifetime, w.want.Scopes
	}
	w.want.Triggers = keyseries.Same
}

func (w *world) request() keyseries.Request {
	return keyseries.Request{Name: w.want.Name, Lifetime: w.want.Lifetime, Scopes: keyseries.Restriction(w.want.Scopes)}
}

func (w *world) keep(keyseries.Minted) error {
	err := w.sealed
	w.sealed = nil
	return err
}

func (w *world) generation(minted keyseries.Minted) keyseries.State {
	return keyseries.State{
		ID: minted.ID, Name: w.want.Name, Generation: w.have.Generation + 1, CreatedAt: minted.CreatedAt, ExpiresAt: minted.ExpiresAt,
		Lifetime: w.want.Lifetime, Scopes: w.want.Scopes,
	}
}

func (w *world) create(ctx context.Context) error {
	m, err := keyseries.Decode(nil)
	if err != nil {
		return err
	}
	minted, err := keyseries.Mint(ctx, w.v, &m, w.request(), w.keep)
	w.have = keyseries.State{}
	w.exists = err == nil || len(m.Unsettled) > 0
	w.stored = m.Encode()
	if err != nil {
		return w.fails("create", err)
	}
	w.have = w.generation(minted)
	w.want.Triggers = keyseries.Same
	w.note("created %s", minted.ID)
	return nil
}

func (w *world) apply(ctx context.Context, d keyseries.Decision) error {
	m := w.memory()
	save := func() { w.stored = m.Encode() }
	if w.killed {
		w.killed = false
		save = func() {}
		before := *w
		defer func() {
			w.have, w.want.Triggers = before.have, before.want.Triggers
			delete(w.promised, w.have.ID)
			for id := range w.v.keys {
				w.touched[id] = true // how far it got, nobody knows
			}
			_ = w.fails("apply", errors.New("killed"))
		}()
	}
	if d.Rotate {
		old := w.have
		lost := m.Lost
		minted, err := keyseries.Mint(ctx, w.v, &m, w.request(), w.keep)
		if err != nil {
			save()
			return w.fails("rotation", err)
		}
		if old.ID != "" && lost == "" {
			w.promised[old.ID] = minted.CreatedAt.Add(w.want.Overlap)
		}
		w.have = w.generation(minted)
		w.have.Previous = keyseries.Supersede(&m, old, minted.CreatedAt, w.want.Overlap)
		w.want.Triggers = keyseries.Same
		w.note("rotated %s to %s", old.ID, minted.ID)
	} else if done, err := w.change(ctx, d, &m); !done {
		save()
		return w.fails("change", err)
	}
	left, warnings, err := keyseries.Retire(ctx, w.v, &m, w.have.Previous)
	for _, warning := range warnings {
		w.note("warning: %s", warning)
	}
	w.have.Previous = left
	w.record(d)
	save()
	if err != nil {
		return w.fails("retire", err)
	}
	return nil
}

// change does what needs no new key; done is false when it did not come to its end.
func (w *world) change(ctx context.Context, d keyseries.Decision, m *keyseries.Memory) (done bool, err error) {
	if d.SetScopes {
		if err := w.v.SetScopes(ctx, w.have.ID, keyseries.Restriction(w.want.Scopes)); err != nil {
			m.NoUpdate = errors.Is(err, keyseries.ErrCannot)
			return false, err
		}
		w.have.Scopes = w.want.Scopes
	}
	if d.SetLifetime {
		end := w.have.CreatedAt.Add(w.want.Lifetime)
		key, err := w.v.EndAt(ctx, w.have.ID, end)
		if err == nil && (key.ExpiresAt.IsZero() || key.ExpiresAt.Sub(end).Abs() > time.Minute) {
			err = keyseries.ErrCannot
		}
		if err != nil {
			m.NoUpdate = errors.Is(err, keyseries.ErrCannot)
			return false, err
		}
		w.have.ExpiresAt = key.ExpiresAt
	}
	return true, nil
}

// check tells what is wrong after a step. clean: no fault struck in it.
func (w *world) check(clean bool) error {
	now, m := w.v.Now(), w.memory()
	known := map[string]bool{w.have.ID: true}
	for _, p := range w.have.Previous {
		known[p.ID] = true
	}
	var strays []string
	for _, id := range w.v.live() {
		_, mark, _ := keyseries.Read(w.v.keys[id].Name)
		if _, promised := m.Deadlines[id]; !promised && id != w.have.ID {
			strays = append(strays, id)
		}
		if !known[id] && mark.Series != m.Series {
			return fmt.Errorf("%s is alive, and no later step can know it", id)
		}
		if clean && !known[id] {
			return fmt.Errorf("%s is alive, but neither current nor previous", id)
		}
		if end, promised := w.promised[id]; promised && clean && now.After(end.Add(3*time.Second)) {
			return fmt.Errorf("%s is alive, but its overlap ended at %s", id, end)
		}
	}
	if !clean {
		return nil
	}
	if len(strays) > 0 {
		return fmt.Errorf("%v are alive without being the current key or running out", strays)
	}
	if !slices.Contains(w.v.live(), w.have.ID) {
		return fmt.Errorf("the current key %s is dead", w.have.ID)
	}
	for id, end := range w.promised {
		if w.touched[id] || !now.Before(end.Add(-3*time.Second)) {
			continue
		}
		if key, there := w.v.keys[id]; !there {
			return fmt.Errorf("%s was revoked, but its overlap lasts until %s", id, end)
		} else if lived := key.CreatedAt.Add(40 * day); !key.ExpiresAt.IsZero() && key.ExpiresAt.Before(end.Add(-3*time.Second)) && key.ExpiresAt.Before(lived) {
			return fmt.Errorf("%s ends at %s, but its overlap lasts until %s", id, key.ExpiresAt, end)
		}
	}
	return nil
}

// settle runs steps without faults, after which nothing is left to do.
func (w *world) settle(ctx context.Context) error {
	clear(w.v.faults)
	w.killed, w.sealed = false, nil
	for range 4 {
		w.v.clock.Advance(time.Minute)
		if err := w.step(ctx); err != nil {
			return err
		}
	}
	if w.failed != "" {
		return fmt.Errorf("without any fault: %s", w.failed)
	}
	if err := w.check(true); err != nil {
		return err
	}
	seen, err := keyseries.Observe(ctx, w.v, w.have, w.memory())
	if err != nil {
		return err
	}
	w.refresh(seen)
	if d := keyseries.Decide(w.want, w.have, seen.Memory); !d.Quiet() {
		return fmt.Errorf("nothing changed, but the plan is %s", words(d))
	}
	return nil
}

func (w *world) run(ctx context.Context) error {
	for range 12 {
		for range w.r.IntN(4) {
			w.happen()
		}
		w.v.clock.Advance(time.Minute) // longer than any list lags
		used := w.v.used
		if err := w.step(ctx); err != nil {
			return err
		}
		if !w.exists {
			if w.failed == "" || len(w.v.live()) > 0 {
				return fmt.Errorf("out of state with %v alive, %q", w.v.live(), w.failed)
			}
			continue
		}
		clean := w.failed == "" && w.v.used == used
		if err := w.check(clean); err != nil {
			return err
		}
	}
	return w.settle(ctx)
}

func TestModel(t *testing.T) {
	t.Parallel()
	seeds := uint64(600)
	if testing.Short() {
		seeds = 200
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 7))
		w := &world{
			v: newVendor(), r: r, promised: map[string]time.Time{}, touched: map[string]bool{},
			want: keyseries.Wanted{Name: "payments", RotateAfter: 40 * day, Lifetime: 80 * day, Overlap: day},
		}
		w.v.cannotUpdate, w.v.ignoresEnd, w.v.hidesExpired = r.IntN(4) == 0, r.IntN(6) == 0, r.IntN(2) == 0
		w.v.lag = []time.Duration{0, 0, 8 * time.Second}[r.IntN(3)]
		w.note("cannotUpdate %v, ignoresEnd %v, hidesExpired %v, lag %s", w.v.cannotUpdate, w.v.ignoresEnd, w.v.hidesExpired, w.v.lag)
		if r.IntN(3) == 0 { // adopted
			key := w.v.add("imported", "imported", time.Time{})
			w.exists, w.have = true, keyseries.State{ID: key.ID, Name: key.Name, Generation: 1, CreatedAt: key.CreatedAt}
			w.stored = keyseries.Memory{Series: keyseries.NewSeries(), Adopted: begin}.Encode()
			w.note("imported %s", key.ID)
		}
		if err := w.run(t.Context()); err != nil {
			t.Fatalf("seed %d: %v\n%s\n\ncalls:\n%s", seed, err, strings.Join(w.script, "\n"), strings.Join(w.v.journal, "\n"))
		}
	}
}
