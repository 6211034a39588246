// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// apiKeyLookup finds one key, whoever owns it.
var apiKeyLookup = crud.Lookup[*api.Client, apiKeyLookupModel]{
	TypeName: "openai_api_key",
	Noun:     "API key",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "What the API tells of one key of a project, whoever owns it: never its secret, never its scopes. Found by its id or by its exact name without this provider's marker; of a series that this provider rotates, the name finds the current key.",
		Attributes: with(keyFactAttributes, apiKeyFactAttributes, map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The id of the project to look in.",
				Validators:          []validator.String{crud.PathElement()},
			},
			"id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The key's id. Give this or `name`.",
				Validators:          []validator.String{crud.PathElement(), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))},
			},
			"name": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The key's exact name, without this provider's marker. Several keys of one name are an error that lists their ids. Give this or `id`.",
				Validators:          []validator.String{crud.NotEmpty()},
			},
		}),
	},
	Find: func(ctx context.Context, c *api.Client, query apiKeyLookupModel) (apiKeyLookupModel, error) {
		projectID := query.ProjectID.ValueString()
		p, err := c.Project(ctx, projectID, time.Time{})
		if err != nil {
			return query, err
		}
		list, err := c.Keys(ctx, projectID)
		if err != nil {
			return query, err
		}
		id := query.ID.ValueString()
		if query.ID.IsNull() {
			warnIncomplete(ctx, "API keys of project "+projectID, list)
			var keys []usedKey
			for _, key := range list.ByID {
				if used := usedAPIKey(key); !expired(c, key.ExpiresAt) {
					keys = append(keys, used)
				}
			}
			found, err := current(ctx, "API key", "in project "+projectID, query.Name, keys, true)
			if err != nil {
				return query, err
			}
			id = found.id
		}
		key, ok := list.ByID[id]
		if !ok {
			if key, err = c.Key(ctx, projectID, id, time.Time{}); err != nil {
				return query, err
			}
		}
		return apiKeyLookupModel{apiKeyRowOf(c, p, key)}, nil
	},
}

type apiKeyLookupModel struct{ apiKeyRow }

// apiKeyInventory tells every key that works, of people and of service accounts.
var apiKeyInventory = crud.Lookup[*api.Client, apiKeyInventoryModel]{
	TypeName: "openai_api_keys",
	Noun:     "API keys",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "Which API keys work, who owns them, how old they are and when they were last used: in one project or in every active one, in the order of the projects' names and oldest first. Keys of people are told too, and keys of accounts without access to their project; expired ones are not.\n\nThis tells nothing secret, so a `check` block over it can watch an organization. The answer changes by itself as time goes on: an output of `age_days` changes every day.",
		Attributes: with(keyFilterAttributes, map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The id of the project to look in. Unset: every active project, at the price of a request for each, once for all inventories of a run.",
				Validators:          []validator.String{crud.PathElement()},
			},
			"api_keys": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The keys that pass every filter.",
				NestedObject:        schema.NestedAttributeObject{Attributes: with(keyFactAttributes, apiKeyFactAttributes)},
			},
		}),
	},
	Find: func(ctx context.Context, c *api.Client, query apiKeyInventoryModel) (apiKeyInventoryModel, error) {
		query.APIKeys = []apiKeyRow{}
		err := eachProject(ctx, c, query.ProjectID, func(p api.Project) error {
			list, err := c.Keys(ctx, p.ID)
			if err != nil {
				return err
			}
			warnIncomplete(ctx, "API keys of project "+p.ID, list)
			for _, key := range oldestFirst(list, func(k api.APIKey) (time.Time, string) { return k.CreatedAt, k.ID }) {
				if query.matches(usedAPIKey(key), c.Now()) {
					query.APIKeys = append(query.APIKeys, apiKeyRowOf(c, p, key))
				}
			}
			return nil
		})
		return query, err
	},
}

type apiKeyInventoryModel struct {
	ProjectID types.String `tfsdk:"project_id"`
	keyFilter
	APIKeys []apiKeyRow `tfsdk:"api_keys"`
}

type apiKeyRow struct {
	ProjectID          types.String `tfsdk:"project_id"`
	ProjectName        types.String `tfsdk:"project_name"`
	OwnerProjectAccess types.String `tfsdk:"owner_project_access"`
	keyFacts
}

var apiKeyFactAttributes = map[string]schema.Attribute{
	"project_id":           schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the key's project."},
	"project_name":         schema.StringAttribute{Computed: true, MarkdownDescription: "The name of the key's project."},
	"owner_project_access": schema.StringAttribute{Computed: true, MarkdownDescription: "`active`, or `inactive` while the owner has no access to the project: the key can do nothing then."},
}

func apiKeyRowOf(c *api.Client, p api.Project, key api.APIKey) apiKeyRow {
	access := "active"
	if !key.OwnerActive {
		access = "inactive"
	}
	return apiKeyRow{
		ProjectID: types.StringValue(p.ID), ProjectName: types.StringValue(p.Name),
		OwnerProjectAccess: types.StringValue(access), keyFacts: usedAPIKey(key).facts(c.Now()),
	}
}

func usedAPIKey(key api.APIKey) usedKey {
	return usedKey{
		id: key.ID, shown: key.Name, redacted: key.Redacted,
		ownerType: key.OwnerType, ownerID: key.OwnerID, owner: key.OwnerName, email: key.OwnerEmail,
		created: key.CreatedAt, lastUsed: key.LastUsedAt, expires: key.ExpiresAt,
	}
}
