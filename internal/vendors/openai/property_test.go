// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// step is one thing that happens; text alone tells all of it.
type step struct {
	text string
	do   func(context.Context, *trial) error
}

// surroundings are what a sequence happens in.
type surroundings struct {
	policy     openaisim.Policy
	maxPage    int
	identities bool
	drift      time.Duration // of this machine's clock
	orphans    bool          // the CLI plans the destroy of what is not wanted before it refreshes
}

func (s surroundings) String() string {
	return fmt.Sprintf("no key update %d, key update ignored %v, expired keys unlisted %v, gone %v, pages of %d, CLI knows identities %v, plans orphans first %v, machine's clock off by %s",
		s.policy.NoKeyUpdate, s.policy.KeyUpdateIgnored, s.policy.ExpiredKeysUnlisted, s.policy.ExpiredKeysGone, s.maxPage, s.identities, s.orphans, s.drift)
}

func generate(r *rand.Rand) (surroundings, []step) {
	s := surroundings{identities: r.IntN(3) > 0, maxPage: []int{0, 0, 1, 2}[r.IntN(4)]}
	switch r.IntN(8) {
	case 0:
		s.policy.NoKeyUpdate = 404
	case 1:
		s.policy.NoKeyUpdate = 405
	case 2:
		s.policy.KeyUpdateIgnored = true
	case 3:
		s.policy.ExpiredKeysUnlisted = true
	case 4:
		s.policy.ExpiredKeysGone = true
	}
	s.drift = []time.Duration{0, 0, 90 * time.Second, -2 * time.Minute}[r.IntN(4)]
	s.orphans = r.IntN(2) == 0
	steps := []step{applying(r, true)}
	for range 3 + r.IntN(7) {
		for range r.IntN(4) {
			steps = append(steps, happening(r))
		}
		steps = append(steps, applying(r, false))
	}
	return s, steps
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

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
func happening(r *rand.Rand) step {
	name := pick(r, "a", "a", "b")
	change := func(text string, set func(*keySettings)) step {
		return step{name + ": " + text, func(_ context.Context, x *trial) error { set(x.keys[name]); return nil }}
	}
	outside := func(text string, do func(*trial)) step {
		return step{text, func(_ context.Context, x *trial) error { x.moved = true; do(x); return nil }}
	}
	switch n := r.IntN(34); {
	case n < 7:
		d := pick(r, time.Minute, 3*time.Hour, 23*time.Hour, 26*time.Hour, 12*days, 41*days, 50*days)
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
		scopes := pick(r, nil, []string{"all"}, []string{"api.model.request"}, []string{"api.all.read", "api.model.request"})
		return change(fmt.Sprintf("scopes = %v", scopes), func(k *keySettings) { k.scopes = scopes })
	case n < 14:
		triggers := pick(r, nil, map[string]string{"why": "a"}, map[string]string{"why": "b"}, map[string]string{"why": "b", "and": "c"})
		unknown := r.IntN(4) == 0
		return change(fmt.Sprintf("rotate_when_changed = %v, not yet known %v", triggers, unknown), func(k *keySettings) { k.triggers, k.unknown = triggers, unknown })
	case n == 14:
		called := pick(r, "worker", "billing")
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
	case n == 23:
		d := pick(r, -time.Minute, time.Hour, 5*days)
		return outside(fmt.Sprintf("%s: the current key is made to end in %s outside", name, d), func(x *trial) { x.shorten(x.id(name), d) })
	case n == 24:
		again := r.IntN(4) > 0
		return outside(fmt.Sprintf("the project is archived, configuration moved to a new one: %v", again), func(x *trial) {
			if !x.parentsGone {
				x.w.Sim.ArchiveProject(x.project)
			}
			x.goneParents(again)
		})
	case n == 25:
		again := r.IntN(4) > 0
		return outside(fmt.Sprintf("the account is deleted, configuration moved to a new one: %v", again), func(x *trial) {
			if !x.parentsGone {
				x.w.Sim.DeleteServiceAccount(x.account)
			}
			x.goneParents(again)
		})
	case n == 26:
		return step{"the configuration moves to a new account", func(_ context.Context, x *trial) error { x.newParents(); return nil }}
	case n == 27:
		access := r.IntN(2) == 0
		return outside(fmt.Sprintf("the account has access: %v", access), func(x *trial) {
			if !x.parentsGone {
				x.w.Sim.SetOwnerAccess(x.account, access)
			}
		})
	default:
		return fault(r)
	}
}

// fault strikes in the next apply.
func fault(r *rand.Rand) step {
	operation := pick(r, openaisim.OpServiceAccountKeysCreate, openaisim.OpServiceAccountKeysCreate, openaisim.OpServiceAccountKeysCreate, openaisim.OpAPIKeysUpdate, openaisim.OpAPIKeysUpdate,
		openaisim.OpAPIKeysDelete, openaisim.OpAPIKeysList, openaisim.OpAPIKeysGet, openaisim.OpProjectsGet)
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
		f = simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StaleList, Lag: 1 + r.IntN(3)}
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
		x.w.Sim.ClearFaults()
		x.w.Sim.Inject(f)
		x.transient, x.lasting, x.hidden = transient, lasting, hidden
		x.w.AttemptTimeout = 0
		if f.Kind == simkit.HangAfter || f.Kind == simkit.HangBefore {
			x.w.AttemptTimeout = 400 * time.Millisecond
		}
		return nil
	}}
}

// settle ends a sequence: without trouble everything comes to rest, and a destroy
// leaves nothing.
func (x *trial) settle(ctx context.Context) error {
	if x.parentsGone {
		x.newParents()
	}
	x.w.Sim.SetOwnerAccess(x.account, true)
	x.hold(2)
	if x.rolledBack { // the way on that the error names, where no newer key was used
		for _, key := range x.keys {
			key.triggers, key.unknown = map[string]string{"why": "settled"}, false
		}
	}
	for range 2 {
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
func play(ctx context.Context, t testing.TB, s surroundings, steps []step, seen *tally) (*trial, error) {
	t.Helper()
	x, err := newTrial(ctx, t, s, seen)
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

// shrink drops steps as long as the sequence still fails.
func shrink[S any](steps []S, fails func([]S) bool) []S {
	for size := max(len(steps)/2, 1); ; {
		shorter := false
		for at := 0; at < len(steps); {
			tried := slices.Delete(slices.Clone(steps), at, min(at+size, len(steps)))
			if fails(tried) {
				steps, shorter = tried, true
				continue
			}
			at += size
		}
		if size == 1 && !shorter {
			return steps
		}
		size = max(size/2, 1)
	}
}

// checkSeed plays the sequence of one seed and prints the shortest failing form of it.
func checkSeed(t *testing.T, seed uint64, seen *tally) {
	t.Helper()
	s, steps := generate(rand.New(rand.NewPCG(seed, 0)))
	_, err := play(t.Context(), t, s, steps, seen)
	if err == nil {
		return
	}
	var shortest *trial
	short := shrink(steps, func(tried []step) bool {
		failed := false
		t.Run("shrink", func(t *testing.T) {
			if x, again := play(t.Context(), t, s, tried, &tally{}); again != nil {
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

// TestProperties plays fixed seeds, or, with ORGKEYS_FUZZTIME, random ones for that
// time. ORGKEYS_FUZZSEED plays one seed again.
func TestProperties(t *testing.T) {
	t.Parallel()
	seen := &tally{}
	if given := os.Getenv("ORGKEYS_FUZZSEED"); given != "" {
		var seed uint64
		if _, err := fmt.Sscan(given, &seed); err != nil {
			t.Fatal(err)
		}
		checkSeed(t, seed, seen)
		return
	}
	if given := os.Getenv("ORGKEYS_FUZZTIME"); given != "" {
		limit, err := time.ParseDuration(given)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		first := rand.Uint64N(1 << 48)
		seed := first
		for ; ctx.Err() == nil && !t.Failed(); seed++ {
			t.Run(fmt.Sprint(seed), func(t *testing.T) { checkSeed(t, seed, seen) })
		}
		t.Logf("seeds %d to %d: %v", first, seed-1, *seen)
		return
	}
	seeds := uint64(120)
	if testing.Short() || slowed {
		seeds = 30
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { checkSeed(t, seed, seen) })
	}
	t.Logf("%v", *seen)
	for _, what := range []string{"clean apply", "rotation planned", "overlap running", "a single fault healed", "state lost", "leftover reported", "plaintext found"} {
		if (*seen)[what] == 0 {
			t.Errorf("no sequence came to: %s", what)
		}
	}
}
