// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// limitStack is one configuration with everything that bounds what a leaked key can do, in a
// project that is there.
func limitStack(project string, limit, alert, requests string) string {
	return fmt.Sprintf(`
locals {
  project = %[1]q
}

resource "orgkeys_openai_project_rate_limit" "x" {
  for_each                  = toset(["gpt-4.1", "gpt-4.1-mini"])
  project_id                = local.project
  model                     = each.key
  max_requests_per_1_minute = %[4]s
}

resource "orgkeys_openai_project_model_permissions" "x" {
  project_id = local.project
  mode       = "allow_list"
  model_ids  = ["gpt-4.1", "gpt-4.1-mini"]
}

resource "orgkeys_openai_project_hosted_tool_permissions" "x" {
  project_id = local.project
  mcp        = false
}

resource "orgkeys_openai_project_service_tiers" "x" {
  project_id    = local.project
  enabled_tiers = ["all"]
}

resource "orgkeys_openai_project_spend_limit" "x" {
  project_id = local.project
  amount     = %[2]s
}

resource "orgkeys_openai_project_spend_alert" "x" {
  project_id       = local.project
  amount           = %[3]s
  email_recipients = ["b@example.com", "a@example.com"]
}

resource "orgkeys_openai_project_data_retention" "x" {
  project_id = local.project
  type       = "none"
}

resource "orgkeys_openai_spend_limit" "x" {
  amount = %[2]s
}

resource "orgkeys_openai_spend_alert" "x" {
  amount           = %[3]s
  email_recipients = ["a@example.com"]
  subject_prefix   = "[all]"
}

resource "orgkeys_openai_data_retention" "x" {
  type = "enhanced_zero_data_retention"
}
`, project, limit, alert, requests)
}

// The life of all of them under a real CLI.
func TestAccLimits(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{MaxPage: 2, Policy: openaisim.Policy{LimitAboveAlerts: true}})
	project := w.Sim.SeedProject("payments")
	requests := func(model string) any {
		for _, one := range w.Sim.Records("rate_limits") {
			if one.Fields["model"] == model {
				return one.Fields["max_requests_per_1_minute"]
			}
		}
		return nil
	}
	c := applied(t, w, limitStack(project, `"100.00"`, "80", "7"))
	same(t, "limits", []any{requests("gpt-4.1"), requests("gpt-4.1-mini")}, []any{7, 7})

	// Other spellings are no change; and an alert above the former limit waits for the new one.
	c.Config(bareProvider + limitStack(project, "100", `"80.0"`, "7"))
	c.NoChanges()
	c.Config(bareProvider + limitStack(project, "500", "400.50", "8"))
	says(t, c.Apply().Output, "0 added, 6 changed, 0 destroyed")
	c.NoChanges()
	same(t, "amounts", []any{w.Sim.Setting("project_spend_limit", project)["threshold_amount"], w.Sim.Records("project_spend_alerts")[0].Fields["threshold_amount"]}, []any{50000, 40050})

	// Lowered together, each limit waits for its alert, where the server refuses one below an alert.
	c.Config(bareProvider + limitStack(project, "300", "200", "8"))
	says(t, c.Apply().Output, "0 added, 4 changed, 0 destroyed")
	c.NoChanges()

	// A line that is taken away is no change: a warning says that the value stays.
	c.Config(bareProvider + strings.Replace(limitStack(project, "500", "400.50", "8"), "  mcp        = false\n", "", 1))
	says(t, c.Apply().Output, "Project hosted tool permissions "+project+" keeps its mcp", "mcp stays false", "0 added, 4 changed, 0 destroyed")
	c.NoChanges()
	c.Config(bareProvider + limitStack(project, "500", "400.50", "8"))
	c.NoChanges()

	// Everything is found again by its import id.
	ids := map[string]string{
		`project_rate_limit.x["gpt-4.1"]`: project + "/gpt-4.1", `project_rate_limit.x["gpt-4.1-mini"]`: project + "/gpt-4.1-mini",
		"project_spend_alert.x": project + "/" + w.Sim.Records("project_spend_alerts")[0].ID, "spend_alert.x": w.Sim.Records("spend_alerts")[0].ID,
		"spend_limit.x": "organization", "data_retention.x": "organization",
	}
	for _, kind := range []string{"model_permissions", "hosted_tool_permissions", "service_tiers", "spend_limit", "data_retention"} {
		ids["project_"+kind+".x"] = project
	}
	again, imports := w.AttachedCLI(), ""
	for address, id := range ids {
		imports += fmt.Sprintf("import {\n  to = orgkeys_openai_%s\n  id = %q\n}\n", address, id)
	}
	again.Config(bareProvider + imports + limitStack(project, "500", "400.50", "8"))
	says(t, again.Plan().Output, "11 to import, 0 to add, 0 to change, 0 to destroy")
	again.Apply()
	again.NoChanges()
	says(t, again.Plan("-destroy").Output, "Project rate limit "+project+"/gpt-4.1 stays as it is")

	// What a destroy cannot undo is in its plan, and what it can is undone.
	says(t, c.Plan("-destroy").Output,
		"Project rate limit "+project+"/gpt-4.1 gets back its former values", "max_requests_per_1_minute = 500.",
		"Project rate limit "+project+"/gpt-4.1-mini gets back its former values", "max_requests_per_1_minute = 1000.",
		"Project hosted tool permissions "+project+" stays as it is", "Project service tiers "+project+" stays as it is", "Data retention organization stays as it is")
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
	same(t, "limits", []any{requests("gpt-4.1"), requests("gpt-4.1-mini")}, []any{500, 1000})
	tools := w.Sim.Setting("hosted_tool_permissions", project)
	same(t, "left", []any{
		w.Sim.Setting("project_spend_limit", project), w.Sim.Setting("spend_limit", ""), w.Sim.Setting("model_permissions", project),
		len(w.Sim.Records("spend_alerts")) + len(w.Sim.Records("project_spend_alerts")), w.Sim.Setting("project_data_retention", project)["type"],
		w.Sim.Setting("data_retention", "")["type"], tools["mcp"], w.Sim.Setting("service_tier_settings", project)["enabled_tiers"],
	}, []any{fields{}, fields{}, fields{}, 0, "organization_default", "enhanced_zero_data_retention", fields{"enabled": false}, "all"})
}
