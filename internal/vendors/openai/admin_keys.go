// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// organizationKeys are the admin keys, for all that is asked beside managing them.
var organizationKeys = keyinventory.Kind{Noun: "admin key", Can: adminKeyCan, Connect: func(providerData any) (keyinventory.Source, error) {
	client, err := connect(providerData)
	return adminKeySource{client: client}, err
}}

// adminKeyLookup finds one admin key.
var adminKeyLookup = keyinventory.LookupOf[keyFacts]{
	TypeName: "openai_admin_key",
	Kind:     organizationKeys,
	Schema: schema.Schema{
		MarkdownDescription: "What the API shows of one organization admin key, never its secret. Found by its id or by its exact name without this provider's marker; of a series that this provider rotates, the name finds the current key.",
		Attributes:          vendorkit.Merge(keyFactAttributes, keyinventory.LookupAttributes()),
	},
	Asked:  func(m keyFacts) keyinventory.Asked { return keyinventory.Asked{ID: m.ID, Name: m.Name} },
	Answer: keyFactsOf,
}

// adminKeyInventory lists every admin key that works.
var adminKeyInventory = keyinventory.InventoryOf[adminKeyInventoryModel]{
	TypeName: "openai_admin_keys",
	Kind:     organizationKeys,
	Schema: schema.Schema{
		MarkdownDescription: "Which organization admin keys work, who owns them, how old they are and when they were last used, oldest first. Expired ones are not listed. Nothing in it is secret.",
		Attributes: vendorkit.Merge(keyFilterAttributes, map[string]schema.Attribute{
			"admin_keys": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The admin keys that pass every filter.",
				NestedObject:        schema.NestedAttributeObject{Attributes: keyFactAttributes},
			},
		}),
	},
	Asked: func(m adminKeyInventoryModel) (types.String, keyinventory.Filter) {
		return types.StringNull(), m.Filter
	},
	Answer: func(m adminKeyInventoryModel, rows []keyinventory.Row, now time.Time) adminKeyInventoryModel {
		m.AdminKeys = keyinventory.Form(rows, now, keyFactsOf)
		return m
	},
}

type adminKeyInventoryModel struct {
	keyinventory.Filter
	AdminKeys []keyFacts `tfsdk:"admin_keys"`
}

// adminKeySource are the admin keys of an organization.
type adminKeySource struct {
	keyinventory.Everywhere
	client *api.Client
}

func (s adminKeySource) Now() time.Time { return s.client.Now() }

func (s adminKeySource) Keys(ctx context.Context, _ keyinventory.Place, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return vendorkit.Rows(how, note, func() (*api.List[api.AdminKey], error) { return s.client.AdminKeys(ctx) },
		s.client.ListAdminKeys(ctx, note), neutralAdminKey)
}

func (s adminKeySource) Key(ctx context.Context, _ keyinventory.Place, id string) (keyinventory.Row, error) {
	key, err := s.client.AdminKey(ctx, id, time.Time{})
	return neutralAdminKey(key), err
}

func neutralAdminKey(key api.AdminKey) keyinventory.Row {
	return keyinventory.Row{
		Key: adminSeriesKey(key), LastUseKnown: true,
		Owner: keyinventory.Owner{Type: key.OwnerType, ID: key.OwnerID, Name: key.OwnerName},
	}
}
