// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"fmt"
	"net/http"
	"testing"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// most is what a refresh of [governed] may cost. What has members, and whom roles are assigned to, is
// listed one by one, so 44 is the floor.
const most = 50

// governed is a configuration of 20 groups with 5 members and an assignment each, and of 30 rate limits
// and 10 spend alerts in one project: its objects, parents first, and the path at which others read each.
func (f *fleet) governed() (levels [][]*object, paths []string) {
	f.t.Helper()
	type attributes = map[string]any
	p := f.process()
	all := func(n int, kind string, of func(i int) attributes, path func(i int, o *object) string) []*object {
		made := make([]*object, n)
		f.each(n, func(i int) (err error) {
			made[i], err = p.create(f.t.Context(), "orgkeys_openai_"+kind, of(i))
			return err
		})
		if f.t.Failed() {
			f.t.FailNow()
		}
		for i, one := range made {
			paths = append(paths, "/organization"+path(i, one))
		}
		return made
	}
	const groups, members, limits, alerts = 20, 5, 30, 10
	project := all(1, "project", func(int) attributes { return attributes{"name": "payments"} },
		func(_ int, o *object) string { return "/projects/" + o.id })
	in := project[0].id
	group := all(groups, "group", func(i int) attributes { return attributes{"name": fmt.Sprint("group-", i)} },
		func(_ int, o *object) string { return "/groups/" + o.id })
	users := make([]string, members)
	for i := range users {
		users[i] = f.sim.SeedServiceAccount(in, fmt.Sprint("worker-", i), "member")
	}
	role := f.sim.SeedRecord(openaisim.Record{Kind: "roles", Fields: attributes{"name": "auditor", "description": nil, "permissions": []string{"api.model.read"}, "resource_type": "api.organization", "predefined_role": false}})
	for i := range limits {
		model := fmt.Sprint("model-", i)
		f.sim.SeedRecord(openaisim.Record{Kind: "rate_limits", Parent: in, ID: "rl-" + model, Fields: attributes{"model": model, "max_requests_per_1_minute": 500}})
	}
	children := all(groups*members, "group_member", func(i int) attributes {
		return attributes{"group_id": group[i/members].id, "user_id": users[i%members]}
	}, func(i int, _ *object) string { return "/groups/" + group[i/members].id + "/users/" + users[i%members] })
	children = append(children, all(groups, "role_assignment", func(i int) attributes {
		return attributes{"group_id": group[i].id, "role_id": role}
	}, func(i int, _ *object) string { return "/groups/" + group[i].id + "/roles/" + role })...)
	children = append(children, all(limits, "project_rate_limit", func(i int) attributes {
		return attributes{"project_id": in, "model": fmt.Sprint("model-", i), "max_requests_per_1_minute": i}
	}, func(int, *object) string { return "/projects/" + in + "/rate_limits" })...) // there is no GET of one
	children = append(children, all(alerts, "project_spend_alert", func(i int) attributes {
		return attributes{"project_id": in, "amount": fmt.Sprint(i), "email_recipients": []string{"a@example.com"}}
	}, func(_ int, o *object) string { return "/projects/" + in + "/spend_alerts/" + o.id })...)
	return [][]*object{project, group, children}, paths
}

// A plan reads members, assignments, limits and alerts by the lists of their parents. Others read
// each of them by a request of its own, which is the yardstick.
func TestCallsOfGovernance(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	levels, paths := f.governed()
	f.sim.ResetJournal()
	p := f.process()
	for _, objects := range levels {
		f.each(len(objects), func(i int) error { return p.plan(t.Context(), objects[i]) })
	}
	ours, _ := f.calls()

	f.sim.ResetJournal()
	yardstick := &naive{fleet: f}
	f.each(len(paths), func(i int) error {
		_, err := yardstick.ask(http.MethodGet, paths[i], nil)
		return err
	})
	theirs, _ := f.calls()
	t.Logf("%d calls, one GET each %d", ours, theirs)
	if ours > most || theirs != 181 {
		t.Errorf("%d calls, want at most %d; one GET each are %d, want 181", ours, most, theirs)
	}
}
