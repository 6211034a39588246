// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"errors"
	"time"
)

// MaxSkew is how far this machine's clock may be off the vendor's.
const MaxSkew = 5 * time.Minute

// decides reports whether a key may be ended because of what the clock shows: what is revoked too
// early cannot be taken back.
func decides(v Vendor) bool {
	skew, known := v.Skew()
	return known && skew.Abs() <= MaxSkew
}

// KnowTime makes sure that [Vendor.Now] follows the vendor's clock: a moment that is
// sent as a distance from now is as wrong as the clock it was counted by.
func KnowTime(ctx context.Context, v Vendor) error {
	if _, known := v.Skew(); known {
		return nil
	}
	_, err := v.List(ctx, Remembered)
	if errors.Is(err, ErrNoList) {
		return nil // it has answered
	}
	return err
}

// moment is when this look was, zero when no clock can be trusted.
func (o *Observed) moment(v Vendor, id string) time.Time {
	skew, known := v.Skew()
	switch {
	case !known:
		o.notice(id, "was read without the server's time", "The server's answers carry no time. Until they do, it is not decided whether keys are due or expired, and no previous key is revoked or made to expire.")
		return time.Time{}
	case skew.Abs() > MaxSkew:
		o.notice(id, "was read while this machine's clock is wrong", "This machine's clock differs from the server's by %s. Whether keys are due or expired is not decided until the clock is right.", skew.Abs().Round(time.Second))
		return time.Time{}
	}
	return v.Now()
}
