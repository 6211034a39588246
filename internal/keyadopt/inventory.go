// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyadopt

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
)

// Status is the column with a key's status.
func Status(description string) keyinventory.Column {
	return keyinventory.Text("status", description, func(row keyinventory.Row) string { return keyOf(row).Status })
}

func keyOf(row keyinventory.Row) apiclient.AdoptedKey {
	key, _ := row.Key.Own.(apiclient.AdoptedKey)
	return key
}

// Adoptable is what a list resource of the keys finds.
func (k Kind[M]) Adoptable() keyinventory.Adoptable[*M] {
	return keyinventory.Adoptable[*M]{
		TypeName: k.TypeName, Identity: identity, Users: true,
		Complete: func(_ context.Context, _ any, m *M, row keyinventory.Row) (*M, error) {
			k.Parts(m).OnDestroy = types.StringValue(forget)
			return new(k.from(*m, keyOf(row))), nil
		},
	}
}

// Revoker ends one key for good; it is a [keyinventory.Revocation.Bind].
func (k Kind[M]) Revoker(providerData any, row keyinventory.Row) (keyinventory.Revoker, error) {
	v, err := k.Connect(providerData)
	key := keyOf(row)
	return revoker{v.AdoptedKeys, key, k.last().Status, func(ctx context.Context) error {
		return k.Words.refuseOwn(ctx, v.AdoptedKeys, key.ID, key.Hint)
	}}, err
}

type revoker struct {
	keys      *apiclient.AdoptedKeys
	key       apiclient.AdoptedKey
	status    string
	refuseOwn func(context.Context) error
}

var _ keyseries.Guarded = revoker{}

// InUse implements [keyseries.Guarded].
func (r revoker) InUse(ctx context.Context, _, _ string) error {
	if r.key.Dead != "" {
		return nil
	}
	return r.refuseOwn(ctx)
}

func (r revoker) Revoke(ctx context.Context, id string, _ time.Time) error {
	if r.key.Dead != "" {
		return nil
	}
	return r.keys.SwitchOff(ctx, id, r.status)
}

// Source is a [keyinventory.Kind.Connect].
func (k Kind[M]) Source(providerData any) (keyinventory.Source, error) {
	v, err := k.Connect(providerData)
	return source{vendor: v, on: k.On, list: "The list of " + k.Title + " " + k.Noun + "s", places: k.Place + "s"}, err
}

// source are the organization's keys: one list of all, of which a place's are a part.
type source struct {
	keyinventory.Everywhere
	vendor       Vendor
	on           string // the status of a key that works
	list, places string // for messages
}

func (s source) Now() time.Time { return s.vendor.HTTP.Now() }

func (s source) Skew() (time.Duration, bool) { return s.vendor.HTTP.Skew() }

func (s source) Place(ctx context.Context, id string) (keyinventory.Place, error) {
	if s.vendor.Place == nil {
		return s.Everywhere.Place(ctx, id)
	}
	return s.vendor.Place(ctx, id)
}

func (s source) Keys(ctx context.Context, place keyinventory.Place, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return func(yield func(keyinventory.Row, error) bool) {
		names, unnamed := s.names(ctx)
		remembered := func() (*apiclient.List[*apiclient.AdoptedKey], error) { return s.vendor.All(ctx) }
		for row, err := range vendorkit.Rows(how, note, remembered, s.vendor.Walk(ctx, note), s.row) {
			if err == nil && (keyOf(row).Dead != "" || place.ID != "" && place.ID != row.Place.ID) {
				continue
			}
			if err != nil { // which says more than missing names
				unnamed = nil
			}
			row.Place.Name = names[row.Place.ID]
			if !yield(row, err) {
				break
			}
		}
		if unnamed != nil {
			crud.Warn(ctx, s.list, "lacks names", "The names of %s are missing: %v. No key is missing for that.", s.places, unnamed)
		}
	}
}

// names are those of places, by their ids. They are a kindness: keys are found without them.
func (s source) names(ctx context.Context) (map[string]string, error) {
	if s.vendor.Names == nil {
		return nil, nil
	}
	return s.vendor.Names(ctx)
}

func (s source) Key(ctx context.Context, _ keyinventory.Place, id string) (keyinventory.Row, error) {
	key, err := s.vendor.Read(ctx, id)
	if failed, ok := apierr.As(err); ok && apierr.IsNotFound(err) {
		return keyinventory.Row{}, &apierr.Gone{What: s.vendor.Noun + " " + id, Why: strings.TrimSuffix(failed.Unmanaged, "."), Never: true}
	}
	row := s.row(&key)
	if err != nil || key.PlaceID == "" || s.vendor.Place == nil {
		return row, err
	}
	if place, err := s.vendor.Place(ctx, key.PlaceID); err == nil { // a key can be revoked without its name
		row.Place.Name = place.Name
	}
	return row, nil
}

func (s source) row(key *apiclient.AdoptedKey) keyinventory.Row {
	row := keyinventory.Row{
		Key: keyseries.Key{
			ID: key.ID, Name: key.Name, Redacted: key.Hint, CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt, EndHidden: key.EndHidden, Own: *key,
			OwnerID: key.OwnerType + key.OwnerID, // never empty for a key that has been read
		},
		Place:    keyinventory.Place{ID: key.PlaceID},
		Owner:    keyinventory.Owner{Type: key.OwnerType, ID: key.OwnerID},
		Disabled: key.Status != s.on && key.Status != "", Adopted: true,
	}
	if key.OwnerType == keyinventory.OwnedByUser {
		row.Key.Person = cmp.Or(key.OwnerID, "whom the API does not show")
	}
	return row
}
