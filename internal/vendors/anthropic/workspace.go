// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package anthropic

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/api"
)

// A workspace is created, changed in place and archived.
var workspace = crud.Object[*api.Client, workspaceModel]{
	TypeName: "anthropic_workspace",
	Noun:     "workspace",
	Identity: crud.Identity{"id"},
	Example:  "wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ",
	Untold:   []string{"tags", "data_residency", "display_color", "external_key_id"},
	Once:     []string{"data_residency.workspace_geo", "external_key_id"},
	Connect:  connect,
	Schema:   workspaceSchema,
	Moves:    workspaceMoves,
	Read:     readWorkspace,
	Create: func(ctx context.Context, c *api.Client, plan workspaceModel) (workspaceModel, error) {
		made, how, err := c.CreateWorkspace(ctx, plan.Name.ValueString(), plan.fields(workspaceModel{}))
		if err == nil {
			vendorkit.WarnRecovered(ctx, "workspace", made.Name, made.ID, how)
		}
		return plan.from(&made), err
	},
	Update: func(ctx context.Context, c *api.Client, plan, state workspaceModel) (workspaceModel, error) {
		fields := plan.fields(state)
		if len(fields) == 0 { // the server has it so already
			return readWorkspace(ctx, c, state)
		}
		w, err := c.UpdateWorkspace(ctx, state.ID.ValueString(), fields)
		return plan.from(&w), err
	},
	Plan: func(_ context.Context, plan workspaceModel, state *workspaceModel) (workspaceModel, error) {
		return plan, checkGeos(plan, state)
	},
	Ends: func(workspaceModel) string { return archive },
	Delete: func(ctx context.Context, c *api.Client, state workspaceModel) error {
		if err := apiKey.RefuseOwnIn(ctx, c.Keys, state.ID.ValueString()); err != nil {
			return err
		}
		return c.ArchiveWorkspace(ctx, state.ID.ValueString())
	},
	Loss: func(context.Context, *api.Client, workspaceModel) (string, string) {
		return "will be archived", "Archiving cannot be undone, and the API keys of the workspace stop working, including those that this configuration does not manage."
	},
	Namesakes: func(ctx context.Context, c *api.Client, plan workspaceModel) (crud.Namesakes, error) {
		return workspaces.Namesakes(plan.Name, c.Workspaces.First(ctx, 3))
	},
}

type workspaceModel struct {
	ID            types.String `tfsdk:"id"`
	Name          types.String `tfsdk:"name"`
	Tags          types.Map    `tfsdk:"tags"`
	DataResidency types.Object `tfsdk:"data_residency"`
	ExternalKeyID types.String `tfsdk:"external_key_id"`
	DisplayColor  types.String `tfsdk:"display_color"`
	CreatedAt     types.String `tfsdk:"created_at"`
}

// stays leaves what is not configured as it is.
var stays = []planmodifier.String{stringplanmodifier.UseStateForUnknown()}

var workspaceSchema = schema.Schema{
	MarkdownDescription: "A workspace of the organization. Keys belong to workspaces.\n\nDestroying it **archives** it, which the API cannot undo: its keys stop working. A workspace that was archived outside Terraform leaves the state with a warning; one that is not found is an error, because then the admin key belongs to another organization.",
	Attributes: map[string]schema.Attribute{
		"id": crud.ID("The workspace's id, such as `wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ`. Never changes."),
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The workspace's name. Up to 255 characters. Changed in place.",
			Validators:          []validator.String{crud.Name(), stringvalidator.UTF8LengthAtMost(255)},
		},
		"tags": schema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Tags of the workspace, by name. Changed in place, all together; removing the argument clears them. Names that begin with `anthropic` are reserved for the vendor: such tags are not shown and stay as they are.",
			Validators: []validator.Map{crud.NoNulls(), mapvalidator.KeysAre(crud.Text("a name that does not begin with anthropic", func(s string) error {
				if s == "" || reserved(s) {
					return errors.New("must not be empty and must not begin with anthropic, which the vendor keeps for itself")
				}
				return nil
			}))},
		},
		"data_residency": schema.SingleNestedAttribute{
			Optional: true, Computed: true, PlanModifiers: []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "Where data are stored and requests are processed. For unset arguments the API decides at creation, and later they are left alone.",
			Attributes: map[string]schema.Attribute{
				"workspace_geo": schema.StringAttribute{
					Optional: true, Computed: true, PlanModifiers: stays, Validators: []validator.String{crud.NotEmpty()},
					MarkdownDescription: "Where data of the workspace are stored, such as `us`. Set at creation only: a change is an error at apply that asks for `-replace`, because replacing archives the present workspace for good.",
				},
				defaultGeo: schema.StringAttribute{
					Optional: true, Computed: true, PlanModifiers: stays, Validators: []validator.String{crud.NotEmpty()},
					MarkdownDescription: "Where a request is processed that names no place itself, such as `global`. Changed in place; it must be one of `allowed_inference_geos`.",
				},
				allowedGeos: schema.SetAttribute{
					Optional: true, Computed: true, ElementType: types.StringType, PlanModifiers: []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
					MarkdownDescription: "Where requests may be processed; `[\"unrestricted\"]` for everywhere. Changed in place.",
					Validators:          []validator.Set{crud.NoNulls(), setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(crud.NotEmpty())},
				},
			},
		},
		"external_key_id": schema.StringAttribute{
			Optional: true, Computed: true, PlanModifiers: stays, Validators: []validator.String{crud.NotEmpty()},
			MarkdownDescription: "The id of the customer-managed encryption key that the workspace uses; null for none. It can be set once and never changed: a change is an error at apply that asks for `-replace`. Unset: left alone.",
		},
		"display_color": schema.StringAttribute{
			Optional: true, Computed: true, PlanModifiers: stays,
			MarkdownDescription: "The workspace's color in the Console, such as `#6C5BB9`. Changed in place. Unset: left alone.",
			Validators:          []validator.String{stringvalidator.RegexMatches(regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`), "must be # and six hexadecimal digits")},
		},
		"created_at": crud.Fixed("When the workspace was created, RFC 3339 in UTC."),
	},
}

const (
	defaultGeo  = "default_inference_geo"
	allowedGeos = "allowed_inference_geos"
	anywhere    = "unrestricted"
)

// checkGeos refuses places that do not fit together, where one of them changes.
func checkGeos(plan workspaceModel, state *workspaceModel) error {
	attributes := plan.DataResidency.Attributes()
	place, _ := attributes[defaultGeo].(types.String)
	allowed, _ := attributes[allowedGeos].(types.Set)
	if state != nil {
		before := state.DataResidency.Attributes()
		if place.Equal(before[defaultGeo]) && allowed.Equal(before[allowedGeos]) {
			return nil
		}
	}
	if allowed.IsNull() || allowed.IsUnknown() || slices.ContainsFunc(allowed.Elements(), attr.Value.IsUnknown) {
		return nil
	}
	object := crud.Named("workspace", plan.Name.ValueString(), plan.ID.ValueString())
	everywhere := slices.ContainsFunc(allowed.Elements(), types.StringValue(anywhere).Equal)
	switch at := path.Root("data_residency"); {
	case everywhere && len(allowed.Elements()) > 1:
		return &crud.At{
			Path: at.AtName(allowedGeos), Summary: object + " allows more than everywhere",
			Detail: fmt.Sprintf("%q stands alone: it means everywhere, so other places beside it have no meaning. Remove them, or remove %q.", anywhere, anywhere),
		}
	case place.IsNull() || place.IsUnknown() || everywhere || slices.ContainsFunc(allowed.Elements(), place.Equal):
		return nil
	default:
		return &crud.At{
			Path: at.AtName(defaultGeo), Summary: object + " has a default place that is not allowed",
			Detail: fmt.Sprintf("%s is %s, and %s is %s: requests that name no place would be processed where none may be. Set both so that the default is one of the allowed places.", defaultGeo, place, allowedGeos, allowed),
		}
	}
}

// reserved says that the vendor keeps a tag for itself: it can be neither set nor taken away.
func reserved(tag string) bool { return strings.HasPrefix(tag, "anthropic") }

// fields are what differs from a state, as the API takes it.
func (m workspaceModel) fields(state workspaceModel) map[string]any {
	out := crud.Changes(m, state, "name", "tags", "data_residency", "external_key_id", "display_color")
	if tags, changed := out["tags"]; changed && tags == nil {
		out["tags"] = map[string]any{}
	}
	if residency, changed := out["data_residency"].(map[string]any); changed {
		if geos, _ := residency[allowedGeos].([]any); len(geos) == 1 && geos[0] == anywhere {
			residency[allowedGeos] = geos[0] // the API has no list for everywhere
		}
	}
	return out
}

func (m workspaceModel) from(w *api.Workspace) workspaceModel {
	out := workspaceModel{
		ID: types.StringValue(w.ID), Name: crud.Optional(w.Name), ExternalKeyID: crud.Optional(w.ExternalKeyID),
		DisplayColor: crud.Optional(w.DisplayColor), CreatedAt: crud.Timestamp(w.CreatedAt),
	}
	tags := w.Tags
	if shown, ok := tags.(map[string]any); ok {
		shown = maps.Clone(shown) // the row is shared
		maps.DeleteFunc(shown, func(name string, _ any) bool { return reserved(name) })
		tags = shown
	}
	out.Tags, _ = crud.ValueOf(types.MapType{ElemType: types.StringType}, tags).(types.Map)
	if len(out.Tags.Elements()) == 0 && m.Tags.IsNull() {
		out.Tags = types.MapNull(types.StringType)
	}
	out.DataResidency, _ = crud.ValueOf(workspaceSchema.Attributes["data_residency"].GetType(), w.Residency).(types.Object)
	return out
}

// readWorkspace reads an active workspace; one that was archived is gone.
func readWorkspace(ctx context.Context, c *api.Client, prior workspaceModel) (workspaceModel, error) {
	w, err := c.Workspace(ctx, prior.ID.ValueString(), crud.Born(ctx, prior.CreatedAt))
	if err == nil && w.Archived {
		err = &apierr.Gone{What: "workspace " + w.ID, Why: "it was archived, which the API cannot undo"}
	}
	return prior.from(&w), err
}

// workspaces are the active ones.
var workspaces = vendorkit.Directory[*api.Client, *api.Workspace, *workspaceModel]{
	Noun: "workspace",
	All: func(ctx context.Context, c *api.Client) (*apiclient.List[*api.Workspace], error) {
		return c.Workspaces.All(ctx)
	},
	Walk: func(ctx context.Context, c *api.Client, note func(string)) iter.Seq2[*api.Workspace, error] {
		return c.Workspaces.Walk(ctx, note)
	},
	Gone:  func(w *api.Workspace) bool { return w.Archived },
	Facts: func(w *api.Workspace) (id, name string) { return w.ID, w.Name },
	Form:  func(w *api.Workspace) *workspaceModel { return new(workspaceModel{}.from(w)) },
}

// The default workspace, which nothing manages, is in what they find.
var (
	workspaceLookup = workspaces.Lookup(vendorkit.Of(workspace), "An active workspace of the organization, found by its id or by its exact name. If several workspaces have this name, the error lists their ids.",
		func(m *workspaceModel) (id, name types.String) { return m.ID, m.Name })
	workspaceInventory = workspaces.Inventory(vendorkit.Of(workspace), "The active workspaces of the organization, including the default one, in the order of their names.", nil)
	workspaceListing   = workspaces.Listing(vendorkit.Of(workspace), "Finds the active workspaces of the organization, including the default one, which the API neither changes nor archives, and those that Terraform manages already.")
)
