// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Other keys of a series come from another run: one that was killed, one that began from
// the same state, or one whose newer state was lost. The table of ADR 0015 says what they
// mean for this one. Its default is to revoke nothing.

// Verdict is what other keys of the series mean for an apply.
type Verdict int

// The possible values of a [Verdict].
const (
	GoOn   Verdict = iota // nothing speaks against it
	Doubt                 // the state may be older than the server: say so
	Rotate                // it is, but nothing of the newer one was used: only a rotation goes on
	Stop                  // it is: nothing is minted, changed or revoked
)

// Use is what is known of the use of a key.
type Use int

// The possible values of a [Use], from harmless to harmful.
const (
	Unused Use = iota
	MaybeUsed
	Used
)

// use is what is known of the use of another key.
func (c Capabilities) use(o Other) Use {
	switch {
	case o.used():
		return Used
	case c.LastUse == UseHidden || o.UseHidden:
		return MaybeUsed
	default:
		return Unused
	}
}

// used reports whether the vendor shows a use of the key.
func (o Other) used() bool { return o.WasUsed || !o.LastUsedAt.IsZero() }

// later reports whether another key is newer than the current one, or may be: a tie counts,
// and a key whose creation time is not shown. An attempt of this state is no newer state.
func (o Other) later(have State) bool {
	return !o.Unsettled && (o.CreatedAt.IsZero() || !o.CreatedAt.Before(have.CreatedAt))
}

// movesEnd reports whether the rotation that created another key would have given the current one
// an earlier expiry than it has: one that expires within the overlap anyway is left as it is.
func (c Capabilities) movesEnd(o Other, have State, overlap time.Duration) bool {
	overlapEnds := whole(o.CreatedAt.Add(overlap + answerDelay))
	return c.End == Later && (have.ExpiresAt.IsZero() || !o.CreatedAt.IsZero() && tooLate(have.ExpiresAt, overlapEnds))
}

// Stand judges the state against the server. The overlap is the configured one, 0 where it is not
// known; a newer state may have had either that or the one that this state was applied with.
func (c Capabilities) Stand(have State, m Memory, overlap time.Duration) Verdict {
	later, worst, moves := false, Unused, true
	for _, other := range m.Others {
		if other.later(have) {
			later, worst = true, max(worst, c.use(other))
			moves = moves && c.movesEnd(other, have, max(overlap, have.Overlap))
		}
	}
	current := have.ID != "" && m.Phase == Living
	switch {
	case !later, have.ID == "":
		return GoOn
	case current && c.Proof == ByMint:
		return Doubt // a copied marker must not block applies
	case current && moves:
		return GoOn // a newer state would have given the current key an earlier expiry
	case worst == Unused:
		return Rotate
	default:
		return Stop
	}
}

// Newer reports whether another key makes it doubtful that the state is the newest, see [Doubt].
func (c Capabilities) Newer(o Other, have State, m Memory) bool {
	m.Others = []Other{o}
	return c.Stand(have, m, 0) == Doubt
}

// ripe is how old a key has to be before the lack of any use says that nobody has it.
const ripe = 24 * time.Hour

// Clears reports whether an apply whose plan has named it may revoke another key.
func (c Capabilities) Clears(o Other, m Memory) bool {
	switch use := c.use(o); {
	case use == Used:
		return false // somebody has its secret
	case o.Unsettled:
		return true // nobody ever had its secret
	default:
		return c.Proof == ByOwner && !o.Unproven && use == Unused && !o.CreatedAt.IsZero() && !m.Looked.IsZero() && !m.Looked.Before(o.CreatedAt.Add(ripe))
	}
}

// ClearsUnused reports whether a key that nobody remembers may be revoked at all, once it is
// old and unused.
func (c Capabilities) ClearsUnused() bool { return c.Proof == ByOwner && c.LastUse != UseHidden }

// Older is the error when the state is older than the server: a newer state has keys
// that this one does not know.
type Older struct {
	ID     string  // the current key by this state
	Phase  Phase   // what became of it
	Others []Other // of the newer state
	Unused bool    // none of them was used
	// Credential is what the provider works with.
	Credential string
	// Command revokes a key by hand; nil = not known.
	Command func(id string) string
}

// Blocked is the error when a series must be left alone as it is.
type Blocked struct{ ID, Why string }

// Error implements error.
func (b *Blocked) Error() string {
	return "key " + b.ID + " must be left alone: " + b.Why + " Nothing was created, changed or revoked. To destroy only, run destroy with -refresh=false."
}

// Error implements error.
func (o *Older) Error() string {
	found := make([]string, 0, len(o.Others))
	for _, other := range o.Others {
		found = append(found, other.String())
	}
	ways := fmt.Sprintf("Bring back the newer state (in a versioned backend the version after this one). Or, if it is lost, take key %[1]s out of state (`terraform state rm ADDRESS`) and import %[2]s (`terraform import ADDRESS IMPORT_ID`, with the id of that key in place of %[1]s in the import id). It keeps working, but its secret is not known: sealed_value is null, and orgkeys_unsealed fails, until its next rotation. So set a value in rotate_when_changed and apply once with -target=ADDRESS, then change that value and apply everything: this creates the next key and delivers it.", o.ID, o.newest())
	for _, other := range o.Others {
		if other.Person != "" {
			ways += fmt.Sprintf(" Key %s belongs to the user %s, so import it with that user's %s. Or, if the marker of this series was copied to it, revoke that key.", other.ID, other.Person, o.Credential)
		}
	}
	if o.Unused {
		ways += " Or, since the newer keys were never used, ask for a rotation with rotate_when_changed."
	}
	text := fmt.Sprintf("its state is older than the server: %s, and the server has newer keys of this series that work and that this state does not know: %s. Most likely an older state was restored or copied, or a run could not save its state. Nothing was created or revoked. %s To destroy only, run destroy with -refresh=false: it revokes what this state knows and leaves the newer keys alone.",
		o.Phase.of(o.ID), strings.Join(found, "; "), ways)
	for _, other := range o.Others {
		if !other.used() && o.Command != nil {
			text += fmt.Sprintf(" If a run that was killed left key %s, so that no one has its secret, revoke it: %s", other.ID, o.Command(other.ID))
		}
	}
	return text
}

// newest names the key to import: an earlier one may be about to expire.
func (o *Older) newest() string {
	if len(o.Others) == 1 {
		return "key " + o.Others[0].ID
	}
	newest := slices.MaxFunc(o.Others, func(a, b Other) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for _, other := range o.Others {
		if other.ID != newest.ID && (other.CreatedAt.IsZero() || other.CreatedAt.Equal(newest.CreatedAt)) {
			return "the newest of these keys"
		}
	}
	return "key " + newest.ID + ", the newest"
}

// String is what a reader has to know of the key.
func (o Other) String() string {
	used := "never used as far as the server shows"
	switch {
	case !o.LastUsedAt.IsZero():
		used = "last used at " + stamp(o.LastUsedAt)
	case o.WasUsed:
		used = "used"
	case o.UseHidden:
		used = "perhaps in use: the API does not show it"
	}
	if !o.ExpiresAt.IsZero() {
		used += ", expires at " + stamp(o.ExpiresAt)
	}
	if o.Person != "" {
		used += ", belongs to the user " + o.Person
	}
	return fmt.Sprintf("key %s (created at %s, %s)", o.ID, stamp(o.CreatedAt), used)
}

// Is completes "the key … ": one that only its user distinguishes may be a copy.
func (o Other) Is() string {
	if o.Person != "" {
		return "carries the marker of this series"
	}
	return "belongs to this series"
}

// From says where the key may come from.
func (o Other) From(credential string) string {
	if o.Person != "" {
		return "another run created it with the " + credential + " of that user, or the marker was copied"
	}
	return "another run created it, or a run that was interrupted, or this state is older than the server"
}

// of says what became of a key.
func (p Phase) of(id string) string {
	switch p {
	case Ending:
		return "its key " + id + " has been given an earlier expiry"
	case Expired:
		return "its key " + id + " has expired"
	case Deleted:
		return "its key " + id + " has been revoked"
	default:
		return "its key " + id + " works"
	}
}

// older describes why nothing may be done.
func (c Capabilities) older(have State, m Memory) *Older {
	out := &Older{ID: have.ID, Phase: m.Phase, Unused: true, Credential: c.Words.Credential}
	for _, other := range m.Others {
		if other.later(have) {
			out.Others = append(out.Others, other)
			out.Unused = out.Unused && c.use(other) == Unused
		}
	}
	return out
}
