// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// young is how long after its creation an object's 404 may be a lagging read.
const young = time.Minute

// whileYoung are the pauses between calls about an object that may not show yet: half a minute in all.
var whileYoung = append(slices.Clone(lookAgain), 8*time.Second, 12*time.Second)

// Young reports whether a 404 about an object that was created then may be a lagging read; zero is
// not known, and long ago.
func (c *Client) Young(created time.Time) bool {
	return !created.IsZero() && c.Now().Sub(created) <= young
}

type removedKey struct{}

// removed gives a context for looks after an own delete: they wait for a young object as long as any look does, and
// no longer, because the delete is the better reason for a 404.
func removed(ctx context.Context) context.Context { return context.WithValue(ctx, removedKey{}, true) }

// WhileYoung repeats a call that answers 404 while the object is young, for half a minute. Objects
// created together are old together, so many of them wait no longer than one does. Where an earlier attempt may have
// been carried out, the 404 may tell of that: the caller looks.
func WhileYoung[T any](ctx context.Context, c *Client, created time.Time, get func() (T, error)) (T, error) {
	got, err := get()
	pauses := whileYoung
	if ctx.Value(removedKey{}) != nil {
		pauses = lookAgain
	}
	for _, pause := range pauses {
		if !apierr.IsNotFound(err) || apierr.IsLost(err) || !c.Young(created) {
			break
		}
		if sleepErr := c.clock.Sleep(ctx, pause); sleepErr != nil {
			return got, sleepErr
		}
		got, err = get()
	}
	return got, err
}

// Deleting is [WhileYoung] for a DELETE of an object that was created then. Where that has waited, created becomes
// [LongAgo]: the look after it need not wait once more.
func Deleting[T any](ctx context.Context, c *Client, created *time.Time, send func() (T, error)) (T, error) {
	young := c.Young(*created)
	answer, err := WhileYoung(ctx, c, *created, send)
	if young && apierr.IsNotFound(err) && !apierr.IsLost(err) {
		*created = LongAgo
	}
	return answer, err
}

// Confirmed is [WhileYoung], but one 404 about an object that is not young is not believed
// either: it is asked for once more.
func Confirmed[T any](ctx context.Context, c *Client, created time.Time, get func() (T, error)) (T, error) {
	got, err := WhileYoung(ctx, c, created, get)
	if !apierr.IsNotFound(err) || c.Young(created) {
		return got, err
	}
	return get()
}
