// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter

import (
	"context"
	"iter"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/api"
)

// A workspace is created, changed in place and deleted.
var workspace = crud.Object[*api.Client, workspaceModel]{
	TypeName: "openrouter_workspace",
	Noun:     "workspace",
	Identity: crud.Identity{"id"},
	Example:  "0f8d1b6e-0000-4000-8000-000000000000, or its slug",
	Connect:  connect,
	Schema:   workspaceSchema,
	Moves:    workspaceMoves,
	Namesakes: func(ctx context.Context, c *api.Client, plan workspaceModel) (crud.Namesakes, error) {
		found := crud.Namesakes{Where: "this organization"}
		if plan.Name.IsUnknown() {
			return found, nil
		}
		look := c.FirstWorkspaces(ctx)
		found.Part = look.Part
		for _, w := range look.Items {
			if ident.SameName(w.Name, plan.Name.ValueString()) {
				found.IDs = append(found.IDs, w.ID)
			}
		}
		return found, look.Err
	},
	Look: func(ctx context.Context, c *api.Client, _ workspaceModel) error { return c.CheckManages(ctx) },
	Create: func(ctx context.Context, c *api.Client, plan workspaceModel) (workspaceModel, error) {
		made, how, err := c.CreateWorkspace(ctx, plan.Name.ValueString(), plan.fields(workspaceModel{}))
		if err != nil {
			return plan, err
		}
		vendorkit.WarnRecovered(ctx, "workspace", made.Name, made.ID, how)
		return plan.from(&made), nil
	},
	Read: readWorkspace,
	Update: func(ctx context.Context, c *api.Client, plan, state workspaceModel) (workspaceModel, error) {
		w, err := c.UpdateWorkspace(ctx, state.ID.ValueString(), crud.Born(ctx, state.CreatedAt), plan.fields(state))
		if err != nil {
			return state, err
		}
		return plan.from(&w), nil
	},
	Delete: func(ctx context.Context, c *api.Client, state workspaceModel) error {
		return c.DeleteWorkspace(ctx, state.ID.ValueString(), crud.Born(ctx, state.CreatedAt))
	},
	Loss: func(context.Context, *api.Client, workspaceModel) (string, string) {
		return "will be deleted", "Its budgets and guardrails are deleted with it, and so are its disabled and expired keys. While it has working keys, the API refuses to delete it."
	},
}

type workspaceModel struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Slug        types.String `tfsdk:"slug"`
	Description types.String `tfsdk:"description"`
	CreatedAt   types.String `tfsdk:"created_at"`
}

var workspaceSchema = schema.Schema{
	MarkdownDescription: "A workspace of the organization. Keys belong to workspaces.\n\nA destroy deletes the workspace with its budgets and guardrails. The API refuses to delete the default workspace, and a workspace with working keys.",
	Attributes: map[string]schema.Attribute{
		"id": crud.ID("The workspace's id. Never changes."),
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The workspace's name, up to 100 characters. Changed in place.",
			Validators:          []validator.String{crud.Name(), stringvalidator.UTF8LengthAtMost(100)},
		},
		"slug": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The workspace's short name in addresses: up to 50 small letters, digits and single hyphens. Changed in place. An import takes it in place of the id.",
			Validators:          []validator.String{stringvalidator.LengthAtMost(50), stringvalidator.RegexMatches(regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`), "must consist of small letters, digits and single hyphens between them")},
		},
		"description": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "What the workspace is for, up to 500 characters. Changed in place.",
			Validators:          []validator.String{crud.NotEmpty(), stringvalidator.UTF8LengthAtMost(500)},
		},
		"created_at": crud.Fixed("When the workspace was created, RFC 3339 in UTC."),
	},
}

// fields are what differs from a state, as the API takes it.
func (m workspaceModel) fields(state workspaceModel) map[string]any {
	out := map[string]any{}
	for name, pair := range map[string][2]types.String{
		"name": {m.Name, state.Name}, "slug": {m.Slug, state.Slug}, "description": {m.Description, state.Description},
	} {
		if !pair[0].Equal(pair[1]) {
			out[name] = pair[0].ValueStringPointer()
		}
	}
	return out
}

func (m workspaceModel) from(w *api.Workspace) workspaceModel {
	m.ID, m.Name, m.Slug = types.StringValue(w.ID), crud.Optional(w.Name), crud.Optional(w.Slug)
	if w.Description != nil {
		m.Description = crud.Optional(*w.Description)
	}
	m.CreatedAt = crud.Timestamp(w.CreatedAt)
	return m
}

// readWorkspace never takes a workspace for gone: with another organization's management key
// none of the state's is there, and nothing tells that from deletions.
func readWorkspace(ctx context.Context, c *api.Client, prior workspaceModel) (workspaceModel, error) {
	id := prior.ID.ValueString()
	w, err := c.ListedWorkspace(ctx, id, id, crud.Born(ctx, prior.CreatedAt))
	if err != nil {
		return prior, err
	}
	return prior.from(&w), nil
}

// workspaceLookup finds a workspace that another configuration manages.
var workspaceLookup = crud.Lookup[*api.Client, workspaceModel]{
	TypeName: "openrouter_workspace",
	Noun:     "workspace",
	Connect:  connect,
	Schema: dschema.Schema{
		MarkdownDescription: "A workspace of the organization, found by its id or by its slug.",
		Attributes: map[string]dschema.Attribute{
			"id": dschema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The workspace's id. Give this or `slug`.",
				Validators:          []validator.String{crud.PathElement(), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("slug"))},
			},
			"slug": dschema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The workspace's slug, such as `default`. Give this or `id`.",
				Validators:          []validator.String{crud.PathElement()},
			},
			"name":        dschema.StringAttribute{Computed: true, MarkdownDescription: "The workspace's name."},
			"description": dschema.StringAttribute{Computed: true, MarkdownDescription: "What the workspace is for; null if it was not set."},
			"created_at":  dschema.StringAttribute{Computed: true, MarkdownDescription: "When the workspace was created, RFC 3339 in UTC."},
		},
	},
	Find: func(ctx context.Context, c *api.Client, query workspaceModel) (workspaceModel, error) {
		id := query.ID.ValueString()
		if query.ID.IsNull() {
			id = query.Slug.ValueString()
		}
		w, err := c.Workspace(ctx, id, time.Time{})
		if apierr.IsNotFound(err) {
			return query, apierr.Hinted(err, "The organization of the management key has no workspace with the id or slug "+id+". Check it, and openrouter.management_key.")
		}
		found := query.from(&w)
		if w.Slug == "" {
			found.Slug = query.Slug
		}
		return found, err
	},
}

// workspaceListing finds all workspaces.
var workspaceListing = vendorkit.Directory[*api.Client, *api.Workspace, *workspaceModel]{
	Noun: "workspace",
	Walk: func(ctx context.Context, c *api.Client, note func(string)) iter.Seq2[*api.Workspace, error] {
		return c.WalkWorkspaces(ctx, note)
	},
	Facts: func(w *api.Workspace) (id, name string) { return w.ID, w.Name },
	Form:  func(w *api.Workspace) *workspaceModel { return new(workspaceModel{}.from(w)) },
}.Listing(vendorkit.Of(workspace), "Finds the workspaces of the organization, including those that Terraform manages already.")
