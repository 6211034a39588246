// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// Expired keys are left out: an import of one would at once plan its rotation.
var adminKeyListing = crud.Listing[*api.Client, adminKeyQuery, adminKeyModel]{
	TypeName: adminKey.TypeName,
	Noun:     "admin keys",
	Identity: adminKey.Identity,
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "Finds the admin keys of the organization, the one that the provider itself is using included. Each is shown by its name, without this provider's marker, and by the owner who made it. Expired ones are not listed.",
	},
	Find: func(ctx context.Context, c *api.Client, _ adminKeyQuery) iter.Seq2[crud.Found[adminKeyModel], error] {
		alive := filtered(c.ListAdminKeys(ctx, mayLack(ctx, "admin keys")), func(key api.AdminKey) bool { return !expired(c, key.ExpiresAt) })
		return found(alive, func(key api.AdminKey) crud.Found[adminKeyModel] {
			return crud.Found[adminKeyModel]{
				ID: []string{key.ID}, DisplayName: ownedName(key.Name, cmp.Or(key.OwnerName, key.OwnerID)),
				Complete: func(ctx context.Context, m adminKeyModel) (adminKeyModel, error) {
					return adminKey.Listed(ctx, &adminKeys{c}, m, adminSeriesKey(key))
				},
			}
		})
	},
}

type adminKeyQuery struct{}
