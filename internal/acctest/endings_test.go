// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
	anthropicsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/sim"
	elevenlabssim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/sim"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

// as is a vendor's own simulator.
func as[S simulators.Simulator](t *testing.T, sim simulators.Simulator) S {
	t.Helper()
	own, ok := sim.(S)
	if !ok {
		t.Fatalf("the simulator is a %T", sim)
	}
	return own
}

// ending is what the plan says that destroys an object.
type ending struct {
	config map[string]any
	// replaced is a change of the configuration that replaces what cannot be had back; nil = none
	// does.
	replaced map[string]any
	// what and loss are in the warning about what cannot be had back: "will be archived" and a
	// part of why it matters. Without them, back is why the object can be had back as it was.
	what, loss, back string
	// before happens to what was created.
	before func(state map[string]any)
}

const appliedAgain = "the same configuration, applied again, gives the same"

// endings has a row for each resource of the provider.
func (o organizations) endings(t *testing.T) map[string]ending {
	t.Helper()
	type values = map[string]any
	openrouter, litellm := as[*openroutersim.Server](t, o.all["openrouter"]), as[*litellmsim.Server](t, o.all["litellm"])
	elevenlabs, anthropic := as[*elevenlabssim.Server](t, o.all["elevenlabs"]), as[*anthropicsim.Server](t, o.all["anthropic"])
	adopted := func(name string) string {
		id, _ := anthropic.SeedKey(anthropicsim.Key{Name: name, Principal: "svac_worker"})
		return id
	}
	other := o.openai.SeedProject("other")
	account := o.openai.SeedServiceAccount(other, "other", "member")
	seed := func(kind, parent string, fields values) string {
		return o.openai.SeedRecord(openaisim.Record{Kind: kind, Parent: parent, Fields: fields})
	}
	user := func(name string) string {
		return seed("users", "", values{"name": name, "email": name + "@example.com", "role": "reader"})
	}
	custom := values{"name": "callers", "description": nil, "permissions": []string{"api.model.read"}, "predefined_role": false, "resource_type": "api.project"}
	role, projectRole := seed("roles", "", custom), seed("project_roles", o.project, custom)
	inProject := func(config values) values {
		config["project_id"] = o.project
		return config
	}
	toOther := values{"project_id": other}
	setting := func(config values, what, loss string) ending {
		return ending{config: inProject(config), replaced: toOther, what: what, loss: loss}
	}
	key := func(config, replaced values) ending {
		config["name"] = "ending"
		return ending{config: config, replaced: replaced, what: "will be revoked", loss: "stops working at once"}
	}
	provider := values{"name": "ending", "issuer": "https://issuer.example.com", "audience": "ending"}
	rules := seed("workload_identity_providers", "", values{"name": "rules", "issuer": "https://issuer.example.com", "audience": "rules"})
	return map[string]ending{
		"orgkeys_openai_project": {config: values{"name": "ending"}, what: "will be archived", loss: "cannot be undone"},
		"orgkeys_openai_service_account": {
			config: inProject(values{"name": "ending", "role": "member"}), replaced: toOther, what: "will be deleted with its keys", loss: "stop working at once",
			before: func(state values) {
				o.openai.SeedKey(openaisim.KeySpec{AccountID: fmt.Sprint(state["id"]), Name: "by hand"})
			},
		},
		"orgkeys_openai_api_key":                         key(inProject(values{"service_account_id": o.account}), values{"project_id": other, "service_account_id": account}),
		"orgkeys_openai_admin_key":                       key(values{}, nil),
		"orgkeys_openai_group":                           {config: values{"name": "ending"}, what: "will be deleted", loss: "another id"},
		"orgkeys_openai_group_member":                    {config: values{"group_id": o.group, "user_id": user("ann")}, back: appliedAgain},
		"orgkeys_openai_role":                            {config: values{"name": "ending", "permissions": []string{"api.model.read"}}, what: "will be deleted", loss: "another id"},
		"orgkeys_openai_project_role":                    {config: inProject(values{"name": "ending", "permissions": []string{"api.model.read"}}), replaced: toOther, what: "will be deleted", loss: "another id"},
		"orgkeys_openai_role_assignment":                 {config: values{"role_id": role, "group_id": o.group}, back: appliedAgain},
		"orgkeys_openai_project_role_assignment":         {config: inProject(values{"role_id": projectRole, "user_id": o.account}), back: appliedAgain},
		"orgkeys_openai_project_group":                   {config: inProject(values{"group_id": o.group, "role_id": projectRole}), back: appliedAgain},
		"orgkeys_openai_project_user":                    {config: inProject(values{"user_id": user("bob"), "role": "member"}), back: appliedAgain},
		"orgkeys_openai_user_role":                       {config: values{"user_id": user("cyd"), "role": "reader"}, replaced: values{"user_id": user("fay")}, what: "is only forgotten", loss: "stays"},
		"orgkeys_openai_invite":                          {config: values{"email": "dan@example.com", "role": "reader"}, replaced: values{"email": "gil@example.com"}, back: "an invitation can be sent again"},
		"orgkeys_openai_project_rate_limit":              setting(values{"model": "gpt-4.1", "max_requests_per_1_minute": 7}, "gets back its former values", "= 500"),
		"orgkeys_openai_project_model_permissions":       {config: inProject(values{"mode": "allow_list", "model_ids": []string{"gpt-4.1"}}), back: appliedAgain},
		"orgkeys_openai_project_hosted_tool_permissions": setting(values{"mcp": false}, "stays as it is", "no longer manages them"),
		"orgkeys_openai_project_service_tiers":           setting(values{"default": "standard", "enabled_tiers": []string{"flex"}}, "stays as it is", "no longer manages them"),
		"orgkeys_openai_project_spend_limit":             {config: inProject(values{"amount": "5"}), back: appliedAgain},
		"orgkeys_openai_spend_limit":                     {config: values{"amount": "5"}, back: appliedAgain},
		"orgkeys_openai_project_spend_alert":             {config: inProject(values{"amount": "4", "email_recipients": []string{"eve@example.com"}}), back: appliedAgain},
		"orgkeys_openai_spend_alert":                     {config: values{"amount": "4", "email_recipients": []string{"eve@example.com"}}, back: appliedAgain},
		"orgkeys_openai_project_data_retention":          {config: inProject(values{"type": "zero_data_retention"}), back: appliedAgain},
		"orgkeys_openai_data_retention":                  {config: values{"type": "zero_data_retention"}, what: "stays as it is", loss: "no longer manages it"},
		"orgkeys_openai_workload_identity_provider":      {config: provider, what: "will be deleted", loss: "gets another one"},
		"orgkeys_openai_federation_rule": {
			config: inProject(values{"workload_identity_provider_id": rules, "service_account_id": o.account, "attribute_matchers": map[string]string{"sub": "x"}}),
			back:   "workloads name the provider, not the rule: " + appliedAgain,
		},
		"orgkeys_openrouter_workspace":       {config: values{"name": "ending", "slug": "ending"}, what: "will be deleted", loss: "budgets and guardrails"},
		"orgkeys_openrouter_api_key":         key(values{}, values{"workspace_id": openrouter.SeedWorkspace("other", "other")}),
		"orgkeys_litellm_key":                key(values{"team_id": litellm.SeedTeam("one")}, values{"team_id": litellm.SeedTeam("other")}),
		"orgkeys_elevenlabs_service_account": {config: values{"name": "ending"}, what: "will be forgotten, not deleted", loss: "cannot delete"},
		"orgkeys_elevenlabs_api_key":         key(values{"permissions": []string{"all"}, "service_account_id": elevenlabs.SeedAccount("one")}, values{"service_account_id": elevenlabs.SeedAccount("other")}),
		"orgkeys_anthropic_workspace":        {config: values{"name": "ending"}, what: "will be archived", loss: "cannot be undone"},
		"orgkeys_anthropic_api_key":          {config: values{"id": adopted("one"), "on_destroy": "archive"}, replaced: values{"id": adopted("other")}, what: "will be archived", loss: "final"},
	}
}

// it is the name of the one object of a workspace.
const it = "it"

// losing is one object of a table, in a workspace of its own.
type losing struct {
	*testing.T
	*protocol.Workspace
	row ending
}

func (l losing) want(more map[string]any) map[string]protocol.Settings {
	config := maps.Clone(l.row.config)
	maps.Copy(config, more)
	return map[string]protocol.Settings{it: {Attributes: config}}
}

// create applies the configuration; false when that failed.
func (l losing) create() bool {
	l.Helper()
	plan, err := l.Plan(l.Context(), l.want(nil), true)
	if err == nil {
		err = l.Apply(l.Context(), plan, l.want(nil))
	}
	if err != nil {
		l.Errorf("%s: %v", l.TypeName(), err)
		return false
	}
	if l.row.before != nil {
		l.row.before(l.State[it].Current.Attributes())
	}
	l.Said = nil
	return true
}

// destroy plans it, and checks what is said of the loss.
func (l losing) destroy() {
	l.Helper()
	if _, err := l.PlanDestroyAll(l.Context(), nil, false); err != nil {
		l.Errorf("%s: %v", l.TypeName(), err)
		return
	}
	if l.row.what == "" {
		if l.row.back == "" || len(l.Said) > 0 {
			l.Errorf("%s can be had back because %q, and the plan to destroy it says %v", l.TypeName(), l.row.back, l.Said)
		}
		return
	}
	l.warns(l.row.what, l.row.loss)
}

// replace plans a replacement, where a change of the configuration is one.
func (l losing) replace() {
	l.Helper()
	l.Said = nil
	if l.row.replaced == nil {
		return
	}
	plan, err := l.Plan(l.Context(), l.want(l.row.replaced), true)
	if err != nil {
		l.Errorf("%s: %v", l.TypeName(), err)
		return
	}
	if action := plan.Changes[it].Action; action != protocol.DeleteThenCreate {
		l.Errorf("%s: planned to %s", l.TypeName(), action)
	}
	loss := l.row.loss
	if l.row.what == "will be revoked" {
		loss = "The current key and the previous ones are revoked"
	}
	l.warns("will be replaced", loss)
}

// warns checks that one warning names the object in its summary and says what is lost.
func (l losing) warns(what, loss string) {
	l.Helper()
	var found []string
	for _, said := range l.Said {
		if object, detail, is := strings.Cut(said.Text, " "+what+": "); is && !said.Error && l.names(object) && strings.Contains(detail, loss) {
			found = append(found, said.Text)
		}
	}
	if len(found) != 1 {
		l.Errorf("%s: %d warnings say that it %s, and %q; there is %v", l.TypeName(), len(found), what, loss, l.Said)
	}
}

// names says whether a summary has a part of the identity of the object.
func (l losing) names(summary string) bool {
	for name, value := range l.State[it].Current.Attributes() {
		if (name == "id" || strings.HasSuffix(name, "_id") || name == "model") && value != nil && strings.Contains(summary, fmt.Sprint(value)) {
			return true
		}
	}
	return false
}

// A plan that loses for good what it destroys or replaces warns, names the object and says what
// is lost; of every resource it is known which it is.
func TestEveryLossIsAnnounced(t *testing.T) {
	t.Parallel()
	o := newOrganizations(t)
	rows := o.endings(t)
	for _, kind := range o.resources(t) {
		row, has := rows[kind]
		if !has {
			t.Errorf("%s has no row in the table of endings", kind)
			continue
		}
		ws, err := o.Workspace(t.Context(), kind, true)
		if err != nil {
			t.Fatal(err)
		}
		l := losing{t, ws, row}
		if l.create() {
			l.destroy()
			l.replace()
		}
	}
}
