// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import "fmt"

// Snapshot is a copy of stored objects, for a test that looks from outside.
func Snapshot[T any](e *Engine, all func() []*T) []T {
	e.Lock()
	defer e.Unlock()
	out := []T{}
	for _, one := range all() {
		out = append(out, *one)
	}
	return out
}

// Act does one of the acts of [API.Steer] by its name. It panics when there is none.
func Act(acts map[string]func(), name string) map[string]any {
	act, ok := acts[name]
	if !ok {
		panic(fmt.Sprintf("no such act: %q", name))
	}
	act()
	return nil
}
