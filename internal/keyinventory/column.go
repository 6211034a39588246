// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// Column is what rows show of every key under one name.
type Column struct {
	name      string
	attribute schema.Attribute
	of        func(row Row, now time.Time) attr.Value
}

// Text is a column of text, null where it is empty.
func Text(name, description string, of func(Row) string) Column {
	return Shown(name, schema.StringAttribute{Computed: true, MarkdownDescription: description}, func(row Row) attr.Value { return crud.Optional(of(row)) })
}

// PlaceID and PlaceName are the place of a key, for [Text].
func PlaceID(row Row) string { return row.Place.ID }

// PlaceName is the name of a key's place.
func PlaceName(row Row) string { return row.Place.Name }

// Disabled is the column that says whether a key is refused although it has not ended.
func Disabled(description string) Column {
	return Shown("disabled", schema.BoolAttribute{Computed: true, MarkdownDescription: description}, func(row Row) attr.Value { return types.BoolValue(row.Disabled) })
}

// Shown is a column of any other type; its attribute is computed, and of gives values of it.
func Shown(name string, attribute schema.Attribute, of func(Row) attr.Value) Column {
	return Column{name, attribute, func(row Row, _ time.Time) attr.Value { return of(row) }}
}

// Owners are the kinds of owners that keys of a kind may have.
type Owners struct {
	Types []string // the values of owner_type
	Means string   // these values, and what they mean
	Who   string   // who an owner may be, such as "user or robot"
}

// only describes the filter by owner_type.
func (o Owners) only() string {
	switch len(o.Types) {
	case 1:
		return "Only keys of this kind of owner. There is only " + o.Means + "."
	case 2:
		return "Only keys of this kind of owner: " + o.Means + ". Unset: of both."
	default:
		return "Only keys of this kind of owner: " + o.Means + ". Unset: of all."
	}
}

// facts are the columns of every vendor's keys.
func facts(owners Owners, can keyseries.Capabilities) []Column {
	lastUsed, unused := "null if never, or if an answer leaves it out. A hint: the API does not say how long it lags behind.", "if it was never used, since it was created; null if an answer leaves its last use out."
	if can.LastUse != keyseries.UseTime {
		lastUsed, unused = "null if never or unknown.", "null if unknown."
	}
	expires := "null if never"
	if !can.NeverOmitted {
		expires += ", or if an answer leaves it out"
	}
	return []Column{
		Text("id", "The key's id.", func(row Row) string { return row.Key.ID }),
		Text("name", "The key's name, without this provider's marker.", Row.Name),
		Text("redacted_value", "What the API shows of the secret: its first and last characters.", func(row Row) string { return row.Key.Redacted }),
		Text("owner_type", owners.Means+"; null if the API does not show it.", func(row Row) string { return row.Owner.Type }),
		Text("owner_id", "The id of the "+owners.Who+" that owns the key.", func(row Row) string { return row.Owner.ID }),
		Text("owner_name", "The name of the "+owners.Who+".", func(row Row) string { return row.Owner.Name }),
		moment("created_at", "When the key was created, RFC 3339 in UTC.", func(row Row) time.Time { return row.Key.CreatedAt }),
		days("age_days", "How many whole days ago that was.", func(row Row) time.Time { return row.Key.CreatedAt }),
		moment("last_used_at", "When the key was last used, RFC 3339 in UTC; "+lastUsed, func(row Row) time.Time { return row.Key.LastUsedAt }),
		days("unused_days", "For how many whole days the key has not been used; "+unused, Row.idleSince),
		moment("expires_at", "When the key expires, RFC 3339 in UTC; "+expires+".", func(row Row) time.Time { return row.Key.ExpiresAt }),
	}
}

func moment(name, description string, of func(Row) time.Time) Column {
	return Shown(name, schema.StringAttribute{Computed: true, MarkdownDescription: description}, func(row Row) attr.Value { return crud.Timestamp(of(row)) })
}

// days is how many whole days ago a moment was, null where it is not known.
func days(name, description string, since func(Row) time.Time) Column {
	return Column{name, schema.Int64Attribute{Computed: true, MarkdownDescription: description}, func(row Row, now time.Time) attr.Value { return daysSince(since(row), now) }}
}

// daysSince is null where the moment, or the time, is not known.
func daysSince(moment, now time.Time) types.Int64 {
	if moment.IsZero() || now.IsZero() {
		return types.Int64Null()
	}
	return types.Int64Value(int64(now.Sub(moment) / (24 * time.Hour)))
}
