// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

type projectUserRow struct {
	ProjectID types.String `tfsdk:"project_id"`
	UserID    types.String `tfsdk:"user_id"`
	Email     types.String `tfsdk:"email"`
	Name      types.String `tfsdk:"name"`
	Role      types.String `tfsdk:"role"`
	AddedAt   types.String `tfsdk:"added_at"`
}

func projectUserRowOf(project types.String) func(*api.ProjectUser) projectUserRow {
	return func(u *api.ProjectUser) projectUserRow {
		return projectUserRow{project, types.StringValue(u.ID), crud.Optional(u.Email), crud.Optional(u.Name), crud.Optional(u.Role), crud.Timestamp(u.AddedAt)}
	}
}

func projectUserAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"project_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the project."},
		"user_id":    schema.StringAttribute{Computed: true, MarkdownDescription: "The user's id."},
		"email":      schema.StringAttribute{Computed: true, MarkdownDescription: "The user's e-mail address; null where the API does not show it."},
		"name":       schema.StringAttribute{Computed: true, MarkdownDescription: "The user's name, which others may have too."},
		"role":       schema.StringAttribute{Computed: true, MarkdownDescription: "The user's role in the project: `member` or `owner`."},
		"added_at":   schema.StringAttribute{Computed: true, MarkdownDescription: "When the user joined the project, RFC 3339 in UTC."},
	}
}

func theProject() map[string]schema.Attribute {
	return map[string]schema.Attribute{"project_id": schema.StringAttribute{
		Required: true, MarkdownDescription: "The id of the project to look in.", Validators: []validator.String{crud.PathElement()},
	}}
}

// projectUserLookup finds one user of a project.
var projectUserLookup = crud.Lookup[*api.Client, projectUserRow]{
	TypeName: "openai_project_user",
	Noun:     "project user",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "A user in a project, found by their id or e-mail address.",
		Attributes:          vendorkit.Merge(projectUserAttributes(), theProject(), byIDOrAddress("user_id")),
	},
	Find: func(ctx context.Context, c *api.Client, query projectUserRow) (projectUserRow, error) {
		project := query.ProjectID.ValueString()
		if !query.UserID.IsNull() {
			u, err := c.ProjectUsers.Get(ctx, project, query.UserID.ValueString(), time.Time{})
			return projectUserRowOf(query.ProjectID)(&u), err
		}
		list, err := c.ProjectUsers.All(ctx, project)
		if err != nil {
			return query, err
		}
		vendorkit.WarnIncomplete(ctx, "users of project "+project, list)
		u, err := oneByAddress("user", "in project "+project, query.Email.ValueString(), list.ByID, func(u *api.ProjectUser) (id, email string) { return u.ID, u.Email })
		found := projectUserRowOf(query.ProjectID)(&u)
		found.Email = query.Email // as it is written
		return found, err
	},
}

// projectUserInventory lists the users of a project.
var projectUserInventory = crud.Lookup[*api.Client, projectUsersModel]{
	TypeName: "openai_project_users",
	Noun:     "project users",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "The users in a project, in the order of their names.",
		Attributes: vendorkit.Merge(theProject(), map[string]schema.Attribute{"project_users": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The users.", NestedObject: schema.NestedAttributeObject{Attributes: projectUserAttributes()},
		}}),
	},
	Find: func(ctx context.Context, c *api.Client, query projectUsersModel) (projectUsersModel, error) {
		project := query.ProjectID.ValueString()
		list, err := c.ProjectUsers.All(ctx, project)
		if err != nil {
			return query, err
		}
		vendorkit.WarnIncomplete(ctx, "users of project "+project, list)
		query.ProjectUsers = sortedRows(list.ByID, func(u *api.ProjectUser) string { return u.Name }, projectUserRowOf(query.ProjectID))
		return query, nil
	},
}

type projectUsersModel struct {
	ProjectID    types.String     `tfsdk:"project_id"`
	ProjectUsers []projectUserRow `tfsdk:"project_users"`
}
