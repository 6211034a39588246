// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package elevenlabs

import (
	"context"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/api"
)

// apiKeys are the keys of service accounts, for all that is asked and done beside managing them.
var apiKeys = keyinventory.Table{
	TypeName: "elevenlabs_api_key",
	Kind: keyinventory.Kind{Noun: "API key", Place: "service account", Unlisted: "keys of users", Can: apiKeyCan, Connect: func(providerData any) (keyinventory.Source, error) {
		client, err := connect(providerData)
		return keySource{client}, err
	}},
	Owners: keyinventory.Owners{Types: []string{keyinventory.OwnedByServiceAccount}, Means: "`service_account`", Who: "service account"},
	Columns: []keyinventory.Column{
		keyinventory.Text("service_account_id", "The id of the service account that owns the key.", keyinventory.PlaceID),
		keyinventory.Shown("permissions", schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "What the key may do; `[\"all\"]` where the API shows no list."}, func(row keyinventory.Row) attr.Value {
			if permissions := keyOf(row).Permissions; permissions != nil {
				return crud.Texts(permissions)
			}
			return crud.Texts([]string{all})
		}),
		keyinventory.Shown("character_limit", schema.Int64Attribute{Computed: true, MarkdownDescription: "How many characters the key may use in a month; null for no limit."}, func(row keyinventory.Row) attr.Value { return types.Int64PointerValue(keyOf(row).Limit) }),
		keyinventory.Disabled("Whether the key refuses every call."),
		keyinventory.Text("disable_reason", "Why the vendor or its holder disabled the key, such as `exposed_publicly` or `self_disabled`; null otherwise.", func(row keyinventory.Row) string { return keyOf(row).Reason }),
	},
	Lookup: keyinventory.Texts{
		About: "What the API shows of one key of a service account, whoever created it, never its secret. Found by its id, or by its exact name without this provider's marker; the name of a series that this provider rotates finds its current key.",
		Unset: "every one",
	},
	Inventory: keyinventory.Texts{
		About: "Which API keys the service accounts have and how old they are: of one account or of all accounts, ordered by the accounts' names, and within each account by age, the oldest first. Disabled ones are listed. The API has no list of the keys of users, and does not show when a key was last used. Keys never expire.\n\nNothing in it is secret, so a `check` block over it can watch a workspace.",
		Unset: "all accounts, which costs no further request",
	},
}

func keyOf(row keyinventory.Row) api.Key {
	key, _ := row.Key.Own.(api.Key)
	return key
}

// apiKeyListing finds what can be adopted.
var apiKeyListing = keyinventory.Listing[*apiKeyModel]{
	Kind: apiKeys.Kind, Adopts: keyinventory.Series(apiKey),
	Texts: keyinventory.Texts{
		About: "Finds the API keys of one service account or of every one. Each is shown by its name, without this provider's marker. Keys that Terraform manages already are listed too. So are previous keys of a series: do not import those, because the first apply after their overlap deletes them.",
		Unset: "every one",
	},
}

// revokeKey deletes a key at once, whoever created it and whether it is managed.
var revokeKey = keyinventory.Revocation{
	TypeName: "elevenlabs_revoke_key", Kind: apiKeys.Kind,
	About: "Deletes one API key of a service account at once, without any overlap: for a key that leaked, or one that is no longer needed. The key need not be managed by Terraform. Workloads that still use it fail from then on. If it is the current key of an `orgkeys_elevenlabs_api_key`, the next apply creates a new one.",
	In:    "The id of the service account that owns the key.",
	Bind: func(providerData any, row keyinventory.Row) (keyinventory.Revoker, error) {
		client, err := connect(providerData)
		return &keys{Client: client, account: row.Place.ID}, err
	},
	Example: "user_abc123 or key_abc123",
	Check:   "that it is the id of a key of this service account, not its name or the end of its secret",
}

// keySource are the keys of a workspace's service accounts, which one request lists.
type keySource struct{ *api.Client }

func (s keySource) Place(ctx context.Context, id string) (keyinventory.Place, error) {
	a, err := s.Account(ctx, id, time.Time{})
	return placeOf(&a), err
}

func placeOf(a *api.Account) keyinventory.Place { return keyinventory.Place{ID: a.ID, Name: a.Name} }

func (s keySource) Places(ctx context.Context, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Place, error] {
	return vendorkit.Rows(how, note, func() (*api.List[*api.Account], error) { return s.Accounts(ctx) }, s.WalkAccounts(ctx, note), placeOf)
}

// Left reports that a service account is there no more.
func (s keySource) Left(_ context.Context, _ keyinventory.Place, err error) bool {
	return apierr.IsNotFound(err) || apierr.IsGone(err)
}

func (s keySource) Keys(ctx context.Context, place keyinventory.Place, _ keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return func(yield func(keyinventory.Row, error) bool) {
		list, err := s.Client.Keys(ctx, place.ID, time.Time{})
		var gaps []string
		if err == nil {
			gaps, err = s.Gaps(ctx, place.ID) // those of other accounts are theirs
		}
		if err != nil {
			yield(keyinventory.Row{}, err)
			return
		}
		for _, why := range gaps {
			note(why)
		}
		for _, key := range list.ByID {
			if key.AccountID == place.ID && !yield(rowOf(place, key), nil) {
				return
			}
		}
	}
}

func (s keySource) Key(ctx context.Context, place keyinventory.Place, id string) (keyinventory.Row, error) {
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return keyinventory.Row{}, err
	}
	for _, a := range accounts.ByID {
		for _, key := range a.Keys {
			if place.ID == "" && key.ID == id {
				place = placeOf(a)
			}
		}
	}
	if place.ID == "" {
		return keyinventory.Row{}, &apierr.Gone{What: "API key " + id, Why: "no service account of the workspace has an API key with this id", Never: true}
	}
	if a, there := accounts.ByID[place.ID]; there { // a list may lag
		place = placeOf(a)
	}
	key, err := s.Client.Key(ctx, place.ID, id, time.Time{})
	return rowOf(place, &key), err
}

func rowOf(place keyinventory.Place, key *api.Key) keyinventory.Row {
	return keyinventory.Row{
		Key: seriesKey(key), Place: place, Disabled: key.Disabled,
		Owner: keyinventory.Owner{Type: keyinventory.OwnedByServiceAccount, ID: place.ID, Name: place.Name},
	}
}
