// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

const (
	// recoveryTime bounds the work after a mint, which a stop does not interrupt.
	recoveryTime = 3 * time.Minute
	// mints is how often a key is tried for in one apply.
	mints = 2
	// lookEvery is the pause between looks for attempts that may still come up.
	lookEvery = 10 * time.Second
)

// lookAgain are the pauses between looks for an attempt a lagging list may not show.
var lookAgain = []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second}

// Unsettled is the error when it could not be found out whether an attempt created a
// key. The memory remembers the attempt; the next apply looks for it again.
type Unsettled struct {
	Shown []string // the names to look for at the vendor
	Mint  error    // why the outcome is unknown
	Look  error    // why it could not be settled
}

// Error implements error.
func (u *Unsettled) Error() string {
	if len(u.Shown) == 1 && errors.Is(u.Look, ErrUsed) {
		return fmt.Sprintf("%v. The attempt created a key: %v. It is called %s", u.Mint, u.Look, quoted(u.Shown))
	}
	return fmt.Sprintf("%v. Whether the attempt created a key is not settled: %v. If it did, the key is called %s", u.Mint, u.Look, quoted(u.Shown))
}

// Unwrap gives both causes.
func (u *Unsettled) Unwrap() []error { return []error{u.Mint, u.Look} }

func quoted(names []string) string {
	out := make([]string, 0, len(names))
	for _, name := range names {
		out = append(out, fmt.Sprintf("%q", name))
	}
	return strings.Join(out, " or ")
}

// Mint creates the next key of the series and has keep put its secret away before
// anything else happens; when keep fails the new key is revoked. After an unknown
// outcome it finds and revokes what the attempt left, and mints once more.
func Mint(ctx context.Context, v Vendor, m *Memory, request Request, keep func(Minted) error) (Minted, error) {
	if m.Series == "" {
		m.Series = NewSeries()
	}
	x := minting{v: v, m: m, keep: keep}
	if chooser, ok := v.(Chooser); ok && v.Capabilities().Recovery == BySecret {
		minted, err := x.chosen(ctx, chooser, request)
		if !errors.Is(err, ErrNotChosen) {
			return minted, err
		}
	}
	return x.marked(ctx, request)
}

// marked mints a key that is found again by its mark.
func (x *minting) marked(ctx context.Context, request Request) (Minted, error) {
	var lost error // the attempt before
	waited := false
	for try := 1; ; try++ {
		if err := MayCreate(ctx); err != nil {
			return Minted{}, x.failed(err, nil)
		}
		request = x.next(request)
		minted, err := x.v.Mint(ctx, request)
		if err == nil {
			err = x.foreign(ctx, request, minted)
		}
		if err == nil {
			return x.take(ctx, request, minted)
		}
		inTheWay := len(x.traceless) > 0 && (errors.Is(err, ErrTaken) || errors.Is(err, ErrNoRoom) && !x.another(ctx))
		if inTheWay && !waited {
			waited = true
			x.await(ctx)
			continue
		}
		if !apierr.IsUnknown(err) {
			if inTheWay {
				x.hold()
			}
			if lost != nil && len(x.traceless) == 0 {
				err = fmt.Errorf("%w (an earlier attempt had no clear outcome and was cleaned up: %w)", err, lost)
			}
			return Minted{}, x.failed(err, nil)
		}
		lost = err
		lookErr := x.settle(ctx, request.attempt(x.v.Now()))
		if lookErr != nil || try >= mints || ctx.Err() != nil {
			return Minted{}, x.failed(err, lookErr)
		}
	}
}

// next gives a request the mark of a new attempt.
func (x *minting) next(request Request) Request {
	request.Mark = x.m.attempt()
	request.Shown = x.v.Capabilities().Name.Show(request.Name, request.Mark)
	return request
}

// take has a fresh key finished and its secret put away, or revokes it.
func (x *minting) take(ctx context.Context, request Request, minted Minted) (Minted, error) {
	if x.knows(request, minted.ID) {
		return Minted{}, x.failed(x.answeredKnown(ctx, request, minted.ID), nil)
	}
	UndeliveredOf(ctx).Add(minted.ID, func(ctx context.Context) error { return x.v.Revoke(ctx, minted.ID, minted.CreatedAt) })
	minted, err := x.ending(ctx, request, minted)
	if finisher, ok := x.v.(Finisher); ok && err == nil {
		minted.handedOn, err = finish(ctx, finisher, minted.ID)
	}
	if err == nil {
		err = x.keep(minted)
	}
	if err != nil {
		return Minted{}, x.abandon(ctx, request, minted, err)
	}
	minted.asked = request
	if minted.CreatedAt.IsZero() {
		minted.CreatedAt = x.v.Now().Truncate(time.Second)
	}
	x.traced(ctx)
	x.remember()
	return minted, nil
}

// traced looks once more for attempts without a trace: the answer to this mint may have shown
// by what owner a list names our keys. What is not revoked stays remembered.
func (x *minting) traced(ctx context.Context) {
	if len(x.traceless) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTime)
	defer cancel()
	keys, err := x.v.List(ctx, Fresh)
	if err != nil {
		return
	}
	x.traceless = slices.DeleteFunc(x.traceless, func(a Attempt) bool {
		settled, err := find(ctx, x.v, x.m, keys, a)
		return settled && err == nil
	})
}

// await waits for attempts without a trace that may have the place or the name of the next key, and revokes them.
func (x *minting) await(ctx context.Context) {
	for end := x.v.Now().Add(SettleFor); len(x.traceless) > 0 && x.v.Now().Before(end); x.traced(ctx) {
		if x.v.Sleep(ctx, min(lookEvery, SettleFor)) != nil {
			return
		}
	}
}

// another reports whether a list shows who else has the place of the next key.
func (x *minting) another(ctx context.Context) bool {
	keys, err := x.v.List(ctx, Fresh)
	return err == nil && len(keys.Rivals(x.v.Owner(), "", x.v.Now())) > 0
}

// hold notes that attempts without a trace may have the place or the name of the next key.
func (x *minting) hold() {
	for i := range x.traceless {
		x.traceless[i].Held = true
	}
}

// finish does what a fresh key needs, whether or not the apply is stopped meanwhile.
func finish(ctx context.Context, finisher Finisher, id string) (handedOn []string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTime)
	defer cancel()
	return finisher.Finish(ctx, id)
}

// answeredKnown is the error for an answer with a key that was there before. It may be an older
// answer, given again: a list then shows another key that this request created, and whose secret
// nobody has.
func (x *minting) answeredKnown(ctx context.Context, request Request, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTime)
	defer cancel()
	keys, err := x.v.List(ctx, Fresh)
	if err != nil {
		keys = NewListing(nil)
	}
	for _, key := range keys.of(request.Mark, x.v.Owner()) {
		switch {
		case x.knows(request, key.ID) || key.used():
			continue
		case revoke(ctx, x.v, key.ID, key.CreatedAt, "") != nil:
			return fmt.Errorf("the server answered with key %s, which exists already, although it created key %s. The secret of key %s was not in the answer, and that key could not be revoked: %s. Nothing is stored", id, key.ID, key.ID, x.v.RevokeCommand(key.ID))
		default:
			x.m.ended(key.ID, x.v.Now())
			return fmt.Errorf("the server answered with key %s, which exists already, although it created key %s. The secret of key %s was not in the answer, so that key was revoked again. Nothing is stored. Something between this machine and the API may give old answers again, such as a caching gateway", id, key.ID, key.ID)
		}
	}
	return fmt.Errorf("the server answered with key %s, which exists already, instead of creating another one. Nothing was revoked and nothing is stored. The secret of that key may have been replaced: check what uses it, and revoke the key by hand if it no longer works: %s", id, x.v.RevokeCommand(id))
}

// knows reports whether a key was there before the request.
func (x *minting) knows(request Request, id string) bool {
	_, previous := x.m.Previous[id]
	_, other := x.m.other(id)
	return id == request.current || previous || other
}

// foreign is an unknown outcome when the answer is about a key that this request cannot have
// created: one that was there before, one with the mark of another attempt, or one without a
// mark that a list shows not to be ours.
func (x *minting) foreign(ctx context.Context, request Request, minted Minted) error {
	if x.knows(request, minted.ID) {
		return nil
	}
	another := false
	if request.before != nil {
		_, another = request.before.Get(minted.ID)
	}
	if !another && minted.Name != "" && !x.v.Capabilities().Name.Unmarked {
		mark, marked := (Key{Name: minted.Name}).Marked()
		another = marked && mark != request.Mark || !marked && x.listedAsAnother(ctx, request, minted.ID)
	}
	if !another {
		return nil
	}
	return &apierr.Error{
		Operation: "create key", Outcome: apierr.Unknown,
		Message: fmt.Sprintf("the server answered with another key (%s, %q), which is left alone", minted.ID, minted.Name),
		Hint:    "Something between this machine and the API may mix up answers, such as a caching gateway. Check base_url.",
	}
}

// listedAsAnother reports whether a list shows the key as another owner's, or this request's
// mark on another key. Without either, the server may have changed the name: a user at a key of
// this owner that was not there before is one that it stamps such keys with.
func (x *minting) listedAsAnother(ctx context.Context, request Request, id string) bool {
	keys, err := x.v.List(ctx, Fresh)
	if err != nil {
		return false
	}
	owner := x.v.Owner()
	key, listed := keys.Get(id)
	stamped := key.OwnerID == owner && request.before != nil
	theirs := listed && owner != "" && (key.Person != "" && !stamped || key.OwnerID != "" && key.OwnerID != owner)
	return theirs || slices.ContainsFunc(keys.of(request.Mark, owner), func(key Key) bool { return key.ID != id })
}

// minting is one call of [Mint] on its way.
type minting struct {
	v         Vendor
	m         *Memory
	keep      func(Minted) error
	traceless []Attempt // that left no trace so far: a list may lag behind
}

// remember keeps the attempts that are not settled: their outcome may still come up.
func (x *minting) remember() { x.m.Unsettled = append(x.m.Unsettled, x.traceless...) }

// failed is the error of a call with what is known of its attempts.
func (x *minting) failed(err, look error) error {
	if look == nil && len(x.traceless) == 0 {
		return err
	}
	if look == nil {
		look = errNoTrace
	}
	x.remember()
	return &Unsettled{Shown: shown(x.traceless), Mint: err, Look: look}
}

func shown(attempts []Attempt) []string {
	out := make([]string, 0, len(attempts))
	for _, a := range attempts {
		out = append(out, a.Shown)
	}
	return out
}

// noHolder gives a refusal for want of room another advice than to make some: no list shows who has the place.
func noHolder(c Capabilities, err error) error {
	if !errors.Is(err, ErrNoRoom) {
		return err
	}
	return noRoom(err, "No other key of this account is listed, and one that was revoked may count for a while: apply again later, or use another %s.", c.Words.Owner)
}

// noRoom gives such a refusal an advice that fits what was to be done, unless its attempts come first.
func noRoom(err error, advice string, args ...any) error {
	var open *Unsettled
	if errors.As(err, &open) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrNoRoom, apierr.Hinted(err, fmt.Sprintf(advice, args...)))
}

// ending gives a fresh key the end that only a read of it shows, and refuses one that is to have an end and shows none.
func (x *minting) ending(ctx context.Context, request Request, minted Minted) (Minted, error) {
	if request.Lifetime == 0 || !minted.ExpiresAt.IsZero() {
		return minted, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTime)
	defer cancel()
	if key, err := x.v.Get(ctx, minted.ID, cmp.Or(minted.CreatedAt, x.v.Now())); err == nil && !key.ExpiresAt.IsZero() {
		minted.ExpiresAt = key.ExpiresAt
		return minted, nil
	}
	return minted, fmt.Errorf("the server ignored the lifetime: the key it created would never expire, as far as it shows. This %s does not support expiry yet. Remove lifetime; a key for one run, which always has one, cannot be created here", x.v.Capabilities().Words.Tenant)
}

// abandon revokes a key that was just minted and cannot be handed over: its secret was never
// handed over.
func (x *minting) abandon(ctx context.Context, request Request, minted Minted, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTime)
	defer cancel()
	if err := x.v.Revoke(ctx, minted.ID, minted.CreatedAt); err != nil {
		x.traceless = append(x.traceless, request.attempt(x.v.Now()))
		x.remember()
		return fmt.Errorf("%w; the new key %s could not be revoked either (%w): %s", cause, minted.ID, err, x.v.RevokeCommand(minted.ID))
	}
	x.m.ended(minted.ID, x.v.Now())
	UndeliveredOf(ctx).Forget(minted.ID)
	return fmt.Errorf("%w; the new key %s was revoked again", cause, minted.ID)
}
