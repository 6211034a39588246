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

// apiKeys are the keys of projects, for all that is asked and done beside managing them.
var apiKeys = keyinventory.Table{
	TypeName: "openai_api_key",
	Kind: keyinventory.Kind{Noun: "API key", Place: "project", Can: apiKeyCan, Connect: func(providerData any) (keyinventory.Source, error) {
		client, err := connect(providerData)
		return apiKeySource{projectPlaces{client}}, err
	}},
	Owners: keyOwners,
	Columns: []keyinventory.Column{
		keyinventory.Text("project_id", "The id of the key's project.", keyinventory.PlaceID),
		keyinventory.Text("project_name", "The name of the key's project.", keyinventory.PlaceName),
		keyinventory.Text("owner_project_access", "`active`, or `inactive` while the owner has no access to the project: the key can do nothing then.", func(row keyinventory.Row) string {
			if key, ok := row.Key.Own.(api.APIKey); ok && !key.OwnerActive {
				return "inactive"
			}
			return "active"
		}),
		ownerEmail,
	},
	Lookup: keyinventory.Texts{
		About: "What the API shows of one key of a project, whoever owns it: never its secret, never its scopes. Found by its id or by its exact name without this provider's marker; the name of a series that this provider rotates finds its current key.",
	},
	Inventory: keyinventory.Texts{
		About: "Which API keys work, who owns them, how old they are and when they were last used: in one project or in all active projects, ordered by the projects' names, and within each project by age, the oldest first. Keys of users are listed too, and keys of accounts without access to their project; expired ones are not.\n\nNothing in it is secret, so a `check` block over it can watch an organization. The answer changes by itself as time goes on: an output of `age_days` changes every day.\n\nAs long as the server shows no key at all, a warning says that the list may be incomplete: only a key shows whether it lists keys of service accounts without a role.",
		Unset: "all active projects, which costs one request for each project in a run, for all inventories together",
	},
}

// keyOwners own keys of either kind.
var keyOwners = keyinventory.Owners{
	Types: []string{keyinventory.OwnedByUser, keyinventory.OwnedByServiceAccount},
	Means: "`user` or `service_account`", Who: "user or service account",
}

var ownerEmail = keyinventory.Text("owner_email", "The user's e-mail address; null for service accounts and where the API does not show it.", func(row keyinventory.Row) string { return row.Owner.Email })

var apiKeyListing = keyinventory.Listing[*apiKeyModel]{
	Kind: apiKeys.Kind, Adopts: keyinventory.Series(apiKey),
	Texts: keyinventory.Texts{
		About: "Finds the API keys that service accounts own, in one project or in every active one. Each is shown by its name, without this provider's marker, and by its owner.\n\nKeys that belong to users cannot be managed and are not listed, and neither are expired ones. Keys that Terraform manages already are listed too. So are previous keys of a series during their overlap: do not import those, because they expire or are revoked.",
		Unset: "all active projects, which costs one more request for each project",
	},
	Owner: keyinventory.OwnerArgument{Name: "service_account_id", Description: "Only keys of this service account."},
}

// The emergency exit: a key ends now, whoever owns it and whether it is managed.
var revokeKey = keyinventory.Revocation{
	TypeName: "openai_revoke_key", Kind: apiKeys.Kind,
	About: "Revokes one API key of a project at once, without any overlap: for a key that leaked, or one that must not be used any more. The key need not be managed by Terraform, and may belong to a user. Workloads that still use it fail from then on. If it is the current key of an `orgkeys_openai_api_key`, the next apply creates a new one.",
	In:    "The id of the project the key belongs to.",
	Bind: func(providerData any, row keyinventory.Row) (keyinventory.Revoker, error) {
		return bindKeys(providerData, row.Place.ID, row.Key.OwnerID, nil)
	},
	Example: "proj_abc123 or key_abc123",
	Check:   "that it is the id of a project's API key: an admin key is revoked under /organization/admin_api_keys, and a service account by deleting it",
}

// apiKeySource are the keys of an organization's projects.
type apiKeySource struct{ projectPlaces }

var _ keyinventory.Unseen = apiKeySource{}

func (s apiKeySource) Now() time.Time { return s.client.Now() }

func (s apiKeySource) Skew() (time.Duration, bool) { return s.client.Skew() }

func (s apiKeySource) Keys(ctx context.Context, place keyinventory.Place, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return vendorkit.Rows(how, note, func() (*api.List[*api.APIKey], error) { return s.client.Keys(ctx, place.ID) },
		s.client.WalkKeys(ctx, place.ID, note), func(key *api.APIKey) keyinventory.Row { return neutralAPIKey(place, key) })
}

func (s apiKeySource) Key(ctx context.Context, place keyinventory.Place, id string) (keyinventory.Row, error) {
	key, err := s.client.Key(ctx, place.ID, id, time.Time{})
	return neutralAPIKey(place, &key), err
}

// Unseen implements [keyinventory.Unseen].
func (s apiKeySource) Unseen(context.Context, string) string { return s.client.Unseen() }

func neutralAPIKey(place keyinventory.Place, key *api.APIKey) keyinventory.Row {
	row := seriesKey(key)
	row.EndHidden = false // the API leaves it out where a key never expires
	return keyinventory.Row{
		Key: row, Place: place, LastUseKnown: key.UseShown,
		Owner: keyinventory.Owner{Type: key.OwnerType, ID: key.OwnerID, Name: key.OwnerName, Email: key.OwnerEmail},
	}
}
