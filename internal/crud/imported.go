// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource"
)

func (r *objectResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.object.Identity.Import(ctx, r.object.Example, req, resp)
	if r.onlyIdentity() {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte("true"))...)
	}
}

// importedKey is in private state between an import and the Read after it, for objects that have
// nothing but their identity: what is imported and what is refreshed look the same there.
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

// imported reports whether a Read is the one after an import, and notes that it was.
func (r *objectResource) imported(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) bool {
	if !r.onlyIdentity() {
		return r.object.Identity.only(req.State)
	}
	mark, diags := req.Private.GetKey(ctx, importedKey)
	resp.Diagnostics.Append(diags...)
	if string(mark) != "true" {
		return false
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte("false"))...)
	return true
}
