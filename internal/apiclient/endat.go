// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

var (
	// ErrEnded is returned by [EndAt] when less than a second is left.
	ErrEnded = errors.New("the end lies in the past")
	// ErrNoClock is returned by [EndAt] while the server's time is not known: counted by
	// a clock that is off, an end could come too early.
	ErrNoClock = errors.New("the server's time is not known: its answers carry no usable Date header, and this run has created nothing there yet. Nothing was ended early")
)

// EndAt makes something end at the given moment where the API takes a duration in
// seconds that counts from its arrival: every attempt sends only what remains.
func EndAt[T any](ctx context.Context, c *Client, name string, end time.Time, send func(ctx context.Context, seconds int64) (*T, error), usable func(*T) error) (*T, error) {
	if _, known := c.Skew(); !known {
		return nil, ErrNoClock
	}
	// Rounded down: it must not outlive the moment it was promised to end.
	return counted(ctx, c, name, func() int64 { return int64(end.Sub(c.Now()) / time.Second) }, send, usable)
}

// EndNow makes something end in a second, which needs no clock.
func EndNow[T any](ctx context.Context, c *Client, name string, send func(ctx context.Context, seconds int64) (*T, error), usable func(*T) error) (*T, error) {
	return counted(ctx, c, name, func() int64 { return 1 }, send, usable)
}

// counted sends a number of seconds that is counted anew for each attempt.
func counted[T any](ctx context.Context, c *Client, name string, count func() int64, send func(ctx context.Context, seconds int64) (*T, error), usable func(*T) error) (*T, error) {
	op := &Operation{Name: name, Kind: Once, paced: true}
	trouble := 0
	for {
		left, err := c.pacer.wait(ctx, name, op.until())
		if errors.Is(err, errBusy) {
			c.mayWait(op, left, false)
			return nil, &apierr.Error{Operation: name, Status: op.status, Cause: err, Hint: op.gaveUp}
		}
		if err != nil {
			return nil, &apierr.Error{Operation: name, Outcome: apierr.NotSent, Cause: err}
		}
		remaining := count()
		if remaining < 1 {
			c.pacer.land(name)
			return nil, ErrEnded
		}
		answer, err := Call(ctx, c, op, func(ctx context.Context) (*T, error) {
			return send(ctx, remaining)
		}, usable)
		c.pacer.land(name)
		if err == nil {
			return answer, nil
		}
		status := apierr.Status(err)
		switch {
		case status == http.StatusTooManyRequests: // the pacer has slowed down; ask for our turn again
			if e, ok := apierr.As(err); !ok || c.dialect.Quota(e.Code) || op.gaveUp != "" {
				return nil, err
			}
		case status == 0 && !isFinal(err) || status >= http.StatusInternalServerError || status == http.StatusRequestTimeout:
			if trouble++; trouble >= maxTrouble || c.clock.Sleep(ctx, backoff(trouble)) != nil {
				return nil, err
			}
		default:
			return nil, err
		}
	}
}
