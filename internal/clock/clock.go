// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package clock is the only place that reads the wall clock or waits, so that
// everything above it can be tested without waiting.
package clock

import (
	"context"
	"math"
	"sync"
	"time"
)

// Clock gives the time and waits.
type Clock interface {
	// Now is the current time.
	Now() time.Time
	// Sleep waits for d, or returns the context's error when it ends first.
	Sleep(ctx context.Context, d time.Duration) error
}

// System is the machine's own clock.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return time.Now() }

func (system) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Left is how long a context still has: deadlines are the machine's time, also beside a clock
// that is not. Without one it is the longest duration.
func Left(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline)
	}
	return math.MaxInt64
}

// Fake is a clock for tests: Sleep returns at once and moves the time on.
type Fake struct {
	mu    sync.Mutex
	now   time.Time
	slept time.Duration
	// OnSleep, when set, is called for every wait (a simulator's clock follows it).
	OnSleep func(time.Duration)
}

// NewFake starts a fake clock at start.
func NewFake(start time.Time) *Fake { return &Fake{now: start} }

// Now implements [Clock].
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Sleep implements [Clock] without waiting.
func (f *Fake) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	f.mu.Lock()
	f.now = f.now.Add(d)
	f.slept += d
	hook := f.OnSleep
	f.mu.Unlock()
	if hook != nil {
		hook(d)
	}
	return nil
}

// Advance moves the time on by d.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// Slept is the sum of all waits so far.
func (f *Fake) Slept() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.slept
}
