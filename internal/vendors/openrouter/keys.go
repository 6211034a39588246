// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter

import (
	"context"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/api"
)

// apiKeys are the keys of workspaces, for all that is asked and done beside managing them.
var apiKeys = keyinventory.Table{
	TypeName: "openrouter_api_key",
	Kind: keyinventory.Kind{Noun: "API key", Place: "workspace", Can: apiKeyCan, Connect: func(providerData any) (keyinventory.Source, error) {
		client, err := connect(providerData)
		return keySource{client}, err
	}},
	Owners: keyinventory.Owners{
		Types: []string{keyinventory.OwnedByUser, keyinventory.OwnedByOrganization},
		Means: "`user` (the API shows the user as creator) or `organization`", Who: "user",
	},
	Columns: []keyinventory.Column{
		keyinventory.Text("workspace_id", "The id of the key's workspace.", keyinventory.PlaceID),
		keyinventory.Text("workspace_name", "The name of the key's workspace.", keyinventory.PlaceName),
		keyinventory.Disabled("Whether the key refuses every call."),
		keyinventory.Shown("limit", schema.Float64Attribute{Computed: true, MarkdownDescription: "How much the key may spend, in US dollars; null for no limit."}, func(row keyinventory.Row) attr.Value { return types.Float64PointerValue(keyOf(row).Limit) }),
		keyinventory.Text("limit_reset", "When the spent amount is counted from 0 again: `daily`, `weekly` or `monthly`; null for never.", func(row keyinventory.Row) string { return keyOf(row).LimitReset }),
	},
	Lookup: keyinventory.Texts{
		About: "What the API shows of one key, whoever created it, never its secret. Found by its id, which is its hash, or by its workspace and its exact name without this provider's marker; the name of a series that this provider rotates finds its current key.",
		Unset: "every workspace",
	},
	Inventory: keyinventory.Texts{
		About: "Which API keys there are, who created them and how old they are: in one workspace or in all of them, ordered by the workspaces' names, and within each workspace by age, the oldest first. Expired ones are not listed, disabled ones are. The API does not show when a key was last used.\n\nNothing in it is secret, so a `check` block over it can watch an organization.",
		Unset: "all workspaces, which costs one request for each workspace",
	},
}

func keyOf(row keyinventory.Row) api.Key {
	if o, ok := row.Key.Own.(own); ok {
		return *o.Key
	}
	return api.Key{}
}

// apiKeyListing finds what can be adopted.
var apiKeyListing = keyinventory.Listing[*apiKeyModel]{
	Kind: apiKeys.Kind, Adopts: withGuardrails(keyinventory.Series(apiKey)),
	Texts: keyinventory.Texts{
		About: "Finds the API keys that no user owns, in one workspace or in all of them. Each is shown by its name, without this provider's marker. Keys of users cannot be managed and are not listed, and neither are expired ones. Keys that Terraform manages already are listed too. So are previous keys of a series: do not import those, because the first apply after their overlap deletes them.",
		Unset: "all workspaces, which costs one request for each workspace",
	},
}

// withGuardrails reads the guardrails of keys before one is shown whole: no list of keys has them, and a
// configuration without its guardrail would take it away.
func withGuardrails[P any](of keyinventory.Adoptable[P]) keyinventory.Adoptable[P] {
	complete := of.Complete
	of.Complete = func(ctx context.Context, providerData any, imported P, row keyinventory.Row) (P, error) {
		client, err := connect(providerData)
		if err == nil {
			_, err = client.Assignments(ctx)
		}
		if err != nil {
			return imported, err
		}
		return complete(ctx, providerData, imported, row)
	}
	return of
}

// revokeKey deletes a key at once, whoever created it and whether it is managed.
var revokeKey = keyinventory.Revocation{
	TypeName: "openrouter_revoke_key", Kind: apiKeys.Kind,
	About: "Deletes one API key at once, without any overlap: for a key that leaked, or one that is no longer needed. The key need not be managed by Terraform, and may be a user's. Workloads that still use it fail from then on. If it is the current key of an `orgkeys_openrouter_api_key`, the next apply creates a new one.",
	Bind: func(providerData any, row keyinventory.Row) (keyinventory.Revoker, error) {
		client, err := connect(providerData)
		if err != nil {
			return nil, err
		}
		return &keys{client: client, workspace: row.Place.ID}, nil
	},
	Example: "the 64 characters of its hash",
	Check:   "that it is the hash of a key, not its label",
}

// keySource are the keys of an organization's workspaces.
type keySource struct{ client *api.Client }

func (s keySource) Now() time.Time { return s.client.Now() }

func (s keySource) Skew() (time.Duration, bool) { return s.client.Skew() }

func (s keySource) Place(ctx context.Context, id string) (keyinventory.Place, error) {
	w, err := s.client.Workspace(ctx, id, time.Time{})
	return placeOf(&w), err
}

func placeOf(w *api.Workspace) keyinventory.Place { return keyinventory.Place{ID: w.ID, Name: w.Name} }

func (s keySource) Places(ctx context.Context, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Place, error] {
	return vendorkit.Rows(how, note, func() (*api.List[*api.Workspace], error) { return s.client.Workspaces(ctx) }, s.client.WalkWorkspaces(ctx, note), placeOf)
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
	return vendorkit.Rows(how, note, func() (*api.List[*api.Key], error) { return s.client.Keys(ctx, place.ID) }, s.client.WalkKeys(ctx, place.ID, note), s.row(place))
}

func (s keySource) Key(ctx context.Context, place keyinventory.Place, id string) (keyinventory.Row, error) {
	key, err := s.client.Key(ctx, place.ID, id, time.Time{})
	return s.placed(ctx, place, key, err)
}

// Wherever implements [keyinventory.Finder].
func (s keySource) Wherever(ctx context.Context, id string) (keyinventory.Row, error) {
	key, err := s.client.KeyWherever(ctx, id)
	return s.placed(ctx, keyinventory.Place{}, key, err)
}

// placed is the row of a key, after a look for its workspace if place is not that. The name of a
// workspace is a kindness: a key can be revoked without it.
func (s keySource) placed(ctx context.Context, place keyinventory.Place, key api.Key, err error) (keyinventory.Row, error) {
	if err == nil && (place.Name == "" || place.ID != key.WorkspaceID) {
		place = keyinventory.Place{ID: key.WorkspaceID}
		if key.WorkspaceID != "" {
			if found, err := s.client.ListedWorkspace(ctx, key.Hash, key.WorkspaceID, time.Time{}); err == nil {
				place = placeOf(&found)
			}
		}
	}
	return s.row(place)(&key), err
}

func (s keySource) row(place keyinventory.Place) func(*api.Key) keyinventory.Row {
	return func(key *api.Key) keyinventory.Row {
		row := keyinventory.Row{Key: seriesKey(s.client)(key), Place: place, Owner: keyinventory.Owner{Type: keyinventory.OwnedByOrganization}, Disabled: key.Disabled}
		switch person := row.Key.Person; {
		case person != "":
			row.Owner = keyinventory.Owner{Type: keyinventory.OwnedByUser, ID: person}
		case key.CreatorID != "" && !s.client.Stamps(*key):
			row.Owner = keyinventory.Owner{} // its creator may be this management key's, or a user
		}
		return row
	}
}
