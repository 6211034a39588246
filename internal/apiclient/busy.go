// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
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

// errBusy is why a call that was refused is not sent again.
var errBusy = errors.New("the server is still busy")

// mayWait notes a refusal and says whether a wait from now ends within the operation's
// patience; asked tells that the server itself named the wait.
func (c *Client) mayWait(op *Operation, wait time.Duration, asked bool) bool {
	now := c.clock.Now()
	if op.refused.IsZero() {
		op.refused = now
	}
	end := op.refused.Add(op.busy)
	if now.Before(end) && !now.Add(wait).After(end) {
		return true
	}
	setting := fmt.Sprintf("%s.busy_timeout (%s, counted from a call's first refusal)", c.dialect.Name, span.Format(op.busy))
	switch {
	case asked:
		op.gaveUp = fmt.Sprintf("The server asks to wait %s (Retry-After), which is longer than %s leaves. Try again later, or raise busy_timeout.", seconds(wait), setting)
	default:
		op.gaveUp = fmt.Sprintf("The server stayed busy for all that %s leaves. Somebody else may be using up the organization's limit: try again later, raise busy_timeout, or set %s.requests_per_minute.", setting, c.dialect.Name)
	}
	return false
}

// until is the moment after which a refused operation waits for its turn no longer.
func (op *Operation) until() time.Time {
	if op.refused.IsZero() {
		return time.Time{}
	}
	return op.refused.Add(op.busy)
}

// seconds is a wait as text, rounded up.
func seconds(d time.Duration) string { return span.Format(d + time.Second - 1) }
