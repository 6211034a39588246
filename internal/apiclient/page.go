// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
	"iter"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Page is one answer of a list endpoint.
type Page[T any] struct {
	Items []T
	More  bool
	Last  string // cursor for the next page
}

// maxRestarts bounds how often a walk begins again: parallel deletes may take one
// cursor after the other away.
const maxRestarts = 5

// Pages walks a list: it stops when the caller stops, yields an error once, and
// refuses a cursor that does not move. A cursor object deleted meanwhile (404)
// starts the walk again, without repeating what was given.
func Pages[T any](ctx context.Context, name string, idOf func(T) string, get func(ctx context.Context, after string) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		seen := map[string]bool{}
		after, restarts, used := "", 0, map[string]bool{}
		for {
			one, err := get(ctx, after)
			if after != "" && restarts < maxRestarts && apierr.IsNotFound(err) {
				after, used = "", map[string]bool{}
				restarts++
				continue
			}
			if err != nil {
				yield(zero, err)
				return
			}
			for _, item := range one.Items {
				id := idOf(item)
				if seen[id] {
					continue
				}
				seen[id] = true
				if !yield(item, nil) {
					return
				}
			}
			next := one.Last
			if next == "" && len(one.Items) > 0 {
				next = idOf(one.Items[len(one.Items)-1])
			}
			if !one.More {
				return
			}
			if next == "" || used[next] {
				yield(zero, &apierr.Error{Operation: name, Cause: errors.New("the server says there is more, but its cursor does not move")})
				return
			}
			after, used[next] = next, true
		}
	}
}
