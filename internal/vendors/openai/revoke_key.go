// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/openai"
)

// The emergency exit: a key ends now, whoever owns it and whether it is managed.
var revokeKey = crud.Invocation[*openai.Client, revokeKeyModel]{
	TypeName: "openai_revoke_key",
	Does:     "revoke API key",
	Target:   func(m revokeKeyModel) string { return m.KeyID.ValueString() },
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "Revokes one API key of a project at once, without any overlap: for a key that leaked, or one that nobody should use any more. The key need not be managed by Terraform, and may belong to a person. Whatever still uses it fails from now on. If it is the current key of an `orgkeys_openai_api_key`, the next apply makes a new one.\n\nNeeds Terraform 1.14 or newer.",
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The id of the project the key belongs to.",
				Validators:          []validator.String{crud.PathElement()},
			},
			"key_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The id of the key. A key that is already gone is success, as long as its project exists.",
				Validators:          []validator.String{crud.PathElement()},
			},
		},
	},
	Invoke: func(ctx context.Context, c *openai.Client, m revokeKeyModel, progress func(string)) error {
		project, key := m.ProjectID.ValueString(), m.KeyID.ValueString()
		found, err := c.Key(ctx, project, key, time.Time{})
		if err != nil && !isGone(err) {
			return err
		}
		if err != nil {
			progress(fmt.Sprintf("Key %s of project %s is gone already.", key, project))
			return nil
		}
		progress(fmt.Sprintf("Revoking key %s (%q) of %s…", key, found.Name, found.OwnerName))
		return (&projectKeys{c, project, found.OwnerID}).Revoke(ctx, key)
	},
}

type revokeKeyModel struct {
	ProjectID types.String `tfsdk:"project_id"`
	KeyID     types.String `tfsdk:"key_id"`
}
