// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// inherited is the retention of a project that has none of its own.
const inherited = "organization_default"

// retentions are those that an organization can have.
var retentions = []string{"zero_data_retention", "modified_abuse_monitoring", "enhanced_zero_data_retention", "enhanced_modified_abuse_monitoring"}

// Data retention says how long the vendor keeps what is sent to models.
var (
	projectDataRetention = dataRetention[projectDataRetentionModel](projectLevel, append([]string{inherited, "none"}, retentions...),
		"Destroying it writes `"+inherited+"`: the project then has the retention of the organization.",
		func(o crud.Object[*api.Client, projectDataRetentionModel]) crud.Object[*api.Client, projectDataRetentionModel] {
			o.Ends = func(projectDataRetentionModel) string { return "reset" }
			o.Delete = func(ctx context.Context, c *api.Client, state projectDataRetentionModel) error {
				project := state.ProjectID.ValueString()
				now, err := undo(ctx, c.DataRetention, o.Noun, project, map[string]any{"retention_type": inherited})
				if now != nil && *now != inherited {
					answered := "does not confirm it"
					if *now != "" {
						answered = "has " + *now
					}
					crud.Warn(ctx, crud.Named(o.Noun, "", project), "does not get back the organization's", "The destroy sent %s, and the server %s. Look at the project's retention in the dashboard.", inherited, answered)
				}
				return crud.OrForget(c.LeftProject(ctx, project, err), "retention_type = "+inherited)
			}
			return o
		})
	organizationDataRetention = dataRetention[organizationDataRetentionModel](organizationLevel, retentions,
		"Destroying it leaves the retention as it is: the API has no earlier value to go back to.",
		func(o crud.Object[*api.Client, organizationDataRetentionModel]) crud.Object[*api.Client, organizationDataRetentionModel] {
			return leave(o, "The API cannot remove the retention of an organization. It stays as it is, and Terraform no longer manages it.")
		})
)

type dataRetentionFields struct {
	Type types.String `tfsdk:"type"`
}

func (f *dataRetentionFields) fields() *dataRetentionFields { return f }

type projectDataRetentionModel struct {
	inProject
	dataRetentionFields
}

type organizationDataRetentionModel struct {
	inOrganization
	dataRetentionFields
}

func dataRetention[M any, P inLevel[M, dataRetentionFields]](at level, allowed []string, destroy string, end func(crud.Object[*api.Client, M]) crud.Object[*api.Client, M]) crud.Object[*api.Client, M] {
	return settingObject[M, string, P](end(crud.Object[*api.Client, M]{
		TypeName: at.typeName("data_retention"),
		Noun:     at.noun("data retention"),
		Identity: at.identity,
		Example:  at.example,
		Schema: schema.Schema{
			MarkdownDescription: "How the vendor retains the data that " + at.of + " sends to models. Creating the resource adopts what is set already, and the plan shows it. The organization must be entitled to the value.\n\n" + destroy + at.beware,
			Attributes: vendorkit.Merge(at.scope, map[string]schema.Attribute{"type": schema.StringAttribute{
				Required: true, MarkdownDescription: "One of `" + strings.Join(allowed, "`, `") + "`. Changed in place.",
				Validators: []validator.String{stringvalidator.OneOf(allowed...)},
			}}),
		},
		Moves: at.dataRetentionMoves(),
	}), setting[M, string]{
		of: func(c *api.Client) *api.Setting[string] { return c.DataRetention },
		sends: func(plan, _ M) map[string]any {
			return map[string]any{"retention_type": P(&plan).fields().Type.ValueString()}
		},
		shows: func(into *M, got string) { P(into).fields().Type = crud.Optional(got) },
		present: func(got string) string {
			if got == inherited || got == "" {
				return ""
			}
			return "type = " + got
		},
	})
}
