// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// roleRow is a role as data sources show it, a predefined one too.
type roleRow struct {
	roleModel
	Predefined types.Bool `tfsdk:"predefined_role"`
}

type projectRoleRow struct {
	ProjectID types.String `tfsdk:"project_id"`
	roleRow
}

func roleRowOf(r *api.Role) *roleRow { return &roleRow{roleOf(r), types.BoolValue(r.Predefined)} }

func projectRoleRowOf(project types.String) func(*api.Role) *projectRoleRow {
	return func(r *api.Role) *projectRoleRow { return &projectRoleRow{project, *roleRowOf(r)} }
}

func roleRowAttributes() map[string]schema.Attribute {
	return vendorkit.Merge(crud.Shown(role.Schema.Attributes), map[string]schema.Attribute{
		"predefined_role": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the role is predefined by the vendor, so that it can be given but not changed."},
	})
}

// find looks a role up by its id or its exact name; form gives it its form.
func find[P any](ctx context.Context, c *api.Client, all roles, id, name types.String, form func(*api.Role) P) (P, error) {
	if !id.IsNull() {
		r, err := all.Get(ctx, all.project, id.ValueString(), time.Time{})
		r.ID = id.ValueString() // in the form in which it is asked for
		return form(&r), err
	}
	return rowsOf(all, form).Named(ctx, c, name.ValueString())
}

// rowsOf are roles with the predefined ones.
func rowsOf[P any](all roles, form func(*api.Role) P) vendorkit.Directory[*api.Client, *api.Role, P] {
	d := all.directory()
	return vendorkit.Directory[*api.Client, *api.Role, P]{Noun: d.Noun, Where: d.Where, All: d.All, Walk: d.Walk, Facts: d.Facts, Form: form}
}

var roleLookup = crud.Lookup[*api.Client, *roleRow]{
	TypeName: "openai_role",
	Noun:     "role",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "A role of the organization, predefined or not, found by its id or by its exact name. If several roles have this name, the error lists their ids.",
		Attributes:          vendorkit.Merge(roleRowAttributes(), crud.ByIDOrName("role")),
	},
	Find: func(ctx context.Context, c *api.Client, query *roleRow) (*roleRow, error) {
		return find(ctx, c, organizationRoles(c), query.ID, query.Name, roleRowOf)
	},
}

var projectRoleLookup = crud.Lookup[*api.Client, *projectRoleRow]{
	TypeName: "openai_project_role",
	Noun:     "project role",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "A role of a project, predefined or not, found by its id or by its exact name. If several roles have this name, the error lists their ids.",
		Attributes:          vendorkit.Merge(roleRowAttributes(), crud.ByIDOrName("role"), theProject()),
	},
	Find: func(ctx context.Context, c *api.Client, query *projectRoleRow) (*projectRoleRow, error) {
		return find(ctx, c, rolesOf(c, query.ProjectID), query.ID, query.Name, projectRoleRowOf(query.ProjectID))
	},
}

var roleInventory = crud.Lookup[*api.Client, rolesModel]{
	TypeName: "openai_roles",
	Noun:     "roles",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "The roles of the organization with the predefined ones, in the order of their names.",
		Attributes: map[string]schema.Attribute{"roles": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The roles.", NestedObject: schema.NestedAttributeObject{Attributes: roleRowAttributes()},
		}},
	},
	Find: func(ctx context.Context, c *api.Client, _ rolesModel) (rolesModel, error) {
		found, err := rowsOf(organizationRoles(c), roleRowOf).List(ctx, c)
		return rolesModel{found}, err
	},
}

type rolesModel struct {
	Roles []*roleRow `tfsdk:"roles"`
}

var projectRoleInventory = crud.Lookup[*api.Client, projectRolesModel]{
	TypeName: "openai_project_roles",
	Noun:     "project roles",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "The roles of a project with the predefined ones, in the order of their names.",
		Attributes: vendorkit.Merge(theProject(), map[string]schema.Attribute{"roles": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The roles.", NestedObject: schema.NestedAttributeObject{Attributes: vendorkit.Merge(roleRowAttributes(), map[string]schema.Attribute{
				"project_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the project."},
			})},
		}}),
	},
	Find: func(ctx context.Context, c *api.Client, query projectRolesModel) (projectRolesModel, error) {
		found, err := rowsOf(rolesOf(c, query.ProjectID), projectRoleRowOf(query.ProjectID)).List(ctx, c)
		return projectRolesModel{query.ProjectID, found}, err
	},
}

type projectRolesModel struct {
	ProjectID types.String      `tfsdk:"project_id"`
	Roles     []*projectRoleRow `tfsdk:"roles"`
}

var roleListing = crud.Listing[*api.Client, struct{}, *roleModel]{
	TypeName: role.TypeName,
	Noun:     "roles",
	Identity: role.Identity,
	Connect:  connect,
	Schema:   lschema.Schema{MarkdownDescription: "Finds the roles of the organization except the predefined ones, including those that Terraform manages already."},
	Find: func(ctx context.Context, c *api.Client, _ struct{}) iter.Seq2[crud.Found[*roleModel], error] {
		return organizationRoles(c).directory().Find(ctx, c)
	},
}

var projectRoleListing = crud.Listing[*api.Client, inProject, *projectRoleModel]{
	TypeName: projectRole.TypeName,
	Noun:     "project roles",
	Identity: projectRole.Identity,
	Connect:  connect,
	Schema: lschema.Schema{
		MarkdownDescription: "Finds the roles of one project except the predefined ones, including those that Terraform manages already.",
		Attributes:          inProjectQuery,
	},
	Find: func(ctx context.Context, c *api.Client, q inProject) iter.Seq2[crud.Found[*projectRoleModel], error] {
		all := rolesOf(c, q.ProjectID)
		d := rowsOf(all, func(r *api.Role) *projectRoleModel { return &projectRoleModel{q.ProjectID, roleOf(r)} })
		d.Parent, d.Gone = all.project, all.directory().Gone
		return d.Find(ctx, c)
	},
}
