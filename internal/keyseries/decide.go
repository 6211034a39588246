// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"fmt"
	"slices"
	"time"
)

// State is the series as Terraform's state has it.
type State struct {
	ID         string
	Name       string // the person's, without mark
	Generation int64
	Minted     bool // by us: its secret was once known
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero = never
	Lifetime   time.Duration
	Scopes     []string // nil = not set
	Previous   []Previous
}

// Previous is a key that was rotated away and may still be running out.
type Previous struct {
	ID        string
	ExpiresAt time.Time // zero = the vendor has no end for it
}

// Wanted is what the configuration asks for.
type Wanted struct {
	Name        string
	Lifetime    time.Duration // 0 = never expires
	RotateAfter time.Duration // 0 = never due by age
	Overlap     time.Duration
	Scopes      []string // nil = not set
	Triggers    Trigger  // rotate_when_changed
}

// Trigger is what became of rotate_when_changed.
type Trigger int

// The possible values of a [Trigger].
const (
	Same Trigger = iota
	Changed
	NotYetKnown
)

// Decision is what an apply has to do. It is a pure function of configuration, state
// and memory: Terraform plans twice, and both times must give the same.
type Decision struct {
	Rotate bool
	Why    []string // for the reviewer, each completing "because …"
	Maybe  bool     // an unknown trigger may or may not rotate

	SetScopes   bool
	SetLifetime bool
	Adopt       bool // a changed name or lifetime of an adopted key is recorded only

	Revoke  []string // previous keys past their promised end, and leftovers
	Shorten []string // previous keys whose end at the vendor is too late
}

// Quiet tells that there is nothing to do.
func (d Decision) Quiet() bool {
	return !d.Rotate && !d.Maybe && !d.SetScopes && !d.SetLifetime && len(d.Revoke)+len(d.Shorten) == 0
}

// Decide compares what is wanted with what there is.
func Decide(want Wanted, have State, m Memory) Decision {
	var d Decision
	d.lost(have, m)
	d.age(want, have, m)
	d.triggers(want)
	d.name(want, have, m)
	d.lifetime(want, have, m)
	d.scopes(want, have, m)
	if d.Rotate { // the new key has it all
		d.SetScopes, d.SetLifetime, d.Adopt = false, false, false
	}
	d.previous(have, m)
	return d
}

// because makes the decision a rotation and tells the reviewer why.
func (d *Decision) because(format string, args ...any) {
	d.Rotate = true
	d.Why = append(d.Why, fmt.Sprintf(format, args...))
}

func (d *Decision) lost(have State, m Memory) {
	switch m.Lost {
	case Expired:
		d.because("the current key expired at %s", stamp(have.ExpiresAt))
	case Deleted:
		d.because("the current key was revoked outside Terraform")
	}
}

func (d *Decision) age(want Wanted, have State, m Memory) {
	due := DueAt(want.RotateAfter, have, m)
	if m.Lost == "" && !due.IsZero() && !m.Looked.IsZero() && !m.Looked.Before(due) {
		d.because("it has been due by age since %s", stamp(due))
	}
}

func (d *Decision) triggers(want Wanted) {
	switch want.Triggers {
	case Changed:
		d.because("rotate_when_changed has changed")
	case NotYetKnown:
		d.Maybe = true
	case Same:
	}
}

func (d *Decision) name(want Wanted, have State, m Memory) {
	switch {
	case want.Name == have.Name:
	case m.adopted():
		d.Adopt = true
	default:
		d.because("the name changed from %q to %q, and keys cannot be renamed", have.Name, want.Name)
	}
}

func (d *Decision) lifetime(want Wanted, have State, m Memory) {
	switch end := have.CreatedAt.Add(want.Lifetime); {
	case want.Lifetime == have.Lifetime:
	case m.adopted():
		d.Adopt = true
	case want.Lifetime == 0:
		d.because("lifetime was taken away, and the end of a key cannot be lifted")
	case !m.Looked.IsZero() && end.Before(m.Looked.Add(want.Overlap)):
		d.because("the new lifetime would end the current key at %s, sooner than the overlap allows", stamp(end))
	case m.NoUpdate:
		d.because("the lifetime changed, and this organization cannot change it on an existing key")
	default:
		d.SetLifetime = true
	}
}

func (d *Decision) scopes(want Wanted, have State, m Memory) {
	switch {
	case SameScopes(want.Scopes, have.Scopes, m.adopted()):
	case m.NoUpdate:
		d.because("the scopes changed, and this organization cannot change them on an existing key")
	default:
		d.SetScopes = true
	}
}

func (d *Decision) previous(have State, m Memory) {
	for _, p := range have.Previous {
		end, promised := m.Deadlines[p.ID]
		switch {
		case !promised:
			d.Revoke = append(d.Revoke, p.ID) // ours by its mark, but no rotation left it here
		case m.Looked.IsZero():
		case !m.Looked.Before(end):
			d.Revoke = append(d.Revoke, p.ID)
		case tooLate(p.ExpiresAt, end) && !m.Unshortened[p.ID] && !m.NoUpdate:
			d.Shorten = append(d.Shorten, p.ID)
		}
	}
}

// DueAt is when the current key is due by age; zero = never. The age of an adopted
// key counts from its adoption.
func DueAt(rotateAfter time.Duration, have State, m Memory) time.Time {
	born := have.CreatedAt
	if !m.Adopted.IsZero() {
		born = m.Adopted
	}
	if rotateAfter == 0 || born.IsZero() {
		return time.Time{}
	}
	return born.Add(rotateAfter)
}

// All is how a configuration spells "everything the owner may do".
const All = "all"

// SameScopes compares as sets. Not set means everything for a key minted here, and
// "nobody knows" for an adopted one, because no vendor shows a key's scopes.
func SameScopes(a, b []string, adopted bool) bool {
	normal := func(scopes []string) []string {
		if scopes == nil && !adopted {
			return []string{All}
		}
		scopes = slices.Clone(scopes)
		slices.Sort(scopes)
		return slices.Compact(scopes)
	}
	return slices.Equal(normal(a), normal(b))
}

// Restriction is what a vendor is sent for a configuration's scopes: nothing for
// everything.
func Restriction(scopes []string) []string {
	if slices.Equal(scopes, []string{All}) {
		return nil
	}
	return scopes
}

// slack is how far a vendor's end may lie behind the promised one without being
// asked for again: whole seconds and the time an answer takes.
const slack = 2 * time.Second

func tooLate(actual, promised time.Time) bool {
	return actual.IsZero() || actual.After(promised.Add(slack))
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
