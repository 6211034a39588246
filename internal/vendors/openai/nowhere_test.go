// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

// stage is where one object of a kind is configured.
func (s staff) stage(t *testing.T, kind string) *vendortest.Stage {
	t.Helper()
	return vendortest.Begin(t, s.w.For(s.w.Sim.Engine, nil), "orgkeys_openai_"+kind)
}

// An object that is to move to what does not exist stays where it is: its plan fails, and not the
// create after its delete.
func TestObjectsMovedToNowhere(t *testing.T) {
	t.Parallel()
	type object struct {
		kind   string
		config fields
	}
	begin := func(t *testing.T) (staff, []object) {
		t.Helper()
		s := newStaff(t, openaisim.Options{})
		objects := []object{{"service_account", fields{"project_id": s.project, "name": "worker"}}}
		for _, r := range theRuled {
			objects = append(objects, object{r.kind, r.first(s)})
		}
		for _, b := range bounds() {
			first, _, _ := b.of(s.project)
			objects = append(objects, object{b.kind, first})
		}
		return s, objects
	}
	_, all := begin(t)
	played := 0
	for i, one := range all {
		for _, argument := range []string{"project_id", "group_id"} {
			if one.config[argument] == nil {
				continue
			}
			played++
			t.Run(fmt.Sprint(one.kind, " ", i, " ", argument), func(t *testing.T) {
				t.Parallel()
				s, objects := begin(t)
				w := s.stage(t, one.kind)
				config := objects[i].config
				w.Apply(config)
				before := len(s.w.Sim.Journal())
				wrong := maps.Clone(config)
				wrong[argument] = fmt.Sprint(config[argument], "0")
				w.Refused(w.Try(wrong), "does not exist")
				for _, call := range s.w.Sim.Journal()[before:] {
					same(t, "sent "+call.Operation, call.Method, "GET")
				}
				same(t, "quiet", w.Quiet(config), true)
			})
		}
	}
	same(t, "played", played > 15, true)
}

// One 404 of the new place is not believed.
func TestMovedBesideASingleNotFound(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{})
	w := s.stage(t, "service_account")
	w.Apply(fields{"project_id": s.project, "name": "worker"})
	other := s.w.Sim.SeedProject("other")
	s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsGet, Kind: simkit.NotFoundBefore, Times: 1})
	w.Apply(fields{"project_id": other, "name": "worker"})
}
