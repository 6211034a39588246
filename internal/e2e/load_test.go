// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

const overlap = 25 * time.Second

// vendors are those with key series, by the names of their blocks.
func vendors(t *testing.T) (names []string) {
	t.Helper()
	for _, one := range acctest.SeriesTypes(t) {
		if name := strings.Split(one, "_")[1]; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// A workload that polls Vault has no request refused, however often the key rotates: on every
// road, and at every vendor.
func TestRotationsUnderLoad(t *testing.T) {
	t.Parallel()
	for _, r := range roads {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			underLoad(t, aSite(t, r), "OpenAI, "+r.name, 10)
		})
	}
	for _, vendor := range vendors(t) {
		if vendor != "openai" {
			t.Run(vendor, func(t *testing.T) {
				t.Parallel()
				underLoad(t, aSiteOf(t, roads[0], vendor), vendor, 5)
			})
		}
	}
}

func underLoad(t *testing.T, s *site, name string, rotations int) {
	t.Helper()
	s.set("TF_VAR_overlap", overlap.String())
	s.apply()
	o := work(t, s)
	key := s.works()
	for i := range rotations {
		s.set("TF_VAR_rotate", fmt.Sprint("rotation ", i+1))
		s.apply()
		before := key
		key = s.works(before) // and the one before that is over, at the latest with this apply
		o.until("it uses the new key", func(seen tally) bool { return seen.key == key })
		o.pollsAgain()
		s.w.Simulated.Advance(overlap) // the clocks stay within the five minutes
		o.pollsAgain()
	}
	// Where the vendor does not end the last previous key by itself, the next apply does.
	s.set("ORGKEYS_SEAL_IDENTITY", s.w.Identity)
	s.must("apply", "-auto-approve", "-no-color")
	s.works()
	o.pollsAgain()
	seen := o.tally()
	generation := s.output("generation")
	t.Logf("measured: %s: %d requests, %d refused, %d keys for %s generations; %d polls, %d without an answer",
		name, seen.requests, seen.refused, seen.keys, generation, seen.polls, seen.failedPolls)
	if seen.refused != 0 || seen.failedPolls != 0 {
		t.Errorf("requests were refused, or polls unanswered: %s", seen)
	}
	if seen.keys != rotations+1 || seen.requests < 10*rotations {
		t.Errorf("the workload did not live through %d rotations: %s", rotations, seen)
	}
	s.minted(rotations + 1)
	if generation != fmt.Sprint(rotations+1) {
		t.Errorf("generation %s after %d rotations", generation, rotations)
	}
	if writes := s.v.writes(); writes != rotations+1 {
		t.Errorf("Vault was written %d times, want %d", writes, rotations+1)
	}
}

// Without an overlap the same workload is refused: each way to measure can fail.
func TestRotationWithoutOverlapIsNoticed(t *testing.T) {
	t.Parallel()
	for vendor, ends := range map[string]string{"openai": openaisim.OpAPIKeysDelete, "openrouter": openroutersim.OpDeleteKey} {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			withoutOverlap(t, aSiteOf(t, roads[0], vendor), vendor, ends)
		})
	}
}

func withoutOverlap(t *testing.T, s *site, vendor, ends string) {
	t.Helper()
	s.set("TF_VAR_overlap", "0s")
	s.apply()
	o := work(t, s)
	first := s.works()
	o.until("it uses the first key", func(seen tally) bool { return seen.key == first && seen.requests > 0 })
	// However busy the machine is: the revocation is answered when the workload has met it.
	var met atomic.Bool
	s.sim.(interface{ Inject(...simkit.Fault) }).Inject(simkit.Fault{Operation: ends, Times: 1, Kind: simkit.Delay, Notify: func() {
		met.Store(o.comes(func(seen tally) bool { return seen.refused > 0 }))
	}})
	s.set("TF_VAR_rotate", "second")
	s.apply()
	second := s.works()
	o.until("it uses the second key", func(seen tally) bool { return seen.key == second })
	seen := o.tally()
	t.Logf("measured: %s, 1 rotation with overlap 0s: %s", vendor, seen)
	if !met.Load() || seen.refused == 0 {
		t.Error("no request was refused, so the workload would not notice a gap")
	}
}
