// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/presence"
)

// caller goes when the test says so.
type caller struct{ gone error }

func (c *caller) Gone() error   { return c.gone }
func (c *caller) Ending() error { return nil }

// What was minted for a caller that is gone when the call is over is revoked, whether the
// call itself went well, failed, or was stopped before.
func TestMintedForNobody(t *testing.T) {
	t.Parallel()
	type response = tfprotov6.ApplyResourceChangeResponse
	left := errors.New("the CLI is gone")
	for name, test := range map[string]struct {
		gone    error
		stopped bool
		err     error
		want    int
	}{
		"there":             {},
		"there, and failed": {err: errors.New("failed")},
		"there, stopped":    {stopped: true},
		"gone":              {gone: left, want: 1},
		"gone, and failed":  {gone: left, err: errors.New("failed"), want: 1},
		"gone, stopped":     {gone: left, stopped: true, want: 1},
	} {
		who, revoked := &caller{}, 0
		ctx, stop := context.WithCancel(t.Context())
		options := Options{Presence: func(context.Context) presence.Presence { return who }}
		_, err := minting(ctx, options, func(ctx context.Context, _ int) (*response, error) {
			if test.stopped {
				stop()
				<-ctx.Done()
			}
			keyseries.UndeliveredOf(ctx).Add("key_1", func(ctx context.Context) error {
				revoked++
				return ctx.Err() // it must not travel with a stopped context
			})
			who.gone = test.gone
			return &response{}, test.err
		}, 0)
		stop()
		if !errors.Is(err, test.err) || revoked != test.want {
			t.Errorf("%s: %v, revoked %d times, want %d", name, err, revoked, test.want)
		}
	}
}

// Keys that are open for one run are remembered for the end of the process, not of the call.
func TestOpenForTheRun(t *testing.T) {
	t.Parallel()
	open := &keyseries.Revocable{}
	_, err := minting(t.Context(), Options{Open: open}, func(ctx context.Context, _ int) (*tfprotov6.OpenEphemeralResourceResponse, error) {
		keyseries.OpenOf(ctx).Add("key_1", func(context.Context) error { return nil })
		return &tfprotov6.OpenEphemeralResourceResponse{}, nil
	}, 0)
	if err != nil || open.Empty() {
		t.Errorf("%v, remembered: %t", err, !open.Empty())
	}
}
