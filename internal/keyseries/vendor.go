// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package keyseries is the life of one API key across its generations: creating it
// once, rotating it with an overlap, revoking it, and never losing sight of a key. It
// knows neither Terraform nor a vendor, and reads no clock of its own.
package keyseries

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Key is one key as its vendor shows it.
type Key struct {
	ID         string
	Name       string // as shown, with our mark if it carries one
	Mark       Mark   // where the vendor stores it outside the name
	Redacted   string
	CreatedAt  time.Time // zero where the vendor does not show it
	ExpiresAt  time.Time // zero = never
	EndHidden  bool      // the answer left out when it expires: zero is not known then
	LastUsedAt time.Time // zero = never, or not shown: see [Capabilities.LastUse]
	WasUsed    bool      // the vendor shows that it was used, whether or not it shows when
	UseHidden  bool      // the answer left out whether it was used, though the vendor shows it
	OwnerID    string    // "" = not shown
	Trouble    Trouble   // why the key does nothing now, though it exists
	Blocked    string    // why nothing may be done with it but to revoke it, as a sentence; "" = nothing
	Person     string    // set when a user owns the key: their name for messages
	Own        any       // the vendor's own form of the key, for its own arguments
}

// Trouble is why a living key does nothing. The zero value is none.
type Trouble struct {
	What   string // completes "key … "
	Text   string
	Advice string // for the current key
}

// Ended reports whether the key has expired by now.
func (k Key) Ended(now time.Time) bool { return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) }

// used reports whether the vendor shows a use of the key.
func (k Key) used() bool { return k.WasUsed || !k.LastUsedAt.IsZero() }

// disputed reports whether a marked key differs from the series' own only in its user, who is not the
// one of the provider's credential: another run worked with theirs, or the mark is a copy.
func (k Key) disputed(owner string) bool {
	return k.Person != "" && (k.OwnerID == owner || owner == "")
}

// Marked is the mark that a key carries; ok is false for a key that is not ours.
func (k Key) Marked() (mark Mark, ok bool) {
	if k.Mark != (Mark{}) {
		return k.Mark, true
	}
	_, mark, ok = Read(k.Name)
	return mark, ok
}

// Minted is a key at the only moment its secret is known.
type Minted struct {
	ID        string
	Name      string    // as the vendor answered it; "" = not in the answer
	CreatedAt time.Time // zero where the vendor does not show it
	ExpiresAt time.Time
	Secret    secret.Text
	Own       any // as [Key.Own]; nil = not in the answer

	asked    Request
	handedOn []string // own arguments, see [Finisher]
}

// Request is what a key is minted with, beside the vendor's own arguments. Lifetime 0 =
// never expires.
type Request struct {
	Name     string // the user's
	Mark     Mark
	Shown    string // the name that carries the mark, as [NameRule.Show] writes it
	Lifetime time.Duration
	Secret   secret.Text // chosen here, see [Chooser]; empty = the vendor's choice
	Changed  []string    // names of own arguments that the key before has otherwise

	current string   // id of the current key of the series
	before  *Listing // the keys that were there before; nil = not known
}

// Follows is the id of the key whose place the new one takes, "" for the first of a series.
func (r Request) Follows() string { return r.current }

// End says when a vendor lets the end of a key, its expiry, be set.
type End int

// The possible values of an [End].
const (
	Never  End = iota // keys have no end: each works until it is revoked
	AtMint            // when the key is minted, and never again
	Later             // also on a key that exists
)

// Recovery says how a mint whose answer was lost is settled.
type Recovery int

// The possible values of a [Recovery].
const (
	ByMark   Recovery = iota // by the mark in the list of keys: what is found is revoked
	BySecret                 // the secret is chosen here, so what is found is kept: see [Chooser]
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

// LastUse says what a vendor shows of the use of a key.
type LastUse int

// The possible values of a [LastUse].
const (
	UseHidden LastUse = iota // nothing, or only some of it: a key without a shown use may be in use
	UseYesNo                 // whether it was used, not when
	UseTime                  // when it was used last
)

// Capabilities are what a vendor can do with one kind of key, whatever the
// organization: constant, so that plans, messages and tests can read them without a call.
type Capabilities struct {
	End       End
	Longest   time.Duration // lifetime of a key, 0 = no limit
	Recovery  Recovery
	Proof     Proof
	Gone      Gone
	LastUse   LastUse
	NoCreated bool // the vendor does not show when a key was created
	// NeverOmitted: answers leave out when a key expires where it never does, so that this alone is nothing unusual.
	NeverOmitted bool
	OneKey       bool // an owner may be limited to one key: see [ErrNoRoom]
	Remains      bool // an expired key is there, with its name, until it is revoked
	Name         NameRule
	Words        Words
}

// Words are a vendor's own nouns in the messages of this package.
type Words struct {
	Owner      string // who owns a key
	Tenant     string // whom the credential acts for, such as "organization"
	Credential string // what the provider works with, such as "root key"
	// PersonalKey says what to do instead of importing a key of a user, as a sentence.
	PersonalKey string
}

// other is the key as one of the series that no rotation superseded.
func (c Capabilities) other(k Key) Other {
	return Other{ID: k.ID, CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, LastUsedAt: k.LastUsedAt, WasUsed: k.WasUsed, UseHidden: c.LastUse == UseHidden || k.UseHidden, Person: k.Person}
}

// useOf completes "the key … ".
func (c Capabilities) useOf(k Key) string {
	switch {
	case !k.LastUsedAt.IsZero():
		return "was last used at " + stamp(k.LastUsedAt)
	case k.WasUsed:
		return "was used"
	case c.LastUse == UseHidden || k.UseHidden:
		return "may be in use"
	default:
		return "was never used"
	}
}

// whole rounds an end up to a second, which every vendor can hold.
func whole(end time.Time) time.Time {
	if down := end.Truncate(time.Second); down.Before(end) {
		return down.Add(time.Second)
	}
	return end
}

// Late reports whether a new key ends later than was asked for, by more than an answer takes.
func Late(end, asked time.Time) bool { return end.After(asked.Add(answerDelay)) }

// How says how current a list has to be.
type How int

// The possible values of a [How].
const (
	Remembered How = iota // as this process remembers it, own writes included
	Fresh                 // read anew
	AtStart               // as this process first saw it, before its own writes
)

// Vendor is one place where keys of one owner are created, bound to one configuration:
// it knows the values of its own arguments. Errors are [apierr.Error], [apierr.Gone] for
// what is known to exist no more, which one 404 does not prove, and the errors of this package.
type Vendor interface {
	Capabilities() Capabilities
	// Mint creates a key with the vendor's own arguments as configured, sending the
	// request once. [ErrNoRoom] when the owner may have no further key, [ErrTaken] when an attempt of
	// the series may have the name.
	Mint(ctx context.Context, request Request) (Minted, error)
	// List gives the keys around this one. [ErrNoList] when there are too many to read.
	List(ctx context.Context, how How) (*Listing, error)
	// Get reads one key by a request of its own; created may be zero.
	Get(ctx context.Context, id string, created time.Time) (Key, error)
	// Revoke makes a key useless from now on. A key that is known to be gone already is success,
	// and a young one may only not show yet; created may be zero.
	Revoke(ctx context.Context, id string, created time.Time) error
	// Owner is the id of the account the keys belong to, "" where keys have none.
	Owner() string
	// RevokeCommand is what a user types or calls to revoke a key by hand.
	RevokeCommand(id string) string
	Time
}

// Time is the vendor's clock.
type Time interface {
	// Now is the current time by the vendor's clock as far as it is known, Skew how
	// far that clock is ahead of this machine's, Sleep waits.
	Now() time.Time
	Skew() (skew time.Duration, known bool)
	Sleep(ctx context.Context, d time.Duration) error
}

// Ender is a [Vendor] whose keys can be given another end, [Later].
type Ender interface {
	// EndAt makes a key expire at a moment ahead. [ErrCannot] when this organization
	// refuses, [ErrEnded] when the moment has passed, [apierr.Gone] for a key that is
	// known to be gone.
	EndAt(ctx context.Context, id string, end time.Time) (Key, error)
}

// Editor is a [Vendor] that can change an existing key.
type Editor interface {
	// Edit gives a key what change names, and leaves the rest of it alone. [ErrCannot] as
	// for EndAt; [Partly] where a failed change has changed something.
	Edit(ctx context.Context, id string, change Change) (Key, error)
}

// Change is what an [Editor] changes on one key.
type Change struct {
	Own  []string // names of the vendor's own arguments, which have the configured values
	Name string   // the new name, with the key's mark; "" = as it is
}

// Partly is the error of an [Editor] that needs several calls, one of which was carried out.
type Partly struct {
	Own []string // own arguments that the key has as configured
	Err error
}

// Error implements error.
func (p *Partly) Error() string {
	return fmt.Sprintf("%v. The key has its new %s already", p.Err, strings.Join(p.Own, " and "))
}

// Unwrap gives the error of the call that failed.
func (p *Partly) Unwrap() error { return p.Err }

// Finisher is a [Vendor] whose new keys need another step before their secret may be
// handed over.
type Finisher interface {
	// Finish does what a fresh key needs, and gives the own arguments that nobody configured and that the key before
	// has handed on to it. An error revokes it.
	Finish(ctx context.Context, id string) (handedOn []string, err error)
}

// Chooser is a [Vendor] to which a secret can be chosen, [BySecret].
type Chooser interface {
	// Choose makes a fresh secret and gives the id that its key will have.
	Choose() (chosen secret.Text, id string)
}

// Yielder is a [Vendor] whose names are unique and carry no mark: the current key gives
// up its name before the next one is minted.
type Yielder interface {
	// Yield renames a key of a generation; back undoes it, also where an error leaves open
	// whether it was renamed, and is nil where it surely was not. [ErrCannot] when no other
	// name is allowed.
	Yield(ctx context.Context, id string, generation int64) (back func(context.Context) error, err error)
}

// Finder is a [Vendor] whose keys users may name in another way than by id when they
// import one.
type Finder interface {
	// Find gives the id of the key that is meant. [apierr.Gone] when there is none.
	Find(ctx context.Context, named string) (id string, err error)
}

// Stopper is a [Vendor] that can stop a key and keep it. A previous key is stopped before it is
// revoked, so that it no longer works should the revocation fail.
type Stopper interface {
	// Stop makes a key refuse every call.
	Stop(ctx context.Context, id string) error
}

// Guarded is a [Vendor] whose keys may include the one it works with itself.
type Guarded interface {
	// InUse is an error that says how to switch when the key is the vendor's own, or
	// may be. The fingerprint is "" for a key that was not minted here.
	InUse(ctx context.Context, id, fingerprint string) error
}

// Holder is a [Vendor] that recognises in a list the key that it works with itself.
type Holder interface {
	// Holds reports whether a key is the vendor's own for certain. The fingerprint is "" for a key
	// that was not minted here.
	Holds(key Key, fingerprint string) bool
}
