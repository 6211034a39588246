// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package process

import (
	"context"

	"google.golang.org/grpc/stats"
)

// Wire watches the connections and the calls of the plugin's gRPC server.
func (l *Life) Wire() stats.Handler { return wire{l} }

type wire struct{ life *Life }

type lineKey struct{}

// TagRPC implements [stats.Handler]: it remembers the context of the call itself, which
// only the end of the call or of its connection cancels, and no stop.
func (w wire) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, lineKey{}, ctx.Done())
}

// HandleRPC implements [stats.Handler].
func (w wire) HandleRPC(_ context.Context, s stats.RPCStats) {
	switch s.(type) {
	case *stats.Begin:
		w.life.called(+1)
	case *stats.End:
		w.life.called(-1)
	}
}

// TagConn implements [stats.Handler].
func (w wire) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn implements [stats.Handler].
func (w wire) HandleConn(_ context.Context, s stats.ConnStats) {
	switch s.(type) {
	case *stats.ConnBegin:
		w.life.connected(+1)
	case *stats.ConnEnd:
		w.life.connected(-1)
	}
}

// Caller is the presence of the caller with this context. It keeps nothing of
// the context.
func (l *Life) Caller(ctx context.Context) *Caller {
	line, _ := ctx.Value(lineKey{}).(<-chan struct{})
	return &Caller{life: l, line: line}
}

// Caller is the caller of one call.
type Caller struct {
	life *Life
	line <-chan struct{} // closed when the call is over or cut; nil when not known
}

// Gone is nil while the CLI waits for the answer, and the reason once it does not.
func (c *Caller) Gone() error {
	if err := c.life.Gone(); err != nil {
		return err
	}
	select {
	case <-c.line:
		return errCaller
	default:
		return nil
	}
}

// Ending is [Life.Ending].
func (c *Caller) Ending() error { return c.life.Ending() }

// Confirm is Gone after the time that a killed CLI needs to vanish.
func (c *Caller) Confirm(ctx context.Context) error {
	if err := c.Gone(); err != nil {
		return err
	}
	_ = c.life.clock.Sleep(context.WithoutCancel(ctx), vanishing) // short enough for a stop to wait for
	return c.Gone()
}
