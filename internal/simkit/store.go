// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"net/http"
	"slices"
	"strconv"
)

// Store are the objects of one kind, in order of creation. Its methods need the [Engine]'s
// lock, but for those that take the engine: these are for what a test does from outside.
type Store[T any, P interface {
	*T
	Listed
}] struct {
	All      []P
	Wildcard string      // of a path that names one object
	Show     func(P) any // an object as answers have it
}

// Find is the object that a request is about; a refusal says that it is not there.
func (s *Store[T, P]) Find(c *Call) (P, *Problem) {
	if found, ok := Find(s.All, c.Path(s.Wildcard)); ok {
		return found, nil
	}
	return nil, c.engine.api.Usual(http.StatusNotFound, "")
}

// Get serves a route that shows one object.
func (s *Store[T, P]) Get(c *Call) (any, *Problem) {
	found, bad := s.Find(c)
	switch {
	case bad != nil:
		return nil, bad
	case c.Stale(found):
		return nil, c.engine.api.Usual(http.StatusNotFound, "")
	}
	return s.Show(found), nil
}

// Newest are all objects, the latest first.
func (s *Store[T, P]) Newest() []P {
	newest := slices.Clone(s.All)
	slices.Reverse(newest)
	return newest
}

// Copies are all objects as they are now.
func (s *Store[T, P]) Copies(e *Engine) []T {
	e.Lock()
	defer e.Unlock()
	out := []T{}
	for _, one := range s.All {
		out = append(out, *one)
	}
	return out
}

// Change changes one object; it panics when there is none of that id.
func (s *Store[T, P]) Change(e *Engine, id string, change func(P)) {
	e.Lock()
	defer e.Unlock()
	change(Must(s.All, id))
}

func (s *Store[T, P]) shown(c *Call) any {
	if found, ok := Find(s.All, c.Path(s.Wildcard)); ok {
		return s.Show(found)
	}
	return nil
}

func (s *Store[T, P]) other(c *Call, id string) any {
	if c.Path(s.Wildcard) == "" {
		return nil
	}
	for _, one := range slices.Backward(s.All) {
		if id == one.Ident() || id == "" && one.Ident() != c.Path(s.Wildcard) {
			return s.Show(one)
		}
	}
	return nil
}

// kind is a [Store] of any objects.
type kind interface {
	shown(c *Call) any
	other(c *Call, id string) any
}

// Stores gives [API.Shown] and [API.Other] for the objects of these stores.
func Stores(all ...kind) (shown func(*Call) any, other func(*Call, string) any) {
	first := func(ask func(kind) any) any {
		for _, one := range all {
			if found := ask(one); found != nil {
				return found
			}
		}
		return nil
	}
	return func(c *Call) any { return first(func(k kind) any { return k.shown(c) }) },
		func(c *Call, id string) any { return first(func(k kind) any { return k.other(c, id) }) }
}

// Number reads a whole number of the query between bounds.
func (c *Call) Number(name string, otherwise, least, most int) (int, *Problem) {
	if !c.HasQuery(name) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(c.Query(name))
	if err != nil || n < least || n > most {
		return 0, BadRequest(name, "%s: must be a whole number from %d to %d", name, least, most)
	}
	return n, nil
}

// OrNull is a value as answers have it, null for the zero value.
func OrNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}
