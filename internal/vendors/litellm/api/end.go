// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"fmt"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

// EndKey makes a key expire at a moment ahead, rounded up to a second. [apiclient.ErrEnded]
// when it has passed.
func (c *Client) EndKey(ctx context.Context, teamID, hash string, end time.Time) (Key, error) {
	if _, known := c.Skew(); !known {
		return Key{}, apiclient.ErrNoClock
	}
	return c.update(ctx, teamID, hash, func(now time.Time) (any, error) {
		if !end.After(now) { // an expired key must not live again
			return nil, apiclient.ErrEnded
		}
		return map[string]any{"key": hash, "duration": seconds(end.Sub(now))}, nil
	})
}

// NeverEnd takes the end of a key away. Versions differ in how they are asked to.
func (c *Client) NeverEnd(ctx context.Context, teamID, hash string) error {
	var k Key
	var err error
	for _, never := range []any{"-1", nil} {
		if k, err = c.UpdateKey(ctx, teamID, hash, map[string]any{"duration": never}); err == nil && k.EndShown() && k.ExpiresAt.IsZero() {
			return nil
		}
	}
	if err == nil && !k.ExpiresAt.IsZero() {
		err = fmt.Errorf("key %s still expires at %s", hash, k.ExpiresAt.Format(time.RFC3339))
	}
	return err
}
