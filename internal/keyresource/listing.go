// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
)

// Adopt gives the own attributes of a model what the vendor shows of its key.
func (k Kind[P]) Adopt(model P, key keyseries.Key) {
	k.shown(model, key, &keyseries.Memory{}, true)
}

// Listed completes a model that holds nothing but its ids from a key that a list
// shows: the Read after an import would give the same.
func (k Kind[P]) Listed(ctx context.Context, vendor keyseries.Vendor, imported P, key keyseries.Key) error {
	r := &keyResource[P]{kind: k}
	s := k.series(imported)
	seen, err := keyseries.Observe(ctx, only{vendor, key}, stateOf(s), keyseries.New())
	if err == nil {
		err = r.adopt(imported, &seen, vendor)
	}
	if err == nil {
		err = r.refresh(s, &seen, seal.Settings{})
	}
	if err == nil {
		r.warnSeen(ctx, s, seen.Notices)
	}
	return err
}

// only is a vendor whose list is the one key that was listed already.
type only struct {
	keyseries.Vendor
	key keyseries.Key
}

func (o only) List(context.Context, keyseries.How) (*keyseries.Listing, error) {
	return keyseries.NewListing([]keyseries.Key{o.key}), nil
}
