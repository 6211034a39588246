// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/presence"
)

// Presence reports whether the caller still waits for the answer.
type Presence = presence.Presence

// WithPresence gives the work done with this context the presence of its caller.
func WithPresence(ctx context.Context, p Presence) context.Context { return presence.With(ctx, p) }

// PresenceOf is the presence of the caller; one that is always there when none was given.
func PresenceOf(ctx context.Context) Presence { return presence.Of(ctx) }

// MayCreate is [presence.MayCreate]. Ask before every create that is sent.
func MayCreate(ctx context.Context) error { return presence.MayCreate(ctx) }

// MayEnd is [presence.MayEnd], which waits to be sure only where a new key is on its way.
// Ask before every step that ends an old key, and send that step with the context of
// [EndsKey].
func MayEnd(ctx context.Context) error {
	if UndeliveredOf(ctx).Empty() {
		return PresenceOf(ctx).Gone()
	}
	return presence.MayEnd(ctx)
}

// EndsKey is [presence.EndsKey]: what waits for its turn is not sent once the caller is gone.
func EndsKey(ctx context.Context) context.Context { return presence.EndsKey(ctx) }

// Revocable are keys that are revoked unless somebody takes them over, each with what
// revokes it. It is safe for concurrent use; the zero value is empty.
type Revocable struct {
	mu   sync.Mutex
	keys map[string]func(context.Context) error
	undo []func(context.Context) error
}

type (
	undeliveredKey struct{}
	openKey        struct{}
)

// WithUndelivered has the keys minted with this context remembered in r until the
// answer of the call is delivered.
func WithUndelivered(ctx context.Context, r *Revocable) context.Context {
	return context.WithValue(ctx, undeliveredKey{}, r)
}

// UndeliveredOf is where mints of this context are remembered. Without one it is a new
// one that is never read.
func UndeliveredOf(ctx context.Context) *Revocable { return revocable(ctx, undeliveredKey{}) }

// WithOpen has the keys that are open for one run remembered in r until they are closed.
func WithOpen(ctx context.Context, r *Revocable) context.Context {
	return context.WithValue(ctx, openKey{}, r)
}

// OpenOf is where keys that are open for one run are remembered, as [UndeliveredOf].
func OpenOf(ctx context.Context) *Revocable { return revocable(ctx, openKey{}) }

func revocable(ctx context.Context, key any) *Revocable {
	if r, ok := ctx.Value(key).(*Revocable); ok {
		return r
	}
	return &Revocable{}
}

// Add remembers a key, for [Revocable.Take].
func (r *Revocable) Add(id string, revoke func(context.Context) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys = map[string]func(context.Context) error{}
	}
	r.keys[id] = revoke
}

// Forget is for a key that is revoked already, or taken over.
func (r *Revocable) Forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.keys, id)
}

// Undo remembers what takes back a step that was taken for the keys, for [Revocable.RevokeAll].
func (r *Revocable) Undo(undo func(context.Context) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.undo = append(r.undo, undo)
}

// Empty reports whether no key is remembered.
func (r *Revocable) Empty() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.keys) == 0
}

// Take gives what revokes each key, in the order of their ids, and forgets them.
func (r *Revocable) Take() []func(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := make([]func(context.Context) error, 0, len(r.keys))
	for _, id := range slices.Sorted(maps.Keys(r.keys)) {
		taken = append(taken, r.keys[id])
	}
	r.keys, r.undo = nil, nil
	return taken
}

// RevokeAll revokes what was not taken over, all keys side by side, and then takes back what was done
// for them, the latest first.
func (r *Revocable) RevokeAll(ctx context.Context) {
	r.mu.Lock()
	undo := r.undo
	r.mu.Unlock()
	var all sync.WaitGroup
	revoke := r.Take()
	for _, one := range revoke {
		all.Go(func() { _ = one(ctx) }) // whoever would read the error is gone
	}
	all.Wait()
	if len(revoke) == 0 {
		return
	}
	for _, back := range slices.Backward(undo) {
		_ = back(ctx)
	}
}
