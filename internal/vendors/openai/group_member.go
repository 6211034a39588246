// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A group member is one user or service account in one group.
var groupMember = crud.Object[*api.Client, groupMemberModel]{
	TypeName: "openai_group_member",
	Noun:     "group member",
	Identity: crud.Identity{"group_id", "user_id"},
	Example:  "group_abc123/user-abc123",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "One user or service account in one group. Other members are left alone, those included that this configuration does not know." + effective + "\n\nA member that is in the group already is an error at apply that asks for an import, so that Terraform never removes a membership that it did not create. Destroying it takes the member out of the group; the user or account stays.",
		Attributes: map[string]schema.Attribute{
			"group_id": crud.Parent("The id of the group. A change replaces the membership."),
			"user_id":  crud.Parent("The id of the user or service account. A change replaces the membership."),
		},
	},
	Look: func(ctx context.Context, c *api.Client, plan groupMemberModel) error {
		if plan.GroupID.IsUnknown() || plan.UserID.IsUnknown() {
			return nil
		}
		if look := c.GroupMembers.First(ctx, plan.GroupID.ValueString()); slices.ContainsFunc(look.Items, func(m api.GroupMember) bool { return m.ID == plan.UserID.ValueString() }) {
			crud.Warn(ctx, plan.named(), "exists already", "Applying fails. %s", importAdvice(plan.importID()))
		}
		return nil
	},
	Create: func(ctx context.Context, c *api.Client, plan groupMemberModel) (groupMemberModel, error) {
		group, user := plan.GroupID.ValueString(), plan.UserID.ValueString()
		if err := freeMembers(ctx, c, plan); err != nil {
			return plan, err
		}
		there, err := c.GroupMembers.There(ctx, group, user)
		if err != nil {
			return plan, err
		}
		if there {
			return plan, existing(plan.named(), plan.importID())
		}
		_, err = c.GroupMembers.Put(ctx, group, user, map[string]any{"user_id": user})
		return plan, err
	},
	Read: func(ctx context.Context, c *api.Client, prior groupMemberModel) (groupMemberModel, error) {
		_, err := c.GroupMembers.Get(ctx, prior.GroupID.ValueString(), prior.UserID.ValueString(), time.Time{})
		return prior, err
	},
	Update: func(_ context.Context, _ *api.Client, plan, _ groupMemberModel) (groupMemberModel, error) {
		return plan, nil // every change replaces
	},
	Delete: func(ctx context.Context, c *api.Client, state groupMemberModel) error {
		if err := freeMembers(ctx, c, state); err != nil {
			return err
		}
		return c.GroupMembers.Delete(ctx, state.GroupID.ValueString(), state.UserID.ValueString())
	},
	Moves: []crud.Move{{Type: "openai_group_user", Providers: otherProviders, IDs: func(_ context.Context, source crud.Attributes) []string {
		return []string{source.Text("group_id"), source.Text("user_id")}
	}}},
}

// freeMembers is an error where an identity provider keeps the members of a group.
func freeMembers(ctx context.Context, c *api.Client, m groupMemberModel) error {
	g, err := c.Groups.Get(ctx, "", m.GroupID.ValueString(), time.Time{})
	if err == nil && g.SCIM {
		err = fmt.Errorf("%s is kept by an identity provider (SCIM), and only that can change its members. Nothing was changed. Change the membership of %s there, and take this resource out of the configuration and the state: terraform state rm <address>", crud.Named("group", g.Name, g.ID), m.UserID.ValueString())
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

// existing is the error of a create that found its object: to take it over would let a destroy
// remove what was not created here.
func existing(what, importID string) error {
	return fmt.Errorf("%s exists already, and this configuration did not create it. %s", what, importAdvice(importID))
}

func importAdvice(importID string) string {
	return "To manage it here, import it: terraform import <address> " + importID + ". Otherwise remove it from the configuration."
}

// groupMemberListing finds the members of one group.
var groupMemberListing = crud.Listing[*api.Client, groupMemberQuery, groupMemberModel]{
	TypeName: groupMember.TypeName,
	Noun:     "group members",
	Identity: groupMember.Identity,
	Connect:  connect,
	Schema: lschema.Schema{
		MarkdownDescription: "Finds the members of one group, those included that Terraform manages already.",
		Attributes: map[string]lschema.Attribute{
			"group_id": lschema.StringAttribute{Required: true, MarkdownDescription: "The id of the group.", Validators: []validator.String{crud.PathElement()}},
		},
	},
	Find: func(ctx context.Context, c *api.Client, query groupMemberQuery) iter.Seq2[crud.Found[groupMemberModel], error] {
		group := query.GroupID.ValueString()
		return vendorkit.As(c.GroupMembers.Walk(ctx, group, keyinventory.MayLack(ctx, "members of group "+group)), func(m api.GroupMember) crud.Found[groupMemberModel] {
			return crud.Found[groupMemberModel]{
				ID: []string{group, m.ID}, DisplayName: m.Name,
				Complete: func(_ context.Context, imported groupMemberModel) (groupMemberModel, error) { return imported, nil },
			}
		})
	},
}

type groupMemberQuery struct {
	GroupID types.String `tfsdk:"group_id"`
}
