// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

// Steps of a [Job] that tests also look at one by one.
var (
	Retire      = retire
	Supersede   = supersede
	ClearOthers = clearOthers
)
