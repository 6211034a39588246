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

	"golang.org/x/sync/singleflight"
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
// minute. Own writes drop a list; a list that was on its way meanwhile is not kept.
type Collection[T any] struct {
	idOf    func(T) string
	flight  singleflight.Group
	lookups singleflight.Group // of [Collection.Wherever]
	looks   looks[T]           // of [Collection.First]
	starts  looks[T]           // of [Collection.AtStart]

	// IsDoubtful picks the rows that belong in [List.Doubtful]; nil = none.
	IsDoubtful func(T) bool

	mu      sync.Mutex
	lists   map[string]*List[T]
	first   map[string]*List[T] // as first seen, before any own write
	writes  map[string]int
	askedOf map[string]map[string]bool
	doubts  map[string][]string // why a parent's lists may be incomplete
	noList  map[string]error    // why a parent's list cannot be read; never asked for again
}

// NewCollection makes a collection of objects with these ids.
func NewCollection[T any](idOf func(T) string) *Collection[T] {
	return &Collection[T]{
		idOf:    idOf,
		looks:   looks[T]{byParent: map[string]*oneLook[T]{}},
		starts:  looks[T]{byParent: map[string]*oneLook[T]{}},
		lists:   map[string]*List[T]{},
		first:   map[string]*List[T]{},
		writes:  map[string]int{},
		askedOf: map[string]map[string]bool{},
		doubts:  map[string][]string{},
		noList:  map[string]error{},
	}
}

// Drop forgets the list of one parent after a write to it.
func (c *Collection[T]) Drop(parent string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.lists, parent)
	c.writes[parent]++
	c.flight.Forget(parent)
}

// Remove takes one object out of the parent's list after it was deleted.
func (c *Collection[T]) Remove(parent, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes[parent]++
	c.flight.Forget(parent)
	if list, ok := c.lists[parent]; ok {
		left := maps.Clone(list.ByID)
		delete(left, id)
		doubtful := maps.Clone(list.Doubtful)
		delete(doubtful, id)
		c.lists[parent] = &List[T]{ByID: left, Doubtful: doubtful, Incomplete: list.Incomplete}
	}
}

// Add puts one object into the parent's list after it was created.
func (c *Collection[T]) Add(parent string, one T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes[parent]++
	c.flight.Forget(parent)
	if list, ok := c.lists[parent]; ok {
		more := maps.Clone(list.ByID)
		more[c.idOf(one)] = one
		c.lists[parent] = &List[T]{ByID: more, Doubtful: list.Doubtful, Incomplete: list.Incomplete}
	}
}

// Change gives one object of the parent's list another value after a write to what is in it.
func (c *Collection[T]) Change(parent, id string, change func(T) T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes[parent]++
	c.flight.Forget(parent)
	list := c.lists[parent]
	if list == nil {
		return
	}
	if one, there := list.ByID[id]; there {
		changed := maps.Clone(list.ByID)
		changed[id] = change(one)
		c.lists[parent] = &List[T]{ByID: changed, Doubtful: list.Doubtful, Incomplete: list.Incomplete}
	}
}

// Several reports whether more than one object of the parent was asked for: only then
// is a list cheaper than single reads.
func (c *Collection[T]) Several(parent, id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.askedOf[parent] == nil {
		c.askedOf[parent] = map[string]bool{}
	}
	c.askedOf[parent][id] = true
	return len(c.askedOf[parent]) > 1
}

// All gives the parent's objects: remembered, or fetched by one flight that
// everybody waits for.
func (c *Collection[T]) All(ctx context.Context, parent string, fetch Fetch[T]) (*List[T], error) {
	for {
		c.mu.Lock()
		list, ok := c.lists[parent]
		c.mu.Unlock()
		if ok {
			return list, nil
		}
		// The flight serves others too, so one caller's cancellation must not end it.
		result := c.flight.DoChan(parent, func() (any, error) {
			// The flight before may have landed since we looked.
			c.mu.Lock()
			list, ok := c.lists[parent]
			c.mu.Unlock()
			if ok {
				return list, nil
			}
			return c.fetch(context.WithoutCancel(ctx), parent, fetch)
		})
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case r := <-result:
			if r.Err != nil {
				return nil, r.Err
			}
			if list, ok := r.Val.(*List[T]); ok {
				return list, nil
			}
		}
	}
}

// Peek gives the parent's objects if they are remembered, nil otherwise. It asks for
// nothing.
func (c *Collection[T]) Peek(parent string) *List[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lists[parent]
}

// Doubt notes, now and for later lists of the parent, why they may be incomplete.
func (c *Collection[T]) Doubt(parent, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.doubts[parent], why) {
		return
	}
	c.doubts[parent] = append(c.doubts[parent], why)
	if list, ok := c.lists[parent]; ok {
		c.lists[parent] = &List[T]{ByID: list.ByID, Doubtful: list.Doubtful, Incomplete: append(slices.Clone(list.Incomplete), why)}
	}
}

// Fresh reads the list anew, past what is remembered.
func (c *Collection[T]) Fresh(ctx context.Context, parent string, fetch Fetch[T]) (*List[T], error) {
	c.Drop(parent)
	return c.fetch(ctx, parent, fetch)
}

func (c *Collection[T]) fetch(ctx context.Context, parent string, fetch Fetch[T]) (*List[T], error) {
	c.mu.Lock()
	before := c.writes[parent]
	c.mu.Unlock()
	list := c.emptyList(parent)
	for one, err := range c.Walk(ctx, parent, list.note, fetch) {
		if err != nil {
			return nil, err
		}
		c.put(list, one)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first[parent] == nil {
		c.first[parent] = list
	}
	if c.writes[parent] == before {
		c.lists[parent] = list
	}
	return list, nil
}

// Walk walks the parent's objects past what is remembered: who stops early saves the
// rest. A list that was found to be an [ErrNoList] is not asked for again, here or
// anywhere: to find that out may have cost a thousand requests.
func (c *Collection[T]) Walk(ctx context.Context, parent string, note func(why string), fetch Fetch[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		c.mu.Lock()
		known := c.noList[parent]
		c.mu.Unlock()
		if known != nil {
			var none T
			yield(none, known)
			return
		}
		for one, err := range fetch(ctx, note) {
			if errors.Is(err, ErrNoList) {
				c.mu.Lock()
				c.noList[parent] = err
				c.mu.Unlock()
			}
			if !yield(one, err) {
				return
			}
		}
	}
}

// emptyList is a list to be filled, incomplete for what is known of the parent so far.
func (c *Collection[T]) emptyList(parent string) *List[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &List[T]{ByID: map[string]T{}, Doubtful: map[string]T{}, Incomplete: slices.Clone(c.doubts[parent])}
}

// put adds one row to the list that is being read.
func (c *Collection[T]) put(list *List[T], one T) {
	if c.IsDoubtful != nil && c.IsDoubtful(one) {
		list.Doubtful[c.idOf(one)] = one
		return
	}
	list.ByID[c.idOf(one)] = one
}

// note keeps why the list may be incomplete, each reason once.
func (l *List[T]) note(why string) {
	if !slices.Contains(l.Incomplete, why) {
		l.Incomplete = append(l.Incomplete, why)
	}
}
