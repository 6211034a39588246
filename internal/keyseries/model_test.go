// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// resource is what Terraform keeps of one series: state and private state.
type resource struct {
	have    keyseries.State
	stored  []byte
	exists  bool
	tainted bool
	ends    map[string]time.Time // promised ends of the keys that this very state superseded
}

func (r resource) clone() resource {
	r.have.Previous, r.have.Leftovers = slices.Clone(r.have.Previous), slices.Clone(r.have.Leftovers)
	r.stored, r.ends = slices.Clone(r.stored), maps.Clone(r.ends)
	return r
}

func (r resource) memory() keyseries.Memory {
	m, err := keyseries.Decode(r.stored)
	if err != nil {
		panic(err)
	}
	return m
}

// world is one resource over the fake vendor, driven the way Terraform drives it:
// refresh, plan, apply, with the memory going through private state in between.
type world struct {
	resource
	v       guarded
	r       *rand.Rand
	want    keyseries.Wanted
	fixed   bool // keys cannot be edited
	history []resource
	counts  map[string]int
	loud    bool // write the script
	script  []string
	notes   int

	promised map[string][]time.Time // every end that was promised for a key, by whichever run
	touched  map[string]bool        // keys whose life others changed
	foreign  map[string]bool        // keys that are not of the series
	named    map[string]bool        // keys that a notice or an error named in this step

	failed   string // why the last step was not clean
	clean    bool   // no fault struck in the last step
	stopped  bool   // the last plan said that the state is older than the server
	blind    bool   // the next step does not refresh
	unseen   bool   // nor did the last
	destroys int
	killed   bool  // the next apply does not get to store anything
	rival    bool  // another run begins from the same state and applies first
	sealed   error // why the next secret cannot be put away
}

func (w *world) note(format string, args ...any) {
	w.notes++
	if !w.loud {
		return
	}
	w.script = append(w.script, w.v.clock.Now().UTC().Format("01-02 15:04:05 ")+fmt.Sprintf(format, args...))
}

// count notes that a kind of thing happened.
func (w *world) count(kind string) { w.counts[kind]++ }

func (w *world) fails(what string, err error) error {
	w.failed = what + ": " + err.Error()
	w.note("%s", w.failed)
	for id, key := range w.v.keys {
		if strings.Contains(err.Error(), id) || strings.Contains(err.Error(), fmt.Sprintf("%q", key.Name)) {
			w.named[id] = true
		}
	}
	return nil
}

func (w *world) tell(notices ...keyseries.Notice) {
	for _, n := range notices {
		w.named[n.ID] = true
		w.note("notice: key %s %s", n.ID, n.What)
	}
}

// vendor is the vendor as the code may see it: without calls that it does not have.
func (w *world) vendor() keyseries.Vendor {
	switch {
	case w.v.own != "":
		return w.v
	case w.v.can.End == keyseries.Later:
		return w.v.full
	default:
		return w.v.vendor
	}
}

// step is one run of Terraform, checked from before it to after it.
func (w *world) step(ctx context.Context) error {
	w.failed, w.stopped, w.unseen, w.named = "", false, false, map[string]bool{}
	used := w.v.used
	check := w.watch()
	if err := w.run(ctx); err != nil {
		return err
	}
	w.clean = w.failed == "" && w.v.used == used
	if err := check(); err != nil {
		return err
	}
	w.history = append(w.history, w.clone())
	return nil
}

func (w *world) run(ctx context.Context) error {
	if !w.exists {
		return w.create(ctx)
	}
	if w.blind && !w.memory().Missing() && !w.tainted {
		w.blind, w.unseen = false, true
		w.count("no refresh")
		return w.plan(ctx)
	}
	w.blind = false
	seen, err := keyseries.Observe(ctx, w.vendor(), w.have, w.memory())
	if apierr.IsGone(err) {
		w.note("gone: %v", err)
		w.count("gone")
		if err := w.accounted("left state", w.memory(), nil); err != nil && !w.memory().Missing() {
			return err
		}
		w.resource = resource{}
		return w.create(ctx)
	}
	if err != nil {
		return w.fails("refresh", err)
	}
	before := w.memory()
	w.refresh(seen)
	if err := w.looked(before, seen); err != nil {
		return err
	}
	if w.tainted {
		return w.replace(ctx)
	}
	return w.plan(ctx)
}

func (w *world) refresh(seen keyseries.Observed) {
	if seen.Current.ID != "" {
		w.have.CreatedAt, w.have.ExpiresAt = seen.Current.CreatedAt, seen.Current.ExpiresAt
	}
	w.have.Previous, w.have.Leftovers = seen.Previous, seen.Memory.Others
	w.stored = seen.Memory.Encode()
	w.tell(seen.Notices...)
	if seen.Memory.Phase == keyseries.Ending {
		w.count("ending")
	}
}

func (w *world) plan(ctx context.Context) error {
	d := keyseries.Decide(w.v.can, w.wanted(), w.have, w.memory())
	w.note("plan: %s", words(d))
	for _, other := range w.memory().Others {
		w.named[other.ID] = true // every plan names them
	}
	switch {
	case d.Older != nil:
		w.stopped = true
		w.count("stop")
		if err := w.rivals(ctx); err != nil {
			return err
		}
		return w.apply(ctx, d)
	case d.Quiet():
		if !d.Rotate {
			w.have.Name, w.have.Lifetime = w.want.Name, w.want.Lifetime
		}
		return nil
	}
	if d.Verdict == keyseries.Doubt {
		w.count("doubt")
	}
	// The apply comes a while after the plan, and decides the same.
	w.v.clock.Advance(time.Duration(w.r.IntN(120)) * time.Second)
	if again := keyseries.Decide(w.v.can, w.wanted(), w.have, w.memory()); words(again) != words(d) {
		return fmt.Errorf("planned %s, then %s", words(d), words(again))
	}
	if err := w.rivals(ctx); err != nil {
		return err
	}
	return w.apply(ctx, d)
}

// wanted is the configuration: the own argument compares with the key's, as state has it.
func (w *world) wanted() keyseries.Wanted {
	want := w.want
	has, _ := w.have.Own.([]string)
	want.Own = []keyseries.Own{{Name: "scopes", InPlace: !w.fixed, Changed: w.have.ID != "" && !slices.Equal(w.v.scopes, has)}}
	return want
}

// rivals lets another run, which began from the same state, apply first.
func (w *world) rivals(ctx context.Context) error {
	if !w.rival {
		return nil
	}
	w.rival = false
	w.count("two runs")
	w.note("another run begins")
	other := *w
	other.resource, other.killed = w.clone(), false
	err := other.step(ctx)
	w.script, w.notes, w.sealed, w.history = other.script, other.notes, other.sealed, other.history
	maps.Copy(w.named, other.named)
	w.note("it ends")
	return err
}

// keep puts a secret away.
func (w *world) keep(keyseries.Minted) error {
	err := w.sealed
	w.sealed = nil
	return err
}

func (w *world) create(ctx context.Context) error {
	m := keyseries.New()
	w.resource = resource{ends: map[string]time.Time{}}
	job := keyseries.Job{Vendor: w.vendor(), Want: w.wanted(), Memory: &m, Keep: w.keep, Store: w.store(&m), Notify: func(n keyseries.Notice) { w.tell(n) }}
	err := job.Create(ctx)
	if err != nil && len(m.Unsettled) > 0 {
		w.count("unsettled create")
		w.exists, w.tainted, w.have.Generation, w.stored = true, true, 1, m.Encode()
	}
	if err != nil {
		return w.fails("create", err)
	}
	w.want.Triggers = keyseries.Same
	w.note("created %s", w.have.ID)
	return nil
}

// replace destroys a tainted object, whose memory Terraform does not hand over.
func (w *world) replace(ctx context.Context) error {
	w.count("tainted")
	missing, err := keyseries.Decode(nil)
	if err != nil {
		return err
	}
	if failed, err := w.destroy(ctx, missing); failed || err != nil {
		return err
	}
	return w.create(ctx)
}

func (w *world) destroy(ctx context.Context, m keyseries.Memory) (failed bool, err error) {
	w.destroys++
	remembered := w.memory()
	doomed := []string{w.have.ID}
	for _, p := range w.have.Previous {
		doomed = append(doomed, p.ID)
	}
	notices, err := keyseries.Destroy(ctx, w.vendor(), w.have, &m)
	w.tell(notices...)
	if err != nil {
		return true, w.fails("destroy", err)
	}
	for _, id := range doomed {
		if key, lives := w.v.keys[id]; lives && !key.Ended(w.v.clock.Now()) {
			return false, fmt.Errorf("%s outlived its destroy", id)
		}
	}
	if remembered.Series != "" && !w.v.unlistable && len(w.v.incomplete) == 0 && !m.Missing() {
		if err := w.accounted("destroyed", remembered, nil); err != nil {
			return false, err
		}
	}
	w.resource = resource{}
	return false, nil
}

// store is how a job saves.
func (w *world) store(m *keyseries.Memory) func(keyseries.State) {
	return func(next keyseries.State) {
		w.have, w.stored, w.exists, w.tainted = next, m.Encode(), true, false
	}
}

func (w *world) apply(ctx context.Context, d keyseries.Decision) error {
	m, old := w.memory(), w.clone()
	planned := keyseries.Planned(d, w.wanted(), w.have, m)
	lost, calls := m.Phase.Lost(), len(w.v.journal)
	job := keyseries.Job{
		Vendor: w.vendor(), Want: w.wanted(), Have: w.have, Decision: d, Memory: &m, Keep: w.keep,
		Store: w.store(&m), Notify: func(n keyseries.Notice) { w.tell(n) },
	}
	err := job.Run(ctx)
	w.stored = m.Encode()
	if d.Older != nil {
		if len(w.v.journal) != calls || w.have.ID != old.have.ID {
			return fmt.Errorf("a stop did something: %v", w.v.journal[calls:])
		}
		return w.fails("apply", err)
	}
	if rotated := w.have.ID != old.have.ID; rotated {
		w.count("rotation")
		w.note("rotated %s to %s", old.have.ID, w.have.ID)
		if old.have.ID != "" && !lost {
			end := w.have.CreatedAt.Add(w.want.Overlap)
			w.promised[old.have.ID] = append(w.promised[old.have.ID], end)
			w.ends[old.have.ID] = end
		}
	}
	if w.killed {
		w.killed = false
		w.count("killed")
		w.resource = old
		w.ends = maps.Clone(old.ends)
		if w.r.IntN(2) == 0 {
			w.stored = nil // Terraform drops the private state of some
			w.count("memory lost")
		}
		return w.fails("apply", errors.New("killed"))
	}
	if err != nil {
		return w.fails("apply", err)
	}
	w.want.Triggers = keyseries.Same
	return samePrevious(planned, w.have.Previous)
}

func (w *world) live(ctx context.Context) error {
	for range 12 {
		for range w.r.IntN(4) {
			w.happen()
		}
		w.v.clock.Advance(time.Minute) // longer than any list lags
		if err := w.step(ctx); err != nil {
			return err
		}
		if w.exists && !w.tainted && w.r.IntN(40) == 0 {
			w.count("destroy")
			check := w.watch()
			if _, err := w.destroy(ctx, w.memory()); err != nil {
				return err
			}
			if err := check(); err != nil {
				return err
			}
		}
	}
	return w.settle(ctx)
}

func TestModel(t *testing.T) {
	t.Parallel()
	seeds := uint64(1000)
	if testing.Short() {
		seeds = 400
	}
	counts := map[string]int{}
	for seed := range seeds {
		w := newWorld(seed, counts)
		if err := w.live(t.Context()); err != nil {
			w = newWorld(seed, counts) // once more, for the script
			w.loud = true
			_ = w.live(t.Context())
			t.Fatalf("seed %d: %v\n%s\n\ncalls:\n%s", seed, err, strings.Join(w.script, "\n"), strings.Join(w.v.journal, "\n"))
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%6d × %s", counts[kind], kind)
	}
	for _, kind := range kinds {
		if counts[kind] == 0 {
			t.Errorf("%q never happened", kind)
		}
	}
}
