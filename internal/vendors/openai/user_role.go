// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A user role is what a user is in the organization. Users come by invites or from an identity
// provider, so none is created or removed here.
var userRole = crud.Object[*api.Client, userRoleModel]{
	TypeName: "openai_user_role",
	Noun:     "user role",
	Identity: crud.Identity{"user_id"},
	Example:  "user-abc123",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "The role of one user in the organization: `owner` or `reader`. The user must be in the organization already. A plan that changes the role shows the present one." + effective + "\n\nA destroy only removes the resource from state, with a warning: the user keeps the role.",
		Attributes: map[string]schema.Attribute{
			"user_id": crud.Parent("The user's id. A change of the user adopts the new user's role, and leaves the former user's role as it is."),
			"role": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "`owner` or `reader`. Changed in place.",
				Validators:          []validator.String{organizationRole},
			},
		},
	},
	Parent: func(ctx context.Context, c *api.Client, config userRoleModel) error {
		return userIsThere(ctx, c, config.UserID.ValueString(), config.UserID)
	},
	Look: func(ctx context.Context, c *api.Client, plan userRoleModel) error {
		if plan.UserID.IsUnknown() || plan.Role.IsUnknown() {
			return nil
		}
		u, err := c.Users.Get(ctx, "", plan.UserID.ValueString(), time.Time{})
		if err == nil && u.Role != "" && u.Role != plan.Role.ValueString() {
			crud.Warn(ctx, crud.Named("user", u.Email, u.ID), "changes its role", "The user is %s of the organization now, and applying makes it %s. Destroying this resource does not change it back.", u.Role, plan.Role.ValueString())
		}
		return nil
	},
	Create: func(ctx context.Context, c *api.Client, plan userRoleModel) (userRoleModel, error) {
		u, err := c.Users.Get(ctx, "", plan.UserID.ValueString(), time.Time{})
		if err == nil && u.Role != plan.Role.ValueString() {
			u, err = plan.set(ctx, c)
		}
		return plan.from(u), err
	},
	Read: func(ctx context.Context, c *api.Client, prior userRoleModel) (userRoleModel, error) {
		u, err := c.Users.Get(ctx, "", prior.UserID.ValueString(), time.Time{})
		return prior.from(u), apierr.Next(err, "Take it out of the configuration, too: a role cannot be given to a user who is not in the organization.")
	},
	Update: func(ctx context.Context, c *api.Client, plan, _ userRoleModel) (userRoleModel, error) {
		u, err := plan.set(ctx, c)
		return plan.from(u), err
	},
	Delete: func(ctx context.Context, _ *api.Client, state userRoleModel) error {
		crud.Warn(ctx, crud.Named("user", "", state.UserID.ValueString()), "keeps its role", "%s", state.kept())
		return nil
	},
	Loss: func(_ context.Context, _ *api.Client, state userRoleModel) (what, detail string) {
		return "is only forgotten", state.kept()
	},
	Moves: []crud.Move{
		{Type: "openai_user_role", Providers: otherProviders, IDs: movedUser},
		{Type: "openai_organization_user", Providers: otherProviders, IDs: movedUser},
	},
}

// organizationRole are the roles that a user can have in the organization.
var organizationRole = stringvalidator.OneOf("owner", "reader")

type userRoleModel struct {
	UserID types.String `tfsdk:"user_id"`
	Role   types.String `tfsdk:"role"`
}

func (m userRoleModel) from(u api.User) userRoleModel {
	m.Role = crud.Optional(u.Role)
	return m
}

func (m userRoleModel) set(ctx context.Context, c *api.Client) (api.User, error) {
	return c.Users.Update(ctx, "", m.UserID.ValueString(), time.Time{}, map[string]any{"role": m.Role.ValueString()})
}

func (m userRoleModel) kept() string {
	return fmt.Sprintf("User %s stays in the organization with the role %s.", m.UserID.ValueString(), m.Role.ValueString())
}

// movedUser is none for a type of the same name that gives a user a role by its id.
func movedUser(_ context.Context, source crud.Attributes) []string {
	if source.Text("role_id") != "" {
		return []string{""}
	}
	return []string{source.Text("user_id", "id")}
}

// userRoleListing finds what all users are in the organization.
var userRoleListing = crud.Listing[*api.Client, struct{}, userRoleModel]{
	TypeName: userRole.TypeName,
	Noun:     "user roles",
	Identity: userRole.Identity,
	Connect:  connect,
	Schema:   lschema.Schema{MarkdownDescription: "Finds the users of the organization with their roles, including those that Terraform manages already. Service accounts are left out."},
	Find: func(ctx context.Context, c *api.Client, _ struct{}) iter.Seq2[crud.Found[userRoleModel], error] {
		return crud.Each(c.Users.Walk(ctx, "", keyinventory.MayLack(ctx, "users")), func(u *api.User) *crud.Found[userRoleModel] {
			if u.ServiceAccount {
				return nil
			}
			return &crud.Found[userRoleModel]{ID: []string{u.ID}, DisplayName: u.Name, Complete: func(_ context.Context, m userRoleModel) (userRoleModel, error) {
				return m.from(*u), nil
			}}
		})
	},
}
