// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter

import (
	"context"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	aschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/api"
)

// apiKeys are the keys of workspaces, for all that is asked and done beside managing them.
var apiKeys = keyinventory.Kind{Noun: "API key", Place: "workspace", Can: apiKeyCan, Connect: func(providerData any) (keyinventory.Source, error) {
	client, err := connect(providerData)
	return keySource{client}, err
}}

// apiKeyLookup finds one key, whoever created it.
var apiKeyLookup = keyinventory.LookupOf[keyRow]{
	TypeName: "openrouter_api_key",
	Kind:     apiKeys,
	Schema: schema.Schema{
		MarkdownDescription: "What the API shows of one key, whoever created it, never its secret. Found by its id, which is its hash, or by its workspace and its exact name without this provider's marker; of a series that this provider rotates, the name finds the current key.",
		Attributes: vendorkit.Merge(keyAttributes, keyinventory.LookupAttributes(), map[string]schema.Attribute{
			"workspace_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The id of the workspace to look in. Unset: every workspace.",
				Validators:          []validator.String{crud.PathElement()},
			},
		}),
	},
	Asked: func(m keyRow) keyinventory.Asked {
		return keyinventory.Asked{PlaceID: m.WorkspaceID, ID: m.ID, Name: m.Name}
	},
	Answer: keyRowOf,
}

// apiKeyInventory lists every key that has not expired.
var apiKeyInventory = keyinventory.InventoryOf[keyInventoryModel]{
	TypeName: "openrouter_api_keys",
	Kind:     apiKeys,
	Schema: schema.Schema{
		MarkdownDescription: "Which API keys there are, who created them and how old they are: in one workspace or in every one, in the order of the workspaces' names and oldest first. Expired ones are not listed, disabled ones are. The API does not show when a key was last used.\n\nNothing in it is secret, so a `check` block over it can watch an organization.",
		Attributes: vendorkit.Merge(keyinventory.FilterAttributes(schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only keys of this kind of owner: `user`, whom the API names as creator, or `organization`. Unset: of both.",
			Validators:          []validator.String{stringvalidator.OneOf(keyinventory.OwnedByUser, keyinventory.OwnedByOrganization)},
		}), map[string]schema.Attribute{
			"workspace_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The id of the workspace to look in. Unset: every workspace, at the price of a request for each.",
				Validators:          []validator.String{crud.PathElement()},
			},
			"api_keys": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The keys that pass every filter.",
				NestedObject:        schema.NestedAttributeObject{Attributes: keyAttributes},
			},
		}),
	},
	Asked: func(m keyInventoryModel) (types.String, keyinventory.Filter) { return m.WorkspaceID, m.Filter },
	Answer: func(m keyInventoryModel, rows []keyinventory.Row, now time.Time) keyInventoryModel {
		m.APIKeys = keyinventory.Form(rows, now, keyRowOf)
		return m
	},
}

type keyInventoryModel struct {
	WorkspaceID types.String `tfsdk:"workspace_id"`
	keyinventory.Filter
	APIKeys []keyRow `tfsdk:"api_keys"`
}

type keyRow struct {
	WorkspaceID   types.String  `tfsdk:"workspace_id"`
	WorkspaceName types.String  `tfsdk:"workspace_name"`
	Disabled      types.Bool    `tfsdk:"disabled"`
	Limit         types.Float64 `tfsdk:"limit"`
	LimitReset    types.String  `tfsdk:"limit_reset"`
	keyinventory.Facts
}

var keyAttributes = vendorkit.Merge(keyinventory.FactAttributes(keyinventory.Words{
	OwnerTypes: "`user`, whom the API names as creator, or `organization`", Owner: "user",
}), map[string]schema.Attribute{
	"workspace_id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the key's workspace."},
	"workspace_name": schema.StringAttribute{Computed: true, MarkdownDescription: "The name of the key's workspace."},
	"disabled":       schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the key refuses every call."},
	"limit":          schema.Float64Attribute{Computed: true, MarkdownDescription: "How much the key may spend, in US dollars; null for no limit."},
	"limit_reset":    schema.StringAttribute{Computed: true, MarkdownDescription: "When what was spent is forgotten: `daily`, `weekly` or `monthly`; null for never."},
})

func keyRowOf(row keyinventory.Row, now time.Time) keyRow {
	out := keyRow{
		WorkspaceID: types.StringValue(row.Place.ID), WorkspaceName: crud.Optional(row.Place.Name),
		Disabled: types.BoolValue(row.Disabled), Facts: keyinventory.FactsOf(row, now),
	}
	if o, ok := row.Key.Own.(own); ok {
		out.Limit, out.LimitReset = types.Float64PointerValue(o.Limit), crud.Optional(o.LimitReset)
	}
	return out
}

// apiKeyListing finds what can be adopted.
var apiKeyListing = keyinventory.ListingOf[keyQuery, apiKeyModel]{
	Kind: apiKeys,
	Of:   apiKey,
	Schema: lschema.Schema{
		MarkdownDescription: "Finds the API keys that no user owns, in one workspace or in every one. Each is shown by its name, without this provider's marker. Keys of users cannot be managed and are not listed, and neither are expired ones. Keys that Terraform manages already are listed too, and so are previous keys of a series: the first apply after their overlap deletes those, so do not import them.",
		Attributes: map[string]lschema.Attribute{
			"workspace_id": lschema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The id of the workspace to look in. Unset: every workspace, at the price of a request for each.",
				Validators:          []validator.String{crud.PathElement()},
			},
		},
	},
	Asked: func(q keyQuery) (placeID, ownerID types.String) { return q.WorkspaceID, types.StringNull() },
}

type keyQuery struct {
	WorkspaceID types.String `tfsdk:"workspace_id"`
}

// revokeKey deletes a key at once, whoever created it and whether it is managed.
var revokeKey = keyinventory.RevocationOf[revokeKeyModel]{
	TypeName: "openrouter_revoke_key",
	Kind:     apiKeys,
	Schema: aschema.Schema{
		MarkdownDescription: "Deletes one API key at once, without any overlap: for a key that leaked, or one that is no longer needed. The key need not be managed by Terraform, and may be a user's. Whatever still uses it fails from then on. If it is the current key of an `orgkeys_openrouter_api_key`, the next apply creates a new one.\n\nNeeds Terraform 1.14 or newer.",
		Attributes:          map[string]aschema.Attribute{"key_id": keyinventory.KeyArgument()},
	},
	Bind: func(providerData any, row keyinventory.Row) (keyinventory.Revoker, error) {
		client, err := connect(providerData)
		if err != nil {
			return nil, err
		}
		return &keys{client: client, workspace: row.Place.ID}, nil
	},
	Asked:   func(m revokeKeyModel) (placeID, keyID types.String) { return types.StringNull(), m.KeyID },
	Example: "the 64 characters of its hash",
	Check:   "that it is the hash of a key, not its label",
}

type revokeKeyModel struct {
	KeyID types.String `tfsdk:"key_id"`
}

// keySource are the keys of an organization's workspaces.
type keySource struct{ client *api.Client }

func (s keySource) Now() time.Time { return s.client.Now() }

func (s keySource) Place(ctx context.Context, id string) (keyinventory.Place, error) {
	w, err := s.client.Workspace(ctx, id, time.Time{})
	return placeOf(w), err
}

func placeOf(w api.Workspace) keyinventory.Place { return keyinventory.Place{ID: w.ID, Name: w.Name} }

func (s keySource) Places(ctx context.Context, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Place, error] {
	return vendorkit.Rows(how, note, func() (*api.List[api.Workspace], error) { return s.client.Workspaces(ctx) }, s.client.WalkWorkspaces(ctx, note), placeOf)
}

// Left reports that a workspace is in the list no more.
func (s keySource) Left(ctx context.Context, place keyinventory.Place, err error) bool {
	if !apierr.IsNotFound(err) {
		return false
	}
	_, lookErr := s.client.Workspace(ctx, place.ID, time.Time{})
	return apierr.IsNotFound(lookErr)
}

func (s keySource) Keys(ctx context.Context, place keyinventory.Place, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return vendorkit.Rows(how, note, func() (*api.List[api.Key], error) { return s.client.Keys(ctx, place.ID) }, s.client.WalkKeys(ctx, place.ID, note), s.row(place))
}

func (s keySource) Key(ctx context.Context, place keyinventory.Place, id string) (keyinventory.Row, error) {
	key, err := s.client.Key(ctx, place.ID, id, time.Time{})
	if err == nil && (place.Name == "" || place.ID != key.WorkspaceID) {
		place, err = s.Place(ctx, key.WorkspaceID)
	}
	return s.row(place)(key), err
}

func (s keySource) row(place keyinventory.Place) func(api.Key) keyinventory.Row {
	return func(key api.Key) keyinventory.Row {
		row := keyinventory.Row{Key: seriesKey(s.client)(key), Place: place, Owner: keyinventory.Owner{Type: keyinventory.OwnedByOrganization}, Disabled: key.Disabled}
		if person := row.Key.Person; person != "" {
			row.Owner = keyinventory.Owner{Type: keyinventory.OwnedByUser, ID: person}
		}
		return row
	}
}
