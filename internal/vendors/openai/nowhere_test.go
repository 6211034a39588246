// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"maps"
	"net/http"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
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
		for _, argument := range []string{"project_id", "group_id", "user_id", "role_id", "email"} {
			if one.config[argument] == nil || one.kind == "invite" { // who is invited need not be there
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
	same(t, "played", played > 25, true)
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

// A role of the former project is none of the new one.
func TestARoleDoesNotMoveAlong(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"project_role_assignment", "project_group"} {
		s := newStaff(t, openaisim.Options{})
		w := s.stage(t, kind)
		config := fields{"project_id": s.project, "role_id": s.inProject, "group_id": s.group}
		w.Apply(config)
		moved := with(config, fields{"project_id": s.w.Sim.SeedProject("other")})
		w.Refused(w.Try(moved), "does not exist", s.inProject)
		vendortest.Same(t, "quiet", w.Quiet(config), true)
	}
}

// A plan that replaces by another role or address says so, another spelling of them moves nothing.
func TestMovedBySpelling(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{Policy: openaisim.Policy{LongRoleIDs: true}})
	s.w.Sim.SeedRecord(openaisim.Record{Kind: "users", Fields: fields{"name": "Kim", "email": "kim@example.com", "role": "reader"}})
	w := s.stage(t, "project_group")
	config := fields{"project_id": s.project, "role_id": "role-api-project-viewer", "group_id": s.group}
	w.Apply(config)
	w.Apply(with(config, fields{"role_id": "role-api-project-viewer__api-project__" + s.project}))
	w.Said()
	w.Apply(with(config, fields{"role_id": "role-api-project-member"}))
	w.Has("will be replaced", "its role_id changes from role-api-project-viewer to role-api-project-member")

	w = s.stage(t, "project_user")
	config = fields{"project_id": s.project, "email": "jo@example.com", "role": "member"}
	w.Apply(config)
	w.Said()
	w.Apply(with(config, fields{"email": "Jo@Example.com"}))
	w.Apply(with(config, fields{"email": "kim@example.com"}))
	w.Has("will be replaced", "its email changes from jo@example.com to kim@example.com")
}

// What cannot be looked for is left to the apply.
func TestMovedToWhatCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind, argument string
		fault          simkit.Fault
	}{
		"roles that cannot be listed": {"project_role_assignment", "role_id", simkit.Fault{Operation: "project_roles.list", Kind: simkit.StatusBefore, Status: http.StatusNotFound}},
		"accounts that are no users":  {"project_role_assignment", "user_id", simkit.Fault{Operation: "users.list", Kind: simkit.Altered, Omit: []string{"is_service_account"}}},
		"users that cannot be read":   {"project_user", "user_id", simkit.Fault{Operation: "users.get", Kind: simkit.StatusBefore, Status: http.StatusForbidden}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStaff(t, openaisim.Options{})
			w := s.stage(t, c.kind)
			config := fields{"project_id": s.project, "user_id": s.jo, "role_id": s.inProject}
			if c.kind == "project_user" {
				config = fields{"project_id": s.project, "user_id": s.jo, "role": "member"}
			}
			w.Apply(config)
			s.w.Sim.Inject(c.fault)
			plan, err := w.Plan(with(config, fields{c.argument: fmt.Sprint(config[c.argument], "0")}))
			if err != nil {
				t.Fatal(err)
			}
			vendortest.Same(t, "planned", plan.Changes["x"].Action, protocol.DeleteThenCreate)
		})
	}
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

// What the same apply created is there, whatever a read of it says so soon: who moves to it asks nothing.
func TestMovedToWhatTheSameApplyCreated(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		made     string // the kind that is created
		argument string
		config   func(s staff) fields
	}{
		"group_member":    {"service_account", "user_id", func(s staff) fields { return fields{"group_id": s.group, "user_id": s.account} }},
		"role_assignment": {"service_account", "user_id", func(s staff) fields { return fields{"role_id": s.role, "user_id": s.account} }},
		"project_role_assignment": {"group", "group_id", func(s staff) fields {
			return fields{"project_id": s.project, "role_id": s.inProject, "group_id": s.group}
		}},
		"project_rate_limit": {"project", "project_id", func(s staff) fields {
			return fields{"project_id": s.project, "model": "gpt-4.1", "max_requests_per_1_minute": 5}
		}},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newStaff(t, openaisim.Options{})
			before := s.stage(t, kind)
			before.Apply(c.config(s))
			made := ruled{kind: c.made, first: func(s staff) fields {
				if c.made == "service_account" {
					return fields{"project_id": s.project, "name": "next"}
				}
				return fields{"name": "next"}
			}}
			r := &run{t: t, staff: s}
			all := r.together(made, ruled{kind: kind, first: c.config})
			all[1].Current = before.State.State["x"].Current
			if err := all[0].create(); err != nil {
				t.Fatal(err)
			}
			began := s.w.Clock.Now()
			s.w.Sim.Inject(simkit.Fault{Operation: "users.get", Kind: simkit.NotFoundBefore}, simkit.Fault{Operation: "groups.get", Kind: simkit.NotFoundBefore}, simkit.Fault{Operation: openaisim.OpProjectsGet, Kind: simkit.NotFoundBefore})
			s.w.Sim.ResetJournal()
			all[1].want.Attributes = with(c.config(s), fields{c.argument: all[0].Current.Attributes()["id"]})
			change, err := all[1].PlanChange(t.Context(), all[1].Current, all[1].want)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "planned", change.Action, protocol.DeleteThenCreate)
			same(t, "waited", s.w.Clock.Now().Sub(began) > 0, false)
			reads := map[string]string{"service_account": "users.get", "group": "groups.get", "project": openaisim.OpProjectsGet}[c.made]
			same(t, reads, s.w.Sim.Count(reads), 0)
		})
	}
}

// Twenty that move to one account ask for it once (the CLI plans the first of them twice), and then for a list.
func TestManyMovedToOne(t *testing.T) {
	t.Parallel()
	for name, reads := range map[string]int{"listed": 2, "not listed": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStaff(t, openaisim.Options{})
			other := s.w.Sim.SeedServiceAccount(s.project, "other", "none")
			w, all, moved := s.stage(t, "group_member"), map[string]fields{}, map[string]fields{}
			for i := range 20 {
				group := s.w.Sim.SeedRecord(openaisim.Record{Kind: "groups", Fields: fields{"name": fmt.Sprint("g", i), "is_scim_managed": false, "group_type": "group"}})
				all[group] = fields{"group_id": group, "user_id": s.account}
				moved[group] = fields{"group_id": group, "user_id": other}
			}
			if err := w.TryAll(all); err != nil {
				t.Fatal(err)
			}
			if name == "not listed" {
				s.w.Sim.Inject(simkit.Fault{Operation: "users.get", Kind: simkit.NotFoundBefore}, simkit.Fault{Operation: "users.list", Kind: simkit.Altered, Omit: []string{"is_service_account"}})
			}
			s.w.Sim.ResetJournal()
			if _, err := w.PlanAll(moved); err != nil {
				t.Fatal(err)
			}
			same(t, "users", []int{s.w.Sim.Count("users.get"), s.w.Sim.Count("users.list")}, []int{reads, 1})
		})
	}
}
