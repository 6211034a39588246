// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"strconv"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

const (
	defaultLimit = 20
	maxLimit     = 100
)

// list answers one page of all, which is in order of creation.
func list[T simkit.Listed](c *call, what string, all []T, keep func(T) bool, wire func(T) any) (any, *simkit.Problem) {
	limit, bad := limit(c)
	if bad != nil {
		return nil, bad
	}
	after := c.Query("after")
	page, found := simkit.NewPage(c.Call, all, simkit.Window{After: after, Limit: limit}, keep, wire)
	switch {
	case found:
		return wirePage(page), nil
	case what == "project":
		return nil, projectNotFound(after)
	default:
		return nil, notFound(what, after)
	}
}

func limit(c *call) (int, *simkit.Problem) {
	if !c.HasQuery("limit") {
		return defaultLimit, nil
	}
	text := c.Query("limit")
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, simkit.BadRequest("limit", "limit must be an integer, not %q", text)
	}
	if n < 1 || n > maxLimit {
		return 0, simkit.BadRequest("limit", "limit is %d, but must be between 1 and %d", n, maxLimit)
	}
	return n, nil
}
