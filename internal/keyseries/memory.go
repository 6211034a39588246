// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Memory is what a series remembers beside its visible state, in Terraform's private
// state. It holds no secret.
type Memory struct {
	// Series marks this resource's keys at the vendor; Attempt is the last one used.
	Series  string `json:"series"`
	Attempt int    `json:"attempt"`

	// Looked is when Read last looked, by the vendor's clock. Zero decides nothing:
	// no look yet, or a machine whose clock is wrong.
	Looked time.Time `json:"looked,omitzero"`
	// Lost is what Read found of the current key when it is not there to be used.
	Lost Loss `json:"lost,omitempty"`
	// Opens tells that Read could open the sealed value with the identity at hand.
	Opens bool `json:"opens,omitempty"`

	// Adopted is when a key that was not minted here came into the state; zero once a
	// mint of ours has followed. While set, changes to the key are only recorded.
	Adopted time.Time `json:"adopted,omitzero"`

	// Deadlines are the promised ends of previous keys by id.
	Deadlines map[string]time.Time `json:"deadlines,omitempty"`
	// Unshortened are previous keys the vendor does not end for us: we revoke them.
	Unshortened map[string]bool `json:"unshortened,omitempty"`
	// NoUpdate: this organization has no call that changes an existing key, so what
	// could be changed in place rotates.
	NoUpdate bool `json:"no_update,omitempty"`
	// Neighbours are some other keys seen beside this one, where the vendor is
	// [Guarded]: if none of them is there any more, this is another organization.
	Neighbours []string `json:"neighbours,omitempty"`
	// Fingerprints recognise minted keys by id, where the vendor is [Guarded].
	Fingerprints map[string]string `json:"fingerprints,omitempty"`
	// Unsettled are shown names of attempts whose outcome could not be found out.
	Unsettled []string `json:"unsettled,omitempty"`
	// UnsettledAt is when the last of them was: for [settleFor] a list may still lag.
	UnsettledAt time.Time `json:"unsettled_at,omitzero"`

	// Unmarked: the memory was lost, and no key of the state tells the series' mark any
	// more. What a killed run left can only be reported then, at the next mint.
	Unmarked bool `json:"unmarked,omitempty"`

	// fresh: there was nothing to decode.
	fresh bool
}

// Loss tells why a current key cannot be used.
type Loss string

// The ways of losing a current key.
const (
	Expired Loss = "expired"
	Deleted Loss = "deleted"
)

// Decode reads what [Memory.Encode] wrote; empty gives a new memory with its own series.
func Decode(data []byte) (Memory, error) {
	m := Memory{fresh: len(data) == 0}
	if !m.fresh {
		if err := json.Unmarshal(data, &m); err != nil {
			return Memory{}, fmt.Errorf("read the private state of a key series: %w", err)
		}
	}
	if m.Series == "" {
		m.Series = NewSeries()
	}
	return m, nil
}

// Encode writes the memory as JSON in one canonical form.
func (m Memory) Encode() []byte {
	data, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings, numbers and times always encode
	}
	return data
}

// rebuild gathers what can be known again after the memory was lost: Terraform drops
// private state when a provider is killed during an update. The marks at the vendor
// tell the series, the state tells which previous keys were running out.
func (m *Memory) rebuild(ctx context.Context, v Vendor, have State, keys *Listing) error {
	if !m.fresh || have.Generation == 0 {
		return nil
	}
	now := v.Now()
	ids := []string{have.ID}
	for _, p := range have.Previous {
		ids = append(ids, p.ID)
	}
	for _, id := range ids {
		key, ok := keys.Get(id)
		if !ok && have.Minted { // some vendors stop listing expired keys, but still show them
			var err error
			key, err = v.Key(ctx, id, time.Time{})
			if _, gone := apierr.AsGone(err); err != nil && !gone {
				return err
			}
		}
		if _, mark, ours := Read(key.Name); ours && have.Minted {
			m.Series, m.Unmarked = mark.Series, false
			break
		}
		m.Unmarked = have.Minted
	}
	m.fresh = false
	if !have.Minted {
		m.Adopted = now
	}
	for _, p := range have.Previous {
		end := p.ExpiresAt
		if end.IsZero() {
			end = now
		}
		m.promise(p.ID, end)
	}
	return nil
}

// Missing tells that there was no private state, though it may have been there once:
// Terraform drops it when a provider is killed during an update. Only a look at the
// vendor can rebuild the memory.
func (m Memory) Missing() bool { return m.fresh }

// adopted tells that the current key was not minted here.
func (m Memory) adopted() bool { return !m.Adopted.IsZero() }

// next takes the next attempt's mark.
func (m *Memory) next() Mark {
	m.Attempt++
	return Mark{Series: m.Series, Attempt: m.Attempt}
}

// settleFor is how long an attempt that left no trace is still looked for before the
// memory of it may go.
const settleFor = time.Minute

// open notes attempts whose outcome is not known.
func (m *Memory) open(now time.Time, shown ...string) {
	if len(shown) > 0 {
		m.Unsettled = append(m.Unsettled, shown...)
		m.UnsettledAt = now
	}
}

// settling tells that a lagging list may still bring up an attempt.
func (m *Memory) settling(now time.Time) bool {
	return len(m.Unsettled) > 0 && now.Sub(m.UnsettledAt) < settleFor
}

// promise notes when a previous key must be dead.
func (m *Memory) promise(id string, end time.Time) {
	if m.Deadlines == nil {
		m.Deadlines = map[string]time.Time{}
	}
	m.Deadlines[id] = end
}

// forget drops a previous key that is gone.
func (m *Memory) forget(id string) {
	delete(m.Deadlines, id)
	delete(m.Unshortened, id)
	delete(m.Fingerprints, id)
}

// Clone is a deep copy.
func (m Memory) Clone() Memory {
	m.Deadlines = maps.Clone(m.Deadlines)
	m.Unshortened = maps.Clone(m.Unshortened)
	m.Fingerprints = maps.Clone(m.Fingerprints)
	m.Neighbours = slices.Clone(m.Neighbours)
	m.Unsettled = slices.Clone(m.Unsettled)
	return m
}
