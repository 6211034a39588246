// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// A read may lag behind a create, also in another process. Where answers do not show when an object
// was created, its create notes the moment in private state.

const createdKey = "created"

type createdKind struct{}

// clocked is a client that knows the server's time.
type clocked interface{ Now() time.Time }

// createdAttribute is the attribute in which objects have the moment that the server shows.
const createdAttribute = "created_at"

// CreatedAt is, in an [Object.Read], [Object.Update] or [Object.Delete], when the object was created
// here, if the answer to that showed no created_at. Zero where that is not known: after an import, and in the Delete of
// a tainted object, which gets no private state. See [Born].
func CreatedAt(ctx context.Context) time.Time {
	at, _ := ctx.Value(createdKind{}).(time.Time)
	return at
}

// Born is when an object was created: by its created_at or, where that is null, [CreatedAt].
func Born(ctx context.Context, createdAt types.String) time.Time {
	if at := Moment(createdAt); !at.IsZero() {
		return at
	}
	return CreatedAt(ctx)
}

func withCreated(ctx context.Context, private privateState, diags *diag.Diagnostics) context.Context {
	at, some := momentOf(ctx, private, createdKey)
	diags.Append(some...)
	return context.WithValue(ctx, createdKind{}, at)
}

// writeCreated notes that the object has just been created, unless its state says it.
func (r *objectResource) writeCreated(ctx context.Context, client any, state getter, private privateStore) diag.Diagnostics {
	server, knows := client.(clocked)
	if !knows {
		return nil
	}
	if _, has := r.object.Schema.Attributes[createdAttribute]; has {
		var shown types.String
		if diags := state.GetAttribute(ctx, path.Root(createdAttribute), &shown); diags.HasError() || !shown.IsNull() {
			return diags
		}
	}
	return writeMoment(ctx, private, createdKey, server.Now())
}
