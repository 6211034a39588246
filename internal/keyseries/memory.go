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
	// Series marks this resource's keys at the vendor. "" = not known any more: the
	// memory was lost, and no key of the state carries a mark.
	Series string `json:"series,omitempty"`
	// Phase is what the last look found of the current key.
	Phase Phase `json:"phase,omitempty"`
	// End is when the current key expires as far as this configuration is concerned; zero =
	// never. An earlier end at the vendor is somebody else's doing.
	End time.Time `json:"end,omitzero"`
	// Shown is the current key's name as the vendor showed it first: it may spell ours in
	// its own way.
	Shown string `json:"shown,omitempty"`
	// Answers are the vendor's spellings of its own arguments that were written last, by
	// name: only another answer is a change from outside.
	Answers map[string]string `json:"answers,omitempty"`
	// Fingerprint recognises the current key, where the vendor is [Guarded].
	Fingerprint string `json:"fingerprint,omitempty"`

	// Blocked is why nothing may be done with the current key, see [Key.Blocked].
	Blocked string `json:"blocked,omitempty"`

	// Revoked is the id of a current key that an apply or destroy of this state revoked, and failed afterwards.
	Revoked string `json:"revoked,omitempty"`
	// Ended are keys of the series that this state revoked, with when: a list may show them for a while.
	Ended map[string]time.Time `json:"ended,omitempty"`
	// Trouble is why the current key does nothing now, see [Key.Trouble].
	Trouble string `json:"trouble,omitempty"`

	// Looked is when Read last looked, by the vendor's clock. Zero decides nothing: no
	// look yet, a machine whose clock is wrong, or a server whose answers carry no time.
	Looked time.Time `json:"looked,omitzero"`
	// Opens reports whether Read could open the sealed value with the identity of the provider.
	Opens bool `json:"opens,omitempty"`

	// Adopted is when a key that was not minted here came into the state; zero once a
	// mint of ours has followed. While set, changes to the key are only recorded.
	Adopted time.Time `json:"adopted,omitzero"`
	// Origin is the series that the marker of an adopted key names: another state's.
	Origin string `json:"origin,omitempty"`

	// Previous are the keys that a rotation of this state superseded, by id.
	Previous map[string]Superseded `json:"previous,omitempty"`
	// Others are living keys of this series that no rotation of this state superseded.
	Others []Other `json:"others,omitempty"`
	// Unsettled are attempts whose outcome could not be found out: their secret has never
	// reached anybody.
	Unsettled []Attempt `json:"unsettled,omitempty"`

	// Unnamed: the answer to the mint of the current key had no name, so that only the next look
	// shows whether it carries the mark.
	Unnamed bool `json:"unnamed,omitempty"`

	// Refused is what this organization refuses to change on an existing key, until the
	// next successful apply.
	Refused []string `json:"refused,omitempty"`
	// Doubtful are the arguments that a failed apply may have changed on the current key: the next one
	// sends what is configured, unless a look shows that nothing was changed.
	Doubtful []string `json:"doubtful,omitempty"`
	// Awaited are own arguments of the whole series that a failed apply may have changed on the current key, and of
	// which the next look shows whether it did, see [Memory.Saw].
	Awaited []string `json:"awaited,omitempty"`
	// Tried is the end that a doubtful lifetime was to have, or that the server gave it instead: nobody
	// else gave the key that one.
	Tried time.Time `json:"tried,omitzero"`
	// Neighbours are some other keys seen beside this one, where they prove a key to be
	// gone: if none of them is there any more, this is another organization.
	Neighbours []string `json:"neighbours,omitempty"`
	// Alone: there was no other key in a whole list, and the vendor worked with one of this series.
	// If none of it is there any more, this is another organization, too.
	Alone bool `json:"alone,omitempty"`

	// missing: there was nothing to decode.
	missing bool
}

// Phase is where the current key is in its life.
type Phase string

// The phases of a current key.
const (
	Living  Phase = ""        // works as this state left it
	Ending  Phase = "ending"  // somebody else gave it an earlier end
	Expired Phase = "expired" // its end has come
	Deleted Phase = "deleted" // revoked, outside Terraform unless [Memory.Revoked] has its id
)

// Lost reports whether the current key cannot be used any more.
func (p Phase) Lost() bool { return p == Expired || p == Deleted }

// Other is a living key of the series that this state did not supersede.
type Other struct {
	ID         string    `json:"id"`
	CreatedAt  time.Time `json:"created,omitzero"`
	ExpiresAt  time.Time `json:"ends,omitzero"` // zero = never
	LastUsedAt time.Time `json:"used,omitzero"`
	WasUsed    bool      `json:"was_used,omitempty"`   // used, whether or not it is shown when
	Unsettled  bool      `json:"unsettled,omitempty"`  // made by an attempt that this state remembers
	Unproven   bool      `json:"unproven,omitempty"`   // the server does not tell its owner
	UseHidden  bool      `json:"use_hidden,omitempty"` // the API does not show whether it is used
	Person     string    `json:"person,omitempty"`     // whom it belongs to, where the provider's credential stands for somebody else
}

// Attempt is one mint whose outcome is unknown.
type Attempt struct {
	Shown string    `json:"shown"`         // the name it was sent with
	Mark  Mark      `json:"mark,omitzero"` // where the name does not carry it
	At    time.Time `json:"at"`
	// Held says that a later mint found no room beside it, or its name taken: a list that shows no such key may lag.
	Held bool `json:"held,omitempty"`
}

// over reports whether the attempt is forgotten where a list shows no key of it.
func (a Attempt) over(now time.Time) bool {
	if a.Held {
		return now.Sub(a.At) >= ripe
	}
	return now.Sub(a.At) >= SettleFor // a whole minute without a trace
}

// mark is the mark of the attempt.
func (a Attempt) mark() Mark {
	if a.Mark != (Mark{}) {
		return a.Mark
	}
	_, mark, _ := Read(a.Shown)
	return mark
}

// attempt is what has to be remembered of a request that was sent.
func (r Request) attempt(at time.Time) Attempt {
	a := Attempt{Shown: r.Shown, At: at}
	if a.mark() != r.Mark {
		a.Mark = r.Mark
	}
	return a
}

// What can be [Memory.Refused], beside a vendor's own arguments.
const (
	lifetimeArgument = "lifetime"
	nameArgument     = "name"
)

// New is the memory of a series that begins.
func New() Memory { return Memory{Series: NewSeries()} }

// Decode reads what [Memory.Encode] wrote; empty gives a memory that is
// [Memory.Missing].
func Decode(data []byte) (Memory, error) {
	if len(data) == 0 {
		return Memory{missing: true}, nil
	}
	var m Memory
	if err := json.Unmarshal(data, &m); err != nil {
		return Memory{}, fmt.Errorf("read the private state of a key series: %w", err)
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

// Missing reports whether there was no private state, though it may have been there once:
// Terraform drops it when a provider is killed during an update, and before it destroys
// a tainted object. Only a look at the vendor can rebuild the memory.
func (m Memory) Missing() bool { return m.missing }

// rebuild gathers what can be known again after the memory was lost. The current
// key's mark names the series, the state shows which previous keys were running out.
func (m *Memory) rebuild(ctx context.Context, v Vendor, have State, keys *Listing) error {
	if !m.missing {
		return nil
	}
	m.missing = false
	if have.Generation == 0 { // an import, or a create that never got a key
		m.Series = NewSeries()
		return nil
	}
	for _, p := range have.Previous {
		m.supersede(p.ID, Superseded{End: p.ExpiresAt, AtOnce: p.ExpiresAt.IsZero()})
	}
	m.End = have.ExpiresAt // as the last refresh saw it, before anything was cut short
	current, err := markOf(ctx, v, keys, have.ID, have.CreatedAt)
	if err != nil {
		return err
	}
	if !have.Minted() {
		m.Series, m.Adopted, m.Origin = NewSeries(), v.Now(), current
		return nil
	}
	m.Series = current
	for i := 0; m.Series == "" && m.Origin == "" && i < len(have.Previous); i++ {
		// A previous key may have been imported: its series is only reported.
		if m.Origin, err = markOf(ctx, v, keys, have.Previous[i].ID, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// markOf is the series that a key's name carries, "" when it carries none or the key is
// gone.
func markOf(ctx context.Context, v Vendor, keys *Listing, id string, created time.Time) (series string, err error) {
	if id == "" {
		return "", nil
	}
	key, ok := keys.Get(id)
	if !ok { // some vendors stop listing expired keys, but still show them
		if key, err = v.Get(ctx, id, created); err != nil && !apierr.IsGone(err) {
			return "", err
		}
	}
	mark, _ := key.Marked()
	return mark.Series, nil
}

// adopted reports whether the current key was not minted here.
func (m Memory) adopted() bool { return !m.Adopted.IsZero() }

// refused reports whether the organization refused to change an argument in place.
func (m Memory) refused(argument string) bool { return slices.Contains(m.Refused, argument) }

// doubtful reports whether an apply may have changed an argument unseen.
func (m Memory) doubtful(argument string) bool { return slices.Contains(m.Doubtful, argument) }

// tried reports whether an end is one that a failed apply may have set.
func (m Memory) tried(end time.Time) bool {
	return m.doubtful(lifetimeArgument) && !end.IsZero() && end.Sub(m.Tried).Abs() <= answerDelay
}

// doubt and trust say of arguments whether they may be another than configured.
func (m *Memory) doubt(arguments ...string) {
	m.Doubtful = append(slices.Clone(m.Doubtful), arguments...)
	slices.Sort(m.Doubtful)
	m.Doubtful = slices.Compact(m.Doubtful)
}

func (m *Memory) trust(arguments ...string) {
	m.Doubtful = slices.DeleteFunc(m.Doubtful, func(argument string) bool { return slices.Contains(arguments, argument) })
}

// SettleFor is how long an attempt that left no trace is looked for before the memory of
// it may go: a list may lag behind. Only tests shorten it.
var SettleFor = time.Minute

// attempt makes the mark of the next attempt.
func (m *Memory) attempt() Mark { return Mark{Series: m.Series, Nonce: token(nonceLength)} }

// settling reports whether a lagging list may still bring up an attempt.
func (m *Memory) settling(now time.Time) bool {
	return slices.ContainsFunc(m.Unsettled, func(a Attempt) bool { return now.Sub(a.At) < SettleFor })
}

// untraced are the attempts of which a list shows no key.
func (m *Memory) untraced(keys *Listing, owner string) []Attempt {
	return slices.DeleteFunc(slices.Clone(m.Unsettled), func(a Attempt) bool {
		return len(keys.of(a.mark(), owner))+len(keys.disputed(a.mark(), owner)) > 0
	})
}

// unsettled reports whether an attempt with this mark is remembered.
func (m *Memory) unsettled(mark Mark) bool {
	return mark != Mark{} && slices.ContainsFunc(m.Unsettled, func(a Attempt) bool { return a.mark() == mark })
}

// fingerprint is what recognises a key; "" for one that is neither the current key nor
// a previous one.
func (m *Memory) fingerprint(id, current string) string {
	if id == current {
		return m.Fingerprint
	}
	return m.Previous[id].Fingerprint
}

// other finds a key of [Memory.Others].
func (m *Memory) other(id string) (Other, bool) {
	i := slices.IndexFunc(m.Others, func(o Other) bool { return o.ID == id })
	if i < 0 {
		return Other{}, false
	}
	return m.Others[i], true
}

// forget drops a key of [Memory.Others] that is revoked.
func (m *Memory) forget(id string) {
	m.Others = slices.DeleteFunc(m.Others, func(o Other) bool { return o.ID == id })
}

// Clone is a deep copy.
func (m Memory) Clone() Memory {
	m.Answers = maps.Clone(m.Answers)
	m.Previous = maps.Clone(m.Previous)
	m.Ended = maps.Clone(m.Ended)
	m.Others = slices.Clone(m.Others)
	m.Unsettled = slices.Clone(m.Unsettled)
	m.Refused = slices.Clone(m.Refused)
	m.Doubtful = slices.Clone(m.Doubtful)
	m.Awaited = slices.Clone(m.Awaited)
	m.Neighbours = slices.Clone(m.Neighbours)
	return m
}
