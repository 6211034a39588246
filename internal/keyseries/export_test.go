// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

// Steps of a [Job] that tests also look at one by one.
var (
	Retire      = retire
	Supersede   = supersede
	ClearOthers = clearOthers
)

// Ends gives tests the second table of ADR 0015.
func (c Capabilities) Ends(o Other, m Memory) bool { return c.ends(o, m) }
