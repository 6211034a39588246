// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// effective is in the descriptions of what decides who may do what.
const effective = " At the vendor a change may take up to 30 minutes to take effect; the apply does not wait for it."

// replacedParent is in the descriptions of objects that others belong to: the plan does not know the new id, and what is
// not known replaces nothing.
const replacedParent = "If it is replaced, with `-replace` for example, what belongs to it is replaced in the same apply only with `lifecycle { replace_triggered_by = [<address>.id] }` there, or with a `-replace` of each; otherwise that apply ends with an error, and a second one creates what is missing."

// A group is created, renamed and deleted, except by an identity provider that keeps it.
var group = crud.Object[*api.Client, groupModel]{
	TypeName: "openai_group",
	Noun:     "group",
	Identity: crud.Identity{"id"},
	Example:  "group_abc123",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "A group of users and service accounts. Roles can be given to the group. Its members are `orgkeys_openai_group_member` resources." + effective + "\n\nDestroying it deletes the group with its memberships and role assignments; users and accounts stay. A group that an identity provider manages (SCIM) can be read and imported, but a change of it is an error. " +
			replacedParent,
		Attributes: map[string]schema.Attribute{
			"id": crud.ID("The group's id. Never changes."),
			"name": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The group's name, at most 255 characters. Renamed in place; members and roles stay. Names need not be unique.",
				Validators:          []validator.String{crud.Name(), stringvalidator.UTF8LengthAtMost(255)},
			},
			"scim_managed": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether an identity provider manages the group (SCIM), so that it cannot be changed here."},
			"created_at":   crud.Fixed("When the group was created, RFC 3339 in UTC."),
		},
	},
	Create: func(ctx context.Context, c *api.Client, plan groupModel) (groupModel, error) {
		made, how, err := c.Groups.Create(ctx, "", plan.Name.ValueString(), map[string]any{"name": plan.Name.ValueString()}, api.Group.Facts)
		if err == nil {
			vendorkit.WarnRecovered(ctx, "group", made.Name, made.ID, how)
		}
		return groupOf(&made), err
	},
	Read: func(ctx context.Context, c *api.Client, prior groupModel) (groupModel, error) {
		g, err := c.Groups.Get(ctx, "", prior.ID.ValueString(), crud.Born(ctx, prior.CreatedAt))
		return groupOf(&g), err
	},
	Plan: func(_ context.Context, plan groupModel, state *groupModel) (groupModel, error) {
		if state == nil {
			plan.SCIM = types.BoolValue(false)
			return plan, nil
		}
		plan.SCIM = state.SCIM
		if state.SCIM.ValueBool() && !plan.Name.IsUnknown() && !plan.Name.Equal(state.Name) {
			return plan, &crud.At{
				Path: path.Root("name"), Summary: crud.Named("Group", state.Name.ValueString(), state.ID.ValueString()) + " is managed by an identity provider",
				Detail: "Only the identity provider (SCIM) can rename it. Set name back to " + state.Name.String() + ", or rename the group there.",
			}
		}
		return plan, nil
	},
	Update: func(ctx context.Context, c *api.Client, plan, state groupModel) (groupModel, error) {
		g, err := c.Groups.Update(ctx, "", state.ID.ValueString(), crud.Born(ctx, state.CreatedAt), map[string]any{"name": plan.Name.ValueString()})
		return groupOf(&g), err
	},
	Delete: func(ctx context.Context, c *api.Client, state groupModel) error {
		if state.SCIM.ValueBool() {
			return fmt.Errorf("%s is managed by an identity provider (SCIM), and only the identity provider can delete it. Nothing was changed. Delete it there, or only forget it here: terraform state rm <address>", crud.Named("group", state.Name.ValueString(), state.ID.ValueString()))
		}
		return c.Groups.Delete(ctx, "", state.ID.ValueString(), crud.Born(ctx, state.CreatedAt))
	},
	Namesakes: func(ctx context.Context, c *api.Client, plan groupModel) (crud.Namesakes, error) {
		return groups.Namesakes(plan.Name, c.Groups.First(ctx, ""))
	},
	Loss: func(_ context.Context, _ *api.Client, state groupModel) (what, detail string) {
		if state.SCIM.ValueBool() {
			return "cannot be deleted", "An identity provider manages the group (SCIM), and only the identity provider can delete it: applying fails. Delete it there, or only forget it here: terraform state rm <address>"
		}
		return "will be deleted", "Its members lose what it grants them. Its memberships and role assignments are deleted with it, including those that this configuration does not manage, and a group that is created again gets another id."
	},
	Moves: []crud.Move{{Type: "openai_group", Providers: otherProviders, IDs: movedID("group_id", "id")}},
}

type groupModel struct {
	ID        types.String `tfsdk:"id"`
	Name      types.String `tfsdk:"name"`
	SCIM      types.Bool   `tfsdk:"scim_managed"`
	CreatedAt types.String `tfsdk:"created_at"`
}

func groupOf(g *api.Group) groupModel {
	return groupModel{types.StringValue(g.ID), crud.Optional(g.Name), types.BoolValue(g.SCIM), crud.Timestamp(g.CreatedAt)}
}

var groups = vendorkit.Directory[*api.Client, *api.Group, *groupModel]{
	Noun: "group",
	All:  func(ctx context.Context, c *api.Client) (*api.List[*api.Group], error) { return c.Groups.All(ctx, "") },
	Walk: func(ctx context.Context, c *api.Client, note func(string)) iter.Seq2[*api.Group, error] {
		return c.Groups.Walk(ctx, "", note)
	},
	Facts: func(g *api.Group) (id, name string) { return g.ID, g.Name },
	Form:  func(g *api.Group) *groupModel { return new(groupOf(g)) },
}

var (
	groupLookup = groups.Lookup(vendorkit.Of(group), "A group of the organization, found by its id or by its exact name, including one that an identity provider manages. If several groups have this name, the error lists their ids.",
		func(m *groupModel) (id, name types.String) { return m.ID, m.Name })
	groupInventory = groups.Inventory(vendorkit.Of(group), "The groups of the organization, in the order of their names.", nil)
	groupListing   = groups.Listing(vendorkit.Of(group), "Finds the groups of the organization, including those that Terraform manages already.")
)
