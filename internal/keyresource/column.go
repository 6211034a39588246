// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// series is a model's part that every key series has, with or without an end.
type series struct {
	*Series
	*Expiry
}

// column is one computed attribute of every key series.
type column struct {
	name      string
	place     Place[*series]
	attribute schema.Attribute
}

// columns are the computed attributes of a series of keys with these capabilities. What
// is done to all of them alike is done by this table.
func columns(c keyseries.Capabilities, redacted string) []column {
	text := func(name string, place func(*series) *types.String, description string) column {
		return column{name, At(place), schema.StringAttribute{Computed: true, MarkdownDescription: description}}
	}
	number := func(name string, place func(*series) *types.Int64, description string) column {
		return column{name, At(place), schema.Int64Attribute{Computed: true, MarkdownDescription: description}}
	}
	secret := func(name string, place func(*series) *types.String, description string) column {
		return column{name, At(place), schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: description}}
	}
	rows := func(name string, place func(*series) *types.List, description string, row map[string]schema.Attribute) column {
		return column{name, At(place), schema.ListNestedAttribute{Computed: true, MarkdownDescription: description, NestedObject: schema.NestedAttributeObject{Attributes: row}}}
	}
	cell := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	out := []column{
		text("id", func(s *series) *types.String { return &s.ID }, "The id of the current key. Changes with every rotation."),
		number("generation", func(s *series) *types.Int64 { return &s.Generation }, "Counts the keys of this resource: 1, 2, 3 … Goes up with every rotation."),
		number("version", func(s *series) *types.Int64 { return &s.Version }, "A number taken from the moment the current key was created (Unix milliseconds). It rises with every rotation and differs after a replacement: use it for the `*_wo_version` argument of the resource that stores the secret. Null for an imported key until its first rotation."),
		text("created_at", func(s *series) *types.String { return &s.CreatedAt }, createdText(c)),
		text("rotation_due_at", func(s *series) *types.String { return &s.RotationDueAt }, "When the key becomes due by `rotate_after`, RFC 3339 in UTC; null without `rotate_after`. A key that the server lets expire sooner than it was asked to is due before it expires."),
		{"ready_for_rotation", At(func(s *series) *types.Bool { return &s.ReadyForRotation }), schema.BoolAttribute{Computed: true, MarkdownDescription: readyText(c)}},
		secret("sealed_value", func(s *series) *types.String { return &s.SealedValue }, "The secret, encrypted to `sealed_to` as ASCII-armored age: `age -d` opens it. It is marked sensitive only to keep eight lines of base64 out of plans. Null with `secret_storage = \"state\"` and for an imported key until its first rotation."),
		secret("value", func(s *series) *types.String { return &s.Value }, "The secret in plaintext, only with `secret_storage = \"state\"`; otherwise null."),
		text("redacted_value", func(s *series) *types.String { return &s.RedactedValue }, "The secret as the vendor shows it, such as `"+redacted+"`. Null from the creation of a key to the next refresh."),
		{"sealed_to", At(func(s *series) *types.List { return &s.SealedTo }), schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "The public keys the current `sealed_value` is sealed to, sorted, without SSH comments: who can read the secret. Null when nothing is sealed."}},
		rows("previous", func(s *series) *types.List { return &s.Previous }, "Keys that a rotation has replaced and that still work. Usually the key before the last rotation until its overlap is over.", map[string]schema.Attribute{
			"id":         cell("The key's id."),
			"expires_at": cell(previousEndText(c)),
		}),
		rows("leftovers", func(s *series) *types.List { return &s.Leftovers }, leftoversText(c), map[string]schema.Attribute{
			"id":           cell("The key's id."),
			"created_at":   cell("When it was created, RFC 3339 in UTC."),
			"last_used_at": cell("When it was last used, RFC 3339 in UTC; null if never or not shown by the vendor."),
		}),
	}
	if c.End != keyseries.Never {
		out = append(out, text("expires_at", func(s *series) *types.String { return &s.ExpiresAt }, "When the current key expires, RFC 3339 in UTC; null if never."))
	}
	return out
}

// carry takes every computed attribute over from state.
func (k Kind[P]) carry(p, s series) {
	for _, c := range k.table() {
		c.place.set(&p, c.place.get(&s))
	}
}

// unknowAll makes every computed attribute unknown.
func (k Kind[P]) unknowAll(p series) {
	for _, c := range k.table() {
		c.place.set(&p, unknown(c.attribute))
	}
}

// giveUp makes null what was never learned, and the secret of a key that may not exist.
func (k Kind[P]) giveUp(s series) {
	for _, c := range k.table() {
		if c.place.get(&s).IsUnknown() {
			c.place.set(&s, null(c.attribute))
		}
	}
	s.Value, s.SealedValue = types.StringNull(), types.StringNull()
	s.SealedTo = types.ListNull(types.StringType)
}

// previousType and leftoverType are the elements of the attributes of these names.
var (
	previousType = elementOf("previous")
	leftoverType = elementOf("leftovers")
)

func elementOf(name string) types.ObjectType {
	for _, c := range columns(keyseries.Capabilities{}, "") {
		if nested, ok := c.attribute.(schema.ListNestedAttribute); ok && c.name == name {
			if object, ok := nested.NestedObject.Type().(types.ObjectType); ok {
				return object
			}
		}
	}
	panic("no such attribute: " + name)
}
