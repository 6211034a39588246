// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package keyresource is the Terraform resource over a key series: schema, plan and
// state. It knows no vendor; a vendor gives it a [Kind].
package keyresource

import (
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
)

// Series are the attributes every key series has; a vendor's model embeds it.
type Series struct {
	ID                types.String `tfsdk:"id"`
	Name              types.String `tfsdk:"name"`
	Lifetime          types.String `tfsdk:"lifetime"`
	RotateAfter       types.String `tfsdk:"rotate_after"`
	Overlap           types.String `tfsdk:"overlap"`
	RotateWhenChanged types.Map    `tfsdk:"rotate_when_changed"`
	SecretStorage     types.String `tfsdk:"secret_storage"`
	SealRecipients    types.List   `tfsdk:"seal_recipients"`

	Generation       types.Int64  `tfsdk:"generation"`
	Version          types.Int64  `tfsdk:"version"`
	CreatedAt        types.String `tfsdk:"created_at"`
	ExpiresAt        types.String `tfsdk:"expires_at"`
	RotationDueAt    types.String `tfsdk:"rotation_due_at"`
	ReadyForRotation types.Bool   `tfsdk:"ready_for_rotation"`
	SealedValue      types.String `tfsdk:"sealed_value"`
	Value            types.String `tfsdk:"value"`
	RedactedValue    types.String `tfsdk:"redacted_value"`
	SealedTo         types.List   `tfsdk:"sealed_to"`
	Previous         types.List   `tfsdk:"previous"`
	Leftovers        types.List   `tfsdk:"leftovers"`
}

const (
	day            = 24 * time.Hour
	defaultOverlap = "24h"
	leastSpan      = time.Second
)

// previousType is one element of the previous attribute.
var previousType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"id": types.StringType, "expires_at": types.StringType,
}}

// leftoverType is one element of the leftovers attribute.
var leftoverType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"id": types.StringType, "created_at": types.StringType, "last_used_at": types.StringType,
}}

// Schema joins the attributes of every series with a vendor's own. longest is the
// vendor's limit for a lifetime; what is said of ends follows from what it can do.
func Schema(description string, longest time.Duration, can keyseries.Capabilities, own map[string]schema.Attribute) schema.Schema {
	lifetimeChange := "A change applies in place while the new end lies at least `overlap` ahead; otherwise, and when it is taken away, the key rotates, and the plan says so."
	overlapEnd := "At least this long, and at most this long: the end is set at the vendor's server, so the old key stops working even if Terraform never runs again."
	if can.End != keyseries.Later {
		lifetimeChange = "The API cannot change it on an existing key, so any change rotates the key."
		overlapEnd = "At least this long: the API cannot give an existing key an end, so the first apply after the overlap revokes the old key. Set `lifetime` too, which ends it even if nobody applies."
	}
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "The id of the current key. Changes with every rotation.",
		},
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The key's name. At the vendor it is followed by a short marker, such as `payments (ok-k3v6zq2mda.x5b7qd2k)`, by which a key is found again even if the answer to its creation was lost. Keys cannot be renamed, so a change rotates the key with its overlap. On an imported key a change is only recorded.",
			Validators:          []validator.String{crud.Name()},
		},
		"lifetime": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "How long each generation lives, as a duration such as `90d` or `36h`, measured from `created_at`: the vendor's server rejects the key afterwards, whether Terraform runs or not. 1 second to 365 days. Unset: the key never expires. " + lifetimeChange + " Without `rotate_after` it is a scheduled outage.",
			Validators:          []validator.String{crud.DurationBetween(leastSpan, longest)},
		},
		"rotate_after": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The age at which the next apply rotates the key, as a duration such as `60d`. Must be shorter than `lifetime`. Unset: never due by age. Raising or removing it stops a rotation that is due but not applied; lowering it can make one due. The age of an imported key counts from its import.",
			Validators:          []validator.String{crud.DurationBetween(leastSpan, 0)},
		},
		"overlap": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			Default:             stringdefault.StaticString(defaultOverlap),
			MarkdownDescription: "How long the previous key keeps working after a rotation, as a duration. Default `24h`. " + overlapEnd + " `0s` revokes the old key at once. A change counts from the next rotation.",
			Validators:          []validator.String{crud.DurationBetween(0, longest)},
		},
		"rotate_when_changed": schema.MapAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Any values of yours; when one changes, is added or removed, the key rotates. Setting the map for the first time only records it. A value that is unknown in every plan, such as `timestamp()`, rotates the key in every apply.",
			Validators:          []validator.Map{crud.NoNulls()},
		},
		"secret_storage": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "How the secret is stored in state: `sealed` (age ciphertext in `sealed_value`) or `state` (plaintext in `value`). Default: the provider's `secret_storage`. Going from `state` to `sealed` seals the present secret, but older versions of the state still hold the plaintext; going back needs the seal identity. Neither rotates the key.",
			Validators:          []validator.String{stringvalidator.OneOf(string(seal.Sealed), string(seal.Plain))},
		},
		"seal_recipients": schema.ListAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Public keys this secret is sealed to: age (`age1…`; or `age1pq1…` for all or for none) or SSH (`ssh-ed25519 …`, `ssh-rsa …`). Default: the provider's `seal.recipients`. A change never rotates the key: if the provider has an identity that opens it, the secret is sealed again in place; otherwise the next rotation uses the new list. The plan names who is added and who is removed. An empty list changes nothing, but the next key needs a recipient.",
			Validators:          []validator.List{RecipientList()},
		},
		"generation": schema.Int64Attribute{
			Computed:            true,
			MarkdownDescription: "Counts the keys of this resource: 1, 2, 3 … Goes up with every rotation.",
		},
		"version": schema.Int64Attribute{
			Computed:            true,
			MarkdownDescription: "A number taken from the moment the current key was created (Unix milliseconds). It rises with every rotation and differs after a replacement: feed it to the `*_wo_version` argument of whatever stores the secret. Null for an imported key until its first rotation.",
		},
		"created_at": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "When the current key was created, RFC 3339 in UTC.",
		},
		"expires_at": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "When the current key expires, RFC 3339 in UTC; null if never.",
		},
		"rotation_due_at": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "When the key becomes due by `rotate_after`, RFC 3339 in UTC; null without `rotate_after`.",
		},
		"ready_for_rotation": schema.BoolAttribute{
			Computed:            true,
			MarkdownDescription: "True once the key is due by `rotate_after` or has expired. Decided when the state is refreshed, so `-refresh=false` shows no new rotation.",
		},
		"sealed_value": schema.StringAttribute{
			Computed:            true,
			Sensitive:           true,
			MarkdownDescription: "The secret, encrypted to `sealed_to` as ASCII-armored age: `age -d` opens it. It is marked sensitive only to keep eight lines of base64 out of plans. Null with `secret_storage = \"state\"` and for an imported key until its first rotation.",
		},
		"value": schema.StringAttribute{
			Computed:            true,
			Sensitive:           true,
			MarkdownDescription: "The secret in plaintext, only with `secret_storage = \"state\"`; otherwise null.",
		},
		"redacted_value": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "The secret as the vendor shows it, such as `sk-abc...def`. Null from a mint to the next refresh.",
		},
		"sealed_to": schema.ListAttribute{
			Computed:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "The public keys the current `sealed_value` is sealed to, sorted, without SSH comments: who can read the secret. Null when nothing is sealed.",
		},
		"previous": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "Keys that a rotation has replaced and that still work. Usually the key before the last rotation until its overlap ends.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "The key's id."},
				"expires_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When it stops working, RFC 3339 in UTC: the end at the vendor's server, or, where only an apply ends it, the promised end, from which on the next apply revokes it."},
			}},
		},
		"leftovers": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "Working keys of this series that no rotation of this state has replaced: another run created them, or one that was killed. Empty as a rule. Every plan names them. A key that was never used and is at least 24 hours old is revoked by the next apply, and leaves this list in its plan; any other is left alone.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":           schema.StringAttribute{Computed: true, MarkdownDescription: "The key's id."},
				"created_at":   schema.StringAttribute{Computed: true, MarkdownDescription: "When it was created, RFC 3339 in UTC."},
				"last_used_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When it was last used, RFC 3339 in UTC; null if never, as far as the vendor shows it."},
			}},
		},
	}
	maps.Copy(attributes, own)
	return schema.Schema{MarkdownDescription: description, Attributes: attributes}
}
