// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	anthropicsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/sim"
	elevenlabssim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/sim"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

// stage is what the examples of one vendor find there.
// It starts the simulator for an example and gives the seeded ids for the made-up ones in
// it, as [strings.NewReplacer] takes them.
type stage func(w *acctest.World, example string) []string

// stages are those of all vendors, by their names in the types of objects.
var stages = map[string]stage{
	"openai": openAIStage, "openrouter": openRouterStage, "litellm": liteLLMStage, "elevenlabs": elevenLabsStage,
	"anthropic": anthropicStage,
}

func openAIStage(w *acctest.World, example string) []string {
	w.Sim = openaisim.Start(w.T, openaisim.Options{Clock: w.Simulated})
	w.Attach("openai", w.Sim)
	shared := w.Sim.SeedProject("shared-platform")
	w.Sim.SeedServiceAccount(shared, "deploy-bot", "member")
	payments := w.Sim.SeedProject("payments")
	worker := w.Sim.SeedServiceAccount(payments, "payments-worker", "member")
	key, _ := w.Sim.SeedKey(openaisim.KeySpec{ProjectID: payments, AccountID: worker, Name: "payments-worker"})
	provider := w.Sim.SeedRecord(openaisim.Record{Kind: "workload_identity_providers", Fields: map[string]any{
		"name": "github", "type": "oidc", "issuer": "https://token.actions.githubusercontent.com", "audience": "https://api.openai.com/v1", "enabled": true,
		"description": nil, "attribute_transformations": []any{}, "verification": map[string]any{"type": "discovery", "discovery_url": nil},
	}})
	rule := w.Sim.SeedRecord(openaisim.Record{Kind: "federation_rules", Parent: provider, Fields: map[string]any{
		"name": "main branch", "workload_identity_provider_id": provider, "project_id": payments, "service_account_id": worker, "enabled": true,
		"description": nil, "attribute_matchers": map[string]any{"sub": "repo:acme/payments:*"}, "permissions": map[string]any{"type": "service_account_default"},
	}})
	ids := []string{"proj_abc123", payments, "user-abc123", worker, "key_abc123", key, "wip_abc123", provider, "wifr_abc123", rule}
	ids = append(ids, seedLimits(w.Sim, payments)...)
	ids = append(ids, seedStaff(w.Sim, example, payments, worker)...)
	if strings.Contains(example, "admin_key") {
		admin := w.Sim.AdminKeys()[0]
		ids = []string{"key_abc123", admin.ID, `"terraform"`, `"` + admin.Name + `"`}
	}
	return ids
}

// seedLimits sets what bounds the harm of a leaked key, and gives the ids of alerts.
func seedLimits(sim *openaisim.Server, project string) []string {
	type fields = map[string]any
	amount := func(cents int) fields {
		return fields{"threshold_amount": cents, "currency": "USD", "interval": "month"}
	}
	for _, one := range []openaisim.Setting{
		{Kind: "spend_limit", Fields: amount(250000)}, {Kind: "project_spend_limit", Project: project, Fields: amount(50000)},
		{Kind: "model_permissions", Project: project, Fields: fields{"mode": "allow_list", "model_ids": []string{"gpt-4.1"}}},
		{Kind: "project_data_retention", Project: project, Fields: fields{"type": "zero_data_retention"}},
	} {
		sim.ChangeSetting(one)
	}
	alert := func(kind, parent string, cents int, to string) string {
		f := amount(cents)
		f["notification_channel"] = fields{"type": "email", "recipients": []string{to}, "subject_prefix": nil}
		return sim.SeedRecord(openaisim.Record{Kind: kind, Parent: parent, Fields: f})
	}
	return []string{
		"alert_abc123", alert("project_spend_alerts", project, 40000, "payments@example.com"),
		"alert_def456", alert("spend_alerts", "", 200000, "finance@example.com"),
	}
}

// seedStaff seeds who may do what: a user, a group, roles and an invite. What an example creates itself
// is not there yet.
func seedStaff(sim *openaisim.Server, example, project, worker string) (ids []string) {
	seed := func(kind, parent, id string, fields map[string]any) string {
		return sim.SeedRecord(openaisim.Record{Kind: kind, Parent: parent, ID: id, Fields: fields})
	}
	role := func(name string, permissions ...string) map[string]any {
		return map[string]any{"name": name, "description": nil, "permissions": permissions, "predefined_role": false}
	}
	jo := seed("users", "", "", map[string]any{"name": "Jo", "email": "jo@example.com", "role": "reader"})
	group := seed("groups", "", "", map[string]any{"name": "platform", "is_scim_managed": false})
	auditor := seed("roles", "", "", role("auditor", "api.usage.read"))
	caller := seed("project_roles", project, "", role("caller", "api.model.request"))
	ids = []string{"user-def456", jo, "group_abc123", group, "role_abc123", auditor, "role_def456", caller}
	if strings.HasSuffix(example, "/resource.tf") {
		return ids
	}
	seed("group_users", group, worker, map[string]any{"name": "payments-worker"})
	seed("group_roles", group, auditor, nil)
	seed("project_user_roles", project+"/"+worker, caller, nil)
	seed("project_groups", project, group, map[string]any{"project_id": project, "group_id": group, "group_name": "platform"})
	seed("project_group_roles", project+"/"+group, "role-api-project-member", nil)
	seed("project_users", project, jo, map[string]any{"name": "Jo", "email": "jo@example.com", "role": "member"})
	return append(ids, "invite-abc123", seed("invites", "", "", map[string]any{"email": "kim@example.com", "role": "reader", "status": "pending", "projects": []any{}}))
}

func openRouterStage(w *acctest.World, _ string) []string {
	sim := openroutersim.Start(w.T, openroutersim.Options{Clock: w.Simulated})
	w.Attach("openrouter", sim)
	payments := sim.SeedWorkspace("Payments", "payments")
	key, _ := sim.SeedKey(openroutersim.Key{Name: "payments-worker", WorkspaceID: payments})
	return []string{"0f8d1b6e-0000-4000-8000-000000000000", payments, strings.Repeat("0a1b2c3d", 8), key}
}

func liteLLMStage(w *acctest.World, example string) []string {
	sim := litellmsim.Start(w.T, litellmsim.Options{Clock: w.Simulated})
	w.Attach("litellm", sim)
	payments := sim.SeedTeam("payments")
	key, _ := sim.SeedKey(litellmsim.Key{Alias: "payments-worker", TeamID: payments})
	if strings.Contains(example, "data-sources") {
		sim.SeedKey(litellmsim.Key{TeamID: payments}) // the proxy demands no alias
	}
	return []string{"team-abc123", payments, strings.Repeat("0a1b2c3d", 8), key}
}

func elevenLabsStage(w *acctest.World, _ string) []string {
	sim := elevenlabssim.Start(w.T, elevenlabssim.Options{Clock: w.Simulated})
	w.Attach("elevenlabs", sim)
	narrator := sim.SeedAccount("narrator")
	key, _ := sim.SeedKey(elevenlabssim.Key{AccountID: narrator, Name: "audiobooks", Permissions: []string{"text_to_speech", "voices_read"}})
	return []string{"user_abc123", narrator, "key_abc123", key}
}

func anthropicStage(w *acctest.World, _ string) []string {
	sim := anthropicsim.Start(w.T, anthropicsim.Options{Clock: w.Simulated})
	w.Attach("anthropic", sim)
	payments := sim.SeedWorkspace("Payments")
	key, _ := sim.SeedKey(anthropicsim.Key{Name: "payments-worker", WorkspaceID: payments, Principal: "svac_payments"})
	return []string{"wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ", payments, "apikey_01Rj2N8SVvo6BePZj99NhmiT", key}
}
