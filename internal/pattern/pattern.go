// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package pattern keeps regular expressions out of the start of the program: the CLI starts
// the provider several times for one command, and most starts need few of them.
package pattern

import (
	"regexp"
	"sync"
)

// Lazy gives the regular expression of this text, compiled when it is first asked for. It
// panics then where the text is none.
//
// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func Lazy(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
