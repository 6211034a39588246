// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	aschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/api"
)

// keyKind are the proxy's keys, for all that is asked and done beside managing them.
var keyKind = keyinventory.Kind{Noun: "key", Place: "team", Can: keyCan, Connect: func(providerData any) (keyinventory.Source, error) {
	client, err := connect(providerData)
	return keySource{client: client}, err
}}

const inTeam = "The id of the team to look in. Unset: every key that the API key sees, of a team or of none."

// keyLookup finds one key, whoever owns it.
var keyLookup = keyinventory.LookupOf[keyRow]{
	TypeName: "litellm_key",
	Kind:     keyKind,
	Schema: schema.Schema{
		MarkdownDescription: "What the proxy shows of one key, whoever owns it, never its secret. Found by its id, which is its hash, or by its exact alias.",
		Attributes: vendorkit.Merge(keyAttributes, keyinventory.LookupAttributes(), map[string]schema.Attribute{
			"team_id": schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: inTeam, Validators: []validator.String{crud.PathElement()}},
		}),
	},
	Asked: func(m keyRow) keyinventory.Asked {
		return keyinventory.Asked{PlaceID: m.TeamID, ID: m.ID, Name: m.Name}
	},
	Answer: keyRowOf,
}

// keyInventory lists every key that has not expired.
var keyInventory = keyinventory.InventoryOf[keysModel]{
	TypeName: "litellm_keys",
	Kind:     keyKind,
	Schema: schema.Schema{
		MarkdownDescription: "Which keys the proxy has, who owns them and how old they are, oldest first. Expired ones are not listed, disabled ones are. Older versions of the proxy do not show when a key was last used.\n\nNothing in it is secret, so a `check` block over it can watch a proxy.",
		Attributes: vendorkit.Merge(keyinventory.FilterAttributes(schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only keys of this kind of owner: `user`, `service_account`, which is a team, or `organization`, for keys of neither. Unset: of all.",
			Validators:          []validator.String{stringvalidator.OneOf(keyinventory.OwnedByUser, keyinventory.OwnedByServiceAccount, keyinventory.OwnedByOrganization)},
		}), map[string]schema.Attribute{
			"team_id": schema.StringAttribute{Optional: true, MarkdownDescription: inTeam, Validators: []validator.String{crud.PathElement()}},
			"keys":    schema.ListNestedAttribute{Computed: true, MarkdownDescription: "The keys that pass every filter.", NestedObject: schema.NestedAttributeObject{Attributes: keyAttributes}},
		}),
	},
	Asked: func(m keysModel) (types.String, keyinventory.Filter) { return m.TeamID, m.Filter },
	Answer: func(m keysModel, rows []keyinventory.Row, now time.Time) keysModel {
		m.Keys = keyinventory.Form(rows, now, keyRowOf)
		return m
	},
}

type keysModel struct {
	TeamID types.String `tfsdk:"team_id"`
	keyinventory.Filter
	Keys []keyRow `tfsdk:"keys"`
}

type keyRow struct {
	TeamID   types.String `tfsdk:"team_id"`
	TeamName types.String `tfsdk:"team_name"`
	Disabled types.Bool   `tfsdk:"disabled"`
	keyinventory.Facts
}

var keyAttributes = vendorkit.Merge(keyinventory.FactAttributes(keyinventory.Words{
	OwnerTypes: "`user`, `service_account`, which is a team, or `organization`, for keys of neither", Owner: "user or team",
}), map[string]schema.Attribute{
	"team_id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the key's team; null for none."},
	"team_name": schema.StringAttribute{Computed: true, MarkdownDescription: "The name of the key's team; null where the API key may not list teams."},
	"disabled":  schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the proxy refuses the key."},
})

func keyRowOf(row keyinventory.Row, now time.Time) keyRow {
	return keyRow{
		TeamID: crud.Optional(row.Place.ID), TeamName: crud.Optional(row.Place.Name),
		Disabled: types.BoolValue(row.Disabled), Facts: keyinventory.FactsOf(row, now),
	}
}

// keyListing finds what can be adopted.
var keyListing = keyinventory.ListingOf[keyQuery, keyModel]{
	Kind: keyKind,
	Of:   key,
	Schema: lschema.Schema{
		MarkdownDescription: "Finds the keys that no user owns, of one team or of all. Keys of users cannot be managed and are not listed, and neither are expired ones. Keys that Terraform manages already are listed too, and so are previous keys of a series: the first apply after their overlap deletes those, so do not import them.",
		Attributes: map[string]lschema.Attribute{
			"team_id": lschema.StringAttribute{Optional: true, MarkdownDescription: inTeam, Validators: []validator.String{crud.PathElement()}},
		},
	},
	Asked: func(q keyQuery) (placeID, ownerID types.String) { return q.TeamID, types.StringNull() },
}

type keyQuery struct {
	TeamID types.String `tfsdk:"team_id"`
}

// revokeKey deletes a key at once, whoever owns it and whether it is managed.
var revokeKey = keyinventory.RevocationOf[revokeKeyModel]{
	TypeName: "litellm_revoke_key",
	Kind:     keyKind,
	Schema: aschema.Schema{
		MarkdownDescription: "Deletes one key at once, without any overlap: for a key that leaked, or one that is no longer needed. The key need not be managed by Terraform, and may be a user's. Whatever still uses it fails from then on, on all replicas of the proxy within about a minute. If it is the current key of an `orgkeys_litellm_key`, the next apply creates a new one.\n\nNeeds Terraform 1.14 or newer.",
		Attributes:          map[string]aschema.Attribute{"key_id": keyinventory.KeyArgument()},
	},
	Bind: func(providerData any, row keyinventory.Row) (keyinventory.Revoker, error) {
		client, err := connect(providerData)
		if err != nil {
			return nil, err
		}
		return &keys{client: client, team: row.Place.ID}, nil
	},
	Asked:   func(m revokeKeyModel) (placeID, keyID types.String) { return types.StringNull(), m.KeyID },
	Example: "the 64 characters of its hash",
	Check:   "that it is the hash of a key, not its alias",
}

type revokeKeyModel struct {
	KeyID types.String `tfsdk:"key_id"`
}

// keySource are the keys of a proxy: one list has those of all teams and of none.
type keySource struct {
	keyinventory.Everywhere
	client *api.Client
}

func (s keySource) Now() time.Time { return s.client.Now() }

func (s keySource) Place(ctx context.Context, id string) (keyinventory.Place, error) {
	found, err := s.client.Team(ctx, id)
	return keyinventory.Place{ID: found.ID, Name: found.Name}, err
}

func (s keySource) Keys(ctx context.Context, place keyinventory.Place, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return vendorkit.Rows(how, note, func() (*api.List[api.Key], error) { return s.client.Keys(ctx, place.ID) }, s.client.WalkKeys(ctx, place.ID, note), s.row(ctx))
}

func (s keySource) Key(ctx context.Context, place keyinventory.Place, id string) (keyinventory.Row, error) {
	found, err := s.client.Key(ctx, place.ID, id, time.Time{})
	if err != nil {
		return keyinventory.Row{}, err
	}
	return s.row(ctx)(found), nil
}

// row is a key as inventories show it. The names of teams are a kindness: an admin of a
// team may not list them.
func (s keySource) row(ctx context.Context) func(api.Key) keyinventory.Row {
	teams := sync.OnceValue(func() map[string]api.Team {
		all, err := s.client.Teams(ctx)
		if err != nil {
			return nil
		}
		return all.ByID
	})
	return func(k api.Key) keyinventory.Row {
		row := keyinventory.Row{Key: seriesKey(k), Disabled: k.Blocked, Owner: keyinventory.Owner{Type: keyinventory.OwnedByOrganization}}
		if k.TeamID != "" {
			row.Place = keyinventory.Place{ID: k.TeamID, Name: teams()[k.TeamID].Name}
			row.Owner = keyinventory.Owner{Type: keyinventory.OwnedByServiceAccount, ID: k.TeamID, Name: row.Place.Name}
		}
		if k.UserID != "" {
			row.Owner = keyinventory.Owner{Type: keyinventory.OwnedByUser, ID: k.UserID}
		}
		return row
	}
}
