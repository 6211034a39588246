// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// planDestroy names the keys of the series that a destroy revokes, and those that it leaves alone.
func (r *keyResource[P]) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	state := read[P](ctx, req.State, &resp.Diagnostics)
	m, ok := readMemory(ctx, req.Private, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	s := r.kind.series(state)
	if err := r.spared(ctx, state, m); err != nil {
		r.addError(&resp.Diagnostics, "plan the destruction of", s, err)
		return
	}
	warnings := crud.WithWarnings(ctx, &resp.Diagnostics)
	if working := stateOf(s).Working(m); len(working) > 0 {
		crud.Warn(warnings, r.named(s), "will be revoked", "%s at once, without an overlap, and nothing brings a revoked key back. Move workloads to another key first.", stopWorking(working, r.kind.idle(state, state, m) != ""))
	}
	r.warnNotRevoked(warnings, state, m)
}

// spared is an error where a destroy or a replacement would be refused: the provider works with one of the keys.
func (r *keyResource[P]) spared(ctx context.Context, state P, m keyseries.Memory) error {
	vendor, err := r.kind.Bind(r.data, state)
	if err != nil {
		return nil //nolint:nilerr // the apply tells
	}
	_, err = keyseries.InUse(ctx, vendor, stateOf(r.kind.series(state)), m)
	return err
}

// warnNotRevoked names the keys of the series that a destroy or a replacement leaves alone.
func (r *keyResource[P]) warnNotRevoked(ctx context.Context, state P, m keyseries.Memory) {
	for _, other := range m.Others {
		if !other.Unsettled {
			crud.Warn(ctx, crud.Named("leftover key", r.kind.series(state).Name.ValueString(), other.ID), "is not revoked",
				"%s %s, but is neither the current nor a previous key of this state, so a destroy or a replacement leaves it alone. If it is not needed: %s", capital(other.String()), other.Is(), r.command(state)(other.ID))
		}
	}
}

// stopWorking says it of keys; where the current one does nothing now, it only says that they are revoked.
func stopWorking(ids []string, idle bool) string {
	one, all := "stops working", "stop working"
	if idle {
		one, all = "is revoked", "are revoked"
	}
	if len(ids) == 1 {
		return "Key " + ids[0] + " " + one
	}
	return "Keys " + strings.Join(ids, ", ") + " " + all
}

// command gives the words by which a key is revoked by hand.
func (r *keyResource[P]) command(state P) func(id string) string {
	vendor, err := r.kind.Bind(r.data, state)
	if err != nil {
		return func(string) string { return "revoke it at the vendor" }
	}
	return vendor.RevokeCommand
}
