// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"

	"golang.org/x/sync/singleflight"
)

// list is a *[List] whose rows' type is not known here.
type list interface {
	note(why string)
	put(id string, row any, doubtful bool)
	// These give a changed copy: a list is shared once it was read.
	with(id string, row any) list
	without(id string) list
	changed(id string, change func(any) any) list
	doubted(why string) list

	row(id string) (any, bool)
	rows() iter.Seq[any]
	reasons() []string // why it may be incomplete
}

// fetch is a [Fetch] whose rows' type is not known here.
type fetch func(ctx context.Context, note func(why string)) iter.Seq2[any, error]

// store is what a [Collection] is made of. It does not know the type of its rows: a vendor has
// a dozen, and all of this would be compiled for each.
type store struct {
	newList func(incomplete []string) list
	put     func(into list, row any)

	flight  singleflight.Group
	lookups singleflight.Group // of [Collection.Wherever]
	looks   looks              // of [Collection.First]
	starts  looks              // of [Collection.AtStart]

	mu      sync.Mutex
	lists   map[string]list
	first   map[string]list              // as first seen, before any own write
	writes  map[string][]func(list) list // what own writes make of a parent's list, oldest first
	askedOf map[string]map[string]bool
	doubts  map[string][]string // why a parent's lists may be incomplete
	noList  map[string]error    // why a parent's list cannot be read: asked for again only by [Collection.Fresh], and not if too large
}

func newStore() store {
	return store{
		looks:   looks{byParent: map[string]*oneLook{}},
		starts:  looks{byParent: map[string]*oneLook{}},
		lists:   map[string]list{},
		first:   map[string]list{},
		writes:  map[string][]func(list) list{},
		askedOf: map[string]map[string]bool{},
		doubts:  map[string][]string{},
		noList:  map[string]error{},
	}
}

// written notes a write to the parent; change, if there is a list, gives what becomes of it: nil
// forgets it.
func (s *store) written(parent string, change func(list) list) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes[parent] = append(s.writes[parent], change)
	s.flight.Forget(parent)
	if old, ok := s.lists[parent]; ok {
		if s.lists[parent] = change(old); s.lists[parent] == nil {
			delete(s.lists, parent)
		}
	}
}

func (s *store) drop(parent string) { s.written(parent, func(list) list { return nil }) }

func (s *store) several(parent, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.askedOf[parent] == nil {
		s.askedOf[parent] = map[string]bool{}
	}
	s.askedOf[parent][id] = true
	return len(s.askedOf[parent]) > 1
}

func (s *store) all(ctx context.Context, parent string, rows fetch) (list, error) {
	for {
		if remembered := s.peek(parent); remembered != nil {
			return remembered, nil
		}
		// The flight serves others too, so one caller's cancellation must not end it.
		result := s.flight.DoChan(parent, func() (any, error) {
			// The flight before may have landed since we looked.
			if remembered := s.peek(parent); remembered != nil {
				return remembered, nil
			}
			return s.read(context.WithoutCancel(ctx), parent, rows)
		})
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case r := <-result:
			if r.Err != nil {
				return nil, r.Err
			}
			if got, ok := r.Val.(list); ok {
				return got, nil
			}
		}
	}
}

func (s *store) peek(parent string) list {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lists[parent]
}

func (s *store) doubt(parent, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.doubts[parent], why) {
		return
	}
	s.doubts[parent] = append(s.doubts[parent], why)
	if old, ok := s.lists[parent]; ok {
		s.lists[parent] = old.doubted(why)
	}
}

// unstick has the next read ask for a list again whose pages led nowhere: that was one answer, and a look after a
// lost create depends on it. One that was too large would cost as much again.
func (s *store) unstick(parent string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.noList[parent], ErrListStuck) {
		delete(s.noList, parent)
	}
}

// read reads the whole list, past what is remembered.
func (s *store) read(ctx context.Context, parent string, rows fetch) (list, error) {
	whole, part, err := s.start(ctx, parent, rows)
	if part {
		return nil, errPart
	}
	return whole, err
}

// start reads a list as far as the context allows; part says that it goes on. A whole list
// serves the reads too.
func (s *store) start(ctx context.Context, parent string, rows fetch) (got list, part bool, err error) {
	s.mu.Lock()
	before := len(s.writes[parent])
	got = s.newList(slices.Clone(s.doubts[parent]))
	s.mu.Unlock()
	for row, err := range s.walk(ctx, parent, got.note, rows) {
		if errors.Is(err, errPart) {
			return got, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		s.put(got, row)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.noList, parent)
	if s.first[parent] == nil {
		s.first[parent] = got
	}
	remembered := got
	for _, change := range s.writes[parent][before:] { // it may show what was there before these, or after
		if remembered = change(remembered); remembered == nil {
			return got, false, nil
		}
	}
	s.lists[parent] = remembered
	return got, false, nil
}

func (s *store) walk(ctx context.Context, parent string, note func(why string), rows fetch) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		s.mu.Lock()
		known := s.noList[parent]
		s.mu.Unlock()
		if known != nil {
			yield(nil, known)
			return
		}
		for row, err := range rows(ctx, note) {
			if errors.Is(err, ErrNoList) {
				s.mu.Lock()
				s.noList[parent] = err
				s.mu.Unlock()
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// remembered are the lists of all parents.
func (s *store) remembered() []list {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]list, 0, len(s.lists))
	for _, one := range s.lists {
		all = append(all, one)
	}
	return all
}
