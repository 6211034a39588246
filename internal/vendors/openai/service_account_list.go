// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

var serviceAccountListing = crud.Listing[*api.Client, serviceAccountQuery, serviceAccountModel]{
	TypeName: serviceAccount.TypeName,
	Noun:     "service accounts",
	Identity: serviceAccount.Identity,
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "Finds the service accounts of one project or of every active one, including those that Terraform manages already.",
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The id of the project to look in. Unset: all active projects, which costs one more request for each project.",
				Validators:          []validator.String{crud.PathElement()},
			},
		},
	},
	Find: func(ctx context.Context, c *api.Client, query serviceAccountQuery) iter.Seq2[crud.Found[serviceAccountModel], error] {
		accounts := keyinventory.Walk(ctx, projectPlaces{c}, query.ProjectID.ValueString(), keyinventory.MayLack(ctx, "projects"), func(p keyinventory.Place) iter.Seq2[*api.ServiceAccount, error] {
			return c.WalkServiceAccounts(ctx, p.ID, keyinventory.MayLack(ctx, "project "+p.ID))
		})
		return vendorkit.As(accounts, func(a *api.ServiceAccount) crud.Found[serviceAccountModel] {
			return crud.Found[serviceAccountModel]{
				ID: []string{a.ProjectID, a.ID}, DisplayName: a.Name,
				Complete: func(_ context.Context, m serviceAccountModel) (serviceAccountModel, error) { return m.from(a), nil },
			}
		})
	},
}

type serviceAccountQuery struct {
	ProjectID types.String `tfsdk:"project_id"`
}
