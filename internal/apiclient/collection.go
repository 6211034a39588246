// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"iter"
	"maps"
	"sync"

	"golang.org/x/sync/singleflight"
)

// List is a complete list by id. It is shared: never change it.
type List[T any] struct {
	ByID map[string]T

	once    sync.Once
	derived any
}

// Derive computes something from the list, once however often it is asked for.
func (l *List[T]) Derive(compute func(map[string]T) any) any {
	l.once.Do(func() { l.derived = compute(l.ByID) })
	return l.derived
}

// Collection remembers complete lists, one per parent, for the life of the process:
// Terraform reads objects one by one, and the API allows about ten requests a
// minute. Own writes drop a list; a list that was on its way meanwhile is not kept.
type Collection[T any] struct {
	idOf   func(T) string
	flight singleflight.Group
	looks  looks[T]

	// Naive reads every object by a request of its own and shows empty lists: what
	// benchmarks compare with.
	Naive bool

	mu      sync.Mutex
	lists   map[string]*List[T]
	first   map[string]*List[T] // as first seen, before any own write
	writes  map[string]int
	askedOf map[string]map[string]bool
}

// NewCollection makes a collection of objects with these ids.
func NewCollection[T any](idOf func(T) string) *Collection[T] {
	return &Collection[T]{
		idOf:    idOf,
		looks:   looks[T]{made: map[string]*oneLook[T]{}},
		lists:   map[string]*List[T]{},
		first:   map[string]*List[T]{},
		writes:  map[string]int{},
		askedOf: map[string]map[string]bool{},
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
		c.lists[parent] = &List[T]{ByID: left}
	}
}

// Several tells whether more than one object of the parent was asked for: only then
// is a list cheaper than single reads.
func (c *Collection[T]) Several(parent, id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.askedOf[parent] == nil {
		c.askedOf[parent] = map[string]bool{}
	}
	c.askedOf[parent][id] = true
	return len(c.askedOf[parent]) > 1 && !c.Naive
}

// All gives the parent's objects: remembered, or fetched by one flight that
// everybody waits for.
func (c *Collection[T]) All(ctx context.Context, parent string, fetch func(context.Context) iter.Seq2[T, error]) (*List[T], error) {
	if c.Naive {
		return &List[T]{}, nil
	}
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

// AtStart gives the list as this process first saw it.
func (c *Collection[T]) AtStart(ctx context.Context, parent string, fetch func(context.Context) iter.Seq2[T, error]) (*List[T], error) {
	c.mu.Lock()
	list, ok := c.first[parent]
	c.mu.Unlock()
	if ok {
		return list, nil
	}
	list, err := c.All(ctx, parent, fetch)
	if err != nil || c.Naive {
		return list, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.first[parent], nil
}

// Fresh reads the list anew, past what is remembered.
func (c *Collection[T]) Fresh(ctx context.Context, parent string, fetch func(context.Context) iter.Seq2[T, error]) (*List[T], error) {
	c.Drop(parent)
	return c.fetch(ctx, parent, fetch)
}

func (c *Collection[T]) fetch(ctx context.Context, parent string, fetch func(context.Context) iter.Seq2[T, error]) (*List[T], error) {
	c.mu.Lock()
	before := c.writes[parent]
	c.mu.Unlock()
	list := &List[T]{ByID: map[string]T{}}
	for one, err := range fetch(ctx) {
		if err != nil {
			return nil, err
		}
		list.ByID[c.idOf(one)] = one
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
