// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// What a create left at the server unasked, and could not remove there, is kept by id in
// private state and named by every refresh and plan until it is gone.

const leftKey = "left"

type leavesKey struct{}

// Leave notes in a Create what it leaves at the server unasked, for [Object.Left].
func Leave(ctx context.Context, ids ...string) {
	if left, ok := ctx.Value(leavesKey{}).(*[]string); ok {
		*left = append(*left, ids...)
	}
}

func withLeaves(ctx context.Context, left *[]string) context.Context {
	return context.WithValue(ctx, leavesKey{}, left)
}

// leftBehind reads private state. What cannot be read counts as nothing.
func leftBehind(ctx context.Context, private privateState) (ids []string, diags diag.Diagnostics) {
	data, diags := private.GetKey(ctx, leftKey)
	if len(data) > 0 && json.Unmarshal(data, &ids) != nil {
		ids = nil
	}
	return ids, diags
}

func writeLeft(ctx context.Context, private privateStore, ids []string) diag.Diagnostics {
	data, err := json.Marshal(ids)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to write the private state", err.Error())}
	}
	return private.SetKey(ctx, leftKey, data)
}

// namedLeft are the ids that this process has named, by provider configuration: a plan
// need not repeat what the refresh before it said.
var namedLeft sync.Map

type namedLeftKey struct {
	data any
	id   string
}

// lookLeft names what is still there of ids.
func (r *objectResource[C, M]) lookLeft(ctx context.Context, client C, state M, ids []string) (still []string) {
	if r.object.Left == nil || len(ids) == 0 {
		return ids
	}
	for _, id := range ids {
		namedLeft.Store(namedLeftKey{r.data, id}, true)
	}
	return r.object.Left(ctx, client, state, ids)
}

// warnLeft is lookLeft in a plan without a refresh.
func (r *objectResource[C, M]) warnLeft(ctx context.Context, client C, state M, private privateState) diag.Diagnostics {
	ids, diags := leftBehind(ctx, private)
	ids = slices.DeleteFunc(ids, func(id string) bool {
		_, named := namedLeft.Load(namedLeftKey{r.data, id})
		return named
	})
	r.lookLeft(ctx, client, state, ids)
	return diags
}
