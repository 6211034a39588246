// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package process

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/stats"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

// world is a life whose time and parent the test moves.
type world struct {
	*Life
	clock *clock.Fake
	ended atomic.Bool // the parent
}

func newWorld() *world {
	w := &world{clock: clock.NewFake(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC))}
	w.Life = New(Options{Clock: w.clock, Parent: w.ended.Load})
	return w
}

func (w *world) connect()    { w.Wire().HandleConn(context.Background(), &stats.ConnBegin{}) }
func (w *world) disconnect() { w.Wire().HandleConn(context.Background(), &stats.ConnEnd{}) }
func (w *world) begin()      { w.Wire().HandleRPC(context.Background(), &stats.Begin{}) }
func (w *world) answer()     { w.Wire().HandleRPC(context.Background(), &stats.End{}) }

func TestGone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		happen func(*world)
		want   error
	}{
		"just started":               {func(*world) {}, nil},
		"not yet connected":          {func(w *world) { w.clock.Advance(unmet - time.Second) }, nil},
		"never connected":            {func(w *world) { w.clock.Advance(unmet) }, errConnection},
		"connected":                  {func(w *world) { w.connect(); w.clock.Advance(24 * time.Hour) }, nil},
		"connection cut, just now":   {func(w *world) { w.connect(); w.disconnect(); w.clock.Advance(alone - time.Second) }, nil},
		"connection cut":             {func(w *world) { w.connect(); w.disconnect(); w.clock.Advance(alone) }, errConnection},
		"connected again":            {func(w *world) { w.connect(); w.disconnect(); w.connect(); w.clock.Advance(time.Hour) }, nil},
		"one of two connections cut": {func(w *world) { w.connect(); w.connect(); w.disconnect(); w.clock.Advance(time.Hour) }, nil},
		"parent ended":               {func(w *world) { w.connect(); w.ended.Store(true) }, errParent},
	} {
		w := newWorld()
		test.happen(w)
		if err := w.Gone(); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

// What is gone stays gone, with its first reason.
func TestGoneForGood(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.ended.Store(true)
	_ = w.Gone()
	w.ended.Store(false)
	w.connect()
	if err := w.Gone(); !errors.Is(err, errParent) {
		t.Errorf("got %v, want still %v", err, errParent)
	}
}

func TestEnding(t *testing.T) {
	t.Parallel()
	w := newWorld()
	if err := w.Caller(t.Context()).Ending(); err != nil {
		t.Fatalf("at the start: %v", err)
	}
	first, second := errors.New("first"), errors.New("second")
	w.end(first)
	w.end(second)
	if err := w.Caller(t.Context()).Ending(); !errors.Is(err, first) {
		t.Errorf("got %v, want %v", err, first)
	}
	if err := w.Gone(); err != nil {
		t.Errorf("a process that was told to end still has its CLI: %v", err)
	}
}

// A caller is gone when its call is over or cut, whatever else the CLI does.
func TestCaller(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.connect()
	ctx, cut := context.WithCancel(t.Context())
	stopped, stop := context.WithCancel(w.Wire().TagRPC(ctx, nil))
	caller := w.Caller(stopped)
	stop() // as the CLI does on Ctrl-C
	if err := caller.Confirm(stopped); err != nil {
		t.Errorf("after a stop: %v", err)
	}
	cut()
	if err := caller.Gone(); !errors.Is(err, errCaller) {
		t.Errorf("after the cut: got %v, want %v", err, errCaller)
	}
	if err := w.Caller(t.Context()).Gone(); err != nil {
		t.Errorf("a call that did not come over the wire: %v", err)
	}
}

// A CLI that was killed a moment ago still looks alive; Confirm waits for it to vanish.
func TestConfirm(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.connect()
	caller := w.Caller(t.Context())
	if err := caller.Confirm(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.clock.OnSleep = func(d time.Duration) {
		if d != vanishing {
			t.Errorf("waited for %s, want %s", d, vanishing)
		}
		w.ended.Store(true)
	}
	if err := caller.Confirm(t.Context()); !errors.Is(err, errParent) {
		t.Errorf("got %v, want %v", err, errParent)
	}
}

// The CLI has closed the plugin: the keys of the run are revoked within the time that the
// CLI grants, and no caller waits any more.
func TestLastClosed(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.connect()
	closed := make(chan struct{})
	close(closed)
	revoked := 0
	w.Last(closed, func(ctx context.Context) {
		revoked++
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > closing {
			t.Errorf("revoked by %s, want within %s", deadline, closing)
		}
	})
	if revoked != 2 || !errors.Is(w.Gone(), errClosed) {
		t.Errorf("revoked %d times, gone: %v", revoked, w.Gone())
	}
}

// The CLI is gone: the keys of the run are revoked at once, and the process lives until
// the calls that are being worked on are over.
func TestLastGone(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.connect()
	w.begin()
	w.begin()
	w.ended.Store(true)
	revoking, over := make(chan time.Time, 2), make(chan struct{})
	go func() {
		defer close(over)
		w.Last(make(chan struct{}), func(ctx context.Context) {
			until, _ := ctx.Deadline()
			revoking <- until
		})
	}()
	first := <-revoking
	w.answer()
	select {
	case <-over:
		t.Fatal("it did not wait for the second call")
	case <-revoking:
		t.Fatal("it did not wait for the second call")
	default:
	}
	w.answer()
	if second := <-revoking; !second.After(first) { // what was opened meanwhile
		t.Errorf("the second time ends at %s, the first did at %s", second, first)
	}
	<-over
}

// Nothing waits for ever.
func TestFinishIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.begin()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.finish(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// The clock of the life looks for the CLI a few times per second.
func TestWatch(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.connect()
	looks := 0
	w.clock.OnSleep = func(d time.Duration) {
		if d < 100*time.Millisecond || d > time.Second {
			t.Errorf("looks every %s", d)
		}
		if looks++; looks == 3 {
			w.ended.Store(true)
		}
	}
	if err := w.watch(t.Context()); err != nil || looks != 3 {
		t.Errorf("got %v after %d looks, want none after 3", err, looks)
	}
}
