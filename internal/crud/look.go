// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// What a Read saw at a moment may be old by another: a plan reads no clock, and knows the
// moment of the last look from private state.

const lookKey = "look"

type lookKind struct{}

// NoteLook notes in a Read when it looked, by the server's clock. Later plans get the moment
// from [LookedAt].
func NoteLook(ctx context.Context, at time.Time) {
	if look, ok := ctx.Value(lookKind{}).(*time.Time); ok {
		*look = at
	}
}

// LookedAt is, in an [Object.Plan], the moment of the last [NoteLook]; zero before the first.
func LookedAt(ctx context.Context) time.Time {
	look, _ := ctx.Value(lookKind{}).(*time.Time)
	if look == nil {
		return time.Time{}
	}
	return *look
}

func withLook(ctx context.Context, look *time.Time) context.Context {
	return context.WithValue(ctx, lookKind{}, look)
}

type movedKey struct{}

func withMoved(ctx context.Context, places []string) context.Context {
	return context.WithValue(ctx, movedKey{}, places)
}

// Moved are, in an [Object.Look], the arguments whose change replaces the object; none for a creation.
func Moved(ctx context.Context) []string {
	places, _ := ctx.Value(movedKey{}).([]string)
	return places
}

// momentOf reads private state; what cannot be read counts as no moment.
func momentOf(ctx context.Context, private privateState, key string) (at time.Time, diags diag.Diagnostics) {
	data, diags := private.GetKey(ctx, key)
	if len(data) > 0 && json.Unmarshal(data, &at) != nil {
		at = time.Time{}
	}
	return at, diags
}

func writeMoment(ctx context.Context, private privateStore, key string, at time.Time) diag.Diagnostics {
	return private.SetKey(ctx, key, []byte(at.UTC().Format(`"`+time.RFC3339Nano+`"`)))
}
