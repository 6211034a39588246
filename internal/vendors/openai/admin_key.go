// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// An admin key, as a series. The API can make and delete admin keys but not change
// them, so an overlap ends by deletion; and one of them is the provider's own.
var adminKey = keyresource.Kind[*adminKeyModel]{
	TypeName:    "openai_admin_key",
	Noun:        "admin key",
	Description: adminKeyDescription,
	Identity:    crud.Identity{"id"},
	Example:     "key_abc123",
	Redacted:    redactedExample,
	Can:         adminKeyCan,
	Series:      func(m *adminKeyModel) *keyresource.Series { return &m.Series },
	Expiry:      func(m *adminKeyModel) *keyresource.Expiry { return &m.Expiry },
	Bind: func(providerData any, _ *adminKeyModel) (keyseries.Vendor, error) {
		client, err := connect(providerData)
		if err != nil {
			return nil, err
		}
		return &adminKeys{client}, nil
	},
	Moves: adminKeyMoves,
}

const adminKeyDescription = "A series of organization admin keys: at any time one current key and, after a rotation, previous keys that still work. Use it for the key that this provider itself uses, and for other tools that manage the organization.\n\nThe API cannot change an admin key. A rotation creates a new one, and the first apply after the overlap revokes the old one; give admin keys a `lifetime` as well, so that they expire even without an apply. Admin keys have no scopes: each can do everything an organization owner can.\n\nThe key that the provider itself uses is never revoked: give the new key to the provider first, then apply again."

type adminKeyModel struct {
	keyresource.Series
	keyresource.Expiry
}

// adminKeys are the calls of an admin key series.
type adminKeys struct{ client *api.Client }

var (
	_ keyseries.Vendor  = &adminKeys{}
	_ keyseries.Guarded = &adminKeys{}
	_ keyseries.Holder  = &adminKeys{}
)

// adminKeyCan: admin keys belong to whoever's key created them, so no owner proves that
// one belongs to a series.
var adminKeyCan = keyseries.Capabilities{
	End: keyseries.AtMint, Longest: longestLifetime,
	Proof: keyseries.ByMint, Gone: keyseries.ByNeighbours, LastUse: keyseries.UseTime,
	Words: words,
}

func (k *adminKeys) Capabilities() keyseries.Capabilities { return adminKeyCan }

func (k *adminKeys) Mint(ctx context.Context, request keyseries.Request) (keyseries.Minted, error) {
	return seriesMinted(k.client.MintAdminKey(ctx, request.Shown, request.Lifetime))
}

func (k *adminKeys) List(ctx context.Context, how keyseries.How) (*keyseries.Listing, error) {
	read := map[keyseries.How]func(context.Context) (*api.List[*api.AdminKey], error){
		keyseries.Remembered: k.client.AdminKeys, keyseries.Fresh: k.client.FreshAdminKeys, keyseries.AtStart: k.client.AdminKeysAtStart,
	}[how]
	list, err := read(ctx)
	return vendorkit.Listing(how, list, err, adminSeriesKey)
}

func (k *adminKeys) Get(ctx context.Context, id string, created time.Time) (keyseries.Key, error) {
	key, err := k.client.AdminKey(ctx, id, created)
	if err != nil {
		return keyseries.Key{}, err
	}
	return adminSeriesKey(&key), nil
}

func (k *adminKeys) Revoke(ctx context.Context, id string, created time.Time) error {
	return k.client.RevokeAdminKey(ctx, id, created)
}

// InUse keeps the provider from locking itself out: exact for a key minted here, by
// everything the API shows for another one.
func (k *adminKeys) InUse(ctx context.Context, id, fingerprint string) error {
	if fingerprint != "" {
		if k.client.Uses(fingerprint) {
			return fmt.Errorf("the provider itself uses admin key %s, so it is not revoked. %s", id, switchAdvice)
		}
		return nil
	}
	key, err := k.client.AdminKey(ctx, id, time.Time{})
	if apierr.IsGone(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("it is not known whether the provider itself uses admin key %s: %w", id, err)
	}
	if key.Redacted == "" { // another admin key for the provider would show no more of this one
		return fmt.Errorf("the API shows nothing of the secret of admin key %s, so it may be the one that the provider itself uses, and it is not revoked. If it is another one, delete it by hand: %s", id, k.RevokeCommand(id))
	}
	if k.client.MayUse(key.Redacted) {
		return fmt.Errorf("the provider itself seems to use admin key %s, as far as the API shows its secret, so it is not revoked. %s", id, switchAdvice)
	}
	return nil
}

// Holds recognises the provider's own key in a list as InUse does, but not in doubt.
func (k *adminKeys) Holds(key keyseries.Key, fingerprint string) bool {
	if fingerprint != "" {
		return k.client.Uses(fingerprint)
	}
	return k.client.Shows(key.Redacted)
}

const switchAdvice = "Give the provider another admin key first (openai.admin_key or OPENAI_ADMIN_KEY): the new one of this series or, for a destroy, one of another series. Then apply again"

func (k *adminKeys) Owner() string { return "" }

func (k *adminKeys) RevokeCommand(id string) string {
	return revokeCommand(k.client, "/organization/admin_api_keys/"+id)
}

func (k *adminKeys) Now() time.Time                                   { return k.client.Now() }
func (k *adminKeys) Skew() (time.Duration, bool)                      { return k.client.Skew() }
func (k *adminKeys) Sleep(ctx context.Context, d time.Duration) error { return k.client.Sleep(ctx, d) }

// adminSeriesKey leaves the owner out: admin keys belong to the owner who made them,
// or whose key made them, and yet are the organization's.
func adminSeriesKey(key *api.AdminKey) keyseries.Key {
	return keyseries.Key{
		ID: key.ID, Name: key.Name, Redacted: key.Redacted,
		CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt, EndHidden: !key.EndShown, LastUsedAt: key.LastUsedAt, UseHidden: !key.UseShown,
	}
}
