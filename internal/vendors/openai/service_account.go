// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/openai"
)

// A service account is always created without the first key the API would make; the
// API gives it the role "none" then and takes a role only in a second call.
var serviceAccount = crud.Object[*openai.Client, serviceAccountModel]{
	TypeName: "openai_service_account",
	Noun:     "service account",
	Identity: crud.Identity{"project_id", "id"},
	Connect:  connect,
	Schema:   serviceAccountSchema,
	Create:   createServiceAccount,
	Read:     readServiceAccount,
	Update:   updateServiceAccount,
	Delete: func(ctx context.Context, c *openai.Client, state serviceAccountModel) error {
		return c.DeleteServiceAccount(ctx, state.ProjectID.ValueString(), state.ID.ValueString())
	},
	Moves: serviceAccountMoves,
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
	MarkdownDescription: "A service account: the identity inside a project that owns keys, instead of a person.\n\nIt is created without a key; keys are separate `orgkeys_openai_api_key` resources. Destroying it deletes the account and with it **all** its keys, also those made elsewhere.",
	Attributes: map[string]schema.Attribute{
		"id":         crud.ID("The account's id. Never changes."),
		"project_id": crud.Parent("The id of the project the account belongs to. A change replaces the account and its keys: accounts cannot move."),
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The account's name. Renamed in place; its keys are not touched. Names need not be unique.",
			Validators:          []validator.String{crud.NotEmpty()},
		},
		"role": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: "What the account may do in its project: `member`, `owner` or `none`. Unset: created with `none`, so that its keys can do nothing until a role or group grants something, and left alone afterwards, also when the argument is taken away. Changed in place; only a step back to `none`, which the API cannot do, replaces the account and its keys.",
			Validators:          []validator.String{stringvalidator.OneOf(roleNone, "member", "owner")},
			PlanModifiers: []planmodifier.String{
				stringplanmodifier.UseStateForUnknown(),
				stringplanmodifier.RequiresReplaceIf(func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
					resp.RequiresReplace = req.PlanValue.ValueString() == roleNone && !req.StateValue.IsNull() && req.StateValue.ValueString() != roleNone
				}, "Only a step back to none replaces.", "Only a step back to `none` replaces."),
			},
		},
		"created_at": crud.Fixed("When the account was created, RFC 3339 in UTC."),
	},
}

func (m serviceAccountModel) from(a openai.ServiceAccount) serviceAccountModel {
	m.ID, m.ProjectID = types.StringValue(a.ID), types.StringValue(a.ProjectID)
	m.Name, m.Role = types.StringValue(a.Name), types.StringValue(a.Role)
	m.CreatedAt = crud.Timestamp(a.CreatedAt)
	return m
}

func createServiceAccount(ctx context.Context, c *openai.Client, plan serviceAccountModel) (serviceAccountModel, error) {
	made, adopted, err := c.CreateServiceAccount(ctx, plan.ProjectID.ValueString(), plan.Name.ValueString())
	if err != nil && made.ID != "" {
		return plan.from(made), &crud.Stored{Err: err}
	}
	if err != nil {
		return plan, err
	}
	warnAdopted(ctx, "service account", made.Name, made.ID, adopted)
	if plan.Role.IsUnknown() {
		if made.Role == roleNone {
			crud.Warn(ctx, crud.Named("service account", made.Name, made.ID), "has no role", "Service account %q (%s) was created with the role \"none\": its keys can do nothing until it gets a role (role = \"member\") or is put into a group that has one.", made.Name, made.ID)
		}
		return plan.from(made), nil
	}
	if made.Role != plan.Role.ValueString() && plan.Role.ValueString() != roleNone {
		changed, err := c.UpdateServiceAccount(ctx, made.ProjectID, made.ID, made.CreatedAt, nil, plan.Role.ValueStringPointer())
		if err != nil {
			return plan.from(made), &crud.Stored{Err: err}
		}
		made = changed
	}
	return plan.from(made), nil
}

func readServiceAccount(ctx context.Context, c *openai.Client, prior serviceAccountModel) (serviceAccountModel, error) {
	a, err := c.ServiceAccount(ctx, prior.ProjectID.ValueString(), prior.ID.ValueString(), crud.Moment(prior.CreatedAt))
	if err != nil {
		return prior, err
	}
	return prior.from(a), nil
}

func updateServiceAccount(ctx context.Context, c *openai.Client, plan, state serviceAccountModel) (serviceAccountModel, error) {
	var name, role *string
	if !plan.Name.Equal(state.Name) {
		name = plan.Name.ValueStringPointer()
	}
	if !plan.Role.IsUnknown() && !plan.Role.Equal(state.Role) {
		role = plan.Role.ValueStringPointer()
	}
	a, err := c.UpdateServiceAccount(ctx, state.ProjectID.ValueString(), state.ID.ValueString(), crud.Moment(state.CreatedAt), name, role)
	if err != nil {
		return state, err
	}
	return plan.from(a), nil
}

// serviceAccountLookup finds an account that another configuration manages.
var serviceAccountLookup = crud.Lookup[*openai.Client, serviceAccountModel]{
	TypeName: "openai_service_account",
	Noun:     "service account",
	Connect:  connect,
	Schema: dschema.Schema{
		MarkdownDescription: "A service account of a project, found by its id or by its exact name. Several accounts of one name are an error that lists their ids.",
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
			"role":       dschema.StringAttribute{Computed: true, MarkdownDescription: "What the account may do in its project: `member`, `owner` or `none`."},
			"created_at": dschema.StringAttribute{Computed: true, MarkdownDescription: "When the account was created, RFC 3339 in UTC."},
		},
	},
	Find: func(ctx context.Context, c *openai.Client, query serviceAccountModel) (serviceAccountModel, error) {
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
		a, err := one("service account", "in project "+projectID, query.Name, list, func(a openai.ServiceAccount) string { return a.Name })
		if err != nil {
			return query, err
		}
		return query.from(a), nil
	},
}
