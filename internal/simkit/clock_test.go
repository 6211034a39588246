// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit_test

import (
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

func TestClock(t *testing.T) {
	t.Parallel()
	var none *simkit.Clock
	if time.Since(none.Now()).Abs() > time.Minute {
		t.Error("a nil clock must read the real time")
	}
	still := simkit.NewClock(start)
	still.Advance(time.Second)
	same(t, still.Now(), start.Add(time.Second))
	still.Set(start)
	same(t, still.Now(), start)
	running := simkit.NewRunningClock(-time.Hour)
	if d := time.Since(running.Now()) - time.Hour; d.Abs() > time.Minute {
		t.Errorf("an hour behind is %s off", d)
	}
	running.Set(start)
	running.Advance(time.Hour)
	first := running.Now()
	if d := first.Sub(start.Add(time.Hour)); d < 0 || d > time.Minute || running.Now().Before(first) {
		t.Errorf("a running clock is %s off", d)
	}
	for _, move := range []func(){func() { none.Advance(1) }, func() { none.Set(start) }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the real time was moved")
				}
			}()
			move()
		}()
	}
}
