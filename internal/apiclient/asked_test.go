// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// What is known is asked for once; trouble is kept for a pause, and a stop of who asked not at all.
func TestAsked(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	trouble := errors.New("trouble")
	calls := 0
	get := func(a *apiclient.Asked[string], ctx context.Context, value string, known bool, err error) (string, error) {
		return a.Get(ctx, clock, func(context.Context) (string, bool, error) {
			calls++
			return value, known, err
		})
	}
	a := apiclient.NewAsked[string]("read oneself", time.Second)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	var unsent *apierr.Error
	if _, err := get(a, stopped, "no", true, nil); !errors.As(err, &unsent) || unsent.Outcome != apierr.NotSent || calls != 0 {
		t.Errorf("stopped before: %v, %d calls", err, calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := a.Get(ctx, clock, func(context.Context) (string, bool, error) { cancel(); return "no", false, trouble }); !errors.Is(err, trouble) {
		t.Error(err)
	}
	for i, want := range []int{1, 1, 2} {
		if i == 2 {
			now = now.Add(time.Second)
		}
		if value, err := get(a, t.Context(), "perhaps", false, trouble); value != "perhaps" || !errors.Is(err, trouble) || calls != want {
			t.Errorf("trouble: %q, %v, %d calls", value, err, calls)
		}
	}
	now = now.Add(time.Second)
	for range 2 {
		if value, err := get(a, t.Context(), "me", true, nil); value != "me" || err != nil || calls != 3 {
			t.Errorf("known: %q, %v, %d calls", value, err, calls)
		}
	}
}
