// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

type presence struct{ gone, ending error }

func (p presence) Gone() error   { return p.gone }
func (p presence) Ending() error { return p.ending }

func TestPresence(t *testing.T) {
	t.Parallel()
	gone, ending := errors.New("gone"), errors.New("ending")
	for name, test := range map[string]struct {
		ctx         context.Context
		create, end bool
	}{
		"none given": {t.Context(), true, true},
		"there":      {keyseries.WithPresence(t.Context(), presence{}), true, true},
		"ending":     {keyseries.WithPresence(t.Context(), presence{ending: ending}), false, true},
		"gone":       {keyseries.WithPresence(t.Context(), presence{gone: gone}), false, false},
	} {
		if err := keyseries.MayCreate(test.ctx); (err == nil) != test.create {
			t.Errorf("%s: MayCreate is %v", name, err)
		}
		if err := keyseries.MayEnd(test.ctx); (err == nil) != test.end {
			t.Errorf("%s: MayEnd is %v", name, err)
		}
	}
}

func TestUndelivered(t *testing.T) {
	t.Parallel()
	u := &keyseries.Undelivered{}
	ctx := keyseries.WithUndelivered(t.Context(), u)
	var revoked []string
	for _, id := range []string{"key_b", "key_a", "key_c"} {
		keyseries.UndeliveredOf(ctx).Add(id, func(context.Context) error {
			revoked = append(revoked, id)
			return nil
		})
	}
	u.Forget("key_b")
	for range 2 { // the second time there is nothing left
		for _, revoke := range u.Take() {
			if err := revoke(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	if want := []string{"key_a", "key_c"}; !slices.Equal(revoked, want) {
		t.Errorf("revoked %v, want %v", revoked, want)
	}
	keyseries.UndeliveredOf(t.Context()).Add("key_d", nil)
	if len(u.Take()) != 0 {
		t.Error("a mint of another call is remembered here")
	}
}
