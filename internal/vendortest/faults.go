// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"fmt"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// Survives: no answer to a read that may be another organization's, or a gateway's, takes an
// object out of state; each is an error. begin gives a stage and a configuration; lone is done
// after its apply, so that the operation reads the object next.
func Survives(t *testing.T, operation string, begin func(t *testing.T) (s *Stage, config Settings, lone func())) {
	t.Helper()
	survives(t, operation, append(unusable, simkit.Fault{Kind: simkit.NotFoundBefore}), begin)
}

// unusable are reads that show nothing of an object.
var unusable = []simkit.Fault{
	{Kind: simkit.StatusBefore, Status: 401}, {Kind: simkit.StatusBefore, Status: 403}, {Kind: simkit.StatusBefore, Status: 500},
	{Kind: simkit.Crossed}, {Kind: simkit.HTML}, {Kind: simkit.BlockPage}, {Kind: simkit.Echo}, {Kind: simkit.Altered, Omit: []string{"id"}},
	{Kind: simkit.Altered, Set: map[string]any{"created_at": "1970-01-01T00:00:00Z"}},
}

func survives(t *testing.T, operation string, faults []simkit.Fault, begin func(t *testing.T) (s *Stage, config Settings, lone func())) {
	t.Helper()
	for _, fault := range faults {
		t.Run(fmt.Sprint(fault.Kind, fault.Status, len(fault.Set)), func(t *testing.T) {
			t.Parallel()
			s, config, lone := begin(t)
			id := s.Apply(config)["id"]
			lone()
			s.Advance(2 * time.Minute) // a young object is looked for again
			fault.Operation = operation
			s.Engine.Inject(fault)
			if _, err := s.Plan(config); err == nil {
				t.Error("no error")
			}
			Same(t, "state", s.Attributes()["id"], id)
		})
	}
}

// Omits: fields that all answers lack cost no error, no inconsistency, and no change once they
// are there again.
func Omits(t *testing.T, begin func(t *testing.T) (*Stage, Settings), fields ...string) {
	t.Helper()
	for _, field := range fields {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			s, config := begin(t)
			s.Engine.Inject(simkit.Fault{Kind: simkit.Altered, Omit: []string{field}})
			s.Apply(config)
			s.Engine.ClearFaults()
			Same(t, "quiet", s.Quiet(config), true)
		})
	}
}

// Adopts holds the adoption of many objects, which needs a list and a change of each, to its
// number of calls; so many pages has the list. A plan costs its pages, too.
func Adopts(s *Stage, pages int, all map[string]Settings) {
	s.T.Helper()
	want := configured(all)
	for step, most := range []int{pages, pages + len(all), pages} {
		s.Engine.ResetJournal()
		plan, err := s.State.Plan(s.T.Context(), want, true)
		if step == 1 && err == nil {
			s.Engine.ResetJournal()
			err = s.State.Apply(s.T.Context(), plan, want)
		}
		if err != nil {
			s.T.Fatal(err)
		}
		if calls := s.Engine.Count(""); calls > most {
			s.T.Errorf("step %d: %d calls, want at most %d", step, calls, most)
		}
	}
}
