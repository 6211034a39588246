// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"iter"
)

// Whole is a [Collection] of objects that are below nothing, which knows how it is fetched.
// Its methods are those of the collection.
type Whole[T any] struct {
	kept  *Collection[T]
	fetch Fetch[T]
}

// NewWhole makes a collection that fetch reads.
func NewWhole[T any](idOf func(T) string, fetch Fetch[T]) *Whole[T] {
	return &Whole[T]{NewCollection(idOf), fetch}
}

// All gives every object, from the list that this process remembers.
func (w *Whole[T]) All(ctx context.Context) (*List[T], error) { return w.kept.All(ctx, "", w.fetch) }

// Fresh is All past what is remembered.
func (w *Whole[T]) Fresh(ctx context.Context) (*List[T], error) {
	return w.kept.Fresh(ctx, "", w.fetch)
}

// AtStart is All as this process first saw it, before its own writes.
func (w *Whole[T]) AtStart(ctx context.Context) (*List[T], error) {
	return w.kept.AtStart(ctx, "", w.fetch)
}

// First is AtStart for the sake of a warning: at most so many pages.
func (w *Whole[T]) First(ctx context.Context, pages int) Look[T] {
	return w.kept.First(ctx, "", pages, w.fetch)
}

// Walk walks the objects past what is remembered.
//
// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func (w *Whole[T]) Walk(ctx context.Context, note func(why string)) iter.Seq2[T, error] {
	return w.kept.Walk(ctx, "", note, w.fetch)
}

// Listed gives an object from the list, from the second one on that is asked for.
func (w *Whole[T]) Listed(ctx context.Context, id string) (one T, there bool, err error) {
	return w.kept.Listed(ctx, "", id, id, w.fetch)
}

// Drop forgets the list after a write.
func (w *Whole[T]) Drop() { w.kept.Drop("") }
