// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

// KeyWherever is [Client.Key] of a key whose workspace is not known, which a remembered
// list may show.
func (c *Client) KeyWherever(ctx context.Context, hash string) (Key, error) {
	return apiclient.ValueOf(c.keys.Wherever(ctx, hash, func(byID map[string]*Key) []*Key {
		if k, there := byID[hash]; there && k.WorkspaceID != "" {
			return []*Key{k}
		}
		return nil
	}, func(ctx context.Context, many bool) (*Key, error) {
		k, err := c.Key(ctx, "", hash, time.Time{})
		if err == nil && many {
			_, _ = c.Keys(ctx, k.WorkspaceID) // for those who ask next
		}
		return &k, err
	}))
}
