// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A role is a set of permissions that this organization made.
var role = crud.Object[*api.Client, roleModel]{
	TypeName: "openai_role",
	Noun:     "role",
	Identity: crud.Identity{"id"},
	Example:  "role_abc123",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "A role of the organization: a set of permissions that `orgkeys_openai_role_assignment` gives to users, service accounts and groups. Predefined roles, such as the organization's owner, are found by the data sources and are never managed." + effective + "\n\nDestroying it deletes the role, and whoever has it loses its permissions.",
		Attributes:          roleAttributes("the organization"),
	},
	Create: func(ctx context.Context, c *api.Client, plan roleModel) (roleModel, error) {
		return organizationRoles(c).create(ctx, plan)
	},
	Read: func(ctx context.Context, c *api.Client, prior roleModel) (roleModel, error) {
		return organizationRoles(c).read(ctx, prior)
	},
	Update: func(ctx context.Context, c *api.Client, plan, state roleModel) (roleModel, error) {
		return organizationRoles(c).update(ctx, plan, state)
	},
	Delete: func(ctx context.Context, c *api.Client, state roleModel) error {
		return c.Roles.Delete(ctx, "", state.ID.ValueString(), crud.CreatedAt(ctx))
	},
	Namesakes: func(ctx context.Context, c *api.Client, plan roleModel) (crud.Namesakes, error) {
		return organizationRoles(c).directory().Namesakes(plan.Name, c.Roles.First(ctx, ""))
	},
	Loss: func(context.Context, *api.Client, roleModel) (what, detail string) { return lostRole() },
	Moves: []crud.Move{
		{Type: "openai_role", Providers: otherProviders, IDs: movedID("role_id", "id")},
		{Type: "openai_organization_role", Providers: otherProviders, IDs: movedID("id")},
	},
}

// A project role is one that only holds in one project.
var projectRole = crud.Object[*api.Client, projectRoleModel]{
	TypeName: "openai_project_role",
	Noun:     "project role",
	Identity: crud.Identity{"project_id", "id"},
	Example:  "proj_abc123/role_abc123",
	Connect:  connect,
	Parent: func(ctx context.Context, c *api.Client, plan projectRoleModel) error {
		return projectIsThere(ctx, c, plan.ProjectID)
	},
	Schema: schema.Schema{
		MarkdownDescription: "A role of one project: a set of permissions that `orgkeys_openai_project_role_assignment` and `orgkeys_openai_project_group` give to users, service accounts and groups in that project. Predefined roles, such as the project's member, are found by the data sources and are never managed." + effective + "\n\nDestroying it deletes the role, and whoever has it loses its permissions.",
		Attributes: vendorkit.Merge(roleAttributes("the project"), map[string]schema.Attribute{
			"project_id": crud.Parent("The id of the project the role is for. A change replaces the role."),
		}),
	},
	Create: func(ctx context.Context, c *api.Client, plan projectRoleModel) (projectRoleModel, error) {
		made, err := rolesOf(c, plan.ProjectID).create(ctx, plan.roleModel)
		return projectRoleModel{plan.ProjectID, made}, err
	},
	Read: func(ctx context.Context, c *api.Client, prior projectRoleModel) (projectRoleModel, error) {
		found, err := rolesOf(c, prior.ProjectID).read(ctx, prior.roleModel)
		return projectRoleModel{prior.ProjectID, found}, err
	},
	Update: func(ctx context.Context, c *api.Client, plan, state projectRoleModel) (projectRoleModel, error) {
		changed, err := rolesOf(c, state.ProjectID).update(ctx, plan.roleModel, state.roleModel)
		return projectRoleModel{state.ProjectID, changed}, err
	},
	Delete: func(ctx context.Context, c *api.Client, state projectRoleModel) error {
		return c.ProjectRoles.Delete(ctx, state.ProjectID.ValueString(), state.ID.ValueString(), crud.CreatedAt(ctx))
	},
	Namesakes: func(ctx context.Context, c *api.Client, plan projectRoleModel) (crud.Namesakes, error) {
		if plan.ProjectID.IsUnknown() {
			return crud.Namesakes{}, nil
		}
		return rolesOf(c, plan.ProjectID).directory().Namesakes(plan.Name, c.ProjectRoles.First(ctx, plan.ProjectID.ValueString()))
	},
	Loss:  func(context.Context, *api.Client, projectRoleModel) (what, detail string) { return lostRole() },
	Moves: []crud.Move{{Type: "openai_project_role", Providers: otherProviders, IDs: movedInProject("role_id", "id")}},
}

// lostRole is what a plan says that destroys a role.
func lostRole() (what, detail string) {
	return "will be deleted", "Whoever has the role loses its permissions. Its assignments are lost, including those that this configuration does not manage, and a role that is created again gets another id."
}

type roleModel struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	Permissions types.Set    `tfsdk:"permissions"`
}

type projectRoleModel struct {
	ProjectID types.String `tfsdk:"project_id"`
	roleModel
}

func roleAttributes(where string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": crud.ID("The role's id. Never changes."),
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The role's name. Renamed in place; whoever has the role keeps it. Names need not be unique.",
			Validators:          []validator.String{crud.Name()},
		},
		descriptionField: schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "What the role is for. Unset: none. Changed in place, and cleared when the argument is removed.",
			Validators:          []validator.String{crud.NotEmpty()},
		},
		"permissions": schema.SetAttribute{
			Required: true, ElementType: types.StringType,
			MarkdownDescription: "What the role allows in " + where + ", such as `api.model.read`. The vendor's list grows, so any text is accepted. Changed in place, for everyone who has the role.",
			Validators:          []validator.Set{crud.NoNulls(), setvalidator.ValueStringsAre(crud.Name())},
		},
	}
}

func roleOf(r *api.Role) roleModel { return roleModel{}.from(r) }

// from is a role as the server shows it, with the description of the model where it shows none.
func (m roleModel) from(r *api.Role) roleModel {
	return roleModel{types.StringValue(r.ID), crud.Optional(r.Name), shownAs(m.Description, r.Description), crud.Texts(r.Permissions)}
}

const descriptionField = "description"

// roles are those of the organization, or of a project.
type roles struct {
	*api.Objects[api.Role]
	noun, project string
}

func organizationRoles(c *api.Client) roles { return roles{c.Roles, "role", ""} }

func rolesOf(c *api.Client, project types.String) roles {
	return roles{c.ProjectRoles, "project role", project.ValueString()}
}

func (r roles) directory() vendorkit.Directory[*api.Client, *api.Role, *roleModel] {
	where := ""
	if r.project != "" {
		where = "project " + r.project
	}
	return vendorkit.Directory[*api.Client, *api.Role, *roleModel]{
		Noun: r.noun, Where: where, Parent: r.project,
		All: func(ctx context.Context, _ *api.Client) (*api.List[*api.Role], error) { return r.All(ctx, r.project) },
		Walk: func(ctx context.Context, _ *api.Client, note func(string)) iter.Seq2[*api.Role, error] {
			return r.Walk(ctx, r.project, note)
		},
		Gone:  func(one *api.Role) bool { return one.Predefined }, // nothing to manage
		Facts: func(one *api.Role) (id, name string) { return one.ID, one.Name },
		Form:  func(one *api.Role) *roleModel { return new(roleOf(one)) },
	}
}

func (r roles) create(ctx context.Context, plan roleModel) (roleModel, error) {
	fields := api.RoleFields(crud.Changes(plan, roleModel{}, "name", descriptionField, "permissions"))
	made, how, err := r.CreateListed(ctx, r.project, plan.Name.ValueString(), fields, api.Role.Facts)
	if err == nil {
		vendorkit.WarnRecovered(ctx, r.noun, made.Name, made.ID, how)
	}
	return plan.from(&made), err
}

func (r roles) read(ctx context.Context, prior roleModel) (roleModel, error) {
	one, err := r.Get(ctx, r.project, prior.ID.ValueString(), crud.CreatedAt(ctx))
	if err == nil && one.Predefined {
		err = fmt.Errorf("%s is predefined by the vendor: it cannot be changed or deleted. Use its id in an assignment, or find it with the data source orgkeys_openai_%srole", crud.Named(r.noun, one.Name, one.ID), map[bool]string{true: "project_"}[r.project != ""])
	}
	return prior.from(&one), err
}

func (r roles) update(ctx context.Context, plan, state roleModel) (roleModel, error) {
	id := state.ID.ValueString()
	changed, err := crud.Clear(crud.Changes(plan, state, "name", descriptionField, "permissions"), func(fields map[string]any) (api.Role, error) {
		if len(fields) == 0 {
			return r.ReadAlone(ctx, r.project, id, crud.CreatedAt(ctx))
		}
		return r.Update(ctx, r.project, id, crud.CreatedAt(ctx), api.RoleFields(fields))
	}, func(one api.Role, _ string) string { return shownText(one.Description) })
	return plan.from(&changed), err
}
