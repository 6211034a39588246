// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// Model permissions say which models the keys of a project can use.
var projectModelPermissions = settingObject[modelPermissionsModel](crud.Object[*api.Client, modelPermissionsModel]{
	TypeName: projectLevel.typeName("model_permissions"),
	Noun:     projectLevel.noun("model permissions"),
	Identity: projectLevel.identity,
	Example:  projectLevel.example,
	Schema: schema.Schema{
		MarkdownDescription: "Which models the keys of a project can use. A project has at most one policy, so creating the resource adopts one that is set already, and the plan shows it.\n\nDestroying it removes the policy: the project can then use every model of the organization.",
		Attributes: vendorkit.Merge(projectLevel.scope, map[string]schema.Attribute{
			"mode": schema.StringAttribute{
				Required: true, MarkdownDescription: "`allow_list`: only the models in `model_ids`. `deny_list`: all but these. Changed in place.",
				Validators: []validator.String{stringvalidator.OneOf("allow_list", "deny_list")},
			},
			"model_ids": schema.SetAttribute{
				Required: true, ElementType: types.StringType,
				MarkdownDescription: "The ids of the models, which the organization must be able to see; a fine-tuned model is named by its snapshots. With `allow_list` an empty set allows no model. Changed in place.",
				Validators:          []validator.Set{crud.NoNulls(), setvalidator.ValueStringsAre(crud.NotEmpty())},
			},
		}),
	},
	Moves: projectSettingMoves("model_permissions"),
}, setting[modelPermissionsModel, api.ModelPermissions]{
	of: func(c *api.Client) *api.Setting[api.ModelPermissions] { return c.ModelPermissions },
	sends: func(plan, _ modelPermissionsModel) map[string]any {
		return map[string]any{"mode": plan.Mode.ValueString(), "model_ids": crud.Plain(plan.ModelIDs)}
	},
	shows: func(into *modelPermissionsModel, got api.ModelPermissions) {
		into.Mode, into.ModelIDs = crud.Optional(got.Mode), crud.Texts(got.Models)
	},
	present: func(got api.ModelPermissions) string {
		return fmt.Sprintf("mode = %s, model_ids = [%s]", got.Mode, strings.Join(got.Models, ", "))
	},
})

type modelPermissionsModel struct {
	inProject
	Mode     types.String `tfsdk:"mode"`
	ModelIDs types.Set    `tfsdk:"model_ids"`
}

// modelPermissionsLookup tells a project's policy, also that there is none.
var modelPermissionsLookup = crud.Lookup[*api.Client, modelPermissionsModel]{
	TypeName: "openai_model_permissions",
	Noun:     "model permissions",
	Connect:  connect,
	Schema: dschema.Schema{
		MarkdownDescription: "Which models the keys of a project can use. Without a policy `mode` and `model_ids` are null: the project can use every model of the organization.",
		Attributes: map[string]dschema.Attribute{
			"project_id": dschema.StringAttribute{Required: true, MarkdownDescription: "The id of the project.", Validators: []validator.String{crud.PathElement()}},
			"mode":       dschema.StringAttribute{Computed: true, MarkdownDescription: "`allow_list`: only the models in `model_ids`. `deny_list`: all but these. Null: no policy."},
			"model_ids":  dschema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "The ids of the models that the policy names; null without one."},
		},
	},
	Find: func(ctx context.Context, c *api.Client, query modelPermissionsModel) (modelPermissionsModel, error) {
		got, err := c.ModelPermissions.Look(ctx, query.ProjectID.ValueString())
		if gone, ok := apierr.AsGone(err); ok && gone.Unset {
			err = nil
		}
		query.Mode, query.ModelIDs = crud.Optional(got.Mode), crud.Texts(got.Models)
		return query, err
	},
}
