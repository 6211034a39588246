// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"

	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
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

// The states of an invite.
const (
	invitePending  = "pending"
	inviteAccepted = "accepted"
	inviteExpired  = "expired"
)

// An invite asks somebody into the organization. Nothing changes one: another one replaces it.
var invite = crud.Object[*api.Client, inviteModel]{
	TypeName: "openai_invite",
	Noun:     "invite",
	Called:   "email",
	Identity: crud.Identity{"id"},
	Example:  "invite-abc123",
	Untold:   []string{"projects"},
	Constant: []string{"email", "role", "projects"},
	Refers:   []string{"projects"},
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "An invite into the organization, by e-mail. If the user is a member already or has a pending invite, the apply fails with an error that says which of the two.\n\n" +
			"An accepted invite stays in state with its status. A destroy then only removes it from state, and the user stays in the organization. An expired one is replaced by the next apply. Destroying a pending one withdraws it.",
		Attributes: map[string]schema.Attribute{
			"id": crud.ID("The invite's id. Another invite has another id."),
			"email": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The e-mail address to invite. A change, except of case, replaces the invite.",
				Validators:          []validator.String{crud.Name()},
				PlanModifiers:       []planmodifier.String{sameAddress, crud.MoveIf(otherAddress, "Another address replaces.")},
			},
			"role": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The user's role in the organization: `owner` or `reader`. A change replaces the invite. After the user has accepted, change the role with `orgkeys_openai_user_role`.",
				Validators:          []validator.String{organizationRole},
				PlanModifiers:       []planmodifier.String{crud.ReplaceKnown()},
			},
			"projects": schema.ListNestedAttribute{
				Optional:            true,
				MarkdownDescription: "The projects that the user will be in. Order does not matter. Unset: no project, not even the default project that the API would use. A change replaces the invite.",
				Validators:          []validator.List{crud.NoNulls()},
				PlanModifiers:       []planmodifier.List{replaceOtherProjects{}},
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id": schema.StringAttribute{
						Required: true, MarkdownDescription: "The id of the project.", Validators: []validator.String{crud.PathElement()},
					},
					"role": schema.StringAttribute{
						Required: true, MarkdownDescription: "The user's role in the project: `member` or `owner`.", Validators: []validator.String{projectRoleOfUser},
					},
				}},
			},
			"status": schema.StringAttribute{
				Computed: true, MarkdownDescription: "`pending`, `accepted` or `expired`. An expired invite is replaced.",
				PlanModifiers: []planmodifier.String{replaceExpired{}},
			},
			"created_at":  crud.Fixed("When the invite was created, RFC 3339 in UTC."),
			"expires_at":  crud.Fixed("When the invite expires, RFC 3339 in UTC; null if never."),
			"accepted_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the invite was accepted, RFC 3339 in UTC; null if not yet.", PlanModifiers: []planmodifier.String{keptWhileHere{}}},
		},
	},
	Plan: func(_ context.Context, plan inviteModel, state *inviteModel) (inviteModel, error) {
		if state == nil || state.Status.ValueString() != inviteAccepted || otherAddress(plan.Email, state.Email) {
			return plan, nil
		}
		if role := plan.Role; !role.IsUnknown() && !state.Role.IsNull() && !role.Equal(state.Role) {
			return plan, fmt.Errorf("%s accepted the invite, so its role cannot change any more. Set role back to %q, and give the user the other role with orgkeys_openai_user_role. %s", state.Email.ValueString(), state.Role.ValueString(), inviteAgain)
		}
		if otherProjects(plan.Projects, state.Projects) {
			return plan, fmt.Errorf("%s accepted the invite, so its projects cannot change any more. Set projects back, and manage the user's projects with orgkeys_openai_project_user. %s", state.Email.ValueString(), inviteAgain)
		}
		return plan, nil
	},
	Create: createInvite,
	Read:   readInvite,
	Update: func(_ context.Context, _ *api.Client, plan, state inviteModel) (inviteModel, error) {
		state.Email, state.Role, state.Projects = plan.Email, plan.Role, plan.Projects
		return state, nil // no project, as null or as an empty list
	},
	Delete: deleteInvite,
	Loss: func(_ context.Context, _ *api.Client, state inviteModel) (what, detail string) {
		if state.Status.ValueString() == inviteAccepted {
			return "is only forgotten", state.stays()
		}
		return "", ""
	},
	Replaces: func(plan, has inviteModel) string {
		switch {
		case has.Status.ValueString() == inviteExpired:
			return "it expired"
		case otherProjects(plan.Projects, has.Projects):
			return fmt.Sprintf("its projects change from %s to %s", namedProjects(has.Projects), namedProjects(plan.Projects))
		}
		return ""
	},
	Moves: []crud.Move{{Type: "openai_invite", Providers: otherProviders, IDs: movedID("invite_id", "id")}},
}

// inviteAgain is the way where the user has left since.
const inviteAgain = "To invite somebody who has left once more, forget the accepted invite first: terraform state rm <address>"

func (m inviteModel) named() string {
	return crud.Named("invite", m.Email.ValueString(), m.ID.ValueString())
}

func (m inviteModel) stays() string {
	return fmt.Sprintf("%s accepted the invite and stays in the organization. To remove the user, use the dashboard.", m.Email.ValueString())
}

func createInvite(ctx context.Context, c *api.Client, plan inviteModel) (inviteModel, error) {
	address := plan.Email.ValueString()
	if err := invitable(ctx, c, address); err != nil {
		return plan, err
	}
	projects := []map[string]any{} // not left out: that would mean the default project
	for _, p := range inviteProjects(plan.Projects) {
		projects = append(projects, map[string]any{"id": p.ID, "role": p.Role})
	}
	made, how, err := c.Invites.Create(ctx, "", address, map[string]any{"email": address, "role": plan.Role.ValueString(), "projects": projects}, api.Invite.Facts)
	if err == nil {
		vendorkit.WarnRecovered(ctx, "invite", made.Email, made.ID, how)
	}
	return plan.from(made, c), err
}

// invitable is an error for an address whose user is a member or invited already.
func invitable(ctx context.Context, c *api.Client, address string) error {
	invites, err := c.Invites.All(ctx, "")
	if err != nil {
		return err
	}
	for _, i := range invites.ByID {
		if strings.EqualFold(i.Email, address) && i.Status == invitePending && !expired(c, i.ExpiresAt) {
			return fmt.Errorf("%s has a pending invite already, %s. %s", address, i.ID, onceAdvice(i.ID))
		}
	}
	u, member, err := memberByAddress(ctx, c, address)
	if err == nil && member {
		accepted := ""
		for _, i := range invites.ByID {
			if strings.EqualFold(i.Email, address) && i.Status == inviteAccepted {
				accepted = " Or, to keep the accepted invite in state, import it: terraform import <address> " + i.ID + "."
			}
		}
		err = fmt.Errorf("%s is a member of the organization already, as user %s. Take the invite out of the configuration; the user's role is set with orgkeys_openai_user_role.%s", address, u.ID, accepted)
	}
	return err
}

// readInvite keeps an accepted invite also where the server keeps it no more.
func readInvite(ctx context.Context, c *api.Client, prior inviteModel) (inviteModel, error) {
	i, err := c.Invites.Get(ctx, "", prior.ID.ValueString(), crud.Born(ctx, prior.CreatedAt))
	if err == nil {
		return prior.from(i, c), nil
	}
	var elsewhere *api.Elsewhere // as several invites that were accepted are, where they are all there is
	if !apierr.IsGone(err) && !errors.As(err, &elsewhere) || prior.Email.IsNull() {
		return prior, err
	}
	if prior.Status.ValueString() == inviteAccepted {
		return prior, nil
	}
	if _, member, lookErr := memberByAddress(ctx, c, prior.Email.ValueString()); lookErr == nil && member {
		prior.Status = types.StringValue(inviteAccepted)
		return prior, nil
	}
	return prior, err
}

func deleteInvite(ctx context.Context, c *api.Client, state inviteModel) error {
	if state.Status.ValueString() == inviteAccepted {
		crud.Warn(ctx, state.named(), "was accepted", "%s", state.stays())
		return nil
	}
	err := c.Invites.Delete(ctx, "", state.ID.ValueString(), crud.Born(ctx, state.CreatedAt))
	if status := apierr.Status(err); status != http.StatusBadRequest && status != http.StatusConflict {
		return err
	}
	i, lookErr := c.Invites.ReadAlone(ctx, "", state.ID.ValueString(), crud.Born(ctx, state.CreatedAt))
	if lookErr != nil {
		return err
	}
	switch state.from(i, c).Status.ValueString() {
	case inviteAccepted: // meanwhile
		crud.Warn(ctx, state.named(), "was accepted", "%s", state.stays())
	case inviteExpired:
		crud.Warn(ctx, state.named(), "expired and was only forgotten", "The server keeps it: %v. It cannot be accepted any more, so Terraform no longer manages it.", err)
	default:
		return err
	}
	return nil
}

// inviteListing finds all invites.
var inviteListing = crud.Listing[*api.Client, struct{}, inviteModel]{
	TypeName: invite.TypeName,
	Noun:     "invites",
	Identity: invite.Identity,
	Connect:  connect,
	Schema:   lschema.Schema{MarkdownDescription: "Finds the invites of the organization, including accepted and expired ones and those that Terraform manages already."},
	Find: func(ctx context.Context, c *api.Client, _ struct{}) iter.Seq2[crud.Found[inviteModel], error] {
		return vendorkit.As(c.Invites.Walk(ctx, "", keyinventory.MayLack(ctx, "invites")), func(i *api.Invite) crud.Found[inviteModel] {
			return crud.Found[inviteModel]{ID: []string{i.ID}, DisplayName: i.Email, Complete: func(_ context.Context, m inviteModel) (inviteModel, error) {
				return m.from(*i, c), nil
			}}
		})
	},
}
