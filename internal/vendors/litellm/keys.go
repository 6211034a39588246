// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/api"
)

// keyTable are the proxy's keys, for all that is asked and done beside managing them.
var keyTable = keyinventory.Table{
	TypeName: "litellm_key",
	Kind: keyinventory.Kind{Noun: "key", Place: "team", Can: keyCan, Connect: func(providerData any) (keyinventory.Source, error) {
		client, err := connect(providerData)
		return keySource{client: client}, err
	}},
	Owners: keyinventory.Owners{
		Types: []string{keyinventory.OwnedByUser, keyinventory.OwnedByServiceAccount, keyinventory.OwnedByOrganization},
		Means: "`user`, `service_account` (a team), or `organization` (neither of the two)", Who: "user or team",
	},
	Columns: []keyinventory.Column{
		keyinventory.Text("team_id", "The id of the key's team; null for none.", keyinventory.PlaceID),
		keyinventory.Text("team_name", "The name of the key's team; null where the API key may not list teams.", keyinventory.PlaceName),
		keyinventory.Disabled("Whether the proxy refuses the key."),
	},
	Lookup: keyinventory.Texts{
		About: "What the proxy shows of one key, whoever owns it, never its secret. Found by its id, which is its hash, or by its exact alias.",
		Unset: everywhere,
	},
	Inventory: keyinventory.Texts{
		About: "Which keys the proxy has, who owns them and how old they are, oldest first. Expired ones are not listed, disabled ones are. Older versions of the proxy do not show when a key was last used.\n\nNothing in it is secret, so a `check` block over it can watch a proxy.",
		Unset: everywhere,
	},
}

const everywhere = "every key that the API key sees, of a team or of none"

// keyListing finds what can be adopted.
var keyListing = keyinventory.Listing[*keyModel]{
	Kind: keyTable.Kind, Adopts: keyinventory.Series(key),
	Texts: keyinventory.Texts{
		About: "Finds the keys that no user owns, of one team or of all teams. Keys of users cannot be managed and are not listed, and neither are expired ones. Keys that Terraform manages already are listed too. So are previous keys of a series: do not import those, because the first apply after their overlap deletes them.",
		Unset: everywhere,
	},
}

// revokeKey deletes a key at once, whoever owns it and whether it is managed.
var revokeKey = keyinventory.Revocation{
	TypeName: "litellm_revoke_key", Kind: keyTable.Kind,
	About: "Deletes one key at once, without any overlap: for a key that leaked, or one that is no longer needed. The key need not be managed by Terraform, and may be a user's. Workloads that still use it fail from then on, on all replicas of the proxy within about a minute. If it is the current key of an `orgkeys_litellm_key`, the next apply creates a new one.",
	Bind: func(providerData any, row keyinventory.Row) (keyinventory.Revoker, error) {
		client, err := connect(providerData)
		if err != nil {
			return nil, err
		}
		return &keys{client: client, team: row.Place.ID}, nil
	},
	Example: "the 64 characters of its hash",
	Check:   "that it is the hash of a key, not its alias",
}

// keySource are the keys of a proxy: one list has those of all teams and of none.
type keySource struct {
	keyinventory.Everywhere
	client *api.Client
}

var _ keyinventory.Unseen = keySource{}

func (s keySource) Now() time.Time { return s.client.Now() }

func (s keySource) Skew() (time.Duration, bool) { return s.client.Skew() }

func (s keySource) Place(ctx context.Context, id string) (keyinventory.Place, error) {
	found, err := s.client.Team(ctx, id)
	return keyinventory.Place{ID: found.ID, Name: found.Name}, err
}

func (s keySource) Keys(ctx context.Context, place keyinventory.Place, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return vendorkit.Rows(how, note, func() (*api.List[*api.Key], error) { return s.client.Keys(ctx, place.ID) }, s.client.WalkKeys(ctx, place.ID, note), s.row(ctx))
}

// Unseen implements [keyinventory.Unseen]: only a proxy admin sees every key. The keys of one team are
// all shown to the team's admin, too.
func (s keySource) Unseen(ctx context.Context, placeID string) string {
	if placeID != "" {
		return ""
	}
	switch err := s.client.SeesOthers(ctx); {
	case err == nil:
		return ""
	case api.IsDenied(err):
		return "the proxy shows this API key only the keys of its own user and teams, because it is not of a proxy admin"
	default:
		return "it is not known whether the proxy shows this API key all keys: " + err.Error()
	}
}

func (s keySource) Key(ctx context.Context, place keyinventory.Place, id string) (keyinventory.Row, error) {
	if err := isHash(id); err != nil {
		return keyinventory.Row{}, err
	}
	found, err := s.client.Key(ctx, place.ID, id, time.Time{})
	if err != nil {
		return keyinventory.Row{}, err
	}
	return s.row(ctx)(&found), nil
}

// Wherever implements [keyinventory.Finder].
func (s keySource) Wherever(ctx context.Context, id string) (keyinventory.Row, error) {
	if err := isHash(id); err != nil {
		return keyinventory.Row{}, err
	}
	found, err := s.client.KeyWherever(ctx, id)
	if err != nil {
		return keyinventory.Row{}, err
	}
	return s.row(ctx)(&found), nil
}

// isHash is an error for what is no id of a key. The proxy finds keys by their secrets too, which must be neither in
// addresses nor in state, and by which the provider does not recognise the key that it works with.
func isHash(id string) error {
	switch {
	case strings.HasPrefix(id, "sk-"):
		return fmt.Errorf("what was given as the id %w", ident.ErrSecret)
	case !hashes().MatchString(id):
		return errors.New("what was given as the id is not the hash of a key, which has 64 characters of lower-case hex")
	}
	return nil
}

// row is a key as inventories show it. The names of teams are a kindness: an admin of a
// team may not list them.
func (s keySource) row(ctx context.Context) func(*api.Key) keyinventory.Row {
	teams := sync.OnceValue(func() map[string]*api.Team {
		all, err := s.client.Teams(ctx)
		if err != nil {
			return nil
		}
		return all.ByID
	})
	return func(k *api.Key) keyinventory.Row {
		row := keyinventory.Row{Key: seriesKey(k), Disabled: k.Blocked}
		if _, shown := k.Fields["user_id"]; shown && k.PlaceKnown() { // else it may be a user's, or a team's
			row.Owner.Type = keyinventory.OwnedByOrganization
		}
		if k.TeamID != "" {
			row.Place.ID = k.TeamID
			if team := teams()[k.TeamID]; team != nil {
				row.Place.Name = team.Name
			}
			if row.Owner.Type != "" {
				row.Owner = keyinventory.Owner{Type: keyinventory.OwnedByServiceAccount, ID: k.TeamID, Name: row.Place.Name}
			}
		}
		if k.UserID != "" {
			row.Owner = keyinventory.Owner{Type: keyinventory.OwnedByUser, ID: k.UserID}
		}
		return row
	}
}
