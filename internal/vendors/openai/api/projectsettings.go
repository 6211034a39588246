// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"encoding/json"

	vendor "github.com/openai/openai-go/v3"
)

// ModelPermissions is which models a project may use.
type ModelPermissions struct {
	Mode   string   // "allow_list" or "deny_list"; "" = not shown
	Models []string // nil = not shown
}

func modelPermissionsOf(w *vendor.ProjectModelPermissions) (ModelPermissions, error) {
	return ModelPermissions{string(w.Mode), w.ModelIDs}, nil
}

// HostedTools says of each tool whether a project may use it; those that are not shown are left out.
type HostedTools map[string]bool

// HostedToolNames are the tools.
var HostedToolNames = []string{"code_interpreter", "file_search", "image_generation", "mcp", "web_search"}

// hostedToolsOf reads an answer that has no type of its own with one field for each tool.
func hostedToolsOf(w *map[string]json.RawMessage) (HostedTools, error) {
	tools := HostedTools{}
	for _, name := range HostedToolNames {
		var tool struct{ Enabled *bool }
		if json.Unmarshal((*w)[name], &tool) == nil && tool.Enabled != nil {
			tools[name] = *tool.Enabled
		}
	}
	return tools, nil
}

// retentionAnswer calls the kind otherwise than the request does; either name is read.
type retentionAnswer struct {
	Type          string `json:"type"`
	RetentionType string `json:"retention_type"`
}

// dataRetentionOf reads how data is kept, at either level; "" = not shown.
func dataRetentionOf(w *retentionAnswer) (string, error) { return cmp.Or(w.Type, w.RetentionType), nil }

// ServiceTiers are the processing tiers of a project.
type ServiceTiers struct {
	Default string   // "" = not shown
	Enabled []string // [AllTiers] alone = all, also future ones; nil = not shown
}

// AllTiers stands in place of a list of tiers for all of them.
const AllTiers = "all"

func serviceTiersOf(w *vendor.ProjectServiceTierSettings) (ServiceTiers, error) {
	tiers := ServiceTiers{Default: string(w.Default)}
	raw := []byte(w.EnabledTiers.RawJSON())
	var all string
	if json.Unmarshal(raw, &tiers.Enabled) != nil && json.Unmarshal(raw, &all) == nil && all != "" {
		tiers.Enabled = []string{all}
	}
	return tiers, nil
}
