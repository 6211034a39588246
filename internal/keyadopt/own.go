// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyadopt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// RefuseOwnIn refuses to destroy a place, which switches off its keys, with the one that the provider works with.
func (k Kind[M]) RefuseOwnIn(ctx context.Context, keys *apiclient.AdoptedKeys, placeID string) error {
	return k.Words.refuseOwnIn(ctx, keys, k.Place, placeID, k.Off)
}

// refuseOwn refuses to switch off the key that the provider works with, or that may be it.
func (w Words) refuseOwn(ctx context.Context, keys *apiclient.AdoptedKeys, id, hint string) error {
	own, err := keys.MayBeOwn(ctx, id, hint)
	_, end, _ := secret.Ends(hint) // its beginning would be taken for a secret, and removed from the message
	switch {
	case err != nil:
		return fmt.Errorf("%s %s may be the one that the provider works with: the API does not show the end of it, and the list of keys could not be read: %w. %s", keys.Noun, id, err, w.MayBe)
	case own:
		return fmt.Errorf("%s %s is or may be the one that the provider works with, as far as the API shows it (its end: %s): it would lock itself out. %s", keys.Noun, id, cmp.Or(end, "not shown"), w.MayBe)
	}
	return nil
}

func (w Words) refuseOwnIn(ctx context.Context, keys *apiclient.AdoptedKeys, place, placeID, off string) error {
	if keys.Apart {
		return nil
	}
	list, err := keys.All(ctx)
	if err == nil && len(list.Incomplete) > 0 {
		err = errors.New(list.Incomplete[0])
	}
	if err != nil {
		return fmt.Errorf("the key that the provider works with may be in the %s, and the list of keys could not be read completely: %w. %s", place, err, w.MayHave)
	}
	for _, id := range slices.Sorted(maps.Keys(list.ByID)) {
		key := list.ByID[id]
		if key.PlaceID != placeID || key.Dead != "" || key.Status == off {
			continue
		}
		if err := w.refuseOwn(ctx, keys, id, key.Hint); err != nil {
			return err
		}
	}
	return nil
}
