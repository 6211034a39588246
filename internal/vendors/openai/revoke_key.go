// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
)

// The emergency exit: a key ends now, whoever owns it and whether it is managed.
var revokeKey = keyinventory.RevocationOf[revokeKeyModel]{
	TypeName: "openai_revoke_key",
	Kind:     apiKeys,
	Schema: schema.Schema{
		MarkdownDescription: "Revokes one API key of a project at once, without any overlap: for a key that leaked, or one that must not be used any more. The key need not be managed by Terraform, and may belong to a user. Whatever still uses it fails from now on. If it is the current key of an `orgkeys_openai_api_key`, the next apply creates a new one.\n\nNeeds Terraform 1.14 or newer.",
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The id of the project the key belongs to.",
				Validators:          []validator.String{crud.PathElement()},
			},
			"key_id": keyinventory.KeyArgument(),
		},
	},
	Bind: func(providerData any, row keyinventory.Row) (keyinventory.Revoker, error) {
		return bindKeys(providerData, row.Place.ID, row.Key.OwnerID, nil)
	},
	Asked:   func(m revokeKeyModel) (placeID, keyID types.String) { return m.ProjectID, m.KeyID },
	Example: "proj_abc123 or key_abc123",
	Check:   "that it is the id of a project's API key: an admin key is revoked under /organization/admin_api_keys, and a service account by deleting it",
}

type revokeKeyModel struct {
	ProjectID types.String `tfsdk:"project_id"`
	KeyID     types.String `tfsdk:"key_id"`
}
