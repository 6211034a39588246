// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"sync"
	"time"
)

// Clock is the time the simulator lives by: creation and expiry times, the Date
// header and the rate limit all follow it. A nil *Clock reads the real time.
type Clock struct {
	mu      sync.Mutex
	at      time.Time     // the present moment of a standing clock
	offset  time.Duration // distance of a running clock from the real time
	running bool
}

// NewClock makes a clock that stands still at start until Advance or Set moves it.
func NewClock(start time.Time) *Clock { return &Clock{at: start} }

// NewRunningClock makes a clock that runs with the real time, offset away from
// it (negative = behind).
func NewRunningClock(offset time.Duration) *Clock {
	return &Clock{offset: offset, running: true}
}

// Now is the present moment.
func (c *Clock) Now() time.Time {
	if c == nil {
		return time.Now()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running {
		return time.Now().Add(c.offset)
	}
	return c.at
}

// Advance moves the clock on by d; a negative d moves it back. It panics on a
// nil clock, because the real time cannot be moved.
func (c *Clock) Advance(d time.Duration) {
	if c == nil {
		panic("simkit: Advance on the real time; give Options a Clock")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running {
		c.offset += d
		return
	}
	c.at = c.at.Add(d)
}

// Set moves the clock to t; a running clock runs on from there. It panics on a
// nil clock, because the real time cannot be moved.
func (c *Clock) Set(t time.Time) {
	if c == nil {
		panic("simkit: Set on the real time; give Options a Clock")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running {
		c.offset = time.Until(t)
		return
	}
	c.at = t
}

// after is a channel that speaks once d has really passed.
func after(d time.Duration) (<-chan time.Time, func() bool) {
	timer := time.NewTimer(d)
	return timer.C, timer.Stop
}
