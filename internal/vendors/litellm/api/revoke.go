// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// RevokeKey deletes a key; one that is known to be gone already is success. created may be zero.
func (c *Client) RevokeKey(ctx context.Context, teamID, hash string, created time.Time) (err error) {
	ctx = apiclient.Patient(ctx)
	defer func() {
		if err != nil {
			c.drop(teamID)
			return
		}
		c.keys.Remove(teamID, hash)
		c.keys.Remove("", hash)
	}()
	answer, err := apiclient.Deleting(ctx, c.http, &created, func() (*deleted, error) {
		return apiclient.JSON(ctx, c.http, apiclient.Request{
			Operation: apiclient.Operation{Name: opDeleteKey, Kind: apiclient.Update, Ack: true, Body: same(map[string]any{"keys": []string{hash}})}, Method: http.MethodPost, Path: "/key/delete",
		}, apiclient.Anything[deleted])
	})
	look := func(ctx context.Context) (bool, error) {
		_, err := c.Key(ctx, teamID, hash, created)
		if _, gone := apierr.AsGone(err); gone {
			return true, nil
		}
		return false, err
	}
	if err == nil && answer != nil && !slices.Contains(orZero[[]string](answer.Keys), hash) {
		return apiclient.Unsaid(ctx, c.http, opDeleteKey, "key "+hash, look)
	}
	return apiclient.Deleted(ctx, c.http, "key "+hash, err, look)
}

// deleted is the answer to a delete.
type deleted struct {
	Keys json.RawMessage `json:"deleted_keys"`
}
