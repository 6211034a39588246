// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
)

// keyFacts is what a row shows of a key of either kind.
type keyFacts struct {
	keyinventory.Facts
	OwnerEmail types.String `tfsdk:"owner_email"`
}

var keyFactAttributes = with(keyinventory.FactAttributes(keyinventory.Words{
	OwnerTypes: "`user` or `service_account`", Owner: "user or service account", LastUseKnown: true,
}), map[string]schema.Attribute{
	"owner_email": schema.StringAttribute{Computed: true, MarkdownDescription: "The user's e-mail address; null for service accounts and where the API does not show it."},
})

func keyFactsOf(row keyinventory.Row, now time.Time) keyFacts {
	return keyFacts{Facts: keyinventory.FactsOf(row, now), OwnerEmail: crud.Optional(row.Owner.Email)}
}

// rowsOf gives each key the form of a row; none is an empty list, not null.
func rowsOf[R any](rows []keyinventory.Row, now time.Time, form func(keyinventory.Row, time.Time) R) []R {
	out := make([]R, 0, len(rows))
	for _, row := range rows {
		out = append(out, form(row, now))
	}
	return out
}

var keyFilterAttributes = keyinventory.FilterAttributes(schema.StringAttribute{
	Optional:            true,
	MarkdownDescription: "Only keys of this kind of owner: `user` or `service_account`. Unset: of both.",
	Validators:          []validator.String{stringvalidator.OneOf(keyinventory.OwnedByUser, keyinventory.OwnedByServiceAccount)},
})

// with gives one map of several.
func with[K comparable, V any](all ...map[K]V) map[K]V {
	out := map[K]V{}
	for _, one := range all {
		maps.Copy(out, one)
	}
	return out
}
