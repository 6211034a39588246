// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// serviceAccountInventory lists the service accounts of one project or of all.
var serviceAccountInventory = crud.Lookup[*api.Client, serviceAccountInventoryModel]{
	TypeName: "openai_service_accounts",
	Noun:     "service accounts",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "The service accounts of one project or of all active projects, ordered by the projects' names, and within each project by age, the oldest first.",
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The id of the project to look in. Unset: all active projects, which costs one request for each project.",
				Validators:          []validator.String{crud.PathElement()},
			},
			"service_accounts": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The service accounts.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":           schema.StringAttribute{Computed: true, MarkdownDescription: "The account's id."},
					"project_id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The id of its project."},
					"project_name": schema.StringAttribute{Computed: true, MarkdownDescription: "The name of its project."},
					"name":         schema.StringAttribute{Computed: true, MarkdownDescription: "The account's name, which others may have too."},
					"role":         schema.StringAttribute{Computed: true, MarkdownDescription: "The account's role in its project: `member`, `owner` or `none`."},
					"created_at":   schema.StringAttribute{Computed: true, MarkdownDescription: "When the account was created, RFC 3339 in UTC."},
				}},
			},
		},
	},
	Find: func(ctx context.Context, c *api.Client, query serviceAccountInventoryModel) (serviceAccountInventoryModel, error) {
		query.ServiceAccounts = []serviceAccountRow{}
		gaps := &keyinventory.Gaps{}
		err := keyinventory.Each(ctx, projectPlaces{c}, query.ProjectID.ValueString(), gaps.Note("projects"), func(p keyinventory.Place) error {
			list, err := c.ServiceAccounts(ctx, p.ID)
			if err != nil {
				return err
			}
			vendorkit.WarnIncomplete(ctx, "service accounts of project "+p.ID, list)
			for _, a := range slices.SortedFunc(maps.Values(list.ByID), olderAccount) {
				query.ServiceAccounts = append(query.ServiceAccounts, serviceAccountRow{
					serviceAccountModel: serviceAccountModel{}.from(a), ProjectName: types.StringValue(p.Name),
				})
			}
			return nil
		})
		gaps.Warn(ctx)
		return query, err
	},
}

func olderAccount(a, b *api.ServiceAccount) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}

type serviceAccountInventoryModel struct {
	ProjectID       types.String        `tfsdk:"project_id"`
	ServiceAccounts []serviceAccountRow `tfsdk:"service_accounts"`
}

type serviceAccountRow struct {
	serviceAccountModel
	ProjectName types.String `tfsdk:"project_name"`
}
