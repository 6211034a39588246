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
type looks[T any] struct {
	mu   sync.Mutex
	made map[string]*oneLook[T]
}

type oneLook[T any] struct {
	done chan struct{}
	seen Look[T]
}

// First gives the parent's objects as this process first saw them, at most `most` of
// them. One look per parent has to do, also when it failed. After an own write to the
// parent nothing is looked at any more: it would show our own objects.
func (c *Collection[T]) First(ctx context.Context, parent string, most int, fetch Fetch[T]) Look[T] {
	c.looks.mu.Lock()
	look, ok := c.looks.made[parent]
	if !ok {
		look = &oneLook[T]{done: make(chan struct{})}
		c.looks.made[parent] = look
	}
	c.looks.mu.Unlock()
	if !ok {
		look.seen = c.look(ctx, parent, most, fetch)
		close(look.done)
	}
	select {
	case <-look.done:
		return look.seen
	case <-ctx.Done():
		return Look[T]{Err: ctx.Err()}
	}
}

func (c *Collection[T]) look(ctx context.Context, parent string, most int, fetch Fetch[T]) Look[T] {
	c.mu.Lock()
	list, before := c.first[parent], c.writes[parent]
	c.mu.Unlock()
	if list != nil || before > 0 || c.Naive {
		return itemsOf(list)
	}
	ctx, cancel := context.WithTimeout(brief(ctx, firstLook), firstLook)
	defer cancel()
	list = c.emptyList(parent)
	for one, err := range fetch(ctx, list.note) {
		if err != nil {
			return Look[T]{Err: err}
		}
		if len(list.ByID) == most {
			look := itemsOf(list)
			look.Part = true
			return look
		}
		c.put(list, one)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writes[parent] == before { // a whole list serves the reads too
		c.lists[parent] = list
		if c.first[parent] == nil {
			c.first[parent] = list
		}
	}
	return itemsOf(list)
}

func itemsOf[T any](list *List[T]) (look Look[T]) {
	if list != nil {
		for _, one := range list.ByID {
			look.Items = append(look.Items, one)
		}
	}
	return look
}
