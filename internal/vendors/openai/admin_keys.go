// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// organizationKeys are the admin keys for look-ups and lists, which manage none.
var organizationKeys = keyinventory.Table{
	TypeName: "openai_admin_key",
	Kind: keyinventory.Kind{Noun: "admin key", Can: adminKeyCan, Connect: func(providerData any) (keyinventory.Source, error) {
		client, err := connect(providerData)
		return adminKeySource{client: client}, err
	}},
	Owners: keyOwners, Columns: []keyinventory.Column{ownerEmail},
	Lookup: keyinventory.Texts{
		About: "What the API shows of one organization admin key, never its secret. Found by its id or by its exact name without this provider's marker; the name of a series that this provider rotates finds its current key.",
	},
	Inventory: keyinventory.Texts{
		About: "Which organization admin keys work, who owns them, how old they are and when they were last used, oldest first. Expired ones are not listed. Nothing in it is secret.",
	},
}

var adminKeyListing = keyinventory.Listing[*adminKeyModel]{
	Kind: organizationKeys.Kind, Adopts: keyinventory.Series(adminKey),
	Texts: keyinventory.Texts{
		About: "Finds the admin keys of the organization, including the one that the provider itself uses. Each is shown by its name, without this provider's marker, and by the owner who created it. Expired ones are not listed.",
	},
}

// adminKeySource are the admin keys of an organization.
type adminKeySource struct {
	keyinventory.Everywhere
	client *api.Client
}

func (s adminKeySource) Now() time.Time { return s.client.Now() }

func (s adminKeySource) Skew() (time.Duration, bool) { return s.client.Skew() }

func (s adminKeySource) Keys(ctx context.Context, _ keyinventory.Place, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return vendorkit.Rows(how, note, func() (*api.List[*api.AdminKey], error) { return s.client.AdminKeys(ctx) },
		s.client.ListAdminKeys(ctx, note), neutralAdminKey)
}

func (s adminKeySource) Key(ctx context.Context, _ keyinventory.Place, id string) (keyinventory.Row, error) {
	key, err := s.client.AdminKey(ctx, id, time.Time{})
	return neutralAdminKey(&key), err
}

func neutralAdminKey(key *api.AdminKey) keyinventory.Row {
	return keyinventory.Row{
		Key: adminSeriesKey(key), LastUseKnown: key.UseShown,
		Owner: keyinventory.Owner{Type: key.OwnerType, ID: key.OwnerID, Name: key.OwnerName},
	}
}
