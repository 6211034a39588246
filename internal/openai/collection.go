// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

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

// collection remembers complete lists, one per parent, for the life of the process:
// Terraform reads objects one by one, and the API allows about ten requests a
// minute. Own writes drop a list; a list that was on its way meanwhile is not kept.
type collection[T any] struct {
	idOf   func(T) string
	naive  bool
	flight singleflight.Group

	mu      sync.Mutex
	lists   map[string]*List[T]
	first   map[string]*List[T] // as first seen, before any own write
	writes  map[string]int
	askedOf map[string]map[string]bool
}

func newCollection[T any](idOf func(T) string) *collection[T] {
	return &collection[T]{
		idOf:    idOf,
		lists:   map[string]*List[T]{},
		first:   map[string]*List[T]{},
		writes:  map[string]int{},
		askedOf: map[string]map[string]bool{},
	}
}

// drop forgets the list of one parent after a write to it.
func (c *collection[T]) drop(parent string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.lists, parent)
	c.writes[parent]++
	c.flight.Forget(parent)
}

// remove takes one object out of the parent's list after it was deleted.
func (c *collection[T]) remove(parent, id string) {
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

// several tells whether more than one object of the parent was asked for: only then
// is a list cheaper than single reads.
func (c *collection[T]) several(parent, id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.askedOf[parent] == nil {
		c.askedOf[parent] = map[string]bool{}
	}
	c.askedOf[parent][id] = true
	return len(c.askedOf[parent]) > 1 && !c.naive
}

// all gives the parent's objects: remembered, or fetched by one flight that
// everybody waits for.
func (c *collection[T]) all(ctx context.Context, parent string, fetch func(context.Context) iter.Seq2[T, error]) (*List[T], error) {
	if c.naive {
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

// atStart gives the list as this process first saw it.
func (c *collection[T]) atStart(ctx context.Context, parent string, fetch func(context.Context) iter.Seq2[T, error]) (*List[T], error) {
	c.mu.Lock()
	list, ok := c.first[parent]
	c.mu.Unlock()
	if ok {
		return list, nil
	}
	list, err := c.all(ctx, parent, fetch)
	if err != nil || c.naive {
		return list, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.first[parent], nil
}

// fresh reads the list anew, past what is remembered.
func (c *collection[T]) fresh(ctx context.Context, parent string, fetch func(context.Context) iter.Seq2[T, error]) (*List[T], error) {
	c.drop(parent)
	return c.fetch(ctx, parent, fetch)
}

func (c *collection[T]) fetch(ctx context.Context, parent string, fetch func(context.Context) iter.Seq2[T, error]) (*List[T], error) {
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
