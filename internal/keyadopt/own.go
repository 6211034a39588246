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

// RefuseOwn refuses to switch off the key that the provider works with, or that may be it.
func (k Kind[M]) RefuseOwn(ctx context.Context, keys *apiclient.AdoptedKeys, id, hint string) error {
	own, err := keys.MayBeOwn(ctx, id, hint)
	_, end, _ := secret.Ends(hint) // its beginning would be taken for a secret, and removed from the message
	switch {
	case err != nil:
		return fmt.Errorf("%s %s may be the one that the provider works with: the API does not show the end of it, and the list of keys could not be read: %w. %s", k.Noun, id, err, k.Words.MayBe)
	case own:
		return fmt.Errorf("%s %s is or may be the one that the provider works with, as far as the API shows it (its end: %s): it would lock itself out. %s", k.Noun, id, cmp.Or(end, "not shown"), k.Words.MayBe)
	}
	return nil
}

// RefuseOwnIn refuses to destroy a place, which switches off its keys, with the one that the provider works with.
func (k Kind[M]) RefuseOwnIn(ctx context.Context, keys *apiclient.AdoptedKeys, placeID string) error {
	if keys.Apart {
		return nil
	}
	list, err := keys.All(ctx)
	if err == nil && len(list.Incomplete) > 0 {
		err = errors.New(list.Incomplete[0])
	}
	if err != nil {
		return fmt.Errorf("the key that the provider works with may be in the %s, and the list of keys could not be read completely: %w. %s", k.Place, err, k.Words.MayHave)
	}
	for _, id := range slices.Sorted(maps.Keys(list.ByID)) {
		key := list.ByID[id]
		if key.PlaceID != placeID || key.Dead != "" || key.Status == k.Off {
			continue
		}
		if err := k.RefuseOwn(ctx, keys, id, key.Hint); err != nil {
			return err
		}
	}
	return nil
}
