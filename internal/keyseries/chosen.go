// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// chosen mints a key whose secret is chosen here: it is put away before anything is
// sent, so a lost answer is settled by looking, and the same key is asked for again where
// nothing was created. [ErrNotChosen] when the server wants to choose.
func (x *minting) chosen(ctx context.Context, chooser Chooser, request Request) (Minted, error) {
	text, id := chooser.Choose()
	if err := x.keep(Minted{ID: id, Secret: text}); err != nil {
		return Minted{}, err
	}
	request.Secret = text
	request = x.next(request)
	var until time.Time // the name is waited for, once it is taken
	for try := 1; ; try++ {
		if err := MayCreate(ctx); err != nil {
			return Minted{}, x.failed(err, nil)
		}
		minted, err := x.v.Mint(ctx, request)
		taken := errors.Is(err, ErrTaken) && len(x.traceless) > 0 // perhaps by an attempt that no read shows yet
		if taken && until.IsZero() {
			until = x.v.Now().Add(SettleFor)
		}
		if taken || apierr.IsUnknown(err) {
			found, there, look := x.lookFor(ctx, request, id)
			switch {
			case look != nil:
				return Minted{}, x.failed(err, look)
			case there:
				minted, err = found, nil
			case taken && x.v.Now().Before(until) && x.v.Sleep(ctx, min(lookEvery, SettleFor)) == nil:
				continue
			case taken:
				x.hold()
			case try < mints && ctx.Err() == nil:
				continue
			}
		}
		if errors.Is(err, ErrNotChosen) {
			return Minted{}, err
		}
		if err != nil {
			return Minted{}, x.failed(err, nil)
		}
		x.traceless = nil // it would be this very key
		minted.Secret = text
		if minted.ID != id {
			return Minted{}, x.abandon(ctx, request, minted, fmt.Errorf("the server created key %s, and the chosen secret belongs to key %s", minted.ID, id))
		}
		keep := x.keep
		x.keep = func(Minted) error { return nil } // it is put away already
		minted, err = x.take(ctx, request, minted)
		x.keep = keep
		return minted, err
	}
}

// lookFor finds the key of a chosen secret after a mint whose answer was lost. An error
// when that is not possible: the attempt is then left open.
func (x *minting) lookFor(ctx context.Context, request Request, id string) (minted Minted, there bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTime)
	defer cancel()
	for look := 0; ; look++ {
		key, err := x.v.Get(ctx, id, x.v.Now())
		switch {
		case err == nil && !key.Ended(x.v.Now()):
			return Minted{ID: key.ID, Name: key.Name, CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt, Own: key.Own}, true, nil
		case err == nil, apierr.IsGone(err):
			x.traceless = []Attempt{request.attempt(x.v.Now())} // the request may still be on its way
			return Minted{}, false, nil
		case look < len(lookAgain):
			if x.v.Sleep(ctx, lookAgain[look]) == nil {
				continue
			}
		}
		x.traceless = []Attempt{request.attempt(x.v.Now())}
		return Minted{}, false, err
	}
}
