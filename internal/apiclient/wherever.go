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
	one, err := c.wherever(ctx, asked, func() (any, bool) { return c.only(pick) }, func(ctx context.Context, many bool) (any, error) {
		return look(ctx, many)
	})
	return as[T](one), err
}

func (s *store) wherever(ctx context.Context, asked string, remembered func() (any, bool), look func(ctx context.Context, many bool) (any, error)) (any, error) {
	for range 2 {
		if one, ok := remembered(); ok {
			return one, nil
		}
		own := false
		result := s.lookups.DoChan("", func() (any, error) {
			own = true
			return look(ctx, s.several("", asked))
		})
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case r := <-result:
			if own {
				return r.Val, r.Err
			}
		}
	}
	if one, ok := remembered(); ok {
		return one, nil
	}
	return look(ctx, s.several("", asked))
}

// only gives the only object that pick finds in the remembered lists.
func (c *Collection[T]) only(pick func(map[string]T) []T) (one T, ok bool) {
	found := map[string]T{}
	for _, list := range c.remembered() {
		for _, one := range pick(as[*List[T]](list).ByID) {
			found[c.idOf(one)] = one
		}
	}
	for _, one = range found {
		return one, len(found) == 1
	}
	return one, false
}
