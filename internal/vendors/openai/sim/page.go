// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"slices"
	"strconv"
	"time"
)

const (
	defaultLimit = 20
	maxLimit     = 100
)

type listed interface {
	ident() string
	order() int
	born() time.Time
}

// list answers one page of all, which is in order of creation. Cursors are ids:
// an id that keep hides is still a valid cursor, an id that is gone is not.
func list[T listed](s *Server, c *call, what string, all []T, keep func(T) bool, wire func(T) any) (any, *problem) {
	limit, p := c.limit()
	if p != nil {
		return nil, p
	}
	if s.options.MaxPage > 0 {
		limit = min(limit, s.options.MaxPage)
	}
	after := c.r.URL.Query().Get("after")
	repeat, endless := c.fault.is(RepeatedCursor), c.fault.is(EndlessList) && len(all) > 0
	var last any
	if endless {
		last = wire(all[len(all)-1])
	}
	if after != "" && !repeat {
		i := slices.IndexFunc(all, func(o T) bool { return o.ident() == after })
		if i < 0 && endless {
			i = len(all) - 1 // an invented object
		}
		if i < 0 {
			if what == "project" {
				return nil, projectNotFound(after)
			}
			return nil, notFound(what, after)
		}
		all = all[i+1:]
	}
	shown := make([]T, 0, len(all))
	for _, o := range all {
		// Every object is counted by the fault, also those beyond this page.
		if hidden := c.fault.hides(c, o, after == ""); !hidden && keep(o) {
			shown = append(shown, o)
		}
	}
	out := wireList{Object: "list", Data: []any{}}
	for _, o := range shown[:min(limit, len(shown))] {
		id := o.ident()
		if out.FirstID == nil {
			out.FirstID = &id
		}
		out.LastID = &id
		out.Data = append(out.Data, wire(o))
	}
	out.HasMore = len(shown) > limit || repeat
	if endless {
		s.fill(&out, last, limit)
	}
	return out, nil
}

func (c *call) limit() (int, *problem) {
	if !c.r.URL.Query().Has("limit") {
		return defaultLimit, nil
	}
	text := c.r.URL.Query().Get("limit")
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, badRequest("limit", "limit must be an integer, not %q", text)
	}
	if n < 1 || n > maxLimit {
		return 0, badRequest("limit", "limit is %d, but must be between 1 and %d", n, maxLimit)
	}
	return n, nil
}
