// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"errors"
	"slices"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// look looks for what the vendor would refuse of the own arguments that a plan sends.
func (r *keyResource[P]) look(ctx context.Context, plan P, sends func(name string) bool) error {
	for _, a := range r.kind.Own {
		if value := a.Place.get(plan); a.Look == nil || value.IsNull() || value.IsUnknown() || !sends(a.Name) {
			continue
		}
		if err := a.Look(ctx, r.data, plan); err != nil && !errors.Is(err, crud.ErrNotYetKnown) {
			return err
		}
	}
	return nil
}

// sends reports whether a plan sends another value of an own argument.
func sends(want keyseries.Wanted, d keyseries.Decision, name string) bool {
	return slices.Contains(d.Edit, name) || slices.ContainsFunc(want.Own, func(own keyseries.Own) bool { return own.Name == name && own.Changed })
}
