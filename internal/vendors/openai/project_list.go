// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// Archived projects are left out: nothing brings them back.
var projectListing = crud.Listing[*api.Client, projectQuery, projectModel]{
	TypeName: project.TypeName,
	Noun:     "projects",
	Identity: project.Identity,
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "Finds the active projects of the organization, including those that Terraform manages already. Archived ones are not listed.",
	},
	Find: func(ctx context.Context, c *api.Client, _ projectQuery) iter.Seq2[crud.Found[projectModel], error] {
		return vendorkit.As(c.Projects(ctx, false, keyinventory.MayLack(ctx, "projects")), func(p *api.Project) crud.Found[projectModel] {
			return crud.Found[projectModel]{
				ID: []string{p.ID}, DisplayName: p.Name,
				Complete: func(_ context.Context, m projectModel) (projectModel, error) { return m.from(p), nil },
			}
		})
	},
}

type projectQuery struct{}
