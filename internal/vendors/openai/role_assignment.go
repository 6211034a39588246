// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A role assignment gives one role, of the organization or in one project, to one user, service
// account or group.
var (
	roleAssignment = assignment[assignmentModel](organizationLevel, "One role of the organization", "role_abc123/group/group_abc123",
		crud.Identity{"role_id", "user_id|group_id"}, assignmentMoves("", "openai_group_role", "openai_user_role", "openai_group_role_assignment", "openai_user_role_assignment"))
	projectRoleAssignment = assignment[projectAssignmentModel](projectLevel, "One role in one project", "proj_abc123/role_abc123/group/group_abc123",
		crud.Identity{"project_id", "role_id", "user_id|group_id"}, assignmentMoves("project_id", "openai_project_group_role", "openai_project_user_role", "openai_project_group_role_assignment", "openai_project_user_role_assignment"))
)

const assignmentText = "Other assignments are left alone, and a role that is only inherited from a group does not count as this assignment." + effective +
	"\n\nIf the assignment exists already, the apply fails and asks for an import, so that Terraform never removes one that it did not create. Destroying it takes the role away; role, user and group stay."

type assignmentFields struct {
	RoleID  types.String `tfsdk:"role_id"`
	UserID  types.String `tfsdk:"user_id"`
	GroupID types.String `tfsdk:"group_id"`
}

func (m *assignmentFields) fields() *assignmentFields { return m }

type assignmentModel struct {
	ofOrganization
	assignmentFields
}

type projectAssignmentModel struct {
	inProject
	assignmentFields
}

func assignment[M any, P inLevel[M, assignmentFields]](at level, what, example string, identity crud.Identity, moves []crud.Move) crud.Object[*api.Client, M] {
	attributes := assignmentAttributes()
	if at.prefix != "" {
		attributes["project_id"] = crud.Parent("The id of the project. A change replaces the assignment.")
	}
	importID := func(m M) string {
		place, _ := P(&m).place()
		return P(&m).fields().importID(place.ValueString())
	}
	return joinedObject(crud.Object[*api.Client, M]{
		TypeName: at.typeName("role_assignment"),
		Noun:     at.noun("role assignment"),
		Identity: identity,
		Example:  example,
		Schema: schema.Schema{
			MarkdownDescription: what + ", given to one user, service account or group. " + assignmentText,
			Attributes:          attributes,
		},
		Delete: func(ctx context.Context, c *api.Client, state M) error {
			place, _ := P(&state).place()
			return P(&state).fields().delete(ctx, c, assignments(at)(c), place.ValueString())
		},
		Parent: func(ctx context.Context, c *api.Client, config M) error {
			if err := itsProject[M, P](ctx, c, config); err != nil {
				return err
			}
			place, _ := P(&config).place()
			return P(&config).fields().areThere(ctx, c, place.ValueString())
		},
		Moves: moves,
	}, joined[M, api.Assignment]{
		of: assignments(at),
		at: func(m M) (parent, id types.String) {
			place, _ := P(&m).place()
			return P(&m).fields().parent(place), P(&m).fields().RoleID
		},
		field:    "role_id",
		named:    func(m M) string { return crud.Named("role assignment", "", importID(m)) },
		importID: importID,
	})
}

// areThere looks for the role and for whoever gets it.
func (m assignmentFields) areThere(ctx context.Context, c *api.Client, project string) error {
	if err := roleIsThere(ctx, c, project, m.RoleID); err != nil {
		return err
	}
	if !m.GroupID.IsNull() {
		return groupIsThere(ctx, c, m.GroupID)
	}
	return anybodyIsThere(ctx, c, m.importID(project), m.UserID)
}

// assignments are those of a level.
func assignments(at level) func(*api.Client) *api.Objects[api.Assignment] {
	return func(c *api.Client) *api.Objects[api.Assignment] {
		if at.prefix != "" {
			return c.ProjectAssignments
		}
		return c.Assignments
	}
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
		"role_id": schema.StringAttribute{
			Required: true, MarkdownDescription: "The id of the role, of a predefined one in its short or its long form; another form of the same id is no change. A change replaces the assignment.",
			Validators:    []validator.String{crud.PathElement()},
			PlanModifiers: []planmodifier.String{sameRole, crud.ReplaceKnown()}, // in this order: the identity has it as it was written first
		},
		"user_id":  who("user or service account", "group_id"),
		"group_id": who("group", "user_id"),
	}
}

// who is the parent of the assignments of whoever has the role; "" while that is not known.
func (m assignmentFields) who(project string) string {
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

// parent is who, unknown while that or the project is not known.
func (m assignmentFields) parent(project types.String) types.String {
	who := m.who(project.ValueString())
	if project.IsUnknown() || who == "" {
		return types.StringUnknown()
	}
	return types.StringValue(who)
}

// importID is the import id, which names the object in messages too.
func (m assignmentFields) importID(project string) string {
	who := strings.Replace(m.who(""), "s/", "/", 1)
	return strings.TrimPrefix(project+"/"+m.RoleID.ValueString()+"/"+who, "/")
}

// delete takes the role away, under the id by which the server lists it.
func (m assignmentFields) delete(ctx context.Context, c *api.Client, all *api.Objects[api.Assignment], project string) error {
	who, role := m.who(project), m.RoleID.ValueString()
	if strings.HasPrefix(role, predefined) {
		list, err := all.All(ctx, who)
		switch {
		case apierr.IsGone(err):
			return nil
		case err == nil:
			if one, there := all.In(list, role); there {
				role = one.ID
			}
		case !apierr.IsNotFound(err): // else whoever had it is gone, which the answer to the DELETE says
			return err
		}
	}
	defer all.Turn(who, role)()
	err := all.Delete(ctx, who, role, crud.CreatedAt(ctx))
	if apierr.Status(err) == http.StatusBadRequest {
		// Perhaps it is only inherited by now.
		if _, lookErr := all.ReadAlone(ctx, who, role, crud.CreatedAt(ctx)); apierr.IsGone(lookErr) {
			return nil
		}
	}
	if err == nil && project != "" && !m.GroupID.IsNull() {
		leaveWithLastRole(ctx, c, project, m.GroupID.ValueString())
	}
	return err
}

// predefined begins the ids of roles that come in two forms.
const predefined = "role-api-"
