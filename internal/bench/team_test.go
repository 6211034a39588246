// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// team applies what examples/scenarios/onboarding/modules/team declares, in one run. Objects
// wait for those whose ids they need and for nothing else, as in Terraform's graph.
func (f *fleet) team(workloads int) (objects int) {
	f.t.Helper()
	p := f.process()
	type fields = map[string]any
	f.governance = append(f.governance, p.together(wanted{projectType, fields{"name": "payments"}}, wanted{"orgkeys_openai_group", fields{"name": "payments-workloads"}}))
	project, group := f.governance[0][0].id, f.governance[0][1].id

	inProject := []wanted{
		{"orgkeys_openai_project_spend_limit", fields{"amount": "500"}},
		{"orgkeys_openai_project_spend_alert", fields{"amount": "450", "email_recipients": []string{"payments@example.com"}}},
		{"orgkeys_openai_project_spend_alert", fields{"amount": "250", "email_recipients": []string{"payments@example.com"}}},
		{"orgkeys_openai_project_model_permissions", fields{"mode": "allow_list", "model_ids": []string{"gpt-4.1", "gpt-4.1-mini"}}},
		{"orgkeys_openai_project_rate_limit", fields{"model": "gpt-4.1", "max_requests_per_1_minute": 60}},
		{"orgkeys_openai_project_role", fields{"name": "payments-workload", "permissions": []string{"api.model.request"}}},
	}
	role := len(inProject) - 1
	inProject = append(inProject, several(workloads, accountType, func(i int) fields {
		return fields{"name": fmt.Sprint("workload-", i), "role": "none"}
	})...)
	for _, one := range inProject {
		one.attributes["project_id"] = project
	}
	second := p.together(inProject...)

	third := []wanted{{"orgkeys_openai_project_group", fields{"project_id": project, "group_id": group, "role_id": second[role].id}}}
	for _, account := range second[role+1:] {
		third = append(third,
			wanted{"orgkeys_openai_group_member", fields{"group_id": group, "user_id": account.id}},
			wanted{keyType, fields{"project_id": project, "service_account_id": account.id, "name": "key", "scopes": []string{"api.model.request"}, "lifetime": "90d", "rotate_after": "60d"}})
	}
	f.governance = append(f.governance, second, p.together(third...))
	for _, some := range f.governance {
		objects += len(some)
	}
	return objects
}

// A team is created in one apply, nothing of it fails, and the next plan is empty, where the API
// takes eight requests a minute and endpoint: the team of the scenario, and one so large that it
// is refused on the way.
func TestTeamAtEightAMinute(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ workloads, objects int }{{2, 15}, {12, 45}} {
		t.Run(fmt.Sprint(size.workloads, " workloads"), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(t)
				f.sim.SetLimits(8, 0)
				began := clock.System().Now()
				if n := f.team(size.workloads); n != size.objects {
					t.Errorf("%d objects, want %d", n, size.objects)
				}
				calls, refused := f.calls()
				t.Logf("apply: %d calls, %d refused, %s", calls, refused, clock.System().Now().Sub(began))
				if (refused > 0) != (size.workloads > 8) {
					t.Errorf("%d calls of the apply were refused", refused)
				}
				if n := len(f.sim.Keys()); n != size.workloads {
					t.Errorf("%d keys, want %d", n, size.workloads)
				}
				for _, key := range f.sim.Keys() {
					if !key.Usable {
						t.Errorf("key %s does not work: its account has no role through the group", key.ID)
					}
				}
				plan := f.measure(f.plan)
				t.Logf("plan: %d calls, %d refused, %s", plan.calls, plan.refused, plan.took)
				if plan.refused > 5 {
					t.Errorf("%d of %d calls of the plan were refused", plan.refused, plan.calls)
				}
			})
		})
	}
}

// The plan of a team is empty also where the server lists in another order, or leaves out what it
// need not show.
func TestTeamReadOtherwise(t *testing.T) {
	t.Parallel()
	omitting := func(names ...string) func(map[string]any) {
		return func(answer map[string]any) {
			rows, _ := answer["data"].([]any)
			for _, row := range append(rows, answer) {
				if fields, ok := row.(map[string]any); ok {
					for _, name := range names {
						delete(fields, name)
					}
				}
			}
		}
	}
	for name, rewrite := range map[string]func(map[string]any){
		"reversed": func(answer map[string]any) {
			for _, field := range []string{"data", "permissions", "model_ids"} {
				if rows, ok := answer[field].([]any); ok {
					slices.Reverse(rows)
				}
			}
		},
		"without what describes": omitting("object", "description", "name", "group_name", "group_type", "email"),
		"without flags":          omitting("is_scim_managed", "predefined_role", "resource_type", "is_service_account", "owner_project_access"),
		"without amounts":        omitting("interval", "currency", "enforcement", "notification_channel", "threshold_amount"),
		"without what is set":    omitting("permissions", "mode", "model_ids", "max_requests_per_1_minute", "max_tokens_per_1_minute"),
		"without sources":        omitting("assignment_sources", "created_by", "metadata", "updated_at"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t)
			f.team(2)
			f.rewrite = rewrite
			f.plan()
		})
	}
}

// What somebody else added beside a team outlives the team's own limits, roles and members.
func TestTeamLeavesStrangers(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.team(2)
	project, group := f.governance[0][0].id, f.governance[0][1].id
	const member = "role-api-project-member"
	before := f.sim.Records("rate_limits")
	strangers := map[string]int{}
	add := func(kind, parent, id string, values map[string]any) {
		strangers[kind]++
		f.sim.SeedRecord(openaisim.Record{Kind: kind, Parent: parent, ID: id, Fields: values})
	}
	jo := f.sim.SeedServiceAccount(project, "stranger", "none")
	add("group_users", group, jo, map[string]any{"name": "stranger", "is_service_account": true})
	add("project_user_roles", project+"/"+jo, member, nil)
	add("project_group_roles", project+"/"+group, member, nil)
	add("project_spend_alerts", project, "", map[string]any{"threshold_amount": 100, "currency": "USD", "interval": "month", "notification_channel": map[string]any{"type": "email", "recipients": []string{"stranger@example.com"}}})
	strangers["project_groups"] = 1 // stays for the role that somebody else gave the group

	p := f.process()
	for _, level := range [][]*object{f.governance[2], f.governance[1]} {
		f.each(len(level), func(i int) error { return p.destroy(t.Context(), level[i]) })
	}
	for _, kind := range []string{"group_users", "project_user_roles", "project_group_roles", "project_spend_alerts", "project_groups", "project_roles"} {
		if left := f.sim.Records(kind); len(left) != strangers[kind] {
			t.Errorf("%s: want what others added, %d, have %v", kind, strangers[kind], left)
		}
	}
	for i, limit := range f.sim.Records("rate_limits") {
		if before[i].Fields["model"] != limit.Fields["model"] || limit.Fields["max_tokens_per_1_minute"] != before[i].Fields["max_tokens_per_1_minute"] {
			t.Errorf("limits of %v: %v", limit.Fields["model"], limit.Fields)
		}
		if limit.Fields["model"] == "gpt-4.1" && fmt.Sprint(limit.Fields["max_requests_per_1_minute"]) != "500" {
			t.Errorf("%v was not written back", limit.Fields)
		}
	}
	if len(f.sim.Keys()) != 0 {
		t.Errorf("keys are left: %v", f.sim.Keys())
	}
}
