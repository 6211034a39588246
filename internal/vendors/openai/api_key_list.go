// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
)

var apiKeyListing = keyinventory.ListingOf[apiKeyQuery, apiKeyModel]{
	Kind: apiKeys,
	Of:   apiKey,
	Schema: schema.Schema{
		MarkdownDescription: "Finds the API keys that service accounts own, in one project or in every active one. Each is shown by its name, without this provider's marker, and by its owner.\n\nKeys that belong to users cannot be managed and are not listed, and neither are expired ones. Keys that Terraform manages already are listed too, and so are previous keys of a series whose overlap is not over: those expire or are revoked, so do not import them.",
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
	Asked: func(q apiKeyQuery) (placeID, ownerID types.String) { return q.ProjectID, q.ServiceAccountID },
}

type apiKeyQuery struct {
	ProjectID        types.String `tfsdk:"project_id"`
	ServiceAccountID types.String `tfsdk:"service_account_id"`
}
