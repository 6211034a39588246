// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A project group is one group in one project, with a role there. The API shows no role of it: that
// is read from the roles that the group has in the project.
var projectGroup = crud.Object[*api.Client, projectGroupModel]{
	TypeName: "openai_project_group",
	Noun:     "project group",
	Identity: crud.Identity{"project_id", "group_id"},
	Example:  "proj_abc123/group_abc123",
	Untold:   []string{"role_id"},
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "One group in one project, with a role for all members of the group. Other groups are left alone." + effective +
			"\n\nIf the group is in the project already, the apply fails and asks for an import. Destroying it takes the group out of the project; if the group has other roles there, only this role is taken away and the group stays; the plan says so.",
		Attributes: map[string]schema.Attribute{
			"project_id": crud.Parent("The id of the project. A change removes the group from the old project and adds it to the new one."),
			"group_id":   crud.Parent("The id of the group. A change removes the old group and adds the new one."),
			"role_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The id of the project role, of a predefined one in its short or its long form, such as `role-api-project-member`. A change removes the group from the project and adds it again; where the group has other roles in the project, it stays there, and the new role is given in place of the former one. With `create_before_destroy` it cannot change: a group is in a project only once. An import takes over the role that the group has in the project; if it has several, the first plan shows the configured one as new, and the apply gives it only if the group does not have it.",
				Validators:          []validator.String{crud.PathElement()},
				PlanModifiers:       []planmodifier.String{sameRole, crud.MoveIf(otherRole, "Another role replaces.")},
			},
		},
	},
	Parent: func(ctx context.Context, c *api.Client, config projectGroupModel) error {
		err := projectIsThere(ctx, c, config.ProjectID)
		if err == nil {
			err = groupIsThere(ctx, c, config.GroupID)
		}
		if err == nil && !config.RoleID.IsUnknown() {
			err = roleIsThere(ctx, c, config.ProjectID.ValueString(), config.RoleID)
		}
		return err
	},
	Look: func(ctx context.Context, c *api.Client, plan projectGroupModel) error {
		if plan.ProjectID.IsUnknown() || plan.GroupID.IsUnknown() {
			return nil
		}
		if moved := crud.Moved(ctx); len(moved) == 1 && moved[0] == "role_id" {
			role := plan.RoleID.ValueString()
			if c.ProjectAssignments.Seen(ctx, plan.who(), role) {
				warnExisting(ctx, "role "+role+" of "+plan.named(), plan.importID())
			}
			return nil
		}
		if c.ProjectGroups.Seen(ctx, plan.ProjectID.ValueString(), plan.GroupID.ValueString()) {
			warnExisting(ctx, plan.named(), plan.importID())
		}
		return nil
	},
	Create: func(ctx context.Context, c *api.Client, plan projectGroupModel) (projectGroupModel, error) {
		project, group, role := plan.ProjectID.ValueString(), plan.GroupID.ValueString(), plan.RoleID.ValueString()
		end := c.ProjectGroups.Turn(project, group)
		left := c.WasLeft(project, group)
		end()
		if left {
			_, err := join(ctx, c.ProjectAssignments, plan.who(), role, map[string]any{"role_id": role}, "role "+role+" of "+plan.named(), plan.importID())
			return plan, err
		}
		_, err := join(ctx, c.ProjectGroups, project, group, map[string]any{"group_id": group, "role": role}, plan.named(), plan.importID())
		return plan, err
	},
	Read: func(ctx context.Context, c *api.Client, prior projectGroupModel) (projectGroupModel, error) {
		if _, err := c.ProjectGroups.Get(ctx, prior.ProjectID.ValueString(), prior.GroupID.ValueString(), crud.CreatedAt(ctx)); err != nil {
			return prior, err
		}
		own, others, err := prior.roles(ctx, c)
		switch {
		case err != nil:
			crud.Warn(ctx, prior.named(), "was not checked for its role", "The roles of the group in the project could not be read, so its last known role is kept: %v", apierr.Unmanaged(err))
		case own != "":
		case prior.RoleID.IsNull() && len(others) == 1: // an import takes it over
			prior.RoleID = types.StringValue(others[0])
		case prior.RoleID.ValueString() == "" && len(others) == 0:
		case prior.RoleID.IsNull(): // none of them is taken for the resource's
			crud.Warn(ctx, prior.named(), "has several roles", "The group has these roles in the project: %s. Which of them is this resource's is not known, so the plan shows role_id as new. The next apply gives the configured role only if the group does not have it.", strings.Join(others, ", "))
		case prior.RoleID.ValueString() == noRole && len(others) > 0:
			crud.Warn(ctx, prior.named(), "has other roles", "The group has these roles in the project: %s. It is not known whether this resource gave one of them. If the group does not have the configured role, the next apply gives it.", strings.Join(others, ", "))
		default:
			crud.Warn(ctx, prior.named(), "has no role", "%s", prior.lost(others))
			prior.RoleID = types.StringValue(noRole)
		}
		return prior, nil
	},
	Update: func(ctx context.Context, c *api.Client, plan, _ projectGroupModel) (projectGroupModel, error) {
		who, role := plan.who(), plan.RoleID.ValueString()
		there, err := c.ProjectAssignments.There(ctx, who, role)
		if err == nil && !there {
			_, err = c.ProjectAssignments.Put(ctx, who, role, map[string]any{"role_id": role})
		}
		return plan, err
	},
	Delete: deleteProjectGroup,
	Loss: func(ctx context.Context, c *api.Client, state projectGroupModel) (what, detail string) {
		if _, others, err := state.roles(ctx, c); err == nil && len(others) > 0 {
			return "may stay in the project", state.stays(others) + " If this plan destroys all of these roles, too, the group leaves the project."
		}
		return "", ""
	},
	Moves: []crud.Move{{Type: "openai_project_group", Providers: otherProviders, IDs: movedInProject("group_id")}},
}

// noRole stands for the role of a group that has not the one of its resource: no role has this id.
const noRole = "none"

// otherRole says that a planned role is another one than the group has, in whatever form of its id.
func otherRole(planned, has types.String) bool {
	return !planned.IsUnknown() && !has.IsNull() && has.ValueString() != noRole && !api.SameRole(planned.ValueString(), has.ValueString())
}

type projectGroupModel struct {
	ProjectID types.String `tfsdk:"project_id"`
	GroupID   types.String `tfsdk:"group_id"`
	RoleID    types.String `tfsdk:"role_id"`
}

func (m projectGroupModel) importID() string {
	return m.ProjectID.ValueString() + "/" + m.GroupID.ValueString()
}

// who is the group as the parent of the roles that it has in the project.
func (m projectGroupModel) who() string {
	return api.InProject(m.ProjectID.ValueString(), api.GroupParent(m.GroupID.ValueString()))
}

func (m projectGroupModel) named() string {
	return "group " + m.GroupID.ValueString() + " of project " + m.ProjectID.ValueString()
}

// roles are the roles that the group has in the project: the one of this resource, as the server
// spells it, "" = it has it not; and others, in order.
func (m projectGroupModel) roles(ctx context.Context, c *api.Client) (own string, others []string, err error) {
	list, err := c.ProjectAssignments.All(ctx, m.who())
	if err != nil {
		return "", nil, err
	}
	if len(list.Incomplete) > 0 {
		return "", nil, fmt.Errorf("the list may be incomplete: %s", list.Incomplete[0])
	}
	for _, one := range list.ByID {
		switch {
		case !one.Direct:
		case api.SameRole(one.ID, m.RoleID.ValueString()):
			own = one.ID
		default:
			others = append(others, one.ID)
		}
	}
	for _, given := range c.ProjectAssignments.Given(m.who()) { // which the list may not show yet
		if same := func(id string) bool { return api.SameRole(id, given) }; !same(m.RoleID.ValueString()) && !slices.ContainsFunc(others, same) {
			others = append(others, given)
		}
	}
	slices.Sort(others)
	if role := m.RoleID.ValueString(); own == "" && role != "" && role != noRole {
		own, err = m.confirmed(ctx, c, role)
	}
	return own, others, err
}

// confirmed looks for a role that the list of the group's roles lacks: the list may lag behind, and
// a role that is taken for lost would stay when another one is given.
func (m projectGroupModel) confirmed(ctx context.Context, c *api.Client, role string) (own string, err error) {
	one, err := c.ProjectAssignments.ReadAlone(ctx, m.who(), role, crud.CreatedAt(ctx))
	if apierr.IsGone(err) {
		return "", nil
	}
	return one.ID, err
}

// lost says that the group does not have the role of this resource any more.
func (m projectGroupModel) lost(others []string) string {
	what := "The role " + m.RoleID.ValueString() + " of the group was taken away outside Terraform."
	if m.RoleID.ValueString() == noRole {
		what = "The role of the group was taken away outside Terraform."
	}
	if len(others) > 0 {
		what += " The group has other roles in the project, which this resource did not give and leaves alone: " + strings.Join(others, ", ") + "."
	}
	return what + " The next apply gives it back."
}

func (m projectGroupModel) stays(others []string) string {
	what := fmt.Sprintf("The group has other roles in project %s, which this resource did not give: %s.", m.ProjectID.ValueString(), strings.Join(others, ", "))
	if role := m.RoleID.ValueString(); role != "" && role != noRole {
		what += " Only the role " + role + " is taken away."
	}
	return what
}

func deleteProjectGroup(ctx context.Context, c *api.Client, state projectGroupModel) error {
	project, group := state.ProjectID.ValueString(), state.GroupID.ValueString()
	defer c.ProjectGroups.Turn(project, group)()
	own, others, err := state.roles(ctx, c)
	switch {
	case apierr.IsGone(err):
		return nil
	case err != nil && !apierr.IsNotFound(err): // 404: this organization has no roles
		return err
	case len(others) == 0:
		return c.ProjectGroups.Delete(ctx, project, group, crud.CreatedAt(ctx))
	}
	crud.Warn(ctx, state.named(), "stays in the project", "%s", state.stays(others))
	if own != "" {
		if err := c.ProjectAssignments.Delete(ctx, state.who(), own, crud.CreatedAt(ctx)); err != nil {
			return err
		}
	}
	c.Leave(project, group) // the create of a replacement finds it there
	return nil
}

// leaveWithLastRole takes a group out of a project where a destroy left it because of a role that is gone
// now, in the turn of that role: in no state, it would stop the next create.
func leaveWithLastRole(ctx context.Context, c *api.Client, project, group string) {
	if !c.WasLeft(project, group) {
		return
	}
	left := projectGroupModel{ProjectID: types.StringValue(project), GroupID: types.StringValue(group)}
	_, others, err := left.roles(ctx, c)
	if err == nil && len(others) == 0 {
		err = c.ProjectGroups.Delete(ctx, project, group, time.Time{})
	}
	switch {
	case err == nil && len(others) == 0:
		crud.Warn(ctx, left.named(), "leaves the project", "This apply destroyed the resource of the group in the project, and then the last role that had kept it there.")
	case err == nil:
		c.Leave(project, group)
	case !apierr.IsGone(err):
		crud.Warn(ctx, left.named(), "stays in the project", "This apply destroyed its resource and a role that had kept it there, but could not take it out. %s The error was: %v", importAdvice(left.importID()), apierr.Unmanaged(err))
	}
}

// projectGroupListing finds the groups of one project.
var projectGroupListing = listBelow[inProject](projectGroup, "project groups", inProjectQuery, below[api.ProjectGroup, projectGroupModel]{
	what: "groups", parent: "project",
	of:    func(c *api.Client) *api.Objects[api.ProjectGroup] { return c.ProjectGroups },
	facts: func(g api.ProjectGroup) (id, name string) { return g.ID, g.Name },
	shows: func(ctx context.Context, c *api.Client, into projectGroupModel, _ api.ProjectGroup) (projectGroupModel, error) {
		return projectGroup.Read(ctx, c, into)
	},
})
