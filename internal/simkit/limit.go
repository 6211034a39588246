// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"math"
	"time"
)

// bucket is a token bucket on the simulator's clock.
type bucket struct {
	tokens float64
	last   time.Time
}

// take removes a token. When there is none it returns how long until there is.
func (b *bucket) take(now time.Time, burst int, per time.Duration) (wait time.Duration, ok bool) {
	rate := float64(burst) / per.Seconds()
	switch {
	case b.last.IsZero():
		b.tokens = float64(burst)
	case now.After(b.last):
		b.tokens = math.Min(float64(burst), b.tokens+now.Sub(b.last).Seconds()*rate)
	}
	b.last = now
	// The sum of many small refills may fall a hair short of one.
	if b.tokens > 1-1e-9 {
		b.tokens--
		return 0, true
	}
	return time.Duration((1 - b.tokens) / rate * float64(time.Second)), false
}

// SetLimits changes Options.PerMinute and Options.PerSecond; 0 lifts a limit. Full
// buckets start anew.
func (e *Engine) SetLimits(perMinute, perSecond int) {
	e.Lock()
	defer e.Unlock()
	e.perMinute, e.perSecond = perMinute, perSecond
	e.global = bucket{}
	clear(e.buckets)
}

// throttle says whether a request is over one of the limits, and for how long.
func (e *Engine) throttle(c *Call) (wait time.Duration, throttled bool) {
	if e.perSecond > 0 {
		if wait, ok := e.global.take(c.Now, e.perSecond, time.Second); !ok {
			return wait, true
		}
	}
	if e.perMinute > 0 {
		name := c.Organization + " " + c.Operation
		b := e.buckets[name]
		if b == nil {
			b = &bucket{}
			e.buckets[name] = b
		}
		if wait, ok := b.take(c.Now, e.perMinute, time.Minute); !ok {
			return wait, true
		}
	}
	return 0, false
}
