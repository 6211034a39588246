// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// readsLag is how long a read may show what was there before a change.
const readsLag = 3 * time.Second

// reread is a listed key, read by itself unless the list shows one of the ends that it was last seen with or left
// with: the list may be older than that. It shows the key, so a read that does not find it is not believed. An end
// that neither shows is the one that is known, if any.
func reread(ctx context.Context, v Vendor, key Key, ends ...time.Time) (Key, error) {
	known := cmp.Or(ends...)
	if key.EndHidden && known.IsZero() {
		return key, nil
	}
	for _, end := range ends {
		if !key.EndHidden && sameEnd(key.ExpiresAt, end) {
			return key, nil
		}
	}
	read, err := v.Get(ctx, key.ID, key.CreatedAt)
	if apierr.IsGone(err) {
		read, err = key, nil
	}
	return read.endingAt(known), err
}

// AfterWrite is a key as a list shows it after a write whose answer did not show it. Reads may lag, so one that will not do
// counts only if a second one after a pause shows it again. ok is false where it is not known: nothing depends on it.
func AfterWrite(ctx context.Context, v Vendor, id string, does func(Key) bool) (key Key, ok bool) {
	for _, how := range []How{Remembered, Fresh} {
		if how == Fresh && v.Sleep(ctx, readsLag) != nil {
			return Key{}, false
		}
		keys, err := v.List(ctx, how)
		if err != nil {
			return Key{}, false
		}
		if key, ok = keys.Get(id); ok && does(key) {
			break
		}
	}
	return key, ok
}

// endingAt gives a key the end that is known of it where the answer leaves it out.
func (k Key) endingAt(known time.Time) Key {
	if k.EndHidden {
		k.ExpiresAt = known
	}
	return k
}

// sameEnd reports whether two ends are one as far as vendors round; zero = never.
func sameEnd(a, b time.Time) bool {
	if a.IsZero() || b.IsZero() {
		return a.IsZero() && b.IsZero()
	}
	return a.Sub(b).Abs() <= slack
}

// endAt gives a key another end. An answer need not show it: where it shows one that will not do, a
// read decides, and a second one after a pause, since reads may lag. With an error the key is as it was last shown.
func endAt(ctx context.Context, v Vendor, ender Ender, id string, created, end time.Time, does func(time.Time) bool) (key Key, err error) {
	again := false
	err = twice(func() (err error) {
		if again {
			if err = v.Sleep(ctx, readsLag); err != nil {
				return err
			}
		}
		if err = MayEnd(ctx); err != nil {
			return err
		}
		answer, err := ender.EndAt(EndsKey(ctx), id, end)
		if err != nil {
			return err
		}
		if key = answer; does(key.ExpiresAt) {
			return nil
		}
		read, err := v.Get(ctx, id, created)
		if err != nil {
			return err
		}
		if key = read; !does(key.ExpiresAt) {
			again = true
			shown := "shows that the key never expires"
			switch {
			case key.EndHidden:
				shown = "does not show when the key expires"
			case !key.ExpiresAt.IsZero():
				shown = "shows that the key expires at " + stamp(key.ExpiresAt)
			}
			err = fmt.Errorf("%w: the server answered, and %s", ErrCannot, shown)
		}
		return err
	})
	return key, err
}
