// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
)

// The demo's story of every vendor under a real CLI, to the end of the overlap: a secret is
// handed over that works, a rotation overlaps, the old key stops working after it, and
// nothing is left; where keys can only be adopted, one is, and is switched off. The gates see
// all of it: the daily job applies the rotation and the end of the overlap, and nothing else.
// Another vendor, whose credential is there, is sent nothing.
func TestAccStories(t *testing.T) {
	t.Parallel()
	for _, vendor := range simulators.All {
		path := filepath.Join("../demo/stories", vendor.Name+".tf")
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s has no story", vendor.Name)
			continue
		}
		t.Run(vendor.Name, func(t *testing.T) {
			t.Parallel()
			story(t, vendor.Name, read(t, path))
		})
	}
}

func story(t *testing.T, vendor, configuration string) {
	t.Helper()
	w := acctest.OpenRealTime(t)
	sim := w.Simulate(vendor)
	others := map[string]simulators.Simulator{}
	for _, other := range simulators.All {
		if other.Name != vendor {
			others[other.Name] = w.Simulate(other.Name)
		}
	}
	c := w.CLI()
	c.Env = append(c.Env, "ORGKEYS_SEAL_IDENTITY="+w.Identity, "TF_VAR_store="+w.Store)
	// A clock that is minutes off ends no overlap, so this one is short.
	c.Write("main.tf", strings.ReplaceAll(configuration, `"2h"`, `"1m"`))
	if simulators.Adopts(sim) {
		adoption(t, w, c, sim)
	} else {
		rotation(t, w, c, sim)
	}
	for name, other := range others {
		if calls := len(other.Journal()); calls > 0 {
			t.Errorf("%s was sent %d requests", name, calls)
		}
	}
}

// adoption: the key of the sample is adopted as it is, warns of its age, and is switched off
// and archived as configured.
func adoption(t *testing.T, w *acctest.World, c *acctest.CLI, sim simulators.Simulator) {
	t.Helper()
	sim.SeedSample()
	works := func() (all []bool) {
		for _, key := range sim.Summaries() {
			if key.Name == "billing" {
				all = append(all, key.Works)
			}
		}
		return all
	}
	w.Simulated.Advance(time.Minute)
	expect := gates(t, c)
	expect(2, "review.sh", "| adopted |")
	c.Apply()
	if all := works(); !slices.Equal(all, []bool{true}) {
		t.Errorf("after the adoption the key works: %v", all)
	}
	if result := c.Plan(); result.Code != 0 || !strings.Contains(result.Output, "has to be replaced by a user") {
		t.Errorf("the plan ends with %d:\n%s", result.Code, result.Output)
	}
	c.Env = append(c.Env, "TF_VAR_status=inactive")
	expect(2, "review.sh", "| disabled | It is made **inactive**")
	expect(3, "rotate.sh", "changes status")
	c.Apply()
	if all := works(); !slices.Equal(all, []bool{false}) {
		t.Errorf("switched off, the key works: %v", all)
	}
	c.NoChanges()
	expect(2, "review.sh", "is **archived**, for good", "TF_CLI_ARGS_plan=-destroy")
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
	if all := works(); len(all) != 0 {
		t.Errorf("the key is not archived: %v", all)
	}
}

func rotation(t *testing.T, w *acctest.World, c *acctest.CLI, sim simulators.Simulator) {
	t.Helper()
	expect := gates(t, c)
	expect(2, "review.sh", "| created |")
	c.Apply()
	first := w.Stored("payments-worker")
	c.NoChanges()

	c.Env = append(c.Env, "TF_VAR_rotate=somebody left the team")
	expect(2, "review.sh", "\n1 **rotated**.\n")
	expect(0, "rotate.sh", "Apply complete")
	second := w.Stored("payments-worker")
	if second == first || !sim.Valid(first) || !sim.Valid(second) {
		t.Errorf("after the rotation: delivered again %t, old key works %t, new key works %t, want all true", second != first, sim.Valid(first), sim.Valid(second))
	}
	c.NoChanges()

	w.Simulated.Advance(61 * time.Second)
	expect(0, "rotate.sh", "")
	if sim.Valid(first) || !sim.Valid(second) {
		t.Errorf("after the overlap: old key works %t, new key works %t, want only the new one", sim.Valid(first), sim.Valid(second))
	}
	c.NoChanges()
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
	for _, key := range sim.Summaries() {
		if key.Works {
			t.Errorf("key %s works after destroy", key.ID)
		}
	}
}
