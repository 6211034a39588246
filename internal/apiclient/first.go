// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
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
type looks[T any] struct {
	mu       sync.Mutex
	byParent map[string]*oneLook[T]
}

type oneLook[T any] struct {
	done chan struct{}
	list *List[T]
	part bool // the list goes on
	err  error
}

// once looks at a parent, the first time it is asked for; the others wait for that look.
func (l *looks[T]) once(ctx context.Context, parent string, look func(*oneLook[T])) *oneLook[T] {
	l.mu.Lock()
	one, ok := l.byParent[parent]
	if !ok {
		one = &oneLook[T]{done: make(chan struct{})}
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
		return &oneLook[T]{err: ctx.Err()}
	}
}

// First gives the parent's objects as this process first saw them, at most so many pages
// of them, for the sake of a warning. One look per parent has to do, also when it failed.
// After an own write to the parent nothing is looked at any more: it would show our own
// objects.
func (c *Collection[T]) First(ctx context.Context, parent string, pages int, fetch Fetch[T]) Look[T] {
	look := c.looks.once(ctx, parent, func(one *oneLook[T]) {
		c.mu.Lock()
		list, before := c.first[parent], c.writes[parent]
		c.mu.Unlock()
		if list != nil || before > 0 {
			one.list = list
			return
		}
		ctx, cancel := context.WithTimeout(brief(ctx, firstLook), firstLook)
		defer cancel()
		one.list, one.part, one.err = c.start(atMost(ctx, pages), parent, fetch)
	})
	out := Look[T]{Part: look.part, Err: look.err}
	if look.list != nil {
		for _, one := range look.list.ByID {
			out.Items = append(out.Items, one)
		}
	}
	return out
}

// AtStart gives the whole list as this process first saw it. One look per parent has to
// do, also when it failed.
func (c *Collection[T]) AtStart(ctx context.Context, parent string, fetch Fetch[T]) (*List[T], error) {
	look := c.starts.once(ctx, parent, func(one *oneLook[T]) {
		c.mu.Lock()
		one.list = c.first[parent]
		c.mu.Unlock()
		if one.list == nil {
			one.list, _, one.err = c.start(ctx, parent, fetch)
		}
	})
	return look.list, look.err
}

// start reads a list as far as the context allows; part says that it goes on. A whole list
// serves the reads too.
func (c *Collection[T]) start(ctx context.Context, parent string, fetch Fetch[T]) (list *List[T], part bool, err error) {
	c.mu.Lock()
	before := c.writes[parent]
	c.mu.Unlock()
	list = c.emptyList(parent)
	for one, err := range c.Walk(ctx, parent, list.note, fetch) {
		if errors.Is(err, errPart) {
			return list, true, nil
		}
		if err != nil {
			return nil, false, err
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
	return list, false, nil
}
