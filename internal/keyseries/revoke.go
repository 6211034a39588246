// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"time"
)

// revoke revokes a key of the series, unless the vendor works with it itself. The
// fingerprint is that of this very key, "" when none is remembered.
func revoke(ctx context.Context, v Vendor, id string, created time.Time, fingerprint string) error {
	if err := spare(ctx, v, id, fingerprint); err != nil {
		return err
	}
	return v.Revoke(ctx, id, created)
}

// spare is an error for the key that the vendor works with itself.
func spare(ctx context.Context, v Vendor, id, fingerprint string) error {
	if guarded, ok := v.(Guarded); ok {
		return guarded.InUse(ctx, id, fingerprint)
	}
	return nil
}

// stopOld stops a key whose overlap is over, where that is another step than revoking it.
// Trouble is left to the revocation, which does as much.
func stopOld(ctx context.Context, v Vendor, id, fingerprint string) {
	stopper, ok := v.(Stopper)
	if !ok || MayEnd(ctx) != nil || spare(ctx, v, id, fingerprint) != nil {
		return
	}
	_ = stopper.Stop(EndsKey(ctx), id)
}

// revokeOld revokes an old key, unless whoever asked is gone: the new one may never arrive.
func revokeOld(ctx context.Context, v Vendor, id string, created time.Time, fingerprint string) error {
	if err := MayEnd(ctx); err != nil {
		return err
	}
	return revoke(EndsKey(ctx), v, id, created, fingerprint)
}
