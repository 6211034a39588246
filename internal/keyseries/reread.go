// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"fmt"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// A list may be older than what was last done: where it contradicts that, a read of the one key
// decides.

// reread is a listed key, read by itself unless the list shows it as it was left. The list shows
// it, so a read that does not find it is not believed.
func reread(ctx context.Context, v Vendor, key Key, asLeft bool) (Key, error) {
	if asLeft {
		return key, nil
	}
	read, err := v.Get(ctx, key.ID, key.CreatedAt)
	if apierr.IsGone(err) {
		return key, nil
	}
	return read, err
}

// sameEnd reports whether two ends are one as far as vendors round; zero = never.
func sameEnd(a, b time.Time) bool {
	if a.IsZero() || b.IsZero() {
		return a.IsZero() && b.IsZero()
	}
	return a.Sub(b).Abs() <= slack
}

// works reports whether a listed key of the series that was not there before works: it may have been
// revoked, or have expired, since the list was true.
func works(ctx context.Context, v Vendor, key Key, looked time.Time) (bool, error) {
	read, err := v.Get(ctx, key.ID, key.CreatedAt)
	if apierr.IsGone(err) {
		return false, nil
	}
	return err == nil && !read.Ended(looked), err
}

// endAt gives a key another end. An answer need not show it: where it shows one that will not do, a
// read decides.
func endAt(ctx context.Context, v Vendor, ender Ender, id string, created, end time.Time, does func(time.Time) bool) (key Key, err error) {
	err = twice(func() (err error) {
		if err = MayEnd(ctx); err != nil {
			return err
		}
		if key, err = ender.EndAt(EndsKey(ctx), id, end); err != nil || does(key.ExpiresAt) {
			return err
		}
		if key, err = v.Get(ctx, id, created); err == nil && !does(key.ExpiresAt) {
			err = fmt.Errorf("%w: the server answered, and changed nothing", ErrCannot)
		}
		return err
	})
	return key, err
}
