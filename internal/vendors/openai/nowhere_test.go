// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"maps"
	"net/http"
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
				staysWhereItIs(s.stage(t, one.kind), objects[i].config, argument)
			})
		}
	}
	same(t, "played", played > 15, true)
}

func TestFederationRuleMovedToNowhere(t *testing.T) {
	t.Parallel()
	for _, argument := range []string{"workload_identity_provider_id", "project_id", "service_account_id"} {
		s := newIdentityScene(t, openaisim.Options{})
		staysWhereItIs(vendortest.Begin(t, s.For(s.Sim.Engine, nil), ruleType), identityRows[1].least(s), argument)
	}
}

// staysWhereItIs creates an object, and moves it to what does not exist.
func staysWhereItIs(w *vendortest.Stage, config fields, argument string) {
	w.T.Helper()
	w.Apply(config)
	before := len(w.Engine.Journal())
	wrong := maps.Clone(config)
	wrong[argument] = fmt.Sprint(config[argument], "0")
	w.Refused(w.Try(wrong), "does not exist")
	for _, call := range w.Engine.Journal()[before:] {
		vendortest.Same(w.T, "sent "+call.Operation, call.Method, http.MethodGet)
	}
	vendortest.Same(w.T, "quiet", w.Quiet(config), true)
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
