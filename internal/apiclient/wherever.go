// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import "context"

// Wherever gives the one object that was asked for where its parent is not known: as the
// remembered lists show it, else by a look past them. many says that it is not the first
// one asked for: the look then reads the list that the object is in, too. Who asks
// meanwhile waits for the looks under way, two at most, so that many objects cost the
// pages of their lists and a few looks. pick gives the objects of a list, by id, that it
// may be, and none that shows less than is needed.
func (c *Collection[T]) Wherever(ctx context.Context, asked string, pick func(map[string]T) []T, look func(ctx context.Context, many bool) (T, error)) (T, error) {
	for range 2 {
		if one, ok := c.remembered(pick); ok {
			return one, nil
		}
		own := false
		result := c.lookups.DoChan("", func() (any, error) {
			own = true
			return look(ctx, c.Several("", asked))
		})
		select {
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		case r := <-result:
			if own {
				one, _ := r.Val.(T)
				return one, r.Err
			}
		}
	}
	if one, ok := c.remembered(pick); ok {
		return one, nil
	}
	return look(ctx, c.Several("", asked))
}

// remembered gives the only object that pick finds in the remembered lists.
func (c *Collection[T]) remembered(pick func(map[string]T) []T) (one T, ok bool) {
	c.mu.Lock()
	lists := make([]*List[T], 0, len(c.lists))
	for _, list := range c.lists {
		lists = append(lists, list)
	}
	c.mu.Unlock()
	found := map[string]T{}
	for _, list := range lists {
		for _, one := range pick(list.ByID) {
			found[c.idOf(one)] = one
		}
	}
	for _, one = range found {
		return one, len(found) == 1
	}
	return one, false
}
