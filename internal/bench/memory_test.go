// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"context"
	"runtime"
	"testing"
	"weak"
)

// A call leaves nothing behind of what its context carried: a plan's calls are as many
// as its objects, and a CLI's contexts are heavy.
func TestCallsLeaveNoContextBehind(t *testing.T) {
	f := newFleet(t)
	f.apply(1, 50)
	p := f.process()
	type key struct{}
	var carried []weak.Pointer[[1 << 10]byte]
	for _, o := range f.keys {
		burden := new([1 << 10]byte)
		carried = append(carried, weak.Make(burden))
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, burden))
		if err := p.plan(ctx, o); err != nil {
			t.Fatal(err)
		}
		cancel()
	}
	runtime.GC()
	kept := 0
	for _, one := range carried[:len(carried)-1] { // the last may still be on the stack
		if one.Value() != nil {
			kept++
		}
	}
	if kept > 0 {
		t.Errorf("what %d of %d calls carried is still there", kept, len(carried))
	}
	runtime.KeepAlive(p)
}
