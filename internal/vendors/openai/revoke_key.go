// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// The emergency exit: a key ends now, whoever owns it and whether it is managed.
var revokeKey = crud.Invocation[*api.Client, revokeKeyModel]{
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
				MarkdownDescription: "The id of the key, as the API or the inventory shows it. A key that is not found is an error: the id may be mistyped, and the key that was meant may live on.",
				Validators:          []validator.String{crud.PathElement()},
			},
		},
	},
	Invoke: func(ctx context.Context, c *api.Client, m revokeKeyModel, progress func(string)) error {
		project, key := m.ProjectID.ValueString(), m.KeyID.ValueString()
		// Values from variables come only now, past the validators of the plan.
		if err := cmp.Or(checkID("project_id", project), checkID("key_id", key)); err != nil {
			return err
		}
		found, err := c.Key(ctx, project, key, time.Time{})
		if isGone(err) {
			return fmt.Errorf("%w. Nothing was revoked. Check project_id, key_id, and that it is the id of a project's API key: an admin key is revoked under /organization/admin_api_keys, and a service account by deleting it. If the key was there before, it has been revoked already", err)
		}
		if err != nil {
			return err
		}
		progress(fmt.Sprintf("Revoking key %s (%q) of %s…", key, found.Name, found.OwnerName))
		return c.RevokeKey(ctx, project, key)
	},
}

func checkID(name, id string) error {
	err := ident.Check(id)
	if err == nil {
		return nil
	}
	return &crud.At{Path: path.Root(name), Summary: "Invalid " + name, Detail: fmt.Sprintf("%s %v. Nothing was revoked. Give the id as the API shows it, such as proj_abc123 or key_abc123.", name, err)}
}

type revokeKeyModel struct {
	ProjectID types.String `tfsdk:"project_id"`
	KeyID     types.String `tfsdk:"key_id"`
}
