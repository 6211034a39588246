// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package keyresource is the Terraform resource over a key series: schema, plan and
// state. It knows no vendor; a vendor gives it a [Kind].
package keyresource

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
)

// Series are the attributes every key series has; a vendor's model embeds it.
type Series struct {
	ID                types.String `tfsdk:"id"`
	Name              types.String `tfsdk:"name"`
	RotateAfter       types.String `tfsdk:"rotate_after"`
	Overlap           types.String `tfsdk:"overlap"`
	RotateWhenChanged types.Map    `tfsdk:"rotate_when_changed"`
	SecretStorage     types.String `tfsdk:"secret_storage"`
	SealRecipients    types.List   `tfsdk:"seal_recipients"`

	Generation       types.Int64  `tfsdk:"generation"`
	Version          types.Int64  `tfsdk:"version"`
	CreatedAt        types.String `tfsdk:"created_at"`
	RotationDueAt    types.String `tfsdk:"rotation_due_at"`
	ReadyForRotation types.Bool   `tfsdk:"ready_for_rotation"`
	SealedValue      types.String `tfsdk:"sealed_value"`
	Value            types.String `tfsdk:"value"`
	RedactedValue    types.String `tfsdk:"redacted_value"`
	SealedTo         types.List   `tfsdk:"sealed_to"`
	Previous         types.List   `tfsdk:"previous"`
	Leftovers        types.List   `tfsdk:"leftovers"`
}

// Expiry are the attributes of a series whose keys can have an end; a vendor's model
// embeds it too, unless its keys are [keyseries.Never] given one.
type Expiry struct {
	Lifetime  types.String `tfsdk:"lifetime"`
	ExpiresAt types.String `tfsdk:"expires_at"`
}

const (
	day            = 24 * time.Hour
	defaultOverlap = "24h"
	leastSpan      = time.Second
	soon           = time.Hour // a rotate_after below it is most likely a mistake
)

// schema joins the attributes of every series with the vendor's own. What is said of
// names, ends and uses follows from what the vendor can do.
func (k Kind[P]) schema() schema.Schema {
	attributes := map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: nameText(k.Can),
			Validators:          []validator.String{crud.Name(), fittingName(k.Can.Name)},
		},
		"rotate_after": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: rotateAfterText(k.Can),
			Validators:          []validator.String{crud.DurationBetween(leastSpan, 0)},
		},
		"overlap": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			Default:             stringdefault.StaticString(defaultOverlap),
			MarkdownDescription: "How long the previous key keeps working after a rotation, as a duration. Default `24h`. " + overlapText(k.Can) + longestOverlap(k.Can) + " `0s` revokes the old key at once. A change takes effect with the next rotation.",
			Validators:          []validator.String{crud.DurationBetween(0, k.Can.Longest)},
		},
		"rotate_when_changed": schema.MapAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Any values of yours; when one changes, is added or removed, the key rotates. Setting the map for the first time only records it. A value that is unknown in every plan, such as `timestamp()`, rotates the key in every apply.",
			Validators:          []validator.Map{crud.NoNulls()},
		},
		"secret_storage": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "How the secret is stored in state: `sealed` (age ciphertext in `sealed_value`) or `state` (plaintext in `value`). Default: the provider's `secret_storage`. A change from `state` to `sealed` seals the present secret, but older versions of the state still hold the plaintext. A change back needs the seal identity. Neither rotates the key.",
			Validators:          []validator.String{stringvalidator.OneOf(string(seal.Sealed), string(seal.Plain))},
		},
		"seal_recipients": schema.ListAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Public keys this secret is sealed to: age (`age1…`), post-quantum age (`age1pq1…`; then all must be of this kind) or SSH (`ssh-ed25519 …`, `ssh-rsa …`). Default: the provider's `seal.recipients`. A change never rotates the key: if the provider has an identity that opens it, the secret is sealed again in place; otherwise the next rotation uses the new list. The plan names who is added and who is removed. An empty list changes nothing, but the next key needs a recipient.",
			Validators:          []validator.List{RecipientList()},
		},
	}
	if k.Can.End != keyseries.Never {
		attributes["lifetime"] = schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: lifetimeText(k.Can),
			Validators:          []validator.String{crud.DurationBetween(leastSpan, k.Can.Longest)},
		}
	}
	for _, c := range k.table() {
		attributes[c.name] = c.attribute
	}
	for _, a := range k.Own {
		attributes[a.Name] = a.Attribute
	}
	return schema.Schema{MarkdownDescription: k.Description, Attributes: attributes}
}

func nameText(c keyseries.Capabilities) string {
	text := "The key's name. At the vendor it is followed by a short marker, such as `" + c.Name.Show("payments", keyseries.Mark{Series: "k3v6zq2mda", Nonce: "x5b7qd2k"}) + "`, by which a key is found again even if the answer to its creation was lost. "
	if c.Name.Unmarked {
		text = "The key's name, as the vendor shows it. "
	}
	if c.Name.Longest > 0 {
		mark := utf8.RuneCountInString(c.Name.Show("", keyseries.Mark{Series: "k3v6zq2mda", Nonce: "x5b7qd2k"}))
		text += fmt.Sprintf("At most %d characters. ", c.Name.Longest-mark)
	}
	if c.Name.Renames {
		return text + "Renamed in place."
	}
	return text + "Keys cannot be renamed, so a change rotates the key with its overlap. On an imported key a change is only recorded."
}

func lifetimeText(c keyseries.Capabilities) string {
	change := "A change applies in place while the new expiry is at least `overlap` ahead; otherwise, and when it is removed, the key rotates, and the plan says so."
	if c.End != keyseries.Later {
		change = "The API cannot change it on an existing key, so any change rotates the key."
	}
	limits := "At least `1s`."
	if c.Longest > 0 {
		limits = "At least `1s`, at most `" + span.Format(c.Longest) + "`."
	}
	return "How long each generation works, as a duration such as `90d` or `36h`, measured from `created_at`: the vendor's server rejects the key afterwards, whether Terraform runs or not. " + limits + " Unset: the key never expires. " + change + " Without `rotate_after` it is a scheduled outage."
}

func rotateAfterText(c keyseries.Capabilities) string {
	shorter := " Must be shorter than `lifetime`."
	if c.End == keyseries.Never {
		shorter = " The vendor's keys never expire, so a key without `rotate_after` works until it is revoked."
	}
	return "The age at which the next apply rotates the key, as a duration such as `60d`. A value below `1h` warns, because `m` means minutes." + shorter + " Unset: never due by age. Raising or removing it stops a rotation that is due but not applied; lowering it can make one due. The age of an imported key counts from its import."
}

func longestOverlap(c keyseries.Capabilities) string {
	if c.Longest == 0 {
		return ""
	}
	return " At most `" + span.Format(c.Longest) + "`."
}

func overlapText(c keyseries.Capabilities) string {
	switch c.End {
	case keyseries.Later:
		return "Exactly this long: the old key's expiry is set at the vendor's server, so the old key stops working even if Terraform never runs again."
	case keyseries.AtMint:
		return "At least this long: the API cannot make an existing key expire, so the first apply after the overlap revokes the old key. Set `lifetime` too: then the old key expires even without an apply."
	default:
		return "At least this long: the vendor's keys never expire, so the first apply after the overlap revokes the old key, and until then it works."
	}
}

func createdText(c keyseries.Capabilities) string {
	if c.NoCreated {
		return "When the current key was created, RFC 3339 in UTC, as this provider recorded it: the API does not show it. Null for an imported key."
	}
	return "When the current key was created, RFC 3339 in UTC."
}

func readyText(c keyseries.Capabilities) string {
	expired := " or has expired"
	if c.End == keyseries.Never {
		expired = ""
	}
	return "True once the key is due by `rotate_after`" + expired + ". Decided when the state is refreshed, so `-refresh=false` shows no new rotation."
}

func previousEndText(c keyseries.Capabilities) string {
	if c.End == keyseries.Never {
		return "The promised expiry, RFC 3339 in UTC: the key works at least until then, and the first apply afterwards revokes it."
	}
	return "When it stops working, RFC 3339 in UTC: its expiry at the vendor's server. Where only an apply revokes it: the promised expiry, after which the next apply revokes it."
}

func leftoversText(c keyseries.Capabilities) string {
	then := "A key that was never used and is at least 24 hours old is revoked by the next apply, and its plan removes the key from this list; any other key is left alone."
	if !c.ClearsUnused() {
		then = "The next apply revokes a key that an earlier apply of this state created and whose answer was lost. Any other key is left alone, because it cannot be proven that it is of this series and unused."
	}
	return "Working keys of this series that are neither the current key nor in `previous`: another run created them, or a run that was killed. Usually empty. Every plan names them. " + then
}
