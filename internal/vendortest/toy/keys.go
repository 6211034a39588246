// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package toy

import (
	"context"
	"iter"
	"time"

	eschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest/toy/api"
)

// source is all keys of the organization.
type source struct {
	keyinventory.Everywhere
	client  *api.Client
	variant Variant
}

func (s source) Now() time.Time { return s.client.Now() }

func (s source) Skew() (time.Duration, bool) { return s.client.Skew() }

func (s source) Keys(ctx context.Context, _ keyinventory.Place, _ keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return func(yield func(keyinventory.Row, error) bool) {
		for key, err := range s.client.Walk(ctx, note) {
			if err != nil {
				yield(keyinventory.Row{}, err)
				return
			}
			if !yield(s.row(key), nil) {
				return
			}
		}
	}
}

func (s source) Key(ctx context.Context, _ keyinventory.Place, id string) (keyinventory.Row, error) {
	key, err := s.client.Key(ctx, id, time.Time{})
	return s.row(&key), err
}

func (s source) row(key *api.Key) keyinventory.Row {
	shown := seriesKey(key)
	shown.EndHidden = shown.EndHidden && s.variant.Can.End != keyseries.Never
	return keyinventory.Row{
		Key: shown, LastUseKnown: s.variant.Can.LastUse == keyseries.UseTime,
		Owner: keyinventory.Owner{Type: keyinventory.OwnedByOrganization, ID: key.Owner},
	}
}

// table is every key that works, for all that is asked and done beside managing them.
func (v Variant) table() keyinventory.Table {
	return keyinventory.Table{
		TypeName: "toy_key",
		Kind: keyinventory.Kind{Noun: "key", Can: v.Can, Connect: func(providerData any) (keyinventory.Source, error) {
			client, err := connect(providerData)
			return source{client: client, variant: v}, err
		}},
		Owners: keyinventory.Owners{Types: []string{keyinventory.OwnedByOrganization}, Means: "`organization`", Who: "owner"},
	}
}

// revocation is the action that revokes a key now.
func (v Variant) revocation() keyinventory.Revocation {
	return keyinventory.Revocation{
		TypeName: "toy_revoke_key", Kind: v.table().Kind,
		Bind: func(providerData any, row keyinventory.Row) (keyinventory.Revoker, error) {
			return v.bind(providerData, arguments{Owner: types.StringValue(row.Key.OwnerID)})
		},
		Example: "toy_abc123", Check: "that it is the id of a key",
	}
}

type runModel struct {
	Owner types.String `tfsdk:"owner"`
	keyresource.RunKey
}

// run is a key for one run.
func (v Variant) run() keyresource.Run[runModel] {
	return keyresource.Run[runModel]{
		TypeName: "toy_key", Noun: "key", Can: v.Can,
		Schema: keyresource.RunSchema("A key for one run.", v.Can.Longest, map[string]eschema.Attribute{"owner": eschema.StringAttribute{Required: true}}),
		Key:    func(m *runModel) *keyresource.RunKey { return &m.RunKey },
		Bind: func(providerData any, m runModel) (keyseries.Vendor, error) {
			return v.bind(providerData, arguments{Owner: m.Owner})
		},
		Parents: func(m *runModel) []*types.String { return []*types.String{&m.Owner} },
	}
}
