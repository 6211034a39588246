// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package vendortest is one set of promises for keys of every vendor: a vendor's tests hand in
// a [Row] per kind of key, and what is expected of it follows from its capabilities. The
// provider is driven through the plugin protocol against the vendor's simulator, and what
// holds is read from the simulator and the state, not from what the provider believes.
package vendortest

import (
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

const day = 24 * time.Hour

// Row is one kind of key.
type Row struct {
	Name string // in test names and reports: "acme API key"
	Type string // of the resource
	Can  keyseries.Capabilities
	// Start begins a world of its own, whose time stands still; maxPage as in
	// [simkit.Options].
	Start func(t testing.TB, maxPage int) *World
	// Operations are their names for faults and in the journal; what the vendor does not
	// have is left out.
	Operations map[Operation]string
	// Own are the vendor's own arguments beside those that name a place.
	Own []Own
	// Losses are the ways in which a place or its owner can go, in words; their index is
	// what [Places].Lose takes. Empty where keys are below nothing.
	Losses []string
	// Oddities are servers that are older or stricter than usual.
	Oddities []Oddity
	// Apart: the inventory of API keys over all vendors leaves keys of this kind out.
	Apart bool
	// Spellings are servers that store names in a way of their own.
	Spellings []Oddity
	// Creation is how many calls a create costs at most; 0 = one.
	Creation int
	// Rotation is how many calls a rotation costs at most; 0 = three.
	Rotation int
}

// Own is one of a vendor's own arguments.
type Own struct {
	Name   string
	Effect keyresource.Effect
	Whole  bool  // a change in place holds for previous keys too
	Hidden bool  // no read shows it
	Values []any // to choose from, as [protocol.Value] takes them; nil among them = not configured
	// Stored is what the server then holds, as [Key].Own has it; nil = the value itself.
	Stored func(value any) any
}

// Oddity is a way in which a server differs from the usual one.
type Oddity struct {
	Text  string
	Apply func(*World)
	// NoEdits: it changes no existing key, whatever the vendor's capabilities say.
	NoEdits bool
	// EndedUnlisted: lists leave out keys that have ended.
	EndedUnlisted bool
}

// World is one organization at the vendor, and the provider that works for it. Rows make
// it; everything in it is needed.
type World struct {
	Sim    Sim
	Engine *simkit.Engine // below Sim
	Serve  protocol.Serve // the provider, with Clock
	Clock  *clock.Fake    // of the provider's machine; a wait advances that of the engine too
	// Setenv sets a variable of the provider's environment, which has the credential, the
	// address and Recipient from the beginning.
	Setenv func(name, value string)
	// AttemptTimeout ends an attempt of a later process that gets no answer, in real time;
	// 0 = the provider's own.
	AttemptTimeout      *time.Duration
	Recipient, Identity string
	Secrets             func() []string // everything that must not leak
}

// Advance moves the time on, for the provider and for the server.
func (w *World) Advance(d time.Duration) {
	w.Clock.Advance(d)
	w.Engine.Clock().Advance(d)
}

// now is the server's time.
func (w *World) now() time.Time { return w.Engine.Clock().Now() }

// Operation is a call about keys.
type Operation int

// The operations.
const (
	Mint Operation = iota
	List
	Get
	Edit // of an existing key, its end or its other properties
	Revoke
	Parent // that confirms the place of a key
)

// Sim is a vendor's simulator, as far as the table needs it.
type Sim interface {
	// Arguments name the place and the owner of the keys that are configured now.
	Arguments() map[string]any
	// Owner is the id of that owner, "" where keys have none.
	Owner() string
	// Keys are all keys that were not revoked, ended ones too, in order of creation.
	Keys() []Key
	// Valid reports whether a secret works now.
	Valid(secret string) bool
	// Use, Revoke and EndAt do to a key what happens outside of Terraform.
	Use(id string)
	Revoke(id string)
	EndAt(id string, end time.Time)
	// Stranger adds a key of another owner with the mark and name of one of ours, changed
	// by rename; of a user, if the vendor has such and it is asked for.
	Stranger(like Key, rename func(string) string, user bool) (id string)
}

// Places is a [Sim] whose keys are below other objects.
type Places interface {
	// New adds a place with an owner, where the configured keys belong from now on.
	New()
	// Lose takes away the present place or its owner, see [Row].Losses.
	Lose(way int)
}

// Access is a [Sim] whose owners may be kept from using their keys.
type Access interface {
	// SetAccess says whether the owner may use its keys.
	SetAccess(access bool)
}

// Key is a key as the server stores it.
type Key struct {
	ID    string
	Name  string         // as the vendor shows it
	Mark  keyseries.Mark // where the vendor keeps it elsewhere than in the name
	Owner string         // "" where keys have none
	Gone  bool           // its place is gone
	Own   map[string]any // the vendor's own arguments, as [Own].Stored gives them

	CreatedAt time.Time
	ExpiresAt time.Time // zero = never
	Ended     bool      // expired by now
	Works     bool      // its secret is accepted now
}

// mark is the key's mark; ok is false for a key that carries none.
func (k Key) mark() (mark keyseries.Mark, ok bool) {
	return keyseries.Key{Name: k.Name, Mark: k.Mark}.Marked()
}

// plain is the name without the mark.
func (k Key) plain() string {
	name, _, _ := keyseries.Read(k.Name)
	return name
}

// series is the token of the series the key belongs to, "" for a key of none.
func (k Key) series() string {
	mark, _ := k.mark()
	return mark.Series
}

// operations are those of the given ones that the vendor has.
func (r Row) operations(all ...Operation) []string {
	var names []string
	for _, one := range all {
		if name := r.Operations[one]; name != "" {
			names = append(names, name)
		}
	}
	return names
}

// named is the name of a configured key, which no other one has where names are unique.
func (r Row) named(base, resource string) string {
	if r.Can.Name.Unique {
		return base + "-" + resource
	}
	return base
}

// stops says that a state that is older than the server stops every apply: newer keys may be
// in use. A vendor with ByMint is another matter: there a copied marker must not stop anything.
func (r Row) stops() bool { return !r.Can.ClearsUnused() && r.Can.Proof == keyseries.ByOwner }

// minted counts the requests since the journal was emptied that created a key, as far as
// their answers tell.
func (w *World) minted(row Row) (n int) {
	for _, entry := range w.Engine.Journal() {
		if entry.Operation == row.Operations[Mint] && (entry.Status < 400 || entry.Fault != "") {
			n++
		}
	}
	return n
}

// key is a key as the server stores it, live or ended.
func (w *World) key(id string) (Key, bool) {
	for _, key := range w.Sim.Keys() {
		if key.ID == id {
			return key, true
		}
	}
	return Key{}, false
}
