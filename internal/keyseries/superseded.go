// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"maps"
	"slices"
	"time"
)

// Superseded is what is remembered of a previous key.
type Superseded struct {
	End         time.Time `json:"end"`               // promised: it must not work after it
	AtOnce      bool      `json:"at_once,omitempty"` // whatever the clocks say
	Late        bool      `json:"late,omitempty"`    // its end at the vendor is wrong, see [Superseded.wrong]
	Tried       time.Time `json:"tried,omitzero"`    // an end that a failed change of ours may have given it
	Known       bool      `json:"known,omitempty"`   // what the vendor's end was when last set or seen:
	Ends        time.Time `json:"ends,omitzero"`     // zero = never
	Fingerprint string    `json:"fingerprint,omitempty"`
	Created     time.Time `json:"created,omitzero"`
	Since       time.Time `json:"since,omitzero"`  // when its successor was stored
	Stale       []string  `json:"stale,omitempty"` // own arguments that it may not have as configured
	Taken       []string  `json:"taken,omitempty"` // those of them that the configuration has taken away
	// Answers are its own arguments as the vendor last spelled them while it was the current key.
	Answers map[string]string `json:"answers,omitempty"`
}

// wrong reports whether an end at the vendor is to be set: it is too late, or too early by our own doing. What
// somebody else has brought forward stays.
func (s Superseded) wrong(end time.Time) bool { return tooLate(end, s.End) || s.early(end) }

// early reports whether a failed change of ours made an end too early.
func (s Superseded) early(end time.Time) bool {
	return !s.Tried.IsZero() && !end.IsZero() && end.Sub(s.Tried).Abs() <= answerDelay && tooLate(s.End, end)
}

// supersede notes a previous key.
func (m *Memory) supersede(id string, s Superseded) {
	if m.Previous == nil {
		m.Previous = map[string]Superseded{}
	}
	m.Previous[id] = s
}

// listedFor is how long a list may show a key that was revoked.
const listedFor = time.Hour

// ended notes a key that this state revoked.
func (m *Memory) ended(id string, now time.Time) {
	if m.Ended == nil {
		m.Ended = map[string]time.Time{}
	}
	m.Ended[id] = now
}

// outlast forgets what was revoked so long ago that a list which shows it is right.
func (m *Memory) outlast() {
	maps.DeleteFunc(m.Ended, func(id string, at time.Time) bool {
		_, previous := m.Previous[id] // a destroy that failed revoked it
		return !previous && m.Looked.Sub(at) >= listedFor
	})
}

// own reports whether a key is this state's, or was until it revoked it.
func (m *Memory) own(id string, have State) bool {
	_, superseded := m.Previous[id]
	_, ended := m.Ended[id]
	return superseded || ended || id == have.ID
}

// lacks notes that a previous key may not have an own argument as it is configured.
func (m *Memory) lacks(id string, own Own) {
	s := m.Previous[id]
	if s.AtOnce {
		return
	}
	if !slices.Contains(s.Stale, own.Name) {
		s.Stale = append(slices.Clone(s.Stale), own.Name)
	}
	if own.Changed && own.None && !slices.Contains(s.Taken, own.Name) {
		s.Taken = append(slices.Clone(s.Taken), own.Name)
	}
	m.Previous[id] = s
}

// Saw takes over what a look shows of an own argument of the current key: whether it is another than before, and
// whether it is none now. What a failed change gave the current key, previous keys lack.
func (m *Memory) Saw(argument string, another, none bool) {
	if !slices.Contains(m.Awaited, argument) {
		return
	}
	m.Awaited = slices.DeleteFunc(slices.Clone(m.Awaited), func(name string) bool { return name == argument })
	for id := range m.Previous {
		if another {
			m.lacks(id, Own{Name: argument, Changed: true, None: none})
		}
	}
}
