// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// List is a complete list by id. It is shared: never change it.
type List[T any] struct {
	ByID map[string]T
	// Doubtful are rows, by id, with a moment that cannot be true: not for reports, but
	// one may be what is looked for.
	Doubtful map[string]T
	// Incomplete says why rows may be missing; empty for a list that shows everything.
	Incomplete []string

	once    sync.Once
	derived any
}

// Derive computes something from the list, once however often it is asked for.
func (l *List[T]) Derive(compute func(map[string]T) any) any {
	l.once.Do(func() { l.derived = compute(l.ByID) })
	return l.derived
}

// Fetch reads a whole list and notes why it may be incomplete.
type Fetch[T any] func(ctx context.Context, note func(why string)) iter.Seq2[T, error]

// Collection remembers complete lists, one per parent, for the life of the process:
// Terraform reads objects one by one, and the API allows about ten requests a
// minute. Own writes drop a list or change it, also one that is on its way meanwhile.
// Its rows are pointers, so that it is compiled once for all of them, and they are shared: a row
// that is to be changed is copied first. Beside an error a row is nil.
type Collection[T any] struct {
	idOf func(T) string
	store

	// IsDoubtful picks the rows that belong in [List.Doubtful]; nil = none.
	IsDoubtful func(T) bool
}

// NewCollection makes a collection of objects with these ids.
func NewCollection[T any](idOf func(T) string) *Collection[T] {
	c := &Collection[T]{idOf: idOf, store: newStore()}
	c.newList = func(incomplete []string) list {
		return &List[T]{ByID: map[string]T{}, Doubtful: map[string]T{}, Incomplete: incomplete}
	}
	c.put = func(into list, row any) {
		one := as[T](row)
		into.put(idOf(one), row, c.IsDoubtful != nil && c.IsDoubtful(one))
	}
	return c
}

// Drop forgets the list of one parent after a write to it.
func (c *Collection[T]) Drop(parent string) { c.drop(parent) }

// Remove takes one object out of the parent's list after it was deleted.
func (c *Collection[T]) Remove(parent, id string) {
	c.written(parent, func(l list) list { return l.without(id) })
}

// Add puts one object into the parent's list after it was created.
func (c *Collection[T]) Add(parent string, one T) {
	c.written(parent, func(l list) list { return l.with(c.idOf(one), one) })
}

// Change gives one object of the parent's list another value after a write to what is in it.
func (c *Collection[T]) Change(parent, id string, change func(T) T) {
	c.written(parent, func(l list) list {
		return l.changed(id, func(row any) any { return change(as[T](row)) })
	})
}

// Answered puts what the server answered to a change in place of the row. The list is forgotten where it has no
// such row, or may says that the answer cannot stand for it.
func (c *Collection[T]) Answered(parent string, answer T, may func(row T) bool) {
	id := c.idOf(answer)
	c.written(parent, func(l list) list {
		if row, there := l.row(id); there && may(as[T](row)) {
			return l.with(id, answer)
		}
		return nil
	})
}

// Several reports whether more than one object of the parent was asked for: only then
// is a list cheaper than single reads.
func (c *Collection[T]) Several(parent, id string) bool { return c.several(parent, id) }

// Listed gives the object of an id from the list, if more than one object has asked by now: sake is the
// id of the one that asks. there is false where the object has to be read alone, as where the list
// cannot be read to its end, or is not found.
func (c *Collection[T]) Listed(ctx context.Context, parent, sake, id string, fetch Fetch[T]) (one T, there bool, err error) {
	if !c.Several(parent, sake) {
		return one, false, nil
	}
	list, err := c.All(ctx, parent, fetch)
	if err == nil {
		one, there = list.ByID[id]
	}
	if errors.Is(err, ErrNoList) || apierr.IsNotFound(err) {
		err = nil
	}
	return one, there, err
}

// All gives the parent's objects: remembered, or fetched by one flight that
// everybody waits for.
func (c *Collection[T]) All(ctx context.Context, parent string, fetch Fetch[T]) (*List[T], error) {
	list, err := c.all(ctx, parent, fetch.rows)
	return as[*List[T]](list), err
}

// Peek gives the parent's objects if they are remembered, nil otherwise. It asks for
// nothing.
func (c *Collection[T]) Peek(parent string) *List[T] { return as[*List[T]](c.peek(parent)) }

// Doubt notes, now and for later lists of the parent, why they may be incomplete.
func (c *Collection[T]) Doubt(parent, why string) { c.doubt(parent, why) }

// Fresh reads the list anew, past what is remembered, also one whose pages led nowhere before.
func (c *Collection[T]) Fresh(ctx context.Context, parent string, fetch Fetch[T]) (*List[T], error) {
	c.drop(parent)
	c.unstick(parent)
	list, err := c.read(ctx, parent, fetch.rows)
	return as[*List[T]](list), err
}

// Walk walks the parent's objects past what is remembered: who stops early saves the
// rest. A list that was found to be an [ErrNoList] is not asked for again, here or
// anywhere but, unless it is too large, in [Collection.Fresh]: to find that out may have cost a thousand requests.
//
// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func (c *Collection[T]) Walk(ctx context.Context, parent string, note func(why string), fetch Fetch[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for row, err := range c.walk(ctx, parent, note, fetch.rows) {
			if !yield(as[T](row), err) {
				return
			}
		}
	}
}

// rows is the fetch for a [store]. Inlined into its callers, it would be compiled five times for each
// type of row.
//
// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func (fetch Fetch[T]) rows(ctx context.Context, note func(why string)) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for row, err := range fetch(ctx, note) {
			if !yield(row, err) {
				return
			}
		}
	}
}

// ValueOf is what a pointer leads to, the zero value for nil.
func ValueOf[T any](one *T, err error) (out T, _ error) {
	if one != nil {
		out = *one
	}
	return out, err
}

// MadeOf is [ValueOf] for what [CreateNamed] gives.
func MadeOf[T any](made *T, how Recovered, err error) (T, Recovered, error) {
	out, err := ValueOf(made, err)
	return out, how, err
}

// as is a value behind an any, the zero value for nil.
func as[T any](value any) T {
	typed, _ := value.(T)
	return typed
}

// note keeps why the list may be incomplete, each reason once.
func (l *List[T]) note(why string) {
	if !slices.Contains(l.Incomplete, why) {
		l.Incomplete = append(l.Incomplete, why)
	}
}

// put adds a row to the list that is being read.
func (l *List[T]) put(id string, row any, doubtful bool) {
	if doubtful {
		l.Doubtful[id] = as[T](row)
		return
	}
	l.ByID[id] = as[T](row)
}

func (l *List[T]) with(id string, row any) list {
	more := maps.Clone(l.ByID)
	more[id] = as[T](row)
	return &List[T]{ByID: more, Doubtful: l.Doubtful, Incomplete: l.Incomplete}
}

func (l *List[T]) without(id string) list {
	left, doubtful := maps.Clone(l.ByID), maps.Clone(l.Doubtful)
	delete(left, id)
	delete(doubtful, id)
	return &List[T]{ByID: left, Doubtful: doubtful, Incomplete: l.Incomplete}
}

// changed is the list itself where it does not have the row.
func (l *List[T]) changed(id string, change func(any) any) list {
	if one, there := l.ByID[id]; there {
		return l.with(id, change(one))
	}
	return l
}

func (l *List[T]) doubted(why string) list {
	return &List[T]{ByID: l.ByID, Doubtful: l.Doubtful, Incomplete: append(slices.Clone(l.Incomplete), why)}
}

func (l *List[T]) row(id string) (any, bool) {
	one, there := l.ByID[id]
	return one, there
}

func (l *List[T]) rows() iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, one := range l.ByID {
			if !yield(one) {
				return
			}
		}
	}
}

func (l *List[T]) reasons() []string { return l.Incomplete }
