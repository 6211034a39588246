// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"sync"
	"time"
)

// firstLook bounds the time of one look.
const firstLook = 30 * time.Second

// Look is what a process first saw of a parent's objects.
type Look[T any] struct {
	Items []T
	Part  bool // there are more than were looked at
	Err   error
}

// looks remembers one look per parent, the failed ones too.
type looks struct {
	mu       sync.Mutex
	byParent map[string]*oneLook
}

type oneLook struct {
	done chan struct{}
	list list
	part bool // the list goes on
	err  error
}

// once looks at a parent, the first time it is asked for; the others wait for that look.
func (l *looks) once(ctx context.Context, parent string, look func(*oneLook)) *oneLook {
	l.mu.Lock()
	one, ok := l.byParent[parent]
	if !ok {
		one = &oneLook{done: make(chan struct{})}
		l.byParent[parent] = one
	}
	l.mu.Unlock()
	if !ok {
		look(one)
		close(one.done)
	}
	select {
	case <-one.done:
		return one
	case <-ctx.Done():
		return &oneLook{err: ctx.Err()}
	}
}

// First gives the parent's objects as this process first saw them, at most so many pages
// of them, for the sake of a warning. One look per parent has to do, also when it failed.
// After an own write to the parent nothing is looked at any more: it would show our own
// objects.
func (c *Collection[T]) First(ctx context.Context, parent string, pages int, fetch Fetch[T]) Look[T] {
	look := c.firstLook(ctx, parent, pages, fetch.rows)
	out := Look[T]{Part: look.part, Err: look.err}
	if list := as[*List[T]](look.list); list != nil {
		for _, one := range list.ByID {
			out.Items = append(out.Items, one)
		}
	}
	return out
}

func (s *store) firstLook(ctx context.Context, parent string, pages int, rows fetch) *oneLook {
	return s.looks.once(ctx, parent, func(one *oneLook) {
		s.mu.Lock()
		list, before := s.first[parent], len(s.writes[parent])
		s.mu.Unlock()
		if list != nil || before > 0 {
			one.list = list
			return
		}
		ctx, cancel := context.WithTimeout(brief(ctx, firstLook), firstLook)
		defer cancel()
		one.list, one.part, one.err = s.start(atMost(ctx, pages), parent, rows)
	})
}

// AtStart gives the whole list as this process first saw it. One look per parent has to
// do, also when it failed.
func (c *Collection[T]) AtStart(ctx context.Context, parent string, fetch Fetch[T]) (*List[T], error) {
	look := c.atStart(ctx, parent, fetch.rows)
	return as[*List[T]](look.list), look.err
}

func (s *store) atStart(ctx context.Context, parent string, rows fetch) *oneLook {
	return s.starts.once(ctx, parent, func(one *oneLook) {
		s.mu.Lock()
		one.list = s.first[parent]
		s.mu.Unlock()
		if one.list == nil {
			one.list, _, one.err = s.start(ctx, parent, rows)
		}
	})
}
