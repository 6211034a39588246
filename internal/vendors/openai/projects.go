// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// projectInventory lists all projects of the organization.
var projectInventory = crud.Lookup[*api.Client, projectInventoryModel]{
	TypeName: "openai_projects",
	Noun:     "projects",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "The projects of the organization, in the order of their names.",
		Attributes: map[string]schema.Attribute{
			"include_archived": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether archived projects are listed too. Default: `false`. An old organization can have many of them; reading them takes one request per hundred.",
			},
			"projects": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The projects.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":              schema.StringAttribute{Computed: true, MarkdownDescription: "The project's id."},
					"name":            schema.StringAttribute{Computed: true, MarkdownDescription: "The project's name, which others may have too."},
					"external_key_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the customer-managed encryption key the project uses; null if none."},
					"residency":       schema.StringAttribute{Computed: true, MarkdownDescription: "Where the project's data is stored; null if the API does not show it."},
					"status":          schema.StringAttribute{Computed: true, MarkdownDescription: "`active` or `archived`."},
					"created_at":      schema.StringAttribute{Computed: true, MarkdownDescription: "When the project was created, RFC 3339 in UTC."},
				}},
			},
		},
	},
	Find: func(ctx context.Context, c *api.Client, query projectInventoryModel) (projectInventoryModel, error) {
		list, err := projects(ctx, c, query.IncludeArchived.ValueBool())
		if err != nil {
			return query, err
		}
		query.Projects = []projectModel{}
		for _, p := range slices.SortedFunc(maps.Values(list.ByID), byName) {
			query.Projects = append(query.Projects, projectModel{}.from(p))
		}
		return query, nil
	},
}

func byName(a, b *api.Project) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
}

type projectInventoryModel struct {
	IncludeArchived types.Bool     `tfsdk:"include_archived"`
	Projects        []projectModel `tfsdk:"projects"`
}

func projects(ctx context.Context, c *api.Client, archived bool) (*api.List[*api.Project], error) {
	if !archived {
		list, err := c.ActiveProjects(ctx)
		if err == nil {
			vendorkit.WarnIncomplete(ctx, "projects", list)
		}
		return list, err
	}
	list := &api.List[*api.Project]{ByID: map[string]*api.Project{}}
	for p, err := range c.Projects(ctx, true, keyinventory.MayLack(ctx, "projects")) {
		if err != nil {
			return nil, err
		}
		list.ByID[p.ID] = p
	}
	return list, nil
}
