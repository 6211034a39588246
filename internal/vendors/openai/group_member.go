// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A group member is one user or service account in one group.
var groupMember = joinedObject(crud.Object[*api.Client, groupMemberModel]{
	TypeName: "openai_group_member",
	Noun:     "group member",
	Identity: crud.Identity{"group_id", "user_id"},
	Example:  "group_abc123/user-abc123",
	Schema: schema.Schema{
		MarkdownDescription: "One user or service account in one group. Other members are left alone, including those that this configuration does not know." + effective + "\n\nIf the member is in the group already, the apply fails and asks for an import, so that Terraform never removes a membership that it did not create. Destroying it takes the member out of the group; the user or account stays.",
		Attributes: map[string]schema.Attribute{
			"group_id": crud.Parent("The id of the group. A change replaces the membership."),
			"user_id":  crud.Parent("The id of the user or service account. A change replaces the membership."),
		},
	},
	Parent: func(ctx context.Context, c *api.Client, config groupMemberModel) error {
		if err := groupIsThere(ctx, c, config.GroupID); err != nil {
			return err
		}
		return anybodyIsThere(ctx, c, config.importID(), config.UserID)
	},
	Moves: []crud.Move{{Type: "openai_group_user", Providers: otherProviders, IDs: func(_ context.Context, source crud.Attributes) []string {
		return []string{source.Text("group_id"), source.Text("user_id")}
	}}},
}, joined[groupMemberModel, api.GroupMember]{
	of:       func(c *api.Client) *api.Objects[api.GroupMember] { return c.GroupMembers },
	at:       func(m groupMemberModel) (parent, id types.String) { return m.GroupID, m.UserID },
	field:    "user_id",
	named:    groupMemberModel.named,
	importID: groupMemberModel.importID,
	free:     freeMembers,
})

// freeMembers is an error where an identity provider manages the members of a group.
func freeMembers(ctx context.Context, c *api.Client, m groupMemberModel) error {
	g, err := listedGroup(ctx, c, m.GroupID, crud.CreatedAt(ctx)) // the group is older
	if err == nil && g.SCIM {
		err = fmt.Errorf("%s is managed by an identity provider (SCIM), and only the identity provider can change its members. Nothing was changed. Change the membership of %s there, and take this resource out of the configuration and the state: terraform state rm <address>", crud.Named("group", g.Name, g.ID), m.UserID.ValueString())
	}
	return err
}

type groupMemberModel struct {
	GroupID types.String `tfsdk:"group_id"`
	UserID  types.String `tfsdk:"user_id"`
}

func (m groupMemberModel) importID() string {
	return m.GroupID.ValueString() + "/" + m.UserID.ValueString()
}
func (m groupMemberModel) named() string {
	return "member " + m.UserID.ValueString() + " of group " + m.GroupID.ValueString()
}

// groupMemberListing finds the members of one group.
var groupMemberListing = listBelow[inGroup](groupMember, "group members", theParent("group_id", "The id of the group."), below[api.GroupMember, groupMemberModel]{
	what: "members", parent: "group",
	of:    func(c *api.Client) *api.Objects[api.GroupMember] { return c.GroupMembers },
	facts: func(m api.GroupMember) (id, name string) { return m.ID, m.Name },
	shows: func(_ context.Context, _ *api.Client, into groupMemberModel, _ api.GroupMember) (groupMemberModel, error) {
		return into, nil
	},
})

type inGroup struct {
	GroupID types.String `tfsdk:"group_id"`
}

//nolint:unparam // as every [placed]
func (g *inGroup) place() (types.String, error) { return g.GroupID, nil }
