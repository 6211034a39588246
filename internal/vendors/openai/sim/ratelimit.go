// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"math"
	"time"
)

// bucket is a token bucket on the simulator's clock.
type bucket struct {
	tokens float64
	last   time.Time
}

// take removes a token. When there is none it tells how long until there is.
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
func (s *Server) SetLimits(perMinute, perSecond int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options.PerMinute, s.options.PerSecond = perMinute, perSecond
	s.global = bucket{}
	clear(s.buckets)
}

// throttle says whether a request is over one of the limits, and for how long.
func (s *Server) throttle(c *call) (wait time.Duration, throttled bool) {
	if s.options.PerSecond > 0 {
		if wait, ok := s.global.take(c.now, s.options.PerSecond, time.Second); !ok {
			return wait, true
		}
	}
	if s.options.PerMinute > 0 {
		name := c.org.id + " " + c.operation
		b := s.buckets[name]
		if b == nil {
			b = &bucket{}
			s.buckets[name] = b
		}
		if wait, ok := b.take(c.now, s.options.PerMinute, time.Minute); !ok {
			return wait, true
		}
	}
	return 0, false
}
