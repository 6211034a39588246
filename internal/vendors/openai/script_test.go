// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// Sequences that random ones found, or come to too seldom. The checks are the same.

func does(text string, do func(*trial)) step {
	return step{text, func(_ context.Context, x *trial) error { do(x); return nil }}
}

func walks(o run) step {
	return step{o.String(), func(ctx context.Context, x *trial) error { return x.apply(ctx, o) }}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	refreshed := walks(run{refresh: true})
	trigger := does("a: a trigger changes", func(x *trial) { x.keys["a"].triggers = map[string]string{"why": "z"} })
	lifetime := does("b: gets a lifetime", func(x *trial) { x.keys["b"].lifetime = "70d" })
	unsettled := does("fault: the mint of the first key is cut for good, and so is the look afterwards", func(x *trial) {
		x.w.Sim.Inject(
			simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.CutAfter, Times: 1},
			simkit.Fault{Operation: openaisim.OpAPIKeysList, Skip: 1, Kind: simkit.StatusBefore, Status: 403},
		)
		x.lasting = true
	})
	for name, script := range map[string]struct {
		in    surroundings
		steps []step
	}{
		// The first call of the process that applies is the one that depends on the time.
		"lifetime in place, clock ahead":  {surroundings{drift: 4 * time.Minute}, []step{refreshed, lifetime, refreshed}},
		"lifetime in place, clock behind": {surroundings{drift: -4 * time.Minute}, []step{refreshed, lifetime, refreshed}},
		// The remainder of a failed shortening, asked for by a process that knows no time yet.
		"remainder, clock ahead": {surroundings{drift: 4 * time.Minute}, []step{refreshed, trigger, does("fault: no shortening", func(x *trial) {
			x.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.StatusBefore, Status: 500})
			x.lasting = true
		}), refreshed, refreshed}},
		"replaced by hand":                          {surroundings{}, []step{refreshed, walks(run{refresh: true, replace: "a"})}},
		"unsettled create":                          {surroundings{}, []step{unsettled, refreshed, refreshed}},
		"unsettled create, then no refresh":         {surroundings{identities: true}, []step{unsettled, refreshed, walks(run{}), refreshed}},
		"unsettled create, then nothing wanted":     {surroundings{identities: true}, []step{unsettled, refreshed, does("a: is taken away", func(x *trial) { x.keys["a"].there = false }), refreshed}},
		"unsettled create, not wanted, no refresh":  {surroundings{}, []step{unsettled, refreshed, does("a: is taken away", func(x *trial) { x.keys["a"].there = false }), walks(run{})}},
		"provider killed in rotation, no refresh":   {surroundings{}, []step{refreshed, trigger, walks(run{refresh: true, crash: true}), walks(run{}), refreshed}},
		"provider killed in rotation, then refresh": {surroundings{identities: true}, []step{refreshed, trigger, walks(run{refresh: true, crash: true}), refreshed}},
		"provider killed in rotation, then a day passes": {surroundings{policy: openaisim.Policy{ExpiredKeysUnlisted: true}}, []step{
			refreshed, trigger, walks(run{refresh: true, crash: true}), does("26h pass", func(x *trial) { x.w.Advance(26 * time.Hour) }), refreshed,
		}},
		"provider killed in rotation, then the old key is revoked and forgotten": {surroundings{}, []step{
			refreshed, trigger, walks(run{refresh: true, crash: true}), does("revoked outside, and 90 days pass", func(x *trial) {
				x.revoke(x.id("a"))
				x.w.Advance(90 * 24 * time.Hour)
			}), refreshed,
		}},
		"provider killed in rotation, then replaced": {surroundings{}, []step{refreshed, trigger, walks(run{refresh: true, crash: true}), walks(run{replace: "a"}), refreshed}},
		"provider killed in rotation, then moved":    {surroundings{}, []step{refreshed, trigger, walks(run{refresh: true, crash: true}), does("the configuration moves to a new account", func(x *trial) { x.newParents() }), walks(run{}), refreshed}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, err := play(t.Context(), t, script.in, script.steps, &tally{})
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
