// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Asked is what a server says once, such as whom the credential belongs to. One asks, and who waits for that can be
// stopped.
type Asked[T any] struct {
	name  string        // of the operation
	pause time.Duration // it is not asked for again so soon after trouble
	turn  *semaphore.Weighted
	known bool
	value T
	err   error     // of the last time that it was asked for
	again time.Time // it is not asked for before that
}

// NewAsked is what was not asked for yet.
func NewAsked[T any](name string, pause time.Duration) *Asked[T] {
	return &Asked[T]{name: name, pause: pause, turn: semaphore.NewWeighted(1)}
}

// Get gives the answer. ask says whether it is known from now on, which it may be with an error.
func (a *Asked[T]) Get(ctx context.Context, now func() time.Time, ask func(context.Context) (value T, known bool, err error)) (value T, err error) {
	if err := a.turn.Acquire(ctx, 1); err != nil {
		return value, &apierr.Error{Operation: a.name, Outcome: apierr.NotSent, Cause: err}
	}
	defer a.turn.Release(1)
	if a.known || now().Before(a.again) {
		return a.value, a.err
	}
	asked, known, err := ask(ctx)
	if !known && ctx.Err() != nil {
		return value, err // which says nothing of the server
	}
	if !known {
		a.again = now().Add(a.pause)
	}
	a.value, a.known, a.err = asked, known, err
	return asked, err
}
