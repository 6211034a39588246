// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package elevenlabs

import (
	"context"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	aschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/api"
)

// apiKeys are the keys of service accounts, for all that is asked and done beside managing them.
var apiKeys = keyinventory.Kind{Noun: "API key", Place: "service account", Can: apiKeyCan, Connect: func(providerData any) (keyinventory.Source, error) {
	client, err := connect(providerData)
	return keySource{client}, err
}}

// apiKeyLookup finds one key, whoever created it.
var apiKeyLookup = keyinventory.LookupOf[keyRow]{
	TypeName: "elevenlabs_api_key",
	Kind:     apiKeys,
	Schema: schema.Schema{
		MarkdownDescription: "What the API shows of one key of a service account, whoever created it, never its secret. Found by its id, or by its exact name without this provider's marker; of a series that this provider rotates, the name finds the current key.",
		Attributes: vendorkit.Merge(keyAttributes, keyinventory.LookupAttributes(), map[string]schema.Attribute{
			"service_account_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The id of the service account to look in. Unset: every one.",
				Validators:          []validator.String{crud.PathElement()},
			},
		}),
	},
	Asked: func(m keyRow) keyinventory.Asked {
		return keyinventory.Asked{PlaceID: m.ServiceAccountID, ID: m.ID, Name: m.Name}
	},
	Answer: keyRowOf,
}

// apiKeyInventory lists every key of a service account.
var apiKeyInventory = keyinventory.InventoryOf[keyInventoryModel]{
	TypeName: "elevenlabs_api_keys",
	Kind:     apiKeys,
	Schema: schema.Schema{
		MarkdownDescription: "Which API keys the service accounts have and how old they are: of one account or of every one, in the order of the accounts' names and oldest first. Disabled ones are listed. No list of the API has the keys of users, and the API does not show when a key was last used. Keys never expire.\n\nNothing in it is secret, so a `check` block over it can watch a workspace.",
		Attributes: vendorkit.Merge(keyinventory.FilterAttributes(schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only keys of this kind of owner. There is only `service_account`.",
			Validators:          []validator.String{stringvalidator.OneOf(keyinventory.OwnedByServiceAccount)},
		}), map[string]schema.Attribute{
			"service_account_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The id of the service account to look in. Unset: every one, for the same one request.",
				Validators:          []validator.String{crud.PathElement()},
			},
			"api_keys": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The keys that pass every filter.",
				NestedObject: schema.NestedAttributeObject{Attributes: keyAttributes},
			},
		}),
	},
	Asked: func(m keyInventoryModel) (types.String, keyinventory.Filter) { return m.ServiceAccountID, m.Filter },
	Answer: func(m keyInventoryModel, rows []keyinventory.Row, now time.Time) keyInventoryModel {
		m.APIKeys = keyinventory.Form(rows, now, keyRowOf)
		return m
	},
}

type keyInventoryModel struct {
	ServiceAccountID types.String `tfsdk:"service_account_id"`
	keyinventory.Filter
	APIKeys []keyRow `tfsdk:"api_keys"`
}

type keyRow struct {
	ServiceAccountID types.String `tfsdk:"service_account_id"`
	Permissions      types.Set    `tfsdk:"permissions"`
	CharacterLimit   types.Int64  `tfsdk:"character_limit"`
	Disabled         types.Bool   `tfsdk:"disabled"`
	DisableReason    types.String `tfsdk:"disable_reason"`
	keyinventory.Facts
}

var keyAttributes = vendorkit.Merge(keyinventory.FactAttributes(keyinventory.Words{
	OwnerTypes: "`service_account`", Owner: "service account",
}), map[string]schema.Attribute{
	"service_account_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the service account that owns the key."},
	"permissions":        schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "What the key may do; `[\"all\"]` where the API shows no list."},
	"character_limit":    schema.Int64Attribute{Computed: true, MarkdownDescription: "How many characters the key may use in a month; null for no limit."},
	"disabled":           schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the key refuses every call."},
	"disable_reason":     schema.StringAttribute{Computed: true, MarkdownDescription: "Why the vendor or its holder disabled the key, such as `exposed_publicly` or `self_disabled`; null otherwise."},
})

func keyRowOf(row keyinventory.Row, now time.Time) keyRow {
	key, _ := row.Key.Own.(api.Key)
	permissions := key.Permissions
	if permissions == nil {
		permissions = []string{all}
	}
	return keyRow{
		ServiceAccountID: types.StringValue(row.Place.ID), Permissions: setOf(permissions), CharacterLimit: types.Int64PointerValue(key.Limit),
		Disabled: types.BoolValue(row.Disabled), DisableReason: crud.Optional(key.Reason), Facts: keyinventory.FactsOf(row, now),
	}
}

// apiKeyListing finds what can be adopted.
var apiKeyListing = keyinventory.ListingOf[keyQuery, apiKeyModel]{
	Kind: apiKeys,
	Of:   apiKey,
	Schema: lschema.Schema{
		MarkdownDescription: "Finds the API keys of one service account or of every one. Each is shown by its name, without this provider's marker. Keys that Terraform manages already are listed too, and so are previous keys of a series: the first apply after their overlap deletes those, so do not import them.",
		Attributes: map[string]lschema.Attribute{
			"service_account_id": lschema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The id of the service account to look in. Unset: every one.",
				Validators:          []validator.String{crud.PathElement()},
			},
		},
	},
	Asked: func(q keyQuery) (placeID, ownerID types.String) { return q.ServiceAccountID, types.StringNull() },
}

type keyQuery struct {
	ServiceAccountID types.String `tfsdk:"service_account_id"`
}

// revokeKey deletes a key at once, whoever created it and whether it is managed.
var revokeKey = keyinventory.RevocationOf[revokeKeyModel]{
	TypeName: "elevenlabs_revoke_key",
	Kind:     apiKeys,
	Schema: aschema.Schema{
		MarkdownDescription: "Deletes one API key of a service account at once, without any overlap: for a key that leaked, or one that is no longer needed. The key need not be managed by Terraform. Whatever still uses it fails from then on. If it is the current key of an `orgkeys_elevenlabs_api_key`, the next apply creates a new one.\n\nNeeds Terraform 1.14 or newer.",
		Attributes: map[string]aschema.Attribute{
			"service_account_id": aschema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The id of the service account that owns the key.",
				Validators:          []validator.String{crud.PathElement()},
			},
			"key_id": keyinventory.KeyArgument(),
		},
	},
	Bind: func(providerData any, row keyinventory.Row) (keyinventory.Revoker, error) {
		client, err := connect(providerData)
		return &keys{Client: client, account: row.Place.ID}, err
	},
	Asked:   func(m revokeKeyModel) (placeID, keyID types.String) { return m.ServiceAccountID, m.KeyID },
	Example: "user_abc123 or key_abc123",
	Check:   "that it is the id of a key of this service account, not its name or the end of its secret",
}

type revokeKeyModel struct {
	ServiceAccountID types.String `tfsdk:"service_account_id"`
	KeyID            types.String `tfsdk:"key_id"`
}

// keySource are the keys of a workspace's service accounts, which one request lists.
type keySource struct{ *api.Client }

func (s keySource) Place(ctx context.Context, id string) (keyinventory.Place, error) {
	a, err := s.Account(ctx, id, time.Time{})
	return placeOf(a), err
}

func placeOf(a api.Account) keyinventory.Place { return keyinventory.Place{ID: a.ID, Name: a.Name} }

func (s keySource) Places(ctx context.Context, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Place, error] {
	return vendorkit.Rows(how, note, func() (*api.List[api.Account], error) { return s.Accounts(ctx) }, s.WalkAccounts(ctx, note), placeOf)
}

// Left reports that a service account is there no more.
func (s keySource) Left(_ context.Context, _ keyinventory.Place, err error) bool {
	return apierr.IsNotFound(err) || apierr.IsGone(err)
}

func (s keySource) Keys(ctx context.Context, place keyinventory.Place, _ keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return func(yield func(keyinventory.Row, error) bool) {
		list, err := s.Client.Keys(ctx, place.ID)
		if err != nil {
			yield(keyinventory.Row{}, err)
			return
		}
		for _, why := range list.Incomplete {
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
	key, err := s.Client.Key(ctx, place.ID, id, time.Time{})
	return rowOf(placeOf(accounts.ByID[place.ID]), key), err
}

func rowOf(place keyinventory.Place, key api.Key) keyinventory.Row {
	return keyinventory.Row{
		Key: seriesKey(key), Place: place, Disabled: key.Disabled,
		Owner: keyinventory.Owner{Type: keyinventory.OwnedByServiceAccount, ID: place.ID, Name: place.Name},
	}
}
