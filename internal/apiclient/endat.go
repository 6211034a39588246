// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrEnded is returned by [EndAt] when nothing is left.
	ErrEnded = errors.New("the expiry is in the past")
	// ErrNoClock is returned by [EndAt] while the server's time is not known: counted by
	// a clock that is off, an end could come too early.
	ErrNoClock = errors.New("the server's time is not known: its answers carry no usable Date header, or one that agrees neither with what this run has created there nor with this machine's clock. No key was made to expire early")
)

// Timed is a call whose body holds the number of seconds that something still lives.
type Timed[T any] struct {
	Name   string // of the operation
	Body   func(seconds int64) any
	Send   func(ctx context.Context, via Doer) (*T, error) // as for [Call]
	Usable func(*T) error                                  // as for [Call]
}

// EndAt makes something end at the given moment where the API takes a duration in
// seconds that counts from its arrival: every attempt sends only what remains, rounded
// up, because it must not end before the moment that was promised. The errors are
// those of [Call], [ErrEnded] and [ErrNoClock].
func EndAt[T any](ctx context.Context, c *Client, end time.Time, t Timed[T]) (*T, error) {
	if _, known := c.Skew(); !known {
		return nil, ErrNoClock
	}
	return t.call(ctx, c, func(now time.Time) (any, error) {
		left := int64((end.Sub(now) + time.Second - 1) / time.Second)
		if left < 1 {
			return nil, ErrEnded
		}
		return t.Body(left), nil
	})
}

// EndNow makes something end in a second, which needs no clock.
func EndNow[T any](ctx context.Context, c *Client, t Timed[T]) (*T, error) {
	return t.call(ctx, c, func(time.Time) (any, error) { return t.Body(1), nil })
}

func (t Timed[T]) call(ctx context.Context, c *Client, body func(time.Time) (any, error)) (*T, error) {
	return Call(ctx, c, Operation{Name: t.Name, Kind: Update, Body: body}, t.Send, t.Usable)
}
