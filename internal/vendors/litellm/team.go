// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/api"
)

type teamModel struct {
	ID   types.String `tfsdk:"id"`
	Name types.String `tfsdk:"name"`
}

// team finds a team; the vendor's own provider manages teams.
var team = crud.Lookup[*api.Client, teamModel]{
	TypeName: "litellm_team",
	Noun:     "team",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "A team of the proxy, found by its id or by its name.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The team's id. Give this or `name`.",
				Validators:          []validator.String{crud.PathElement(), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))},
			},
			"name": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The team's name, which the proxy calls its alias. Give this or `id`. If several teams have this name, the error lists their ids.",
				Validators:          []validator.String{crud.NotEmpty()},
			},
		},
	},
	Find: func(ctx context.Context, c *api.Client, query teamModel) (teamModel, error) {
		if !query.ID.IsNull() {
			found, err := c.Team(ctx, query.ID.ValueString())
			return teamModel{types.StringValue(found.ID), crud.Optional(found.Name)}, err
		}
		all, err := c.Teams(ctx)
		if err != nil {
			return query, err
		}
		found, err := crud.One("team", "on the proxy", query.Name.ValueString(), all.ByID, func(t *api.Team) string { return t.Name })
		if err != nil {
			return query, err
		}
		return teamModel{types.StringValue(found.ID), crud.Optional(found.Name)}, err
	},
}
