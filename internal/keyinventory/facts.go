// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// Facts are what every vendor shows of a key; a vendor's row embeds them.
type Facts struct {
	ID            types.String `tfsdk:"id"`
	Name          types.String `tfsdk:"name"`
	RedactedValue types.String `tfsdk:"redacted_value"`
	OwnerType     types.String `tfsdk:"owner_type"`
	OwnerID       types.String `tfsdk:"owner_id"`
	OwnerName     types.String `tfsdk:"owner_name"`
	CreatedAt     types.String `tfsdk:"created_at"`
	AgeDays       types.Int64  `tfsdk:"age_days"`
	LastUsedAt    types.String `tfsdk:"last_used_at"`
	UnusedDays    types.Int64  `tfsdk:"unused_days"`
	ExpiresAt     types.String `tfsdk:"expires_at"`
}

// Words are what the descriptions of [Facts] say of a vendor.
type Words struct {
	OwnerTypes   string // the values of owner_type, and what they mean
	Owner        string // who an owner may be, such as "user or robot"
	LastUseKnown bool   // the API shows when each key was last used
}

// FactAttributes are the attributes of [Facts].
func FactAttributes(words Words) map[string]schema.Attribute {
	can := keyseries.Capabilities{LastUse: keyseries.UseHidden}
	if words.LastUseKnown {
		can.LastUse = keyseries.UseTime
	}
	return attributesOf(facts(Owners{Means: words.OwnerTypes, Who: words.Owner}, can))
}

// FactsOf is what is known of a key at that moment. What the vendor does not show is null.
func FactsOf(row Row, now time.Time) Facts {
	key := row.Key
	return Facts{
		ID: types.StringValue(key.ID), Name: types.StringValue(row.Name()), RedactedValue: crud.Optional(key.Redacted),
		OwnerType: crud.Optional(row.Owner.Type), OwnerID: crud.Optional(row.Owner.ID), OwnerName: crud.Optional(row.Owner.Name),
		CreatedAt: crud.Timestamp(key.CreatedAt), AgeDays: daysSince(key.CreatedAt, now),
		LastUsedAt: crud.Timestamp(key.LastUsedAt), UnusedDays: daysSince(row.idleSince(), now),
		ExpiresAt: crud.Timestamp(key.ExpiresAt),
	}
}

// daysSince is null where the moment is not known.
func daysSince(moment, now time.Time) types.Int64 {
	if moment.IsZero() {
		return types.Int64Null()
	}
	return types.Int64Value(int64(now.Sub(moment) / (24 * time.Hour)))
}

// Form gives each row the form of an inventory's; none is an empty list, not null.
func Form[R any](rows []Row, now time.Time, form func(Row, time.Time) R) []R {
	out := make([]R, 0, len(rows))
	for _, row := range rows {
		out = append(out, form(row, now))
	}
	return out
}
