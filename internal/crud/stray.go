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

// A stray is what a create left at the server unasked and could not remove there. It is
// kept by id in private state and named by every refresh and plan until it is gone.

const strayKey = "stray"

type straysKey struct{}

// NoteStray notes in a Create the ids of what it leaves at the server unasked, for
// [Object.Strays].
func NoteStray(ctx context.Context, ids ...string) {
	if strays, ok := ctx.Value(straysKey{}).(*[]string); ok {
		*strays = append(*strays, ids...)
	}
}

func withStrays(ctx context.Context, strays *[]string) context.Context {
	return context.WithValue(ctx, straysKey{}, strays)
}

// straysOf reads private state. What cannot be read counts as nothing.
func straysOf(ctx context.Context, private privateState) (ids []string, diags diag.Diagnostics) {
	data, diags := private.GetKey(ctx, strayKey)
	if len(data) > 0 && json.Unmarshal(data, &ids) != nil {
		ids = nil
	}
	return ids, diags
}

func writeStrays(ctx context.Context, private privateStore, ids []string) diag.Diagnostics {
	data, err := json.Marshal(ids)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to write the private state", Sentence(err.Error()))}
	}
	return private.SetKey(ctx, strayKey, data)
}

// namedStrays are the ids that this process has named, by provider configuration: a plan
// need not repeat what the refresh before it said.
var namedStrays sync.Map

type namedStray struct {
	data any
	id   string
}

// lookForStrays names what is still there of ids.
func (r *objectResource) lookForStrays(ctx context.Context, client, state any, ids []string) (still []string) {
	if r.object.Strays == nil || len(ids) == 0 {
		return ids
	}
	for _, id := range ids {
		namedStrays.Store(namedStray{r.data, id}, true)
	}
	return r.object.Strays(ctx, client, state, ids)
}

// warnStrays is lookForStrays in a plan without a refresh.
func (r *objectResource) warnStrays(ctx context.Context, client, state any, private privateState) diag.Diagnostics {
	ids, diags := straysOf(ctx, private)
	ids = slices.DeleteFunc(ids, func(id string) bool {
		_, named := namedStrays.Load(namedStray{r.data, id})
		return named
	})
	r.lookForStrays(ctx, client, state, ids)
	return diags
}
