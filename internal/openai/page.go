// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"errors"
	"iter"

	"github.com/openai/openai-go/v3/packages/pagination"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// pageSize is the largest the API allows.
const pageSize = 100

// page is one answer of a list endpoint.
type page[T any] struct {
	items []T
	more  bool
	last  string // cursor for the next page
}

// maxRestarts bounds how often a walk begins again: parallel deletes may take one
// cursor after the other away.
const maxRestarts = 5

// pages walks a list: it stops when the caller stops, yields an error once, and
// refuses a cursor that does not move. A cursor object deleted meanwhile (404)
// starts the walk again, without repeating what was given.
func pages[T any](ctx context.Context, name string, idOf func(T) string, get func(ctx context.Context, after string) (page[T], error)) iter.Seq2[T, error] {
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
			for _, item := range one.items {
				id := idOf(item)
				if seen[id] {
					continue
				}
				seen[id] = true
				if !yield(item, nil) {
					return
				}
			}
			next := one.last
			if next == "" && len(one.items) > 0 {
				next = idOf(one.items[len(one.items)-1])
			}
			if !one.more {
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

// conversationPage is the vendor's name for the list style of these endpoints.
type conversationPage[T any] = pagination.ConversationCursorPage[T]

// usableList holds against an answer that it has no list at all: taken for an empty
// one it would say that everything is gone.
func usableList[T any](answer *conversationPage[T]) string {
	if answer == nil || !answer.JSON.Data.Valid() {
		return "it has no list"
	}
	return ""
}

func pageOf[V, T any](answer *conversationPage[V], err error, convert func(*V) T) (page[T], error) {
	if err != nil || answer == nil {
		return page[T]{}, err
	}
	out := page[T]{more: answer.HasMore, last: answer.LastID}
	for i := range answer.Data {
		out.items = append(out.items, convert(&answer.Data[i]))
	}
	return out, nil
}
