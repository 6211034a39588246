// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
)

var adminKeyListing = keyinventory.ListingOf[adminKeyQuery, adminKeyModel]{
	Kind: organizationKeys,
	Of:   adminKey,
	Schema: schema.Schema{
		MarkdownDescription: "Finds the admin keys of the organization, the one that the provider itself is using included. Each is shown by its name, without this provider's marker, and by the owner who created it. Expired ones are not listed.",
	},
	Asked: func(adminKeyQuery) (placeID, ownerID types.String) { return types.StringNull(), types.StringNull() },
}

type adminKeyQuery struct{}
