// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

type patienceKey struct{}

// Patient gives a context whose calls wait for a busy server until a recovery's end,
// also where the busy timeout is shorter: what was begun must be settled.
func Patient(ctx context.Context) context.Context {
	return context.WithValue(ctx, patienceKey{}, func(busy time.Duration) time.Duration { return max(busy, recoveryTime) })
}

// brief gives a context whose calls wait for a busy server no longer than most: what
// serves a warning only must hold nothing up.
func brief(ctx context.Context, most time.Duration) context.Context {
	return context.WithValue(ctx, patienceKey{}, func(busy time.Duration) time.Duration { return min(busy, most) })
}

// patience is how long a call waits for a busy server, from its first refusal on.
func (c *Client) patience(ctx context.Context) time.Duration {
	if limit, ok := ctx.Value(patienceKey{}).(func(time.Duration) time.Duration); ok {
		return limit(c.busy)
	}
	return c.busy
}

// limit is how long a call waits for its turn: one that was refused until a moment,
// whatever it waits for; one that was not for ever, but for no pause that the server
// asked for and that is longer than its patience. The zero limit is none. No wait ends after
// the caller's deadline.
type limit struct {
	until    time.Time
	patience time.Duration
}

// rest is how long a wait from now may be; asked is one that the server asked for.
func (l limit) rest(ctx context.Context, now time.Time, asked bool) time.Duration {
	rest := clock.Left(ctx)
	switch {
	case !l.until.IsZero():
		rest = min(rest, l.until.Sub(now))
	case asked && l.patience > 0:
		rest = min(rest, l.patience)
	}
	return rest
}

// errBusy is why a call is not sent, or not again.
var errBusy = errors.New("the server is still busy")

// tooLongError is errBusy for a wait that would end after a [limit].
type tooLongError struct {
	left  time.Duration // the wait
	rest  time.Duration // what it may be
	asked bool          // by the server, of everybody
}

// Error implements error. It says both times: the hint may be lost in another error.
func (e *tooLongError) Error() string {
	what := "the next try would be in"
	if e.asked {
		what = "it asks to wait"
	}
	return fmt.Sprintf("%v: %s %s, and this call may wait %s", errBusy, what, seconds(e.left), seconds(e.rest))
}

func (*tooLongError) Unwrap() error { return errBusy }
