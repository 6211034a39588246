// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
)

// The demo's story of every vendor under a real CLI, to the end of the overlap: a secret is
// handed over that works, a rotation overlaps, the old key stops working after it, and
// nothing is left. Another vendor, whose credential is there, is sent nothing.
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
	c.Apply()
	first := w.Stored("payments-worker")
	c.NoChanges()

	c.Env = append(c.Env, "TF_VAR_rotate=somebody left the team")
	c.Apply()
	second := w.Stored("payments-worker")
	if second == first || !sim.Valid(first) || !sim.Valid(second) {
		t.Errorf("after the rotation: delivered again %t, old key works %t, new key works %t, want all true", second != first, sim.Valid(first), sim.Valid(second))
	}
	c.NoChanges()

	w.Simulated.Advance(61 * time.Second)
	c.Apply()
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
	for name, other := range others {
		if calls := len(other.Journal()); calls > 0 {
			t.Errorf("%s was sent %d requests", name, calls)
		}
	}
}
