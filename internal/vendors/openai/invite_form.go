// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

type inviteModel struct {
	ID         types.String `tfsdk:"id"`
	Email      types.String `tfsdk:"email"`
	Role       types.String `tfsdk:"role"`
	Projects   types.List   `tfsdk:"projects"`
	Status     types.String `tfsdk:"status"`
	CreatedAt  types.String `tfsdk:"created_at"`
	ExpiresAt  types.String `tfsdk:"expires_at"`
	AcceptedAt types.String `tfsdk:"accepted_at"`
}

// from takes over what the server shows, and keeps spelling and order of what is the same.
func (m inviteModel) from(i api.Invite, c *api.Client) inviteModel {
	if !strings.EqualFold(i.Email, m.Email.ValueString()) {
		m.Email = crud.Optional(i.Email)
	}
	shown := slices.Clone(i.Projects)
	slices.SortFunc(shown, func(a, b api.InviteProject) int { return cmp.Compare(a.ID, b.ID) })
	if m.Projects.IsUnknown() || i.ShowsProjects && !slices.Equal(inviteProjects(m.Projects), shown) {
		m.Projects = inviteProjectList(shown)
	}
	m.ID, m.Role, m.Status = types.StringValue(i.ID), crud.Optional(i.Role), crud.Optional(i.Status)
	m.CreatedAt, m.ExpiresAt, m.AcceptedAt = crud.Timestamp(i.CreatedAt), crud.Timestamp(i.ExpiresAt), crud.Timestamp(i.AcceptedAt)
	if i.Status == invitePending && expired(c, i.ExpiresAt) {
		m.Status = types.StringValue(inviteExpired)
	}
	return m
}

var inviteProjectType = types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.StringType, "role": types.StringType}}

// inviteProjectList is null for none.
func inviteProjectList(projects []api.InviteProject) types.List {
	if len(projects) == 0 {
		return types.ListNull(inviteProjectType)
	}
	var rows []attr.Value
	for _, p := range projects {
		rows = append(rows, types.ObjectValueMust(inviteProjectType.AttrTypes, map[string]attr.Value{"id": types.StringValue(p.ID), "role": types.StringValue(p.Role)}))
	}
	return types.ListValueMust(inviteProjectType, rows)
}

// inviteProjects are the projects of a list in the order of their ids.
func inviteProjects(list types.List) []api.InviteProject {
	var out []api.InviteProject
	for _, row := range list.Elements() {
		if object, ok := row.(types.Object); ok {
			id, _ := object.Attributes()["id"].(types.String)
			role, _ := object.Attributes()["role"].(types.String)
			out = append(out, api.InviteProject{ID: id.ValueString(), Role: role.ValueString()})
		}
	}
	slices.SortFunc(out, func(a, b api.InviteProject) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// namedProjects are they as sentences have them.
func namedProjects(list types.List) string {
	var all []string
	for _, p := range inviteProjects(list) {
		all = append(all, p.ID+" ("+p.Role+")")
	}
	return cmp.Or(strings.Join(all, ", "), "none")
}

// replaceOtherProjects asks for another invite when the projects are known and others. Another order
// of the same ones is no change.
type replaceOtherProjects struct{ described }

func (replaceOtherProjects) PlanModifyList(ctx context.Context, req planmodifier.ListRequest, resp *planmodifier.ListResponse) {
	if req.State.Raw.IsNull() || req.Plan.Raw.IsNull() {
		return
	}
	resp.RequiresReplace = otherProjects(req.PlanValue, req.StateValue)
	if fullyKnown(req.PlanValue) && !resp.RequiresReplace && !req.PlanValue.IsNull() && !req.StateValue.IsNull() {
		resp.PlanValue = req.StateValue
	}
}

// otherProjects reports whether planned projects are known and others than those of the state.
func otherProjects(planned, has types.List) bool {
	return fullyKnown(planned) && !slices.Equal(inviteProjects(planned), inviteProjects(has))
}

func fullyKnown(list types.List) bool {
	value, err := list.ToTerraformValue(context.Background())
	return err == nil && value.IsFullyKnown()
}

// keptWhileHere keeps a computed value while the object stays.
type keptWhileHere struct{ described }

func (keptWhileHere) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !req.State.Raw.IsNull() {
		resp.PlanValue = req.StateValue
	}
}

// replaceExpired asks for another invite when this one expired.
type replaceExpired struct{ described }

func (replaceExpired) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	switch {
	case req.State.Raw.IsNull() || req.Plan.Raw.IsNull():
	case req.StateValue.ValueString() == inviteExpired:
		resp.PlanValue, resp.RequiresReplace = types.StringUnknown(), true
	default:
		resp.PlanValue = req.StateValue
	}
}
