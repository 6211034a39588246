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

// ErrEnded is returned by [EndAt] when less than a second is left.
var ErrEnded = errors.New("the end lies in the past")

// EndAt makes something end at the given moment where the API takes a duration in
// seconds that counts from its arrival: every attempt sends only what remains.
func EndAt[T any](ctx context.Context, c *Client, name string, end time.Time, send func(ctx context.Context, seconds int64) (*T, error), usable func(*T) string) (*T, error) {
	var refused time.Time // first
	trouble := 0
	for {
		if err := c.pacer.wait(ctx, name); err != nil {
			return nil, &apierr.Error{Operation: name, Outcome: apierr.NotSent, Cause: err}
		}
		// Rounded down: it must not outlive the moment it was promised to end.
		remaining := int64(end.Sub(c.Now()) / time.Second)
		if remaining < 1 {
			c.pacer.land(name)
			return nil, ErrEnded
		}
		answer, err := Call(ctx, c, &Operation{Name: name, Kind: Once, paced: true}, func(ctx context.Context) (*T, error) {
			return send(ctx, remaining)
		}, usable)
		c.pacer.land(name)
		if err == nil {
			return answer, nil
		}
		status := apierr.Status(err)
		switch {
		case status == http.StatusTooManyRequests: // the pacer has slowed down; ask for our turn again
			if refused.IsZero() {
				refused = c.clock.Now()
			}
			if e, ok := apierr.As(err); !ok || c.dialect.Quota(e.Code) || c.clock.Now().Sub(refused) > c.busy {
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
