// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// apiKeys are the keys of projects, for all that is asked and done beside managing them.
var apiKeys = keyinventory.Kind{Noun: "API key", Place: "project", Can: apiKeyCan, Connect: func(providerData any) (keyinventory.Source, error) {
	client, err := connect(providerData)
	return apiKeySource{projectPlaces{client}}, err
}}

// apiKeyLookup finds one key, whoever owns it.
var apiKeyLookup = keyinventory.LookupOf[apiKeyRow]{
	TypeName: "openai_api_key",
	Kind:     apiKeys,
	Schema: schema.Schema{
		MarkdownDescription: "What the API shows of one key of a project, whoever owns it: never its secret, never its scopes. Found by its id or by its exact name without this provider's marker; of a series that this provider rotates, the name finds the current key.",
		Attributes: vendorkit.Merge(apiKeyFactAttributes, keyinventory.LookupAttributes(), map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The id of the project to look in.",
				Validators:          []validator.String{crud.PathElement()},
			},
		}),
	},
	Asked: func(m apiKeyRow) keyinventory.Asked {
		return keyinventory.Asked{PlaceID: m.ProjectID, ID: m.ID, Name: m.Name}
	},
	Answer: apiKeyRowOf,
}

// apiKeyInventory lists every key that works, of users and of service accounts.
var apiKeyInventory = keyinventory.InventoryOf[apiKeyInventoryModel]{
	TypeName: "openai_api_keys",
	Kind:     apiKeys,
	Schema: schema.Schema{
		MarkdownDescription: "Which API keys work, who owns them, how old they are and when they were last used: in one project or in every active one, in the order of the projects' names and oldest first. Keys of users are listed too, and keys of accounts without access to their project; expired ones are not.\n\nNothing in it is secret, so a `check` block over it can watch an organization. The answer changes by itself as time goes on: an output of `age_days` changes every day.",
		Attributes: vendorkit.Merge(keyFilterAttributes, map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The id of the project to look in. Unset: every active project, at the price of a request for each, once for all inventories of a run.",
				Validators:          []validator.String{crud.PathElement()},
			},
			"api_keys": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The keys that pass every filter.",
				NestedObject:        schema.NestedAttributeObject{Attributes: apiKeyFactAttributes},
			},
		}),
	},
	Asked: func(m apiKeyInventoryModel) (types.String, keyinventory.Filter) { return m.ProjectID, m.Filter },
	Answer: func(m apiKeyInventoryModel, rows []keyinventory.Row, now time.Time) apiKeyInventoryModel {
		m.APIKeys = keyinventory.Form(rows, now, apiKeyRowOf)
		return m
	},
}

type apiKeyInventoryModel struct {
	ProjectID types.String `tfsdk:"project_id"`
	keyinventory.Filter
	APIKeys []apiKeyRow `tfsdk:"api_keys"`
}

type apiKeyRow struct {
	ProjectID          types.String `tfsdk:"project_id"`
	ProjectName        types.String `tfsdk:"project_name"`
	OwnerProjectAccess types.String `tfsdk:"owner_project_access"`
	keyFacts
}

var apiKeyFactAttributes = vendorkit.Merge(keyFactAttributes, map[string]schema.Attribute{
	"project_id":           schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the key's project."},
	"project_name":         schema.StringAttribute{Computed: true, MarkdownDescription: "The name of the key's project."},
	"owner_project_access": schema.StringAttribute{Computed: true, MarkdownDescription: "`active`, or `inactive` while the owner has no access to the project: the key can do nothing then."},
})

func apiKeyRowOf(row keyinventory.Row, now time.Time) apiKeyRow {
	access := "active"
	if key, ok := row.Key.Own.(api.APIKey); ok && !key.OwnerActive {
		access = "inactive"
	}
	return apiKeyRow{
		ProjectID: types.StringValue(row.Place.ID), ProjectName: types.StringValue(row.Place.Name),
		OwnerProjectAccess: types.StringValue(access), keyFacts: keyFactsOf(row, now),
	}
}

// apiKeySource are the keys of an organization's projects.
type apiKeySource struct{ projectPlaces }

var _ keyinventory.Unseen = apiKeySource{}

func (s apiKeySource) Now() time.Time { return s.client.Now() }

func (s apiKeySource) Keys(ctx context.Context, place keyinventory.Place, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return vendorkit.Rows(how, note, func() (*api.List[api.APIKey], error) { return s.client.Keys(ctx, place.ID) },
		s.client.WalkKeys(ctx, place.ID, note), func(key api.APIKey) keyinventory.Row { return neutralAPIKey(place, key) })
}

func (s apiKeySource) Key(ctx context.Context, place keyinventory.Place, id string) (keyinventory.Row, error) {
	key, err := s.client.Key(ctx, place.ID, id, time.Time{})
	return neutralAPIKey(place, key), err
}

// Unseen implements [keyinventory.Unseen].
func (s apiKeySource) Unseen() string { return s.client.Unseen() }

func neutralAPIKey(place keyinventory.Place, key api.APIKey) keyinventory.Row {
	return keyinventory.Row{
		Key: seriesKey(key), Place: place, LastUseKnown: true,
		Owner: keyinventory.Owner{Type: key.OwnerType, ID: key.OwnerID, Name: key.OwnerName, Email: key.OwnerEmail},
	}
}
