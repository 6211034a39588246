// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A role assignment gives one role of the organization to one user, service account or group.
var roleAssignment = crud.Object[*api.Client, assignmentModel]{
	TypeName: "openai_role_assignment",
	Noun:     "role assignment",
	Identity: crud.Identity{"role_id", "user_id|group_id"},
	Example:  "role_abc123/group/group_abc123",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "One role of the organization, given to one user, service account or group. " + assignmentText,
		Attributes:          assignmentAttributes(),
	},
	Look: func(ctx context.Context, c *api.Client, plan assignmentModel) error {
		plan.look(ctx, c.Assignments, "")
		return nil
	},
	Create: func(ctx context.Context, c *api.Client, plan assignmentModel) (assignmentModel, error) {
		return plan, plan.create(ctx, c.Assignments, "")
	},
	Read: func(ctx context.Context, c *api.Client, prior assignmentModel) (assignmentModel, error) {
		return prior, prior.read(ctx, c.Assignments, "")
	},
	Update: func(_ context.Context, _ *api.Client, plan, _ assignmentModel) (assignmentModel, error) {
		return plan, nil // every change replaces
	},
	Delete: func(ctx context.Context, c *api.Client, state assignmentModel) error {
		return state.delete(ctx, c.Assignments, "")
	},
	Moves: assignmentMoves("", "openai_group_role", "openai_user_role", "openai_group_role_assignment", "openai_user_role_assignment"),
}

// A project role assignment gives a role in one project.
var projectRoleAssignment = crud.Object[*api.Client, projectAssignmentModel]{
	TypeName: "openai_project_role_assignment",
	Noun:     "project role assignment",
	Identity: crud.Identity{"project_id", "role_id", "user_id|group_id"},
	Example:  "proj_abc123/role_abc123/group/group_abc123",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "One role in one project, given to one user, service account or group. " + assignmentText,
		Attributes: vendorkit.Merge(assignmentAttributes(), map[string]schema.Attribute{
			"project_id": crud.Parent("The id of the project. A change replaces the assignment."),
		}),
	},
	Look: func(ctx context.Context, c *api.Client, plan projectAssignmentModel) error {
		if !plan.ProjectID.IsUnknown() {
			plan.look(ctx, c.ProjectAssignments, plan.ProjectID.ValueString())
		}
		return nil
	},
	Create: func(ctx context.Context, c *api.Client, plan projectAssignmentModel) (projectAssignmentModel, error) {
		return plan, plan.create(ctx, c.ProjectAssignments, plan.ProjectID.ValueString())
	},
	Read: func(ctx context.Context, c *api.Client, prior projectAssignmentModel) (projectAssignmentModel, error) {
		return prior, prior.read(ctx, c.ProjectAssignments, prior.ProjectID.ValueString())
	},
	Update: func(_ context.Context, _ *api.Client, plan, _ projectAssignmentModel) (projectAssignmentModel, error) {
		return plan, nil // every change replaces
	},
	Delete: func(ctx context.Context, c *api.Client, state projectAssignmentModel) error {
		return state.delete(ctx, c.ProjectAssignments, state.ProjectID.ValueString())
	},
	Moves: assignmentMoves("project_id", "openai_project_group_role", "openai_project_user_role", "openai_project_group_role_assignment", "openai_project_user_role_assignment"),
}

const assignmentText = "Other assignments are left alone, and a role that is only inherited from a group does not count as this one." + effective +
	"\n\nAn assignment that is there already is an error at apply that asks for an import, so that Terraform never removes one that it did not create. Destroying it takes the role away; role, user and group stay."

type assignmentModel struct {
	RoleID  types.String `tfsdk:"role_id"`
	UserID  types.String `tfsdk:"user_id"`
	GroupID types.String `tfsdk:"group_id"`
}

type projectAssignmentModel struct {
	ProjectID types.String `tfsdk:"project_id"`
	assignmentModel
}

func assignmentAttributes() map[string]schema.Attribute {
	who := func(noun, other string) schema.StringAttribute {
		return schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The id of the " + noun + " that gets the role. Give this or `" + other + "`. A change replaces the assignment.",
			Validators:          []validator.String{crud.PathElement(), stringvalidator.ExactlyOneOf(path.MatchRoot("user_id"), path.MatchRoot("group_id"))},
			PlanModifiers:       []planmodifier.String{crud.ReplaceKnown()},
		}
	}
	return map[string]schema.Attribute{
		"role_id":  crud.Parent("The id of the role, of a predefined one in its short or its long form. A change replaces the assignment."),
		"user_id":  who("user or service account", "group_id"),
		"group_id": who("group", "user_id"),
	}
}

// who is the parent of the assignments of whoever has the role; "" while that is not known.
func (m assignmentModel) who(project string) string {
	parent := ""
	switch {
	case m.UserID.ValueString() != "":
		parent = api.UserParent(m.UserID.ValueString())
	case m.GroupID.ValueString() != "":
		parent = api.GroupParent(m.GroupID.ValueString())
	default:
		return ""
	}
	if project != "" {
		return api.InProject(project, parent)
	}
	return parent
}

// importID is the import id, which names the object in messages too.
func (m assignmentModel) importID(project string) string {
	who := strings.Replace(m.who(""), "s/", "/", 1)
	return strings.TrimPrefix(project+"/"+m.RoleID.ValueString()+"/"+who, "/")
}

// look warns of an assignment that is there already.
func (m assignmentModel) look(ctx context.Context, all *api.Objects[api.Assignment], project string) {
	who, id := m.who(project), m.importID(project)
	if who == "" || m.RoleID.IsUnknown() {
		return
	}
	for _, one := range all.First(ctx, who).Items {
		if one.Direct && api.SameRole(one.ID, m.RoleID.ValueString()) {
			crud.Warn(ctx, crud.Named("role assignment", "", id), "exists already", "Applying fails. %s", importAdvice(id))
		}
	}
}

func (m assignmentModel) create(ctx context.Context, all *api.Objects[api.Assignment], project string) error {
	who, role := m.who(project), m.RoleID.ValueString()
	there, err := all.There(ctx, who, role)
	if err != nil {
		return err
	}
	if there {
		return existing("Role assignment "+m.importID(project), m.importID(project))
	}
	_, err = all.Put(ctx, who, role, map[string]any{"role_id": role})
	return err
}

func (m assignmentModel) read(ctx context.Context, all *api.Objects[api.Assignment], project string) error {
	_, err := all.Get(ctx, m.who(project), m.RoleID.ValueString(), time.Time{})
	return err
}

// delete takes the role away, under the id by which the server lists it.
func (m assignmentModel) delete(ctx context.Context, all *api.Objects[api.Assignment], project string) error {
	who, role := m.who(project), m.RoleID.ValueString()
	if strings.HasPrefix(role, predefined) {
		list, err := all.All(ctx, who)
		if apierr.IsGone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		one, _ := all.In(list, role)
		role = cmp.Or(one.ID, role)
	}
	err := all.Delete(ctx, who, role)
	if apierr.Status(err) == http.StatusBadRequest {
		// Perhaps it is only inherited by now.
		if _, lookErr := all.ReadAlone(ctx, who, role, time.Time{}); apierr.IsGone(lookErr) {
			return nil
		}
	}
	return err
}

// predefined begins the ids of roles that come in two forms.
const predefined = "role-api-"

// assignmentMoves take over assignments of these types. One of them is in some providers the
// role that a user has itself: its state names no role_id.
func assignmentMoves(project string, kinds ...string) []crud.Move {
	var out []crud.Move
	for _, kind := range kinds {
		out = append(out, crud.Move{Type: kind, Providers: otherProviders, IDs: func(_ context.Context, source crud.Attributes) []string {
			ids := []string{source.Text("role_id"), "user/" + source.Text("user_id")}
			if group := source.Text("group_id"); group != "" {
				ids[1] = "group/" + group
			}
			if project != "" {
				ids = append([]string{source.Text(project)}, ids...)
			}
			return ids
		}})
	}
	return out
}

type assignmentQuery struct {
	UserID  types.String `tfsdk:"user_id"`
	GroupID types.String `tfsdk:"group_id"`
}

type projectAssignmentQuery struct {
	ProjectID types.String `tfsdk:"project_id"`
	assignmentQuery
}

func assignmentQueryAttributes() map[string]lschema.Attribute {
	who := func(noun, other string) lschema.StringAttribute {
		return lschema.StringAttribute{
			Optional: true, MarkdownDescription: "The id of the " + noun + ". Give this or `" + other + "`.",
			Validators: []validator.String{crud.PathElement(), stringvalidator.ExactlyOneOf(path.MatchRoot("user_id"), path.MatchRoot("group_id"))},
		}
	}
	return map[string]lschema.Attribute{"user_id": who("user or service account", "group_id"), "group_id": who("group", "user_id")}
}

// findAssignments finds the direct assignments of one user or group.
func findAssignments[M any](ctx context.Context, all *api.Objects[api.Assignment], project string, q assignmentQuery) iter.Seq2[crud.Found[M], error] {
	m := assignmentModel{UserID: q.UserID, GroupID: q.GroupID}
	who := m.who(project)
	return crud.Each(all.Walk(ctx, who, keyinventory.MayLack(ctx, "roles of "+who)), func(one api.Assignment) *crud.Found[M] {
		if !one.Direct {
			return nil
		}
		ids := []string{one.ID, strings.Replace(m.who(""), "s/", "/", 1)}
		if project != "" {
			ids = append([]string{project}, ids...)
		}
		return &crud.Found[M]{ID: ids, DisplayName: one.Name, Complete: func(_ context.Context, imported M) (M, error) { return imported, nil }}
	})
}

// roleAssignmentListing finds the roles that one user, service account or group was given.
var roleAssignmentListing = crud.Listing[*api.Client, assignmentQuery, assignmentModel]{
	TypeName: roleAssignment.TypeName,
	Noun:     "role assignments",
	Identity: roleAssignment.Identity,
	Connect:  connect,
	Schema: lschema.Schema{
		MarkdownDescription: "Finds the roles of the organization that one user, service account or group was given, those included that Terraform manages already. Inherited ones are left out.",
		Attributes:          assignmentQueryAttributes(),
	},
	Find: func(ctx context.Context, c *api.Client, q assignmentQuery) iter.Seq2[crud.Found[assignmentModel], error] {
		return findAssignments[assignmentModel](ctx, c.Assignments, "", q)
	},
}

// projectRoleAssignmentListing finds the roles in one project.
var projectRoleAssignmentListing = crud.Listing[*api.Client, projectAssignmentQuery, projectAssignmentModel]{
	TypeName: projectRoleAssignment.TypeName,
	Noun:     "project role assignments",
	Identity: projectRoleAssignment.Identity,
	Connect:  connect,
	Schema: lschema.Schema{
		MarkdownDescription: "Finds the roles that one user, service account or group was given in one project, those included that Terraform manages already. Inherited ones are left out.",
		Attributes:          vendorkit.Merge(assignmentQueryAttributes(), inProjectQuery()),
	},
	Find: func(ctx context.Context, c *api.Client, q projectAssignmentQuery) iter.Seq2[crud.Found[projectAssignmentModel], error] {
		return findAssignments[projectAssignmentModel](ctx, c.ProjectAssignments, q.ProjectID.ValueString(), q.assignmentQuery)
	},
}

func inProjectQuery() map[string]lschema.Attribute {
	return map[string]lschema.Attribute{"project_id": lschema.StringAttribute{
		Required: true, MarkdownDescription: "The id of the project to look in.", Validators: []validator.String{crud.PathElement()},
	}}
}
