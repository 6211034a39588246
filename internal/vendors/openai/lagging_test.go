// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// A list of roles that lags behind takes no role for lost: it would stay beside the next one.
func TestALaggingRoleOfAProjectGroup(t *testing.T) {
	t.Parallel()
	r := called(t, "project group").start(t, openaisim.Options{})
	r.w.Sim.Inject(simkit.Fault{Operation: "project_group_roles.list", Kind: simkit.StaleList, Lag: 3})
	first, second := r.first(r.staff), r.first(r.staff)
	second["role_id"] = "role-api-project-viewer"
	r.apply(first)
	r.planned(second, protocol.DeleteThenCreate)
	r.apply(second)
	if left := r.w.Sim.Records("project_group_roles"); len(left) != 1 || left[0].ID != "role-api-project-viewer" {
		t.Errorf("the group has %v", left)
	}
	if err := r.destroy(); err != nil {
		t.Fatal(err)
	}
	r.there(0)
}

// A list that still shows what this apply has just deleted does not stop its replacement.
func TestAReplacementBesideALaggingList(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]func(*run) fields{
		"member":                  func(r *run) fields { return fields{"id": r.account, "name": "worker"} },
		"project role of a group": func(r *run) fields { return fields{"id": r.inProject, "name": "seeded"} },
		"project group":           func(r *run) fields { return fields{"group_id": r.group, "group_name": "team"} },
		"project user":            func(r *run) fields { return fields{"id": r.jo, "role": "member"} },
		"invite": func(r *run) fields {
			return fields{"id": r.state()["id"], "email": r.state()["email"], "role": "reader", "status": "pending"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := called(t, name).start(t, openaisim.Options{})
			values := r.first(r.staff)
			r.apply(values)
			again := map[string]protocol.Settings{"it": {Attributes: values, Replace: true}}
			plan, err := r.ws.Plan(t.Context(), again, true)
			if err != nil {
				t.Fatal(err)
			}
			list, err := json.Marshal(fields{"object": "list", "data": []any{row(r)}, "has_more": false})
			if err != nil {
				t.Fatal(err)
			}
			r.w.Sim.Inject(simkit.Fault{Operation: r.record + ".list", Kind: simkit.HTML, Body: string(list), ContentType: "application/json"})
			if err := r.ws.Apply(t.Context(), plan, again); err != nil {
				t.Fatal(err)
			}
			r.w.Sim.ClearFaults()
			r.there(1)
			r.quiet(values)
		})
	}
}

// What was created a moment ago may be missing to another process: a plan does not create it again, and
// a destroy does not leave it behind.
func TestGovernanceThatIsNotShownYet(t *testing.T) {
	t.Parallel()
	everyGovernance(t, func(g *governance) {
		if g.always {
			return
		}
		g.sim.Inject(
			simkit.Fault{Operation: g.record + ".list", Kind: simkit.StaleList, LagTime: 5 * time.Second},
			simkit.Fault{Operation: g.record + ".get", Kind: simkit.StaleGet, LagTime: 5 * time.Second},
		)
		if err := g.apply(); err != nil {
			g.t.Fatal(err)
		}
		g.settled()
		g.destroy(true)
		g.has(0)
		if err := g.apply(); err != nil {
			g.t.Fatal(err)
		}
		g.sim.Inject(simkit.Fault{Operation: g.record + ".delete", Kind: simkit.NotFoundBefore, Times: 1})
		g.destroy(false)
		g.has(0)
	})
}

// So may a setting.
func TestSettingsThatAreNotShownYet(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *limited, b bound) {
		if b.list {
			return
		}
		first, _, _ := b.of(w.project)
		w.Apply(first)
		late := func(operation string, times int) {
			w.sim.Inject(simkit.Fault{Operation: b.operations + operation, Kind: simkit.NotFoundBefore, Times: times})
		}
		late(".get", 3)
		w.Said()
		if !w.Quiet(first) {
			t.Errorf("a plan is not quiet: %s", w.Said())
		}
		if b.stays || b.kind == "project_data_retention" {
			return // no destroy removes it
		}
		w.sim.ClearFaults()
		late(".delete", 1)
		late(".get", 2)
		plan, err := w.State.PlanDestroyAll(t.Context(), nil, false)
		if err == nil {
			err = w.Carry(plan, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		project, _ := first["project_id"].(string)
		same(t, "left", len(w.sim.Setting(b.operations, project)), 0)
	})
}

// So may what the answer to its create showed without a time.
func TestGovernanceWithoutATime(t *testing.T) {
	t.Parallel()
	everyGovernance(t, func(g *governance) {
		if g.always {
			return
		}
		g.sim.Inject(
			simkit.Fault{Operation: g.record + ".create", Kind: simkit.Altered, Omit: []string{"created_at"}},
			simkit.Fault{Operation: g.record + ".list", Kind: simkit.StaleList, LagTime: 5 * time.Second},
			simkit.Fault{Operation: g.record + ".get", Kind: simkit.StaleGet, LagTime: 5 * time.Second},
		)
		if err := g.apply(); err != nil {
			g.t.Fatal(err)
		}
		g.sim.Inject(simkit.Fault{Operation: g.record + ".delete", Kind: simkit.NotFoundBefore, Times: 1})
		g.destroy(true)
		g.has(0)
	})
}

// A young key of another run that a change and reads do not find yet is not taken for revoked.
func TestAYoungKeyThatIsChanged(t *testing.T) {
	t.Parallel()
	w := limit(t, keyType, openaisim.Options{})
	config := fields{"project_id": w.project, "service_account_id": w.sim.SeedServiceAccount(w.project, "worker", "member"), "name": "worker", "lifetime": "30d"}
	id := w.Apply(config)["id"]
	w.sim.Inject(
		simkit.Fault{Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.NotFoundBefore, Times: 1},
		simkit.Fault{Operation: openaisim.OpAPIKeysGet, Kind: simkit.NotFoundBefore, Times: 2},
	)
	config["lifetime"] = "60d"
	same(t, "changed", []any{w.Try(config), w.Attributes()["id"], len(w.sim.Keys())}, []any{nil, id, 1})
}
