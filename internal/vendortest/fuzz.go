// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// step is one thing that happens; text alone tells all of it.
type step struct {
	text string
	do   func(context.Context, *trial) error
}

// surroundings are what a sequence happens in.
type surroundings struct {
	odd        int // index in [Row].Oddities, none beyond its end
	maxPage    int
	identities bool
	drift      time.Duration // of this machine's clock
	orphans    bool          // the CLI plans the destroy of what is not wanted before it refreshes
}

func (s surroundings) String() string {
	return fmt.Sprintf("pages of %d, CLI knows identities %v, plans orphans first %v, machine's clock off by %s", s.maxPage, s.identities, s.orphans, s.drift)
}

// normal are the usual surroundings.
func normal() surroundings { return surroundings{odd: noOddity} }

const noOddity = 1 << 10

func generate(r *rand.Rand, row Row) (surroundings, []step) {
	s := surroundings{identities: r.IntN(3) > 0, maxPage: []int{0, 0, 1, 2}[r.IntN(4)]}
	s.odd = r.IntN(8)
	s.drift = []time.Duration{0, 0, 90 * time.Second, -2 * time.Minute}[r.IntN(4)]
	s.orphans = r.IntN(2) == 0
	steps := []step{applying(r, true)}
	for range 3 + r.IntN(7) {
		for range r.IntN(4) {
			steps = append(steps, happening(r, row))
		}
		steps = append(steps, applying(r, false))
	}
	return s, steps
}

// applying is one run of the CLI.
func applying(r *rand.Rand, first bool) step {
	options := run{refresh: true}
	if !first {
		switch r.IntN(10) {
		case 0:
			options.refresh = false
		case 1:
			options.planOnly = true
		case 2:
			options.wait = pick(r, time.Minute, 30*time.Minute, 30*time.Hour)
		case 3:
			options.lost = true
		case 4:
			options.replace = pick(r, "", "a")
		case 5:
			options.crash = true
		}
	}
	return step{options.String(), func(ctx context.Context, x *trial) error { return x.apply(ctx, options) }}
}

func (o run) String() string {
	text := "apply"
	if o.planOnly {
		text = "plan"
	}
	if !o.refresh {
		text += " -refresh=false"
	}
	if o.replace != "" {
		text += " -replace=" + o.replace
	}
	if o.wait > 0 {
		text += fmt.Sprintf(", %s after its plan", o.wait)
	}
	if o.crash {
		text += ", the provider killed before it answers"
	}
	if o.lost {
		text += ", killed before the state is saved"
	}
	return text
}

// happening is something between two applies.
func happening(r *rand.Rand, row Row) step {
	name := pick(r, "a", "a", "b")
	change := func(text string, set func(*keySettings)) step {
		return step{name + ": " + text, func(_ context.Context, x *trial) error { set(x.keys[name]); return nil }}
	}
	outside := func(text string, do func(*trial)) step {
		return step{text, func(_ context.Context, x *trial) error { x.moved = true; do(x); return nil }}
	}
	switch n := r.IntN(34); {
	case n == 20 && row.Can.Name.Unique, n == 8 && row.Can.End == keyseries.Never, n == 10 && len(row.Own) == 0, n == 24 && len(row.Losses) == 0, n == 25 && len(row.Losses) < 2, (n == 26 || n == 27) && len(row.Losses) == 0:
		return fault(r, row)
	case n < 7:
		d := pick(r, time.Minute, 3*time.Hour, 23*time.Hour, 26*time.Hour, 12*day, 41*day, 50*day)
		return step{d.String() + " pass", func(_ context.Context, x *trial) error { x.w.Advance(d); return nil }}
	case n == 7:
		d := pick(r, "", "40d", "60d", "1d")
		return change("rotate_after = "+d, func(k *keySettings) { k.rotateAfter = d })
	case n == 8:
		d := pick(r, "", "80d", "100d", "62d")
		return change("lifetime = "+d, func(k *keySettings) { k.lifetime = d })
	case n == 9:
		d := pick(r, "", "0s", "1m", "36h", "7d")
		return change("overlap = "+d, func(k *keySettings) { k.overlap = d })
	case n == 10:
		own := row.Own[0]
		if len(row.Own) > 1 {
			own = pick(r, row.Own...)
		}
		value := pick(r, own.Values...)
		return change(fmt.Sprintf("%s = %v", own.Name, value), func(k *keySettings) { k.own[own.Name] = value })
	case n < 14:
		triggers := pick(r, nil, map[string]string{"why": "a"}, map[string]string{"why": "b"}, map[string]string{"why": "b", "and": "c"})
		unknown := r.IntN(4) == 0
		return change(fmt.Sprintf("rotate_when_changed = %v, not yet known %v", triggers, unknown), func(k *keySettings) { k.triggers, k.unknown = triggers, unknown })
	case n == 14:
		called := row.named(pick(r, "worker", "billing"), name)
		return change("name = "+called, func(k *keySettings) { k.name = called })
	case n < 17:
		storage := pick(r, "", "sealed", "state")
		return change("secret_storage = "+storage, func(k *keySettings) { k.storage = storage })
	case n == 17:
		which := r.IntN(4)
		return step{fmt.Sprintf("%s: seal_recipients: choice %d", name, which), func(_ context.Context, x *trial) error {
			x.keys[name].recipients = [][]string{nil, {x.w.Recipient}, {x.otherRecipient, x.w.Recipient}, {x.otherRecipient}}[which]
			return nil
		}}
	case n == 18:
		which := r.IntN(3)
		return step{fmt.Sprintf("identities at hand: %d", which), func(_ context.Context, x *trial) error { x.hold(which); return nil }}
	case n == 19:
		there := r.IntN(3) > 0
		return change(fmt.Sprintf("is there: %v", there), func(k *keySettings) { k.there = there })
	case n == 20:
		before := r.IntN(2) == 0
		return change(fmt.Sprintf("create_before_destroy = %v", before), func(k *keySettings) { k.createBeforeDestroy = before })
	case n == 21:
		return outside(name+": the current key is revoked outside", func(x *trial) { x.revoke(x.id(name)) })
	case n == 22:
		return outside(name+": the first previous key is revoked outside", func(x *trial) {
			if previous := x.previous(name); len(previous) > 0 {
				x.revoke(previous[0])
			}
		})
	case n == 23 && row.Can.End != keyseries.Later:
		return outside(name+": the current key is revoked outside", func(x *trial) { x.revoke(x.id(name)) })
	case n == 23:
		d := pick(r, -time.Minute, time.Hour, 5*day)
		return outside(fmt.Sprintf("%s: the current key is made to end in %s outside", name, d), func(x *trial) { x.shorten(x.id(name), d) })
	case n == 24 || n == 25:
		again := r.IntN(4) > 0
		return outside(fmt.Sprintf("%s, configuration moved to a new place: %v", row.Losses[n-24], again), func(x *trial) { x.lose(n-24, again) })
	case n == 26:
		return step{"the configuration moves to a new place", func(_ context.Context, x *trial) error { x.newParents(); return nil }}
	case n == 27:
		access := r.IntN(2) == 0
		return outside(fmt.Sprintf("the owner has access: %v", access), func(x *trial) { x.setAccess(access) })
	default:
		return fault(r, row)
	}
}

// operationsAtFault are as often in it as they are to be struck.
var operationsAtFault = []Operation{Mint, Mint, Mint, Edit, Edit, Revoke, List, Get, Parent}

// fault strikes in the next apply.
func fault(r *rand.Rand, row Row) step {
	operation := pick(r, row.operations(operationsAtFault...)...)
	f := simkit.Fault{Operation: operation, Times: 1, Skip: r.IntN(2)}
	transient, lasting, hidden := true, false, false
	switch n := r.IntN(24); {
	case n < 3:
		f.Kind = simkit.CutBefore
	case n < 7:
		f.Kind = simkit.CutAfter
	case n < 10:
		f.Kind, f.Status = simkit.StatusAfter, 502
	case n < 12:
		f.Kind = simkit.Truncated
	case n < 14:
		f.Kind, f.Status, f.Times = simkit.StatusBefore, 429, 3
	case n == 14:
		f.Kind = pick(r, simkit.HangAfter, simkit.HangBefore)
	case n < 17:
		f = simkit.Fault{Operation: row.Operations[List], Kind: simkit.StaleList, Lag: 1 + r.IntN(3)}
		hidden = true
	case n < 20:
		f.Kind, f.Status, f.Times = pick(r, simkit.StatusBefore, simkit.StatusAfter), pick(r, 403, 500), 0
		if f.Kind == simkit.StatusAfter {
			f.Status = 500 // what was done is not answered with a refusal
		}
		transient, lasting = false, true
	default:
		f.Kind, f.Times = pick(r, simkit.CutBefore, simkit.CutAfter), 0
		transient, lasting = false, true
	}
	return step{fmt.Sprintf("fault: %s of %s, status %d, %d times after %d, lag %d", f.Kind, f.Operation, f.Status, f.Times, f.Skip, f.Lag), func(_ context.Context, x *trial) error {
		x.w.Engine.ClearFaults()
		x.w.Engine.Inject(f)
		x.transient, x.lasting, x.hidden = transient, lasting, hidden
		*x.w.AttemptTimeout = 0
		if f.Kind == simkit.HangAfter || f.Kind == simkit.HangBefore {
			*x.w.AttemptTimeout = hangs
		}
		return nil
	}}
}

// hangs is how long a request waits for an answer where one hangs, in real time: longer than any
// other request takes on a busy machine.
const hangs = 3 * time.Second

// settle ends a sequence: without trouble everything comes to rest, and a destroy
// leaves nothing.
func (x *trial) settle(ctx context.Context) error {
	if x.parentsGone {
		x.newParents()
	}
	x.setAccess(true)
	x.hold(2)
	if x.rolledBack { // the way on that the error names, where no newer key was used
		for _, key := range x.keys {
			key.triggers, key.unknown = map[string]string{"why": "settled"}, false
		}
	}
	for n := 0; n < 2 || x.taken && n < 4; n++ {
		x.w.Advance(time.Minute)
		if err := x.apply(ctx, run{refresh: true}); err != nil {
			return err
		}
	}
	for _, said := range x.ws.Said {
		if said.Error {
			return fmt.Errorf("without any trouble: %s", said.Text)
		}
	}
	for _, key := range x.keys {
		key.there = false
	}
	if err := x.apply(ctx, run{refresh: true}); err != nil {
		return err
	}
	for id := range x.ours() {
		if !x.orphans[id] && !x.told[id] {
			return fmt.Errorf("%s lives on after everything was destroyed", id)
		}
	}
	return nil
}

// play runs a sequence; the trial tells how far it came.
func play(ctx context.Context, t testing.TB, row Row, s surroundings, steps []step, seen *tally) (*trial, error) {
	t.Helper()
	x, err := newTrial(ctx, t, row, s, seen)
	if err != nil {
		return x, err
	}
	for _, step := range steps {
		x.note("%s", strings.ToUpper(step.text[:1])+step.text[1:])
		if err := step.do(ctx, x); err != nil {
			return x, err
		}
	}
	x.note("Settle")
	return x, x.settle(ctx)
}

// checkSeed plays the sequence of one seed and prints the shortest failing form of it.
func checkSeed(t *testing.T, row Row, seed uint64, seen *tally) {
	t.Helper()
	s, steps := generate(rand.New(rand.NewPCG(seed, 0)), row)
	_, err := play(t.Context(), t, row, s, steps, seen)
	if err == nil {
		return
	}
	var shortest *trial
	short := shrink(steps, func(tried []step) bool {
		failed := false
		t.Run("shrink", func(t *testing.T) {
			if x, again := play(t.Context(), t, row, s, tried, &tally{}); again != nil {
				failed, shortest, err = true, x, again
			}
		})
		return failed
	})
	texts := make([]string, 0, len(short))
	for _, step := range short {
		texts = append(texts, "  "+step.text)
	}
	var log []string
	if shortest != nil {
		log = shortest.log
		for _, said := range shortest.ws.Said {
			log = append(log, "  said: "+said.Text)
		}
	}
	t.Errorf("seed %d: %v\n\nThe shortest sequence that fails, with %s:\n%s\n\nWhat happened:\n%s",
		seed, err, s, strings.Join(texts, "\n"), strings.Join(log, "\n"))
}

// Fuzz plays random sequences: those of some fixed seeds, or random ones for as long as a
// [Game] says.
func Fuzz(t *testing.T, row Row, g Game) {
	seen := &tally{}
	first, next := g.seeds(t, 120)
	seed := first
	for ; next(seed); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { checkSeed(t, row, seed, seen) })
	}
	t.Logf("%s: %d sequences from seed %d: %v", row.Name, seed-first, first, *seen)
	if seed-first < 20 { // too few to come to everything
		return
	}
	for _, what := range []string{"clean apply", "rotation planned", "overlap running", "a single fault healed", "state lost", "leftover reported", "plaintext found"} {
		if (*seen)[what] == 0 {
			t.Errorf("no sequence came to: %s", what)
		}
	}
}
