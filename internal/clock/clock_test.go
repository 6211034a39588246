// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package clock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func TestSystem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, began := clock.System(), time.Now()
		if !c.Now().Equal(began) {
			t.Errorf("it is %s, want %s", c.Now(), began)
		}
		if err := c.Sleep(t.Context(), time.Hour); err != nil {
			t.Error(err)
		}
		for _, none := range []time.Duration{0, -time.Hour} {
			if err := c.Sleep(t.Context(), none); err != nil {
				t.Error(err)
			}
		}
		if slept := time.Since(began); slept != time.Hour {
			t.Errorf("slept %s, want an hour", slept)
		}
	})
}

func TestSystemIsWokenByTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := clock.System().Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if slept := time.Since(began); slept != time.Minute {
			t.Errorf("slept %s, want a minute", slept)
		}
		if err := clock.System().Sleep(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an ended context is not told: %v", err)
		}
	})
}

func TestLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if left := clock.Left(context.Background()); left < 100*365*24*time.Hour {
			t.Errorf("%s left without a deadline", left)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := clock.System().Sleep(ctx, 20*time.Second); err != nil {
			t.Error(err)
		}
		if left := clock.Left(ctx); left != 40*time.Second {
			t.Errorf("%s left of a minute after 20 seconds", left)
		}
	})
}

func TestFake(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	var told time.Duration
	c.OnSleep = func(d time.Duration) { told += d }
	for _, d := range []time.Duration{time.Minute, 0, -time.Minute, time.Second} {
		if err := c.Sleep(t.Context(), d); err != nil {
			t.Error(err)
		}
	}
	c.Advance(time.Hour)
	const slept = 61 * time.Second
	if !c.Now().Equal(start.Add(time.Hour+slept)) || c.Slept() != slept || told != slept {
		t.Errorf("it is %s after sleeping %s (%s told)", c.Now(), c.Slept(), told)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) || c.Slept() != slept || told != slept {
		t.Errorf("an ended context slept: %v", err)
	}
}

func TestFakeIsShared(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			_ = c.Sleep(t.Context(), time.Second)
			_ = c.Now()
		})
	}
	group.Wait()
	if c.Slept() != 10*time.Second {
		t.Errorf("slept %s, want 10s", c.Slept())
	}
}
