// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package keyseries is the life of one API key across its generations: creating it
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
	LastUsedAt  time.Time // zero = never, where the vendor shows the last use
	OwnerID     string    // "" = not told
	OwnerActive bool      // false: the owner has lost its access, the key does nothing
	Person      string    // set when a user owns the key: how to call them
}

// Ended tells whether the key has expired by now.
func (k Key) Ended(now time.Time) bool { return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) }

// use completes "the key … ".
func (k Key) use() string {
	if k.LastUsedAt.IsZero() {
		return "was never used"
	}
	return "was last used at " + stamp(k.LastUsedAt)
}

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

// End says when a vendor can be told a key's end.
type End int

// The possible values of an [End].
const (
	AtMint End = iota // when the key is minted, and never again
	Later             // also on a key that exists
)

// Proof says what proves that a key with the marker of a series belongs to it: markers
// are public and can be copied.
type Proof int

// The possible values of a [Proof].
const (
	ByOwner Proof = iota // the key's owner is the owner of the series
	ByMint               // only what the series itself remembers of its mints
)

// Gone says what proves that a missing key is not one of another organization.
type Gone int

// The possible values of a [Gone].
const (
	ByParent     Gone = iota // the vendor's calls confirm the key's parent
	ByNeighbours             // other keys that were seen beside it are still there
)

// Capabilities are what a vendor can do with one kind of key, whatever the
// organization: constant, so that plans can read them without a call.
type Capabilities struct {
	End         End
	Edits       bool // scopes of an existing key can change
	Proof       Proof
	Gone        Gone
	LastUseTold bool // a key's last use is shown, so that "never used" is known
}

// How says how current a list has to be.
type How int

// The possible values of a [How].
const (
	Remembered How = iota // as this process remembers it, own writes included
	Fresh                 // read anew
	AtStart               // as this process first saw it, before its own writes
)

// Vendor is one place where keys of one owner are made. Errors are [apierr.Error],
// and [apierr.Gone] for what is known to exist no more.
type Vendor interface {
	Capabilities() Capabilities
	// Mint makes a key, sending the request once.
	Mint(ctx context.Context, request Request) (Minted, error)
	// List gives the keys around this one. [ErrNoList] when there are too many to read.
	List(ctx context.Context, how How) (*Listing, error)
	// Get reads one key past every list; created may be zero.
	Get(ctx context.Context, id string, created time.Time) (Key, error)
	// Revoke ends a key now. A key that is known to be gone already is success.
	Revoke(ctx context.Context, id string) error
	// Owner is the id of the account the keys belong to, "" where keys have none.
	Owner() string
	// RevokeCommand is what a person types or calls to revoke a key by hand.
	RevokeCommand(id string) string

	// Now is the present moment by the vendor's clock as far as it is known, Skew how
	// far that clock is ahead of this machine's, Sleep waits.
	Now() time.Time
	Skew() (skew time.Duration, known bool)
	Sleep(ctx context.Context, d time.Duration) error
}

// Ender is a [Vendor] whose keys can be given another end, [Later].
type Ender interface {
	// EndAt makes a key end at a moment ahead. [ErrCannot] when this organization
	// refuses, [ErrEnded] when the moment has passed.
	EndAt(ctx context.Context, id string, end time.Time) (Key, error)
}

// Editor is a [Vendor] that can change the scopes of a key.
type Editor interface {
	// SetScopes replaces a key's scopes, none = unrestricted. [ErrCannot] as for EndAt.
	SetScopes(ctx context.Context, id string, scopes []string) error
}

// Guarded is a [Vendor] whose keys may include the one it works with itself.
type Guarded interface {
	// InUse is an error that says how to switch when the key is the vendor's own, or
	// may be. The fingerprint is "" for a key that was not minted here.
	InUse(ctx context.Context, id, fingerprint string) error
}

var (
	// ErrCannot is returned for what an organization refuses.
	ErrCannot = errors.New("not offered by this organization")
	// ErrEnded is returned when an end was asked for that has already passed.
	ErrEnded = errors.New("the end lies in the past")
	// ErrNoList is returned when the keys of a place are too many or too large to list.
	ErrNoList = errors.New("the keys cannot be listed")
)

// revoke ends a key of the series now, unless the vendor works with it itself. The
// fingerprint is that of this very key, "" when none is remembered.
func revoke(ctx context.Context, v Vendor, id, fingerprint string) error {
	if guarded, ok := v.(Guarded); ok {
		if err := guarded.InUse(ctx, id, fingerprint); err != nil {
			return err
		}
	}
	return v.Revoke(ctx, id)
}

// end revokes an old key, unless whoever asked is gone: the new one may never arrive.
func end(ctx context.Context, v Vendor, id, fingerprint string) error {
	if err := MayEnd(ctx); err != nil {
		return err
	}
	return revoke(EndsKey(ctx), v, id, fingerprint)
}

// gone tells that a GET proves a key to exist no more.
func gone(ctx context.Context, v Vendor, id string) bool {
	_, err := v.Get(ctx, id, time.Time{})
	return isGone(err)
}

// twice asks again for what an organization has refused: one answer is no knowledge,
// it may be a single wrong one of a gateway.
func twice(ask func() error) error {
	err := ask()
	if errors.Is(err, ErrCannot) {
		err = ask()
	}
	return err
}
