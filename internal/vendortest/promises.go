// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// Sequences that random ones found, or come to too seldom. The checks are the same.

func does(text string, do func(*trial)) step {
	return step{text, func(_ context.Context, x *trial) error { do(x); return nil }}
}

func walks(o run) step {
	return step{o.String(), func(ctx context.Context, x *trial) error { return x.apply(ctx, o) }}
}

// Promises plays sequences that are written out, and checks the promises that follow from
// what the vendor can do.
func Promises(t *testing.T, row Row) {
	t.Run("texts", func(t *testing.T) { texts(t, row) })
	t.Run("sequences", func(t *testing.T) { sequences(t, row) })
	t.Run("lost answers", func(t *testing.T) { lostAnswers(t, row) })
	t.Run("overlap", func(t *testing.T) { overlap(t, row) })
	t.Run("lifetime", func(t *testing.T) { lifetime(t, row) })
	t.Run("name", func(t *testing.T) { name(t, row) })
	t.Run("own arguments", func(t *testing.T) { own(t, row) })
	t.Run("moved to nowhere", func(t *testing.T) { nowhere(t, row) })
	t.Run("leftover", func(t *testing.T) { leftover(t, row) })
	t.Run("put back near its end", func(t *testing.T) { putBackNearItsEnd(t, row) })
	t.Run("young", func(t *testing.T) { young(t, row) })
	t.Run("expiry left out", func(t *testing.T) { leftOut(t, row) })
	t.Run("inventory", func(t *testing.T) { inventory(t, row) })
}

// off are surroundings with this machine's clock off.
func off(d time.Duration) surroundings {
	s := normal()
	s.drift = d
	return s
}

// script is a sequence that is written out.
type script struct {
	in    surroundings
	steps []step
}

func sequences(t *testing.T, row Row) {
	for name, script := range scripts(row) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, err := play(t.Context(), t, row, script.in, script.steps, &tally{})
			if err == nil {
				return
			}
			for _, said := range x.ws.Said {
				x.note("said: %s", said.Text)
			}
			t.Errorf("%v\n%s", err, strings.Join(x.log, "\n"))
		})
	}
}

func scripts(row Row) map[string]script {
	knowing, unlisted := normal(), normal()
	knowing.identities = true
	if at := slices.IndexFunc(row.Oddities, func(o Oddity) bool { return o.EndedUnlisted }); at >= 0 {
		unlisted.odd = at
	}
	refreshed := walks(run{refresh: true})
	trigger := does("a: a trigger changes", func(x *trial) { x.keys["a"].triggers = map[string]string{"why": "z"} })
	lifetime := does("b: gets a lifetime", func(x *trial) { x.keys["b"].lifetime = "70d" })
	unsettled := does("fault: the mint of the first key is cut for good, and so is the look afterwards", func(x *trial) {
		x.w.Engine.Inject(
			simkit.Fault{Operation: row.Operations[Mint], Kind: simkit.CutAfter, Times: 1},
			simkit.Fault{Operation: row.Operations[List], Skip: 1, Kind: simkit.StatusBefore, Status: 403},
		)
		x.lasting = true
	})
	ending := row.Operations[Revoke] // of an old key
	if row.Can.End == keyseries.Later {
		ending = row.Operations[Edit]
	}
	all := map[string]script{
		// The remainder of a failed shortening, asked for by a process that knows no time yet.
		"remainder, clock ahead": {off(4 * time.Minute), []step{refreshed, trigger, does("fault: no shortening", func(x *trial) {
			x.w.Engine.Inject(simkit.Fault{Operation: ending, Kind: simkit.StatusBefore, Status: 500})
			x.lasting = true
		}), refreshed, refreshed}},
		"replaced by hand":                          {normal(), []step{refreshed, walks(run{refresh: true, replace: "a"})}},
		"unsettled create":                          {normal(), []step{unsettled, refreshed, refreshed}},
		"unsettled create, then no refresh":         {knowing, []step{unsettled, refreshed, walks(run{}), refreshed}},
		"unsettled create, then nothing wanted":     {knowing, []step{unsettled, refreshed, does("a: is taken away", func(x *trial) { x.keys["a"].there = false }), refreshed}},
		"unsettled create, not wanted, no refresh":  {normal(), []step{unsettled, refreshed, does("a: is taken away", func(x *trial) { x.keys["a"].there = false }), walks(run{})}},
		"provider killed in rotation, no refresh":   {normal(), []step{refreshed, trigger, walks(run{refresh: true, crash: true}), walks(run{}), refreshed}},
		"provider killed in rotation, then refresh": {knowing, []step{refreshed, trigger, walks(run{refresh: true, crash: true}), refreshed}},
		"provider killed in rotation, then a day passes": {unlisted, []step{
			refreshed, trigger, walks(run{refresh: true, crash: true}), does("26h pass", func(x *trial) { x.w.Advance(26 * time.Hour) }), refreshed,
		}},
		"provider killed in rotation, then the old key is revoked and forgotten": {normal(), []step{
			refreshed, trigger, walks(run{refresh: true, crash: true}), does("revoked outside, and 90 days pass", func(x *trial) {
				x.revoke(x.id("a"))
				x.w.Advance(90 * 24 * time.Hour)
			}), refreshed,
		}},
		"provider killed in rotation, then replaced": {normal(), []step{refreshed, trigger, walks(run{refresh: true, crash: true}), walks(run{replace: "a"}), refreshed}},
	}
	if row.Can.End != keyseries.Never {
		// The first call of the process that applies is the one that depends on the time.
		all["lifetime in place, clock ahead"] = script{off(4 * time.Minute), []step{refreshed, lifetime, refreshed}}
		all["lifetime in place, clock behind"] = script{off(-4 * time.Minute), []step{refreshed, lifetime, refreshed}}
	}
	for _, own := range row.Own {
		if own.Effect != keyresource.InPlace {
			continue
		}
		last := len(own.Values) - 1
		before := does("a: "+own.Name+" is as before", func(x *trial) { x.keys["a"].own[own.Name] = own.Values[last-1] })
		change := does("a: a change of "+own.Name+", whose answer is lost", func(x *trial) {
			x.keys["a"].own[own.Name] = own.Values[last]
			x.w.Engine.Inject(simkit.Fault{Operation: row.Operations[Edit], Kind: simkit.CutAfter})
			x.lasting = true
		})
		all["the answer to a change of "+own.Name+" is lost beside a previous key"] = script{normal(), []step{before, refreshed, trigger, refreshed, change, refreshed, refreshed}}
		all["the answer to a change of "+own.Name+" is lost, then a rotation"] = script{normal(), []step{before, refreshed, change, refreshed, trigger, before, refreshed}}
	}
	if len(row.Losses) > 0 {
		all["provider killed in rotation, then moved"] = script{normal(), []step{
			refreshed, trigger, walks(run{refresh: true, crash: true}), does("the configuration moves to a new place", func(x *trial) { x.newParents() }), walks(run{}), refreshed,
		}}
	}
	return all
}
