// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package anthropic

import (
	"cmp"
	"context"
	"iter"
	"strings"
	"time"

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
var apiKeys = keyinventory.Table{
	TypeName: "anthropic_api_key",
	Kind: keyinventory.Kind{
		Noun: "API key", Place: "workspace", Can: keyseries.Capabilities{LastUse: keyseries.UseHidden},
		Connect: func(providerData any) (keyinventory.Source, error) {
			client, err := connect(providerData)
			return keySource{client: client}, err
		},
	},
	Owners: keyinventory.Owners{
		Types: []string{keyinventory.OwnedByUser, keyinventory.OwnedByServiceAccount, keyinventory.OwnedByOrganization},
		Means: "`service_account`, `user`, or `organization` for an older key without either", Who: "service account or user",
	},
	Columns: []keyinventory.Column{
		keyinventory.Text("workspace_id", "The id of the key's workspace; null for a key of the whole organization.", keyinventory.PlaceID),
		keyinventory.Text("workspace_name", "The name of the key's workspace.", keyinventory.PlaceName),
		keyinventory.Text("status", "`active`, `inactive`, `archived` or `expired`.", func(row keyinventory.Row) string { return keyOf(row).Status }),
	},
	Lookup: keyinventory.Texts{
		About: "What the API shows of one key, never its secret. Found by its id, or by its exact name and its workspace. By its id an archived or expired key is found, too.",
		Unset: everywhere,
	},
	Inventory: keyinventory.Texts{
		About: "Which API keys there are, whom they act for and how old they are: in one workspace or in the whole organization, oldest first. Inactive keys are listed; archived and expired ones are not. The API does not show when a key was last used.\n\nNothing in it is secret, so a `check` block over it can watch an organization.",
		Unset: everywhere,
	},
}

const everywhere = "the whole organization"

func keyOf(row keyinventory.Row) api.Key {
	key, _ := row.Key.Own.(api.Key)
	return key
}

// apiKeyListing finds what can be adopted.
var apiKeyListing = keyinventory.Listing[*apiKeyModel]{
	Kind: apiKeys.Kind,
	Texts: keyinventory.Texts{
		About: "Finds the API keys that can be adopted, in one workspace or in the whole organization, including those of users. Archived and expired ones are not listed; keys that Terraform manages already are.",
		Unset: everywhere,
	},
	Adopts: keyinventory.Adoptable[*apiKeyModel]{
		TypeName: apiKey.TypeName, Identity: apiKey.Identity, Users: true,
		Complete: func(_ context.Context, _ any, m *apiKeyModel, row keyinventory.Row) (*apiKeyModel, error) {
			m.OnDestroy = types.StringValue(forget)
			return new(m.from(keyOf(row))), nil
		},
	},
}

// revokeKey archives a key at once, whomever it acts for and whether it is managed.
var revokeKey = keyinventory.Revocation{
	TypeName: "anthropic_revoke_key",
	Kind:     apiKeys.Kind,
	About:    "Archives one API key at once, for good: for a key that leaked, or one that is no longer needed. The key need not be managed by Terraform, and may be a user's. Workloads that still use it fail from then on. A key that is archived or has expired already is left as it is.",
	Bind: func(providerData any, row keyinventory.Row) (keyinventory.Revoker, error) {
		client, err := connect(providerData)
		return archiver{client, keyOf(row)}, err
	},
	Example: apiKey.Example,
	Check:   "that it is the id of a key of this organization",
}

type archiver struct {
	client *api.Client
	key    api.Key
}

var _ keyseries.Guarded = archiver{}

// InUse implements [keyseries.Guarded].
func (a archiver) InUse(ctx context.Context, id, _ string) error {
	if a.key.Dead() {
		return nil
	}
	return refuseOwn(ctx, a.client, id, a.key.Hint)
}

func (a archiver) Revoke(ctx context.Context, id string, _ time.Time) error {
	if a.key.Dead() {
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

func (s keySource) Skew() (time.Duration, bool) { return s.client.Skew() }

func (s keySource) Place(ctx context.Context, id string) (keyinventory.Place, error) {
	w, err := s.client.Workspace(ctx, id, time.Time{})
	return keyinventory.Place{ID: w.ID, Name: w.Name}, err
}

func (s keySource) Keys(ctx context.Context, place keyinventory.Place, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return func(yield func(keyinventory.Row, error) bool) {
		var names map[string]*api.Workspace // a kindness: keys are found without them
		if places, err := s.client.Workspaces.All(ctx); err == nil {
			names = places.ByID
		} else {
			crud.Warn(ctx, "The list of Anthropic API keys", "lacks names", "The names of workspaces are missing: %v. No key is missing for that.", err)
		}
		for key, err := range vendorkit.Rows(how, note, func() (*apiclient.List[*api.Key], error) { return s.client.Keys.All(ctx) }, s.client.Keys.Walk(ctx, note), func(k *api.Key) *api.Key { return k }) {
			if err == nil && (key.Dead() || place.ID != "" && place.ID != key.WorkspaceID) {
				continue
			}
			if err != nil {
				yield(keyinventory.Row{}, err)
				return
			}
			if !yield(rowOf(key, names), nil) {
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
		return rowOf(&key, nil), err
	}
	w, err := s.client.Workspace(ctx, key.WorkspaceID, time.Time{})
	if err != nil {
		return rowOf(&key, nil), nil //nolint:nilerr // its name is a kindness: a key can be revoked without it
	}
	return rowOf(&key, map[string]*api.Workspace{w.ID: &w}), nil
}

func rowOf(key *api.Key, workspaces map[string]*api.Workspace) keyinventory.Row {
	row := keyinventory.Row{
		Key: keyseries.Key{
			ID: key.ID, Name: key.Name, Redacted: key.Hint, CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt, EndHidden: key.EndHidden, Own: *key,
			OwnerID: key.OwnerType + key.OwnerID, // never empty for a key that has been read
		},
		Place:    keyinventory.Place{ID: key.WorkspaceID},
		Owner:    keyinventory.Owner{Type: key.OwnerType, ID: key.OwnerID},
		Disabled: key.Status != api.Active && key.Status != "", Adopted: true,
	}
	if w, there := workspaces[key.WorkspaceID]; there {
		row.Place.Name = w.Name
	}
	if key.OwnerType == keyinventory.OwnedByUser {
		row.Key.Person = cmp.Or(key.OwnerID, "whom the API does not show")
	}
	return row
}
