// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"slices"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

const ofProject = "/organization/projects/{project_id}"

var modelPermissionKind = &settingKind{
	name: "model_permissions", noun: "model permissions policy", path: ofProject + "/model_permissions",
	object: "project.model_permissions", deleted: "project.model_permissions.deleted", takes: []string{"mode", "model_ids"},
	set: func(f simkit.Fields) (map[string]any, *simkit.Problem) {
		mode, bad := oneOf(f, "mode", "allow_list", "deny_list")
		if bad != nil {
			return nil, bad
		}
		models, bad := textsOf(f, "model_ids")
		return map[string]any{"mode": mode, "model_ids": models}, bad
	},
}

var hostedTools = []string{"file_search", "web_search", "image_generation", "mcp", "code_interpreter"}

var hostedToolKind = &settingKind{
	name: "hosted_tool_permissions", noun: "hosted tool permissions", path: ofProject + "/hosted_tool_permissions", takes: hostedTools,
	usual: everyTool(),
	set: func(f simkit.Fields) (map[string]any, *simkit.Problem) {
		changed := map[string]any{}
		for _, name := range hostedTools {
			if !f.Has(name) || f.IsNull(name) {
				continue
			}
			var tool struct {
				Enabled *bool `json:"enabled"`
			}
			if json.Unmarshal(f[name], &tool) != nil || tool.Enabled == nil {
				return nil, simkit.BadRequest(name, "%s needs enabled, true or false", name)
			}
			changed[name] = map[string]any{"enabled": *tool.Enabled}
		}
		return changed, nil
	},
}

func everyTool() map[string]any {
	all := map[string]any{}
	for _, name := range hostedTools {
		all[name] = map[string]any{"enabled": true}
	}
	return all
}

var serviceTierKind = &settingKind{
	name: "service_tier_settings", noun: "service tier settings", path: ofProject + "/service_tier_settings",
	object: "project.service_tier_settings", takes: []string{"default", "enabled_tiers"},
	usual: map[string]any{"default": "standard", "enabled_tiers": []string{}},
	set: func(f simkit.Fields) (map[string]any, *simkit.Problem) {
		changed := map[string]any{}
		if f.Has("default") {
			tier, bad := oneOf(f, "default", "standard", "fast", "scale")
			if bad != nil {
				return nil, bad
			}
			changed["default"] = tier
		}
		if f.Has("enabled_tiers") {
			tiers, bad := tiersOf(f)
			if bad != nil {
				return nil, bad
			}
			changed["enabled_tiers"] = tiers
		}
		if len(changed) == 0 {
			return nil, simkit.BadRequest("", "At least one of default and enabled_tiers is needed")
		}
		return changed, nil
	},
}

// tiersOf reads "all" or a list of tiers.
func tiersOf(f simkit.Fields) (any, *simkit.Problem) {
	if string(f["enabled_tiers"]) == `"all"` {
		return "all", nil
	}
	tiers, bad := textsOf(f, "enabled_tiers")
	for _, tier := range tiers {
		if !slices.Contains([]string{"flex", "fast", "ultrafast"}, tier) {
			return nil, simkit.BadRequest("enabled_tiers", "enabled_tiers has an unknown tier: %q", tier)
		}
	}
	return tiers, bad
}

// everyRetention are the ways to keep data that an organization can have.
var everyRetention = []string{"zero_data_retention", "modified_abuse_monitoring", "enhanced_zero_data_retention", "enhanced_modified_abuse_monitoring"}

var retentionKinds = []*settingKind{
	{
		name: "data_retention", noun: "data retention", path: "/organization/data_retention", object: "organization.data_retention",
		usual: map[string]any{"type": "modified_abuse_monitoring"}, takes: []string{"retention_type"}, set: retention(everyRetention...),
	},
	{
		name: "project_data_retention", noun: "data retention", path: ofProject + "/data_retention", object: "project.data_retention",
		usual: map[string]any{"type": "organization_default"}, takes: []string{"retention_type"},
		set: retention(append([]string{"organization_default", "none"}, everyRetention...)...),
	},
}

// retention takes the field by one name and answers it by another.
func retention(allowed ...string) func(simkit.Fields) (map[string]any, *simkit.Problem) {
	return func(f simkit.Fields) (map[string]any, *simkit.Problem) {
		kind, bad := oneOf(f, "retention_type", allowed...)
		return map[string]any{"type": kind}, bad
	}
}

// oneOf reads a required text of an enumeration.
func oneOf(f simkit.Fields, name string, allowed ...string) (string, *simkit.Problem) {
	text, bad := f.RequiredText(name)
	if bad == nil && !slices.Contains(allowed, text) {
		bad = simkit.BadRequest(name, "%s must be one of %q, not %q", name, allowed, text)
	}
	return text, bad
}

// textsOf reads a required list of texts, which may be empty.
func textsOf(f simkit.Fields, name string) ([]string, *simkit.Problem) {
	texts := []string{}
	if !f.Has(name) || f.IsNull(name) || json.Unmarshal(f[name], &texts) != nil || slices.Contains(texts, "") {
		return nil, simkit.BadRequest(name, "%s must be an array of strings that are not empty", name)
	}
	return texts, nil
}
