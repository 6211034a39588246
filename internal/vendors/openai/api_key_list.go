// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// Only what can be adopted is listed: neither keys of people nor expired ones, whose
// import would at once plan a rotation.
var apiKeyListing = crud.Listing[*api.Client, apiKeyQuery, apiKeyModel]{
	TypeName: apiKey.TypeName,
	Noun:     "API keys",
	Identity: apiKey.Identity,
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "Finds the API keys that service accounts own, in one project or in every active one. Each is shown by its name, without this provider's marker, and by its owner.\n\nKeys that belong to people cannot be managed and are not listed, and neither are expired ones. Keys that Terraform manages already are listed too, and so are previous keys of a series whose overlap has not ended: those end by themselves, so do not import them.",
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The id of the project to look in. Unset: every active project, at the price of one more request for each.",
				Validators:          []validator.String{crud.PathElement()},
			},
			"service_account_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only keys of this service account.",
				Validators:          []validator.String{crud.PathElement()},
			},
		},
	},
	Find: findAPIKeys,
}

type apiKeyQuery struct {
	ProjectID        types.String `tfsdk:"project_id"`
	ServiceAccountID types.String `tfsdk:"service_account_id"`
}

func findAPIKeys(ctx context.Context, c *api.Client, query apiKeyQuery) iter.Seq2[crud.Found[apiKeyModel], error] {
	keys := filtered(inProjects(ctx, c, query.ProjectID, c.WalkKeys), func(key api.APIKey) bool {
		return key.OwnerType == "service_account" && !expired(c, key.ExpiresAt) &&
			(query.ServiceAccountID.IsNull() || query.ServiceAccountID.ValueString() == key.OwnerID)
	})
	return found(keys, func(key api.APIKey) crud.Found[apiKeyModel] {
		return crud.Found[apiKeyModel]{
			ID: []string{key.ProjectID, key.ID}, DisplayName: ownedName(key.Name, cmp.Or(key.OwnerName, key.OwnerID)),
			Complete: func(ctx context.Context, m apiKeyModel) (apiKeyModel, error) {
				return apiKey.Listed(ctx, &projectKeys{c, key.ProjectID, key.OwnerID}, m, seriesKey(key))
			},
		}
	})
}
