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

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// adminKeyLookup finds one admin key.
var adminKeyLookup = crud.Lookup[*api.Client, keyFacts]{
	TypeName: "openai_admin_key",
	Noun:     "admin key",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "What the API tells of one organization admin key, never its secret. Found by its id or by its exact name without this provider's marker; of a series that this provider rotates, the name finds the current key.",
		Attributes: with(keyFactAttributes, map[string]schema.Attribute{
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
	Find: func(ctx context.Context, c *api.Client, query keyFacts) (keyFacts, error) {
		list, err := c.AdminKeys(ctx)
		if err != nil {
			return query, err
		}
		warnIncomplete(ctx, "admin keys", list)
		if !query.ID.IsNull() {
			key, ok := list.ByID[query.ID.ValueString()]
			if !ok {
				if key, err = c.AdminKey(ctx, query.ID.ValueString(), time.Time{}); err != nil {
					return query, err
				}
			}
			return usedAdminKey(key).facts(c.Now()), nil
		}
		var keys []usedKey
		for _, key := range list.ByID {
			if !expired(c, key.ExpiresAt) {
				keys = append(keys, usedAdminKey(key))
			}
		}
		key, err := current(ctx, "admin key", "in this organization", query.Name, keys, false)
		if err != nil {
			return query, err
		}
		return key.facts(c.Now()), nil
	},
}

// adminKeyInventory tells every admin key that works.
var adminKeyInventory = crud.Lookup[*api.Client, adminKeyInventoryModel]{
	TypeName: "openai_admin_keys",
	Noun:     "admin keys",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "Which organization admin keys work, who owns them, how old they are and when they were last used, oldest first. Expired ones are not told. Nothing in it is secret.",
		Attributes: with(keyFilterAttributes, map[string]schema.Attribute{
			"admin_keys": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The admin keys that pass every filter.",
				NestedObject:        schema.NestedAttributeObject{Attributes: keyFactAttributes},
			},
		}),
	},
	Find: func(ctx context.Context, c *api.Client, query adminKeyInventoryModel) (adminKeyInventoryModel, error) {
		list, err := c.AdminKeys(ctx)
		if err != nil {
			return query, err
		}
		warnIncomplete(ctx, "admin keys", list)
		query.AdminKeys = []keyFacts{}
		for _, key := range oldestFirst(list, func(k api.AdminKey) (time.Time, string) { return k.CreatedAt, k.ID }) {
			if used := usedAdminKey(key); query.matches(used, c.Now()) {
				query.AdminKeys = append(query.AdminKeys, used.facts(c.Now()))
			}
		}
		return query, nil
	},
}

type adminKeyInventoryModel struct {
	keyFilter
	AdminKeys []keyFacts `tfsdk:"admin_keys"`
}

func usedAdminKey(key api.AdminKey) usedKey {
	return usedKey{
		id: key.ID, shown: key.Name, redacted: key.Redacted,
		ownerType: key.OwnerType, ownerID: key.OwnerID, owner: key.OwnerName,
		created: key.CreatedAt, lastUsed: key.LastUsedAt, expires: key.ExpiresAt,
	}
}
