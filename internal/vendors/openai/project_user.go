// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A project user is one user of the organization in one project.
var projectUser = crud.Object[*api.Client, projectUserModel]{
	TypeName: "openai_project_user",
	Noun:     "project user",
	Identity: crud.Identity{"project_id", "user_id"},
	Example:  "proj_abc123/user-abc123",
	Untold:   []string{"email"},
	Constant: []string{"email"},
	Connect:  connect,
	Parent: func(ctx context.Context, c *api.Client, config projectUserModel) error {
		err := projectIsThere(ctx, c, config.ProjectID)
		if err == nil && !config.UserID.IsNull() {
			err = userIsThere(ctx, c, config.importID(), config.UserID)
		}
		if err == nil && config.Email.ValueString() != "" {
			err = addressIsThere(ctx, c, config.Email)
		}
		return err
	},
	Schema: schema.Schema{
		MarkdownDescription: "One user of the organization in one project, with a role there. Other users are left alone." + effective +
			"\n\nIf the user is in the project already, the apply fails and asks for an import. A destroy removes the user from the project; for owners of the organization this is an error, because they cannot be removed.",
		Attributes: map[string]schema.Attribute{
			"project_id": crud.Parent("The id of the project. A change removes the user from the old project and adds them to the new one."),
			"user_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The user's id. Give this or `email`; both must be of one user. A change removes the old user and adds the new one.",
				Validators:          []validator.String{crud.PathElement(), stringvalidator.AtLeastOneOf(path.MatchRoot("user_id"), path.MatchRoot("email"))},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown(), crud.ReplaceKnown()},
			},
			"email": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The user's e-mail address, which is looked up among the users of the organization; case does not matter. Give this or `user_id`. If the new address belongs to another user, that user replaces the former one in the project.",
				Validators:          []validator.String{crud.Name()},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown(), sameAddress, crud.MoveIf(otherAddress, "A change to the address of another user replaces the resource.")},
			},
			"role": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The user's role in the project: `member` or `owner`. Changed in place.",
				Validators:          []validator.String{projectRoleOfUser},
			},
		},
	},
	Look: func(ctx context.Context, c *api.Client, plan projectUserModel) error {
		if address := plan.Email.ValueString(); address != "" && plan.UserID.ValueString() != "" {
			if u, member, err := memberByAddress(ctx, c, address); err == nil && member {
				if err := plan.ofOne(u); err != nil {
					return err
				}
			}
		}
		if plan.ProjectID.IsUnknown() {
			return nil
		}
		for _, u := range c.ProjectUsers.First(ctx, plan.ProjectID.ValueString()).Items {
			if u.ID == plan.UserID.ValueString() || u.Email != "" && strings.EqualFold(u.Email, plan.Email.ValueString()) {
				plan.UserID = types.StringValue(u.ID)
				warnExisting(ctx, plan.named(), plan.importID())
			}
		}
		return nil
	},
	Create: createProjectUser,
	Read: func(ctx context.Context, c *api.Client, prior projectUserModel) (projectUserModel, error) {
		u, err := c.ProjectUsers.Get(ctx, prior.ProjectID.ValueString(), prior.UserID.ValueString(), crud.CreatedAt(ctx))
		return prior.from(u), err
	},
	Update: func(ctx context.Context, c *api.Client, plan, state projectUserModel) (projectUserModel, error) {
		if plan.Role.Equal(state.Role) {
			state.Email = plan.Email
			return state, nil // the server had shown no address
		}
		u, err := c.ProjectUsers.Update(ctx, state.ProjectID.ValueString(), state.UserID.ValueString(), crud.CreatedAt(ctx), map[string]any{"role": plan.Role.ValueString()})
		return state.from(u), state.refused(ctx, c, err)
	},
	Delete: func(ctx context.Context, c *api.Client, state projectUserModel) error {
		return state.refused(ctx, c, c.ProjectUsers.Delete(ctx, state.ProjectID.ValueString(), state.UserID.ValueString(), crud.CreatedAt(ctx)))
	},
	Moves: []crud.Move{{Type: "openai_project_user", Providers: otherProviders, IDs: movedInProject("user_id", "id")}},
}

// projectRoleOfUser are the roles that a user can have in a project by itself; others are assigned.
var projectRoleOfUser = stringvalidator.OneOf("member", "owner")

type projectUserModel struct {
	ProjectID types.String `tfsdk:"project_id"`
	UserID    types.String `tfsdk:"user_id"`
	Email     types.String `tfsdk:"email"`
	Role      types.String `tfsdk:"role"`
}

func (m projectUserModel) from(u api.ProjectUser) projectUserModel {
	m.Role = crud.Optional(u.Role)
	if u.Email != "" && !strings.EqualFold(u.Email, m.Email.ValueString()) {
		m.Email = types.StringValue(u.Email)
	}
	if m.Email.IsUnknown() {
		m.Email = types.StringNull()
	}
	return m
}

func (m projectUserModel) importID() string {
	return m.ProjectID.ValueString() + "/" + m.UserID.ValueString()
}

func (m projectUserModel) named() string {
	return crud.Named("user", m.Email.ValueString(), m.UserID.ValueString()) + " of project " + m.ProjectID.ValueString()
}

// otherAddress says that a planned address is not the user's.
func otherAddress(planned, has types.String) bool {
	return !planned.IsUnknown() && !planned.IsNull() && !has.IsNull() && !strings.EqualFold(planned.ValueString(), has.ValueString())
}

// ofOne is an error where the address is u's, and the id another user's.
func (m projectUserModel) ofOne(u api.User) error {
	address, id := m.Email.ValueString(), m.UserID.ValueString()
	if id == "" || id == u.ID {
		return nil
	}
	return &crud.At{Path: path.Root("email"), Summary: crud.Named("user", address, id) + " is two users", Detail: fmt.Sprintf("The e-mail address %s is of user %s, but user_id is %s. Give only one of the two arguments.", address, u.ID, id)}
}

func createProjectUser(ctx context.Context, c *api.Client, plan projectUserModel) (projectUserModel, error) {
	project := plan.ProjectID.ValueString()
	if address := plan.Email.ValueString(); address != "" {
		u, err := userByAddress(ctx, c, address)
		if err == nil {
			err = plan.ofOne(u)
		}
		if err != nil {
			return plan, err
		}
		plan.UserID = types.StringValue(u.ID)
	}
	user := plan.UserID.ValueString()
	answer, err := join(ctx, c.ProjectUsers, project, user, map[string]any{"user_id": user, "role": plan.Role.ValueString()}, plan.named(), plan.importID())
	if e, ok := apierr.As(err); ok && e.Outcome == apierr.Refused && strings.Contains(e.Message, "already exists in project") {
		// As the creator of a new project is.
		return plan, errors.Join(existing(plan.named(), plan.importID()), err)
	}
	if plan.Email.IsUnknown() {
		plan.Email = crud.Optional(answer.Email)
	}
	if role, _ := answer.Role.(string); role != "" {
		plan.Role = types.StringValue(role) // an owner of the organization is an owner in the project, too
	}
	return plan, err
}

// refused completes a refusal of a change for an owner of the organization, whom no project can
// change or remove.
func (m projectUserModel) refused(ctx context.Context, c *api.Client, err error) error {
	failed, _ := apierr.As(err)
	if status := apierr.Status(err); status != http.StatusBadRequest && status != http.StatusForbidden && status != http.StatusConflict {
		return err
	}
	u, lookErr := c.Users.Get(ctx, "", m.UserID.ValueString(), time.Time{})
	if lookErr != nil || u.Role != "owner" {
		return err // the server says why
	}
	hint := fmt.Sprintf("%s is an owner of the organization, whom no project can change or remove. It stays in state as it is. Make the user a reader of the organization first (orgkeys_openai_user_role), or only forget this resource: terraform state rm <address>", crud.Named("User", cmp.Or(u.Email, u.Name), u.ID))
	if failed.Hint != "" { // it may be that as well
		hint = failed.Hint + "\n\n" + hint
	}
	return apierr.Hinted(err, hint)
}

// projectUserListing finds the users of one project.
var projectUserListing = listBelow[inProject](projectUser, "project users", inProjectQuery, below[api.ProjectUser, projectUserModel]{
	what: "users", parent: "project",
	of:    func(c *api.Client) *api.Objects[api.ProjectUser] { return c.ProjectUsers },
	facts: func(u api.ProjectUser) (id, name string) { return u.ID, u.Name },
	shows: func(_ context.Context, _ *api.Client, into projectUserModel, u api.ProjectUser) (projectUserModel, error) {
		return into.from(u), nil
	},
})
