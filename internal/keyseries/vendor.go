// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package keyseries is the life of one API key across its generations: minting it
// once, rotating it with an overlap, ending it, and never losing sight of a key. It
// knows neither Terraform nor a vendor, and reads no clock of its own.
package keyseries

import (
	"context"
	"errors"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Key is one key as its vendor shows it.
type Key struct {
	ID          string
	Name        string // as shown, with our marker if it carries one
	Redacted    string
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero = never
	LastUsedAt  time.Time // zero = never
	OwnerID     string
	OwnerActive bool   // false: the owner has lost its access, the key does nothing
	Person      string // set when a person owns the key: how to call them
}

// Ended tells whether the key has expired by now.
func (k Key) Ended(now time.Time) bool { return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) }

// Minted is a key at the only moment its secret is known.
type Minted struct {
	ID        string
	CreatedAt time.Time
	ExpiresAt time.Time
	Secret    secret.Text
}

// Request is what a key is minted with. Lifetime 0 = never expires; no scopes =
// everything its owner may do.
type Request struct {
	Name     string
	Scopes   []string
	Lifetime time.Duration
}

// Vendor is one place where keys of one owner are made. Errors are [apierr.Error],
// and [apierr.Gone] for what is known to exist no more.
type Vendor interface {
	// Mint makes a key, sending the request once.
	Mint(ctx context.Context, request Request) (Minted, error)
	// Keys lists the keys around this one, possibly as remembered by the process.
	Keys(ctx context.Context) (*Listing, error)
	// FreshKeys is Keys past what is remembered.
	FreshKeys(ctx context.Context) (*Listing, error)
	// KeysAtStart is Keys as this process first saw them, before its own writes.
	KeysAtStart(ctx context.Context) (*Listing, error)
	// Key reads one key past every list; created may be zero.
	Key(ctx context.Context, id string, created time.Time) (Key, error)
	// EndAt makes a key end at a moment ahead. [ErrCannot] when the vendor or this
	// organization has no such call, [ErrEnded] when the moment has passed.
	EndAt(ctx context.Context, id string, end time.Time) (Key, error)
	// SetScopes replaces a key's scopes, none = unrestricted. [ErrCannot] as for EndAt.
	SetScopes(ctx context.Context, id string, scopes []string) error
	// Revoke ends a key now. A key that is gone already is success.
	Revoke(ctx context.Context, id string) error
	// Owner is the id of the account the keys belong to.
	Owner() string
	// RevokeCommand is what a person types or calls to revoke a key by hand.
	RevokeCommand(id string) string

	// Now is the present moment by the vendor's clock as far as it is known, Skew how
	// far that clock is ahead of this machine's, Sleep waits.
	Now() time.Time
	Skew() (skew time.Duration, known bool)
	Sleep(ctx context.Context, d time.Duration) error
}

// Guarded is a [Vendor] whose keys may include the one it works with itself.
type Guarded interface {
	Vendor
	// InUse is an error that says how to switch when the key is the vendor's own, or
	// may be. The fingerprint is "" for a key that was not minted here.
	InUse(ctx context.Context, id, fingerprint string) error
}

// Revoke ends a key of the series now, unless the vendor works with it itself.
func Revoke(ctx context.Context, v Vendor, m *Memory, id string) error {
	if guarded, ok := v.(Guarded); ok {
		if err := guarded.InUse(ctx, id, m.Fingerprints[id]); err != nil {
			return err
		}
	}
	if err := v.Revoke(ctx, id); err != nil {
		return err
	}
	delete(m.Fingerprints, id)
	return nil
}

var (
	// ErrCannot is returned for what a vendor or organization does not offer.
	ErrCannot = errors.New("not offered by this organization")
	// ErrEnded is returned when an end was asked for that has already passed.
	ErrEnded = errors.New("the end lies in the past")
)
