// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
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
// here, if it has no created_at. Zero where that is not known: after an import, and in the Delete of
// a tainted object, which gets no private state.
func CreatedAt(ctx context.Context) time.Time {
	at, _ := ctx.Value(createdKind{}).(time.Time)
	return at
}

func withCreated(ctx context.Context, private privateState, diags *diag.Diagnostics) context.Context {
	at, some := momentOf(ctx, private, createdKey)
	diags.Append(some...)
	return context.WithValue(ctx, createdKind{}, at)
}

// writeCreated notes that the object has just been created.
func (r *objectResource) writeCreated(ctx context.Context, client any, private privateStore) diag.Diagnostics {
	server, knows := client.(clocked)
	if _, shown := r.object.Schema.Attributes[createdAttribute]; shown || !knows {
		return nil
	}
	return writeMoment(ctx, private, createdKey, server.Now())
}
