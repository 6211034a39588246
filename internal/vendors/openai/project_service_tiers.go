// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

var serviceTierNames = []string{"default", "enabled_tiers"}

// Service tiers say how fast, and at which price, requests of a project are served.
var projectServiceTiers = settingObject[serviceTiersModel](leave(crud.Object[*api.Client, serviceTiersModel]{
	TypeName:  projectLevel.typeName("service_tiers"),
	Noun:      projectLevel.noun("service tiers"),
	Identity:  projectLevel.identity,
	Example:   projectLevel.example,
	Untold:    serviceTierNames,
	LeftAlone: serviceTierNames,
	Schema: schema.Schema{
		MarkdownDescription: "Which service tiers the requests of a project can ask for: tiers differ in speed and price. Every project has this setting from the start, so creating the resource adopts what is set, and the plan shows it. A tier that the organization does not allow stays forbidden in its projects.\n\nDestroying it leaves the tiers as they are.",
		Attributes: vendorkit.Merge(projectLevel.scope, map[string]schema.Attribute{
			"default": schema.StringAttribute{
				Optional: true, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
				MarkdownDescription: "The tier of requests that name none: `standard`, `fast` or `scale`. Changed in place. Unset: left alone, whatever it is.",
				Validators:          []validator.String{stringvalidator.OneOf("standard", "fast", "scale")},
			},
			"enabled_tiers": schema.SetAttribute{
				Optional: true, Computed: true, ElementType: types.StringType, PlanModifiers: []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
				MarkdownDescription: "The tiers beside `standard` that requests can ask for: any of `flex`, `fast`, `ultrafast`; or `[\"all\"]`, which includes tiers to come; or `[]` for only `standard`. Changed in place. Unset: left alone, whatever they are.",
				Validators: []validator.Set{
					crud.NoNulls(), setvalidator.ValueStringsAre(stringvalidator.OneOf(api.AllTiers, "flex", "fast", "ultrafast")), alone(api.AllTiers),
				},
			},
		}),
	},
	Moves: projectSettingMoves("service_tiers"),
}, "The tiers stay as they are, and Terraform no longer manages them."), setting[serviceTiersModel, api.ServiceTiers]{
	of: func(c *api.Client) *api.Setting[api.ServiceTiers] { return c.ServiceTiers },
	sends: func(plan, state serviceTiersModel) map[string]any {
		changed := crud.Changes(plan, state, serviceTierNames...)
		if tiers, ok := changed["enabled_tiers"].([]any); ok && slices.Contains(tiers, any(api.AllTiers)) {
			changed["enabled_tiers"] = api.AllTiers
		}
		return changed
	},
	shows: func(into *serviceTiersModel, got api.ServiceTiers) {
		into.Default, into.Enabled = crud.Optional(got.Default), crud.Texts(got.Enabled)
	},
	present: func(got api.ServiceTiers) string {
		return fmt.Sprintf("default = %s, enabled_tiers = [%s]", got.Default, strings.Join(got.Enabled, ", "))
	},
})

// alone refuses other elements beside one that means all of them.
type alone string

// Description implements [validator.Describer].
func (a alone) Description(context.Context) string { return string(a) + " only alone" }

// MarkdownDescription implements [validator.Describer].
func (a alone) MarkdownDescription(ctx context.Context) string { return a.Description(ctx) }

// ValidateSet implements [validator.Set].
func (a alone) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	elements := req.ConfigValue.Elements()
	if len(elements) > 1 && slices.ContainsFunc(elements, types.StringValue(string(a)).Equal) {
		resp.Diagnostics.AddAttributeError(req.Path, fmt.Sprintf("%q stands alone", string(a)),
			fmt.Sprintf("%s = [%q] means all of them, so others beside it have no meaning. Take the others out, or %q.", req.Path, string(a), string(a)))
	}
}

type serviceTiersModel struct {
	inProject
	Default types.String `tfsdk:"default"`
	Enabled types.Set    `tfsdk:"enabled_tiers"`
}
