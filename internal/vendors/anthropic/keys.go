// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package anthropic

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	aschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/api"
)

// apiKeys are the keys of the organization, for all that is asked and done beside managing
// them.
var apiKeys = keyinventory.Kind{
	Noun: "API key", Place: "workspace", Can: keyseries.Capabilities{LastUse: keyseries.UseHidden},
	Connect: func(providerData any) (keyinventory.Source, error) { return sourceOf(providerData) },
}

func sourceOf(providerData any) (keySource, error) {
	client, err := connect(providerData)
	return keySource{client: client}, err
}

const lookIn = "The id of the workspace to look in. Unset: the whole organization."

var oneID = []validator.String{crud.PathElement()}

const ownerTypes = "`service_account`, `user`, or `organization` for an older key without either"

// apiKeyLookup finds one key.
var apiKeyLookup = keyinventory.Lookup[keyRow]{
	TypeName: "anthropic_api_key",
	Kind:     apiKeys,
	Schema: schema.Schema{
		MarkdownDescription: "What the API shows of one key, never its secret. Found by its id, or by its exact name and its workspace. By its id an archived or expired key is found, too.",
		Attributes: vendorkit.Merge(keyAttributes, keyinventory.LookupAttributes(), map[string]schema.Attribute{
			"workspace_id": schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: lookIn, Validators: oneID},
		}),
	},
	Asked: func(m keyRow) keyinventory.Asked {
		return keyinventory.Asked{PlaceID: m.WorkspaceID, ID: m.ID, Name: m.Name}
	},
	Answer: keyRowOf,
}

// apiKeyInventory lists every key that may work.
var apiKeyInventory = keyinventory.Inventory[keyInventoryModel]{
	TypeName: "anthropic_api_keys",
	Kind:     apiKeys,
	Schema: schema.Schema{
		MarkdownDescription: "Which API keys there are, whom they act for and how old they are: in one workspace or in the whole organization, oldest first. Inactive keys are listed; archived and expired ones are not. The API does not show when a key was last used.\n\nNothing in it is secret, so a `check` block over it can watch an organization.",
		Attributes: vendorkit.Merge(keyinventory.FilterAttributes(schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only keys that act for this: " + ownerTypes + ". Unset: for anything.",
			Validators:          []validator.String{stringvalidator.OneOf(keyinventory.OwnedByUser, keyinventory.OwnedByServiceAccount, keyinventory.OwnedByOrganization)},
		}), map[string]schema.Attribute{
			"workspace_id": schema.StringAttribute{Optional: true, MarkdownDescription: lookIn, Validators: oneID},
			"api_keys":     schema.ListNestedAttribute{Computed: true, MarkdownDescription: "The keys that pass every filter.", NestedObject: schema.NestedAttributeObject{Attributes: keyAttributes}},
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
	WorkspaceID   types.String `tfsdk:"workspace_id"`
	WorkspaceName types.String `tfsdk:"workspace_name"`
	Status        types.String `tfsdk:"status"`
	keyinventory.Facts
}

var keyAttributes = vendorkit.Merge(keyinventory.FactAttributes(keyinventory.Words{OwnerTypes: ownerTypes, Owner: "service account or user"}), map[string]schema.Attribute{
	"workspace_id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the key's workspace; null for a key of the whole organization."},
	"workspace_name": schema.StringAttribute{Computed: true, MarkdownDescription: "The name of the key's workspace."},
	"status":         schema.StringAttribute{Computed: true, MarkdownDescription: "`active`, `inactive`, `archived` or `expired`."},
})

func keyRowOf(row keyinventory.Row, now time.Time) keyRow {
	key, _ := row.Key.Own.(api.Key)
	return keyRow{
		WorkspaceID: crud.Optional(row.Place.ID), WorkspaceName: crud.Optional(row.Place.Name),
		Status: crud.Optional(key.Status), Facts: keyinventory.FactsOf(row, now),
	}
}

// apiKeyListing finds what can be adopted.
var apiKeyListing = crud.Listing[keySource, keyQuery, apiKeyModel]{
	TypeName: apiKey.TypeName,
	Noun:     "API keys",
	Identity: apiKey.Identity,
	Connect:  sourceOf,
	Schema: lschema.Schema{
		MarkdownDescription: "Finds the API keys that can be adopted, in one workspace or in the whole organization, those of users included. Archived and expired ones are not listed; keys that Terraform manages already are.",
		Attributes:          map[string]lschema.Attribute{"workspace_id": lschema.StringAttribute{Optional: true, MarkdownDescription: lookIn, Validators: oneID}},
	},
	Find: func(ctx context.Context, s keySource, asked keyQuery) iter.Seq2[crud.Found[apiKeyModel], error] {
		note := keyinventory.MayLack(ctx, "API keys")
		walk := keyinventory.Walk(ctx, s, asked.WorkspaceID.ValueString(), note, func(place keyinventory.Place) iter.Seq2[keyinventory.Row, error] {
			return s.Keys(ctx, place, keyinventory.Paged, note)
		})
		return crud.Each(walk, func(row keyinventory.Row) *crud.Found[apiKeyModel] {
			key, _ := row.Key.Own.(api.Key)
			return &crud.Found[apiKeyModel]{ID: []string{key.ID}, DisplayName: key.Name, Complete: func(_ context.Context, m apiKeyModel) (apiKeyModel, error) {
				m.OnDestroy = types.StringValue(forget)
				return m.from(key), nil
			}}
		})
	},
}

type keyQuery struct {
	WorkspaceID types.String `tfsdk:"workspace_id"`
}

// revokeKey archives a key at once, whomever it acts for and whether it is managed.
var revokeKey = keyinventory.Revocation[revokeKeyModel]{
	TypeName: "anthropic_revoke_key",
	Kind:     apiKeys,
	Schema: aschema.Schema{
		MarkdownDescription: "Archives one API key at once, for good: for a key that leaked, or one that is no longer needed. The key need not be managed by Terraform, and may be a user's. Whatever still uses it fails from then on. One that is archived or has expired already is left as it is.\n\nNeeds Terraform 1.14 or newer.",
		Attributes:          map[string]aschema.Attribute{"key_id": keyinventory.KeyArgument()},
	},
	Bind: func(providerData any, row keyinventory.Row) (keyinventory.Revoker, error) {
		client, err := connect(providerData)
		key, _ := row.Key.Own.(api.Key)
		if err == nil && !key.Dead() {
			err = refuseOwn(client, apiKeyModel{}.from(key))
		}
		return archiver{client, key.Dead()}, err
	},
	Asked:   func(m revokeKeyModel) (placeID, keyID types.String) { return types.StringNull(), m.KeyID },
	Example: apiKey.Example,
	Check:   "that it is the id of a key of this organization",
}

type revokeKeyModel struct {
	KeyID types.String `tfsdk:"key_id"`
}

type archiver struct {
	client *api.Client
	dead   bool
}

func (a archiver) Revoke(ctx context.Context, id string) error {
	if a.dead {
		return nil
	}
	return a.client.SwitchOff(ctx, id, api.Archived)
}

// keySource are the organization's keys: one list of all, of which a workspace's are a part.
type keySource struct {
	keyinventory.Everywhere
	client *api.Client
}

func (s keySource) Now() time.Time { return s.client.Now() }

func (s keySource) Place(ctx context.Context, id string) (keyinventory.Place, error) {
	w, err := s.client.Workspace(ctx, id, time.Time{})
	return keyinventory.Place{ID: w.ID, Name: w.Name}, err
}

func (s keySource) Keys(ctx context.Context, place keyinventory.Place, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return func(yield func(keyinventory.Row, error) bool) {
		places, err := s.client.Workspaces.All(ctx)
		if err != nil {
			yield(keyinventory.Row{}, err)
			return
		}
		for key, err := range vendorkit.Rows(how, note, func() (*apiclient.List[api.Key], error) { return s.client.Keys.All(ctx) }, s.client.Keys.Walk(ctx, note), func(k api.Key) api.Key { return k }) {
			if err == nil && (key.Dead() || place.ID != "" && place.ID != key.WorkspaceID) {
				continue
			}
			if !yield(rowOf(key, places.ByID), err) || err != nil {
				return
			}
		}
	}
}

func (s keySource) Key(ctx context.Context, _ keyinventory.Place, id string) (keyinventory.Row, error) {
	key, err := s.client.ReadKey(ctx, id)
	if failed, ok := apierr.As(err); ok && apierr.IsNotFound(err) {
		return keyinventory.Row{}, &apierr.Gone{What: "API key " + id, Why: strings.TrimSuffix(failed.Unmanaged, "."), Never: true}
	}
	if err != nil || key.WorkspaceID == "" {
		return rowOf(key, nil), err
	}
	w, err := s.client.Workspace(ctx, key.WorkspaceID, time.Time{})
	if err != nil && !apierr.IsNotFound(err) {
		return keyinventory.Row{}, err
	}
	return rowOf(key, map[string]api.Workspace{w.ID: w}), nil
}

func rowOf(key api.Key, workspaces map[string]api.Workspace) keyinventory.Row {
	return keyinventory.Row{
		Key: keyseries.Key{
			ID: key.ID, Name: key.Name, Redacted: key.Hint, CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt, Own: key,
			OwnerID: key.OwnerType + key.OwnerID, // never empty for a key that has been read
		},
		Place:    keyinventory.Place{ID: key.WorkspaceID, Name: workspaces[key.WorkspaceID].Name},
		Owner:    keyinventory.Owner{Type: key.OwnerType, ID: key.OwnerID},
		Disabled: key.Status != api.Active,
	}
}
