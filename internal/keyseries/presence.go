// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
)

// Presence tells whether whoever asked still waits for the answer.
type Presence interface {
	// Gone is nil while the CLI is there, and the reason once it is not.
	Gone() error
	// Ending is nil as long as new keys may be created, and the reason once the process was told to end.
	Ending() error
}

// always is the presence of a caller that cannot go.
type always struct{}

func (always) Gone() error   { return nil }
func (always) Ending() error { return nil }

type (
	presenceKey    struct{}
	undeliveredKey struct{}
)

// WithPresence gives the work done with this context the presence of its caller.
func WithPresence(ctx context.Context, p Presence) context.Context {
	return context.WithValue(ctx, presenceKey{}, p)
}

// PresenceOf is the presence of the caller; one that is always there when none was given.
func PresenceOf(ctx context.Context) Presence {
	if p, ok := ctx.Value(presenceKey{}).(Presence); ok {
		return p
	}
	return always{}
}

// MayCreate is nil while something new may be created for the caller, and the reason
// why not otherwise. Ask before every create that is sent.
func MayCreate(ctx context.Context) error {
	p := PresenceOf(ctx)
	return errors.Join(p.Gone(), p.Ending())
}

// MayEnd is nil while an old key may be shortened or revoked for the caller, and the
// reason why not once the caller is gone. Ask before every step that ends an old key:
// the new key may never arrive.
func MayEnd(ctx context.Context) error { return PresenceOf(ctx).Gone() }

// Undelivered are the keys minted in one call whose answer has not been delivered yet,
// each with what revokes it. It is safe for concurrent use.
type Undelivered struct {
	mu   sync.Mutex
	keys map[string]func(context.Context) error
}

// WithUndelivered has the mints done with this context remembered in u.
func WithUndelivered(ctx context.Context, u *Undelivered) context.Context {
	return context.WithValue(ctx, undeliveredKey{}, u)
}

// UndeliveredOf is where mints of this context are remembered. Without one it is a new
// one that no call reads.
func UndeliveredOf(ctx context.Context) *Undelivered {
	if u, ok := ctx.Value(undeliveredKey{}).(*Undelivered); ok {
		return u
	}
	return &Undelivered{}
}

// Add remembers a key from the moment it was minted.
func (u *Undelivered) Add(id string, revoke func(context.Context) error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.keys == nil {
		u.keys = map[string]func(context.Context) error{}
	}
	u.keys[id] = revoke
}

// Forget is for a key that is revoked already, or whose answer was delivered.
func (u *Undelivered) Forget(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.keys, id)
}

// Take gives what revokes each key, in the order of their ids, and forgets them.
func (u *Undelivered) Take() []func(context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := make([]func(context.Context) error, 0, len(u.keys))
	for _, id := range slices.Sorted(maps.Keys(u.keys)) {
		taken = append(taken, u.keys[id])
	}
	u.keys = nil
	return taken
}
