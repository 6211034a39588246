// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A project is created, renamed and archived. The API can neither delete one nor undo
// an archive, and never changes a residency.
var project = crud.Object[*api.Client, projectModel]{
	TypeName: "openai_project",
	Noun:     "project",
	Identity: crud.Identity{"id"},
	Example:  "proj_abc123",
	Untold:   []string{"residency"}, // not every organization gets it
	Constant: []string{"residency"},
	Once:     []string{"residency"},
	Connect:  connect,
	Schema:   projectSchema,
	Create:   createProject,
	Read:     readProject,
	Update:   updateProject,
	Delete: func(ctx context.Context, c *api.Client, state projectModel) error {
		return c.ArchiveProject(ctx, state.ID.ValueString())
	},
	Ends: func(projectModel) string { return "archive" },
	Loss: func(context.Context, *api.Client, projectModel) (string, string) {
		return "will be archived", "Archiving cannot be undone: the service accounts of the project disappear and all its keys stop working, including those that this configuration does not manage."
	},
	Namesakes: projectNamesakes,
	Moves:     projectMoves,
}

type projectModel struct {
	ID            types.String `tfsdk:"id"`
	Name          types.String `tfsdk:"name"`
	ExternalKeyID types.String `tfsdk:"external_key_id"`
	Residency     types.String `tfsdk:"residency"`
	Status        types.String `tfsdk:"status"`
	CreatedAt     types.String `tfsdk:"created_at"`
}

var projectSchema = schema.Schema{
	MarkdownDescription: "A project of the organization: service accounts, keys, limits and costs belong to it.\n\nDestroying it **archives** the project, which the API cannot undo: its service accounts disappear and its keys stop working. A project that was archived outside Terraform leaves the state with a warning; a project that this organization never had is an error, because then the admin key belongs to another organization. " +
		replacedParent,
	Attributes: map[string]schema.Attribute{
		"id": crud.ID("The project's id, such as `proj_abc123`. Never changes."),
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The project's name. Renamed in place; nothing inside the project is touched. Names need not be unique.",
			Validators:          []validator.String{crud.Name()},
		},
		"external_key_id": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: "The id of the customer-managed encryption key the project uses. Changed in place. Unset: left alone, whatever it is.",
			Validators:          []validator.String{crud.NotEmpty()},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"residency": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: "Where the project's data is stored, such as `EU_STORAGE_PROCESSING`; the organization must be entitled to it. Set at creation only. A change is an error at apply that asks for `-replace`, because replacing archives the present project for good. Unset: left to the organization's default.",
			Validators:          []validator.String{crud.NotEmpty()},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"status":     crud.Fixed("`active`; an archived project is removed from state."),
		"created_at": crud.Fixed("When the project was created, RFC 3339 in UTC."),
	},
}

func (m projectModel) from(p *api.Project) projectModel {
	m.ID, m.Name = types.StringValue(p.ID), crud.Optional(p.Name)
	m.Status, m.CreatedAt = types.StringValue(p.Status), crud.Timestamp(p.CreatedAt)
	m.Residency = crud.Optional(p.Residency)
	m.ExternalKeyID = crud.Optional(p.ExternalKeyID)
	return m
}

func createProject(ctx context.Context, c *api.Client, plan projectModel) (projectModel, error) {
	made, how, err := c.CreateProject(ctx, api.ProjectSettings{
		Name:          plan.Name.ValueString(),
		ExternalKeyID: plan.ExternalKeyID.ValueString(),
		Residency:     plan.Residency.ValueString(),
	})
	if err != nil {
		return plan, err
	}
	vendorkit.WarnRecovered(ctx, "project", made.Name, made.ID, how)
	return plan.from(&made), nil
}

// projectNamesakes are the active projects that had the planned name.
func projectNamesakes(ctx context.Context, c *api.Client, plan projectModel) (crud.Namesakes, error) {
	found := crud.Namesakes{Where: "this organization"}
	if plan.Name.IsUnknown() {
		return found, nil
	}
	look := c.FirstProjects(ctx)
	found.Part = look.Part
	for _, p := range look.Items {
		if ident.SameName(p.Name, plan.Name.ValueString()) {
			found.IDs = append(found.IDs, p.ID)
		}
	}
	return found, look.Err
}

func readProject(ctx context.Context, c *api.Client, prior projectModel) (projectModel, error) {
	p, err := c.Project(ctx, prior.ID.ValueString(), crud.Born(ctx, prior.CreatedAt))
	if err != nil {
		return prior, err
	}
	found := prior.from(&p)
	if !p.ShowsKey {
		found.ExternalKeyID = prior.ExternalKeyID
	}
	return found, nil
}

func updateProject(ctx context.Context, c *api.Client, plan, state projectModel) (projectModel, error) {
	var name, key *string
	if !plan.Name.Equal(state.Name) {
		name = plan.Name.ValueStringPointer()
	}
	if !plan.ExternalKeyID.IsUnknown() && !plan.ExternalKeyID.Equal(state.ExternalKeyID) {
		key = plan.ExternalKeyID.ValueStringPointer()
	}
	if name == nil && key == nil {
		return state, nil // an imported project whose residency was not read: recorded only
	}
	p, err := c.UpdateProject(ctx, state.ID.ValueString(), crud.Born(ctx, state.CreatedAt), name, key)
	if err != nil {
		return state, err
	}
	return plan.from(&p), nil
}

// projectLookup finds a project that another configuration manages.
var projectLookup = crud.Lookup[*api.Client, projectModel]{
	TypeName: "openai_project",
	Noun:     "project",
	Connect:  connect,
	Schema: dschema.Schema{
		MarkdownDescription: "An active project of the organization, found by its id or by its exact name. If several projects have this name, the error lists their ids.",
		Attributes: map[string]dschema.Attribute{
			"id": dschema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The project's id. Give this or `name`.",
				Validators:          []validator.String{crud.PathElement(), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))},
			},
			"name": dschema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The project's exact name. Give this or `id`.",
				Validators:          []validator.String{crud.NotEmpty()},
			},
			"external_key_id": dschema.StringAttribute{Computed: true, MarkdownDescription: "The id of the customer-managed encryption key the project uses; null if none."},
			"residency":       dschema.StringAttribute{Computed: true, MarkdownDescription: "Where the project's data is stored; null if the API does not show it."},
			"status":          dschema.StringAttribute{Computed: true, MarkdownDescription: "`active`; archived projects are not found."},
			"created_at":      dschema.StringAttribute{Computed: true, MarkdownDescription: "When the project was created, RFC 3339 in UTC."},
		},
	},
	Find: func(ctx context.Context, c *api.Client, query projectModel) (projectModel, error) {
		if !query.ID.IsNull() {
			return readProject(ctx, c, query)
		}
		list, err := c.ActiveProjects(ctx)
		if err != nil {
			return query, err
		}
		vendorkit.WarnIncomplete(ctx, "projects", list)
		p, err := vendorkit.One("project", "in this organization", query.Name.ValueString(), list, func(p *api.Project) string { return p.Name })
		if err != nil {
			return query, err
		}
		return query.from(p), nil
	},
}
