// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	crand "crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// Object is what every stored object has in common. A vendor's types embed it.
type Object struct {
	ID       string
	At       time.Time // of the creation, to the second, as answers show it
	Exact    time.Time // of the creation, by the simulator's clock
	Sequence int       // place in the order of all creations, from 1
}

// Ident is the id.
func (o Object) Ident() string { return o.ID }

// Order is the place in the order of all creations.
func (o Object) Order() int { return o.Sequence }

// Born is the exact moment of the creation.
func (o Object) Born() time.Time { return o.Exact }

// Listed is an object that lists show and faults can hide; [Object] implements it.
type Listed interface {
	Ident() string
	Order() int
	Born() time.Time
}

// Find returns the object with that id, or the zero value and false.
func Find[T interface{ Ident() string }](all []T, id string) (found T, ok bool) {
	i := slices.IndexFunc(all, func(o T) bool { return o.Ident() == id })
	if i < 0 {
		return found, false
	}
	return all[i], true
}

// Must is [Find] for what a test does from outside: it panics when there is no such object.
func Must[T interface{ Ident() string }](all []T, id string) T {
	o, ok := Find(all, id)
	if !ok {
		panic(fmt.Sprintf("simkit: no such object: %q", id))
	}
	return o
}

// ToSecond drops what an answer in whole seconds cannot show, and the zone.
func ToSecond(t time.Time) time.Time { return time.Unix(t.Unix(), 0).UTC() }

// Issuer gives out ids and secrets: the same ones for the same seed, and none
// twice. It has no lock of its own; the [Engine]'s lock guards it.
type Issuer struct {
	random   io.Reader
	used     map[string]bool
	sequence int
	issued   []string // every plaintext, for leak scans only
}

func newIssuer(seed uint64) *Issuer {
	i := &Issuer{random: crand.Reader, used: map[string]bool{}}
	if seed != 0 {
		var key [32]byte
		copy(key[:], strconv.FormatUint(seed, 10))
		i.random = rand.NewChaCha8(key)
	}
	return i
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// Word is n random letters and digits.
func (i *Issuer) Word(n int) string {
	out := make([]byte, 0, n)
	buf := make([]byte, 1)
	for len(out) < n {
		if _, err := io.ReadFull(i.random, buf); err != nil {
			panic(fmt.Sprintf("simkit: no randomness: %v", err))
		}
		// Bytes beyond the last full alphabet are dropped to keep letters equally likely.
		if int(buf[0]) < 256-256%len(alphabet) {
			out = append(out, alphabet[int(buf[0])%len(alphabet)])
		}
	}
	return string(out)
}

// ID is a new id: the prefix and 24 random characters.
func (i *Issuer) ID(prefix string) string {
	for {
		id := prefix + i.Word(24)
		if !i.used[id] {
			i.used[id] = true
			return id
		}
	}
}

// Object begins a new object with an id of its own.
func (i *Issuer) Object(prefix string, now time.Time) Object {
	return i.ObjectWithID(i.ID(prefix), now)
}

// ObjectWithID begins a new object whose id the vendor chose, such as the hash of a secret.
func (i *Issuer) ObjectWithID(id string, now time.Time) Object {
	return Object{ID: id, At: ToSecond(now), Exact: now, Sequence: i.Next()}
}

// Next counts a creation and returns its place in the order of all creations.
func (i *Issuer) Next() int {
	i.sequence++
	return i.sequence
}

// Secret is a new plaintext, visibly fake: the prefix, "-sim-" and 48 random characters.
func (i *Issuer) Secret(prefix string) string {
	plain := prefix + "-sim-" + i.Word(48)
	i.Issued(plain)
	return plain
}

// Issued notes a plaintext that somebody else chose, so that [Engine.Secrets] lists it.
func (i *Issuer) Issued(plain string) { i.issued = append(i.issued, plain) }

// Plain is a plaintext as a key stores it: hashed, so that no copy of the key shows it.
type Plain [sha256.Size]byte

// Hashed is what a key stores of its plaintext.
func Hashed(plain string) Plain { return sha256.Sum256([]byte(plain)) }

// ByPlain is the key of a plaintext, nil = none.
func ByPlain[T any](all []*T, plain string, of func(*T) Plain) *T {
	hash := Hashed(plain)
	if i := slices.IndexFunc(all, func(k *T) bool { return of(k) == hash }); i >= 0 {
		return all[i]
	}
	return nil
}

// Stamp is a moment as answers have it, null for the zero time.
func Stamp(at time.Time, layout string) any {
	if at.IsZero() {
		return nil
	}
	return at.UTC().Format(layout)
}

// Summary is what can be said of a key of any vendor.
type Summary struct {
	ID, Name  string
	ExpiresAt time.Time // zero = never
	Works     bool      // its secret is accepted now
}
