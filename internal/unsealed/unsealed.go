// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package unsealed is the ephemeral resource that opens sealed values. It belongs to
// no vendor.
package unsealed

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

const (
	lockedFail        = "fail"
	lockedNull        = "null"
	lockedPlaceholder = "placeholder"
)

// New gives the framework's form.
func New() ephemeral.EphemeralResource { return &unsealed{} }

type unsealed struct{ data any }

type model struct {
	SealedValue   types.String `tfsdk:"sealed_value"`
	RedactedValue types.String `tfsdk:"redacted_value"`
	Identity      types.String `tfsdk:"identity"`
	WhenLocked    types.String `tfsdk:"when_locked"`
	Value         types.String `tfsdk:"value"`
}

var _ ephemeral.EphemeralResourceWithConfigure = &unsealed{}

func (u *unsealed) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_unsealed"
}

func (u *unsealed) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Opens a sealed secret for the length of one Terraform run, for write-only arguments of secret stores, provider blocks and provisioners. Nothing of it is stored.\n\nTerraform opens ephemeral resources while planning as well. A value that was sealed in this run needs no identity. Every other value needs the private key of one of its recipients. With `when_locked = terraform.applying ? \"fail\" : \"placeholder\"` plans and destroys need no identity, nor does the apply that creates or rotates the key. In every other apply Terraform opens the value too, even if nothing changes; without an identity that apply fails. OpenTofu opens it only where the value is used. Use the same provider alias as the key's resource.",
		Attributes: map[string]schema.Attribute{
			"sealed_value": schema.StringAttribute{
				// Not Required: the framework would refuse the null of an imported key
				// already while planning, whatever when_locked says.
				Optional:            true,
				MarkdownDescription: "The ciphertext; always set it, usually the `sealed_value` of the key's resource. Null, as for an imported key before its first rotation, counts as locked: it fails with `when_locked = \"fail\"`, so that no working secret in a store is overwritten.",
			},
			"redacted_value": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "What the vendor shows of the key, usually the `redacted_value` of the key's resource: if the opened secret has other first or last characters, it is the secret of another key, and is refused whatever `when_locked` says. Null is not compared; it is null from the creation of a key to the next refresh.",
			},
			"identity": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "The private key: the content of an age identity file (`AGE-SECRET-KEY-1…`) or of an unprotected SSH private key. Default: the provider's `seal.identity`.",
			},
			"when_locked": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "What happens when the value cannot be opened: `fail` (default), `null` (the result is null) or `placeholder` (the result is the value `" + secret.Placeholder + "`, for stores that refuse null already while planning). Damaged ciphertext always fails.",
				Validators:          []validator.String{stringvalidator.OneOf(lockedFail, lockedNull, lockedPlaceholder)},
			},
			"value": schema.StringAttribute{
				Computed:            true,
				Sensitive:           true,
				MarkdownDescription: "The secret.",
			},
		},
	}
}

func (u *unsealed) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	u.data = req.ProviderData
}

func (u *unsealed) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	data, err := crud.Client[*providerdata.Data](u.data)
	if err != nil {
		crud.AddError(&resp.Diagnostics, "open the sealed value", err)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	text, err := open(m, data.Seal)
	switch {
	case err == nil && !secret.Fits(text, m.RedactedValue.ValueString()):
		// Not pointed to sealed_value: the CLI would print its line, whatever stands there.
		resp.Diagnostics.AddError("The sealed value holds the secret of another key", swapped)
		return
	case err == nil:
		m.Value = types.StringValue(text.Reveal())
	case !errors.Is(err, seal.ErrLocked):
		resp.Diagnostics.AddError("Unable to open the sealed value", secret.Shown(crud.Sentence(err.Error())))
		return
	case m.WhenLocked.ValueString() == lockedNull:
		m.Value = types.StringNull()
	case m.WhenLocked.ValueString() == lockedPlaceholder:
		m.Value = types.StringValue(secret.Placeholder)
	default:
		resp.Diagnostics.AddError("Unable to open the sealed value", advice(m, data.Seal, err))
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, &m)...)
}

// open tries this process's memory first, then the identity.
func open(m model, settings seal.Settings) (secret.Text, error) {
	if m.SealedValue.IsNull() {
		return secret.Text{}, seal.ErrLocked
	}
	sealed := m.SealedValue.ValueString()
	if text, ok := settings.Handoff.Recall(sealed); ok {
		return text, nil
	}
	identities := settings.Identities
	if m.placeholder() {
		return secret.Text{}, seal.ErrLocked
	}
	if !m.Identity.IsNull() {
		own, err := seal.ParseIdentities(secret.New(m.Identity.ValueString()))
		if err != nil {
			return secret.Text{}, fmt.Errorf("the identity argument is wrong: %w", err)
		}
		identities = own
	}
	return identities.Open(sealed)
}

// placeholder reports whether the identity is itself a secret that could not be opened yet.
func (m model) placeholder() bool {
	return secret.IsPlaceholder(m.Identity.ValueString())
}

const swapped = "It opens, but the opened secret does not begin and end as redacted_value shows this key. Ciphertexts in the state may have been exchanged, or sealed_value and redacted_value are of different keys. Nothing was handed on.\n\n" +
	"Give both from the same resource. If they are, compare the state with an earlier version of it, find out who changed it, and rotate the keys concerned (rotate_when_changed)."

func advice(m model, settings seal.Settings, err error) string {
	const quiet = "\n\nIf this run only plans or destroys, set when_locked = terraform.applying ? \"fail\" : \"placeholder\"; then only applies need the identity, and not for a key that they create or rotate themselves." +
		"\n\nAn apply opens every other value, even if it changes nothing: give it the identity, or apply only when terraform plan -detailed-exitcode exits with 2. If the configuration has several provider blocks (alias), this block needs the same one as the key."
	switch {
	case m.SealedValue.IsNull():
		return "sealed_value is null: the secret of this key is not known. It was imported and has not been rotated yet, or it is stored with secret_storage = \"state\" (then use its value). Nothing was handed on, so that no working secret is overwritten."
	case m.placeholder():
		return "The identity argument is the placeholder of another orgkeys_unsealed: that one could not be opened, so this one cannot be either." + quiet
	case m.Identity.IsNull() && settings.IdentityLate:
		return "The provider's seal.identity is not known yet in this phase." + quiet
	case m.Identity.IsNull() && len(settings.Identities) == 0:
		return "There is no identity to open it with. Give the private key that belongs to one of its recipients: seal.identity in the provider block, ORGKEYS_SEAL_IDENTITY, ORGKEYS_SEAL_IDENTITY_FILE, or the identity argument." + quiet
	default:
		return "The given identity does not open it (" + err.Error() + "). The key's sealed_to lists the public keys it was sealed to; age-keygen -y shows the public key of an identity." + quiet
	}
}
