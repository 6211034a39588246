// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A service account is always created without the first key the API would make; the
// API gives it the role "none" then and takes a role only in a second call.
var serviceAccount = crud.Object[*api.Client, serviceAccountModel]{
	TypeName: "openai_service_account",
	Noun:     "service account",
	Identity: crud.Identity{"project_id", "id"},
	Example:  "proj_abc123/user-abc123",
	Untold:   []string{"role"},
	Connect:  connect,
	Parent: func(ctx context.Context, c *api.Client, plan serviceAccountModel) error {
		return projectIsThere(ctx, c, plan.ProjectID)
	},
	Schema: serviceAccountSchema,
	Create: createServiceAccount,
	Read:   readServiceAccount,
	Update: updateServiceAccount,
	Delete: func(ctx context.Context, c *api.Client, state serviceAccountModel) error {
		return c.DeleteServiceAccount(ctx, state.ProjectID.ValueString(), state.ID.ValueString(), crud.Born(ctx, state.CreatedAt))
	},
	Replaces: func(plan, has serviceAccountModel) string {
		if backToNone(plan.Role, has.Role) {
			return "its role goes back from " + has.Role.ValueString() + " to none, which the API cannot do"
		}
		return ""
	},
	Loss:      serviceAccountLoss,
	Namesakes: serviceAccountNamesakes,
	Strays:    strayFirstKeys,
	Moves:     serviceAccountMoves,
}

const roleNone = "none"

type serviceAccountModel struct {
	ID        types.String `tfsdk:"id"`
	ProjectID types.String `tfsdk:"project_id"`
	Name      types.String `tfsdk:"name"`
	Role      types.String `tfsdk:"role"`
	CreatedAt types.String `tfsdk:"created_at"`
}

var serviceAccountSchema = schema.Schema{
	MarkdownDescription: "A service account: an identity inside a project, which owns keys instead of a user.\n\nIt is created without a key; keys are separate `orgkeys_openai_api_key` resources. Destroying it deletes the account and with it **all** its keys, also those created outside Terraform. " +
		replacedParent,
	Attributes: map[string]schema.Attribute{
		"id":         crud.ID("The account's id. Never changes."),
		"project_id": crud.Parent("The id of the project the account belongs to. A change replaces the account, which deletes its keys: accounts cannot move."),
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The account's name. Renamed in place; its keys are not touched. Names need not be unique.",
			Validators:          []validator.String{crud.Name()},
		},
		"role": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: "The account's role in its project: `member`, `owner` or `none`. Unset: the account is created with `none`, and its keys can do nothing until a role or group grants something. Afterwards the role is left alone, also when the argument is removed. Changed in place; only a step back to `none`, which the API cannot do, replaces the account, which deletes its keys.",
			Validators:          []validator.String{stringvalidator.OneOf(roleNone, "member", "owner")},
			PlanModifiers: []planmodifier.String{
				stringplanmodifier.UseStateForUnknown(),
				crud.ReplaceIf(backToNone, "Only a step back to `none` replaces."),
			},
		},
		"created_at": crud.Fixed("When the account was created, RFC 3339 in UTC."),
	},
}

func (m serviceAccountModel) from(a *api.ServiceAccount) serviceAccountModel {
	m.ID, m.ProjectID = types.StringValue(a.ID), types.StringValue(a.ProjectID)
	m.Name, m.Role = crud.Optional(a.Name), crud.Optional(a.Role)
	m.CreatedAt = crud.Timestamp(a.CreatedAt)
	return m
}

// backToNone reports whether a planned role is none although the server has another one.
func backToNone(planned, has types.String) bool {
	return planned.ValueString() == roleNone && !has.IsNull() && has.ValueString() != roleNone
}

// serviceAccountLoss names the keys that stop working with the account, from the list
// that this process remembers.
func serviceAccountLoss(ctx context.Context, c *api.Client, state serviceAccountModel) (what, detail string) {
	const deleted = "will be deleted with its keys"
	list, err := c.Keys(ctx, state.ProjectID.ValueString())
	if apierr.IsGone(err) {
		return "", ""
	}
	if err != nil {
		return deleted, fmt.Sprintf("All keys of the account stop working at once. They could not be listed: %v.", err)
	}
	var keys []string
	for id, key := range list.ByID {
		if key.OwnerID == state.ID.ValueString() && !expired(c, key.ExpiresAt) {
			keys = append(keys, fmt.Sprintf("%s (%q)", id, key.Name))
		}
	}
	why := strings.Join(list.Incomplete, "; ") // keys may be missing from the list
	if len(keys) == 0 && why == "" {
		return "", ""
	}
	detail = "All keys of the account stop working at once, whether this configuration manages them or not"
	if len(keys) > 0 {
		slices.Sort(keys)
		detail += ": " + strings.Join(keys, ", ")
	}
	detail += "."
	if why != "" {
		detail += " The list of keys may be incomplete: " + why + "."
	}
	return deleted, detail
}

// serviceAccountNamesakes are the accounts of the project that had the planned name.
func serviceAccountNamesakes(ctx context.Context, c *api.Client, plan serviceAccountModel) (crud.Namesakes, error) {
	projectID := plan.ProjectID.ValueString()
	found := crud.Namesakes{Where: "project " + projectID}
	if plan.Name.IsUnknown() || plan.ProjectID.IsUnknown() {
		return found, nil
	}
	look := c.FirstServiceAccounts(ctx, projectID)
	found.Part = look.Part
	for _, a := range look.Items {
		if ident.SameName(a.Name, plan.Name.ValueString()) {
			found.IDs = append(found.IDs, projectID+"/"+a.ID)
		}
	}
	return found, look.Err
}

func createServiceAccount(ctx context.Context, c *api.Client, plan serviceAccountModel) (serviceAccountModel, error) {
	made, how, err := c.CreateServiceAccount(ctx, plan.ProjectID.ValueString(), plan.Name.ValueString())
	if made.ID == "" {
		return plan, err
	}
	var unwanted *api.UnwantedKey
	if errors.As(err, &unwanted) {
		crud.NoteStray(ctx, unwanted.ID)
		warnFirstKey(ctx, c, plan.from(&made), unwanted.ID, fmt.Sprintf("could be neither deleted nor expired: %v", apierr.Unmanaged(unwanted.Err)))
		err = nil
	}
	vendorkit.WarnRecovered(ctx, "service account", made.Name, made.ID, how)
	if how.Adopted {
		leaveFirstKeys(ctx, c, plan.from(&made))
	}
	if plan.Role.IsUnknown() {
		if made.Role == roleNone || made.Role == "" { // an answer may leave it out
			crud.Warn(ctx, crud.Named("service account", plan.Name.ValueString(), made.ID), "has no role", "Service account %q (%s) was created with the role \"none\": its keys can do nothing until it gets a role (role = \"member\") or is put into a group that has one. If this apply does one of these as well, nothing is left to do.", made.Name, made.ID)
		}
	} else if made.Role != plan.Role.ValueString() && plan.Role.ValueString() != roleNone {
		changed, roleErr := c.UpdateServiceAccount(ctx, made.ProjectID, made.ID, made.CreatedAt, nil, plan.Role.ValueStringPointer())
		if roleErr == nil {
			made.Role = changed.Role
		}
		err = errors.Join(err, roleErr)
	}
	if err != nil {
		err = &crud.Stored{Err: err}
	}
	return plan.from(&made), err
}

func readServiceAccount(ctx context.Context, c *api.Client, prior serviceAccountModel) (serviceAccountModel, error) {
	a, err := c.ServiceAccount(ctx, prior.ProjectID.ValueString(), prior.ID.ValueString(), crud.Born(ctx, prior.CreatedAt))
	if err != nil {
		return prior, err
	}
	return prior.from(&a), nil
}

func updateServiceAccount(ctx context.Context, c *api.Client, plan, state serviceAccountModel) (serviceAccountModel, error) {
	var name, role *string
	if !plan.Name.Equal(state.Name) {
		name = plan.Name.ValueStringPointer()
	}
	changes := !plan.Role.IsUnknown() && !plan.Role.Equal(state.Role)
	toNone := changes && plan.Role.ValueString() == roleNone // which no call can set
	if changes && !toNone {
		role = plan.Role.ValueStringPointer()
	}
	var a api.ServiceAccount
	var err error
	switch projectID, id, created := state.ProjectID.ValueString(), state.ID.ValueString(), crud.Born(ctx, state.CreatedAt); {
	case name != nil || role != nil:
		a, err = c.UpdateServiceAccount(ctx, projectID, id, created, name, role)
	case toNone:
		a, err = c.ServiceAccount(ctx, projectID, id, created)
	default:
		return state, nil
	}
	if err != nil {
		return state, err
	}
	if changed := plan.from(&a); toNone && backToNone(plan.Role, changed.Role) {
		return changed, &crud.Stored{Err: fmt.Errorf("the server now shows the role %s. It was a different role in the plan, and the API cannot set a role back to none. Plan again: the plan then replaces the account", a.Role)}
	}
	return plan.from(&a), nil
}

// serviceAccountLookup finds an account that another configuration manages.
var serviceAccountLookup = crud.Lookup[*api.Client, serviceAccountModel]{
	TypeName: "openai_service_account",
	Noun:     "service account",
	Connect:  connect,
	Schema: dschema.Schema{
		MarkdownDescription: "A service account of a project, found by its id or by its exact name. If several accounts have this name, the error lists their ids.",
		Attributes: map[string]dschema.Attribute{
			"project_id": dschema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The id of the project to look in.",
				Validators:          []validator.String{crud.PathElement()},
			},
			"id": dschema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The account's id. Give this or `name`.",
				Validators:          []validator.String{crud.PathElement(), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))},
			},
			"name": dschema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The account's exact name. Give this or `id`.",
				Validators:          []validator.String{crud.NotEmpty()},
			},
			"role":       dschema.StringAttribute{Computed: true, MarkdownDescription: "The account's role in its project: `member`, `owner` or `none`."},
			"created_at": dschema.StringAttribute{Computed: true, MarkdownDescription: "When the account was created, RFC 3339 in UTC."},
		},
	},
	Find: func(ctx context.Context, c *api.Client, query serviceAccountModel) (serviceAccountModel, error) {
		if !query.ID.IsNull() {
			return readServiceAccount(ctx, c, query)
		}
		projectID := query.ProjectID.ValueString()
		// The project is looked at first: a missing account and a wrong organization
		// look the same from the list alone.
		if _, err := c.Project(ctx, projectID, time.Time{}); err != nil {
			return query, err
		}
		list, err := c.ServiceAccounts(ctx, projectID)
		if err != nil {
			return query, err
		}
		vendorkit.WarnIncomplete(ctx, "service accounts of project "+projectID, list)
		a, err := vendorkit.One("service account", "in project "+projectID, query.Name.ValueString(), list, func(a *api.ServiceAccount) string { return a.Name })
		if err != nil {
			return query, err
		}
		return query.from(a), nil
	},
}
