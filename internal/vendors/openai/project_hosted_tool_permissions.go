// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// Hosted tool permissions say which of the vendor's own tools the keys of a project can use.
var projectHostedToolPermissions = settingObject[hostedToolsModel](leave(crud.Object[*api.Client, hostedToolsModel]{
	TypeName:  projectLevel.typeName("hosted_tool_permissions"),
	Noun:      projectLevel.noun("hosted tool permissions"),
	Identity:  projectLevel.identity,
	Example:   projectLevel.example,
	Untold:    api.HostedToolNames,
	LeftAlone: api.HostedToolNames,
	Schema: schema.Schema{
		MarkdownDescription: "Which of the tools that run at the vendor a project can use with its keys. Every project has these settings from the start, so creating the resource adopts what is set, and the plan shows it. A tool that is not configured is left alone, also after its argument is removed.\n\nDestroying it leaves the tools as they are: the API cannot restore an earlier permission.",
		Attributes: vendorkit.Merge(projectLevel.scope, map[string]schema.Attribute{
			"code_interpreter": hostedTool("code interpreter"),
			"file_search":      hostedTool("file search"),
			"image_generation": hostedTool("image generation"),
			"mcp":              hostedTool("remote MCP servers"),
			"web_search":       hostedTool("web search"),
		}),
	},
	Moves: projectSettingMoves("hosted_tool_permissions"),
}, "The permissions stay as they are, and Terraform no longer manages them."), setting[hostedToolsModel, api.HostedTools]{
	of: func(c *api.Client) *api.Setting[api.HostedTools] { return c.HostedTools },
	sends: func(plan, state hostedToolsModel) map[string]any {
		changed := crud.Changes(plan, state, api.HostedToolNames...)
		for name, enabled := range changed {
			changed[name] = map[string]any{"enabled": enabled}
		}
		return changed
	},
	shows: func(into *hostedToolsModel, got api.HostedTools) {
		for name, at := range into.tools() {
			*at = types.BoolNull()
			if enabled, shown := got[name]; shown {
				*at = types.BoolValue(enabled)
			}
		}
	},
	present: func(got api.HostedTools) string {
		var lines []string
		for _, name := range api.HostedToolNames {
			if enabled, shown := got[name]; shown {
				lines = append(lines, fmt.Sprintf("%s = %v", name, enabled))
			}
		}
		return strings.Join(lines, ", ")
	},
})

func hostedTool(what string) schema.BoolAttribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
		MarkdownDescription: "Whether the project can use " + what + ". Changed in place. Unset: left alone, whatever it is.",
	}
}

type hostedToolsModel struct {
	inProject
	CodeInterpreter types.Bool `tfsdk:"code_interpreter"`
	FileSearch      types.Bool `tfsdk:"file_search"`
	ImageGeneration types.Bool `tfsdk:"image_generation"`
	MCP             types.Bool `tfsdk:"mcp"`
	WebSearch       types.Bool `tfsdk:"web_search"`
}

func (m *hostedToolsModel) tools() map[string]*types.Bool {
	return map[string]*types.Bool{
		"code_interpreter": &m.CodeInterpreter, "file_search": &m.FileSearch, "image_generation": &m.ImageGeneration, "mcp": &m.MCP, "web_search": &m.WebSearch,
	}
}
