// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

func (r *objectResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.object.Identity.Import(ctx, r.object.Example, req, resp)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte("true"))...)
}

func (r *objectResource) MoveState(context.Context) []resource.StateMover {
	movers := r.object.Identity.Movers(r.object.Moves)
	for n, mover := range movers {
		movers[n].StateMover = func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
			mover.StateMover(ctx, req, resp)
			if !resp.TargetState.Raw.IsNull() {
				resp.Diagnostics.Append(resp.TargetPrivate.SetKey(ctx, importedKey, []byte("true"))...)
			}
		}
	}
	return movers
}

// importedKey is in private state between an import or a move and the Read after it.
const importedKey = "imported"

// onlyIdentity reports whether the object has no attribute beside its identity.
func (r *objectResource) onlyIdentity() bool {
	all := r.object.Identity.attributes()
	for name := range r.object.Schema.Attributes {
		if !slices.Contains(all, name) {
			return false
		}
	}
	return true
}

// imported reports whether a Read is the one after an import or a move, and notes that it was: by what
// is in state, too, because a CLI may drop private state.
func (r *objectResource) imported(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) bool {
	unread, diags := isUnread(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if unread {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte("false"))...)
	}
	return unread || !r.onlyIdentity() && r.object.Identity.only(req.State)
}

// isUnread reports whether nothing but the identity of an object was seen so far.
func isUnread(ctx context.Context, private privateState) (bool, diag.Diagnostics) {
	mark, diags := private.GetKey(ctx, importedKey)
	return string(mark) == "true", diags
}

// ErrUnread is why what was imported or moved and not yet read is not planned: the plan could not
// show what it changes.
var ErrUnread = errors.New("it was just moved to this resource type or imported, and nothing but its ids is known. Plan once with a refresh (without -refresh=false) and with a provider configuration that is known")
