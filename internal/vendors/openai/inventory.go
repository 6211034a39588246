// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
)

// keyFacts is what a row shows of a key of either kind.
type keyFacts struct {
	keyinventory.Facts
	OwnerEmail types.String `tfsdk:"owner_email"`
}

var keyFactAttributes = vendorkit.Merge(keyinventory.FactAttributes(keyinventory.Words{
	OwnerTypes: "`user` or `service_account`", Owner: "user or service account", LastUseKnown: true,
}), map[string]schema.Attribute{
	"owner_email": schema.StringAttribute{Computed: true, MarkdownDescription: "The user's e-mail address; null for service accounts and where the API does not show it."},
})

func keyFactsOf(row keyinventory.Row, now time.Time) keyFacts {
	return keyFacts{Facts: keyinventory.FactsOf(row, now), OwnerEmail: crud.Optional(row.Owner.Email)}
}

var keyFilterAttributes = keyinventory.FilterAttributes(schema.StringAttribute{
	Optional:            true,
	MarkdownDescription: "Only keys of this kind of owner: `user` or `service_account`. Unset: of both.",
	Validators:          []validator.String{stringvalidator.OneOf(keyinventory.OwnedByUser, keyinventory.OwnedByServiceAccount)},
})
