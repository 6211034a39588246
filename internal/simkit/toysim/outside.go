// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package toysim

import (
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// What a test does and sees without the API. It panics when told of a key that is not there.

// SeedKey adds a key, as if somebody had created it elsewhere, and returns its id and its plaintext.
func (s *Server) SeedKey(name, owner string) (id, secret string) {
	s.Lock()
	defer s.Unlock()
	k, secret := s.add(Key{Name: name, Owner: owner, Extras: Extras{Region: "home"}}, "")
	return k.ID, secret
}

// DeleteKey deletes a key.
func (s *Server) DeleteKey(id string) { s.change(id, s.remove) }

// RenameKey changes the name of a key.
func (s *Server) RenameKey(id, name string) { s.change(id, func(k *Key) { k.Name = name }) }

// ExpireKeyAt sets the expiry of a key, to the second; the zero time means never.
func (s *Server) ExpireKeyAt(id string, at time.Time) {
	if !at.IsZero() {
		at = simkit.ToSecond(at)
	}
	s.change(id, func(k *Key) { k.ExpiresAt = at })
}

// UseKey notes that a key was used now.
func (s *Server) UseKey(id string) {
	s.change(id, func(k *Key) { k.LastUsedAt = simkit.ToSecond(s.Clock().Now()) })
}

func (s *Server) change(id string, change func(*Key)) {
	s.Lock()
	defer s.Unlock()
	change(simkit.Must(s.keys, id))
}

// Keys returns all keys that were not deleted, in order of creation.
func (s *Server) Keys() []Key {
	s.Lock()
	defer s.Unlock()
	out := make([]Key, len(s.keys))
	for i, k := range s.keys {
		out[i] = *k
	}
	return out
}

// DeletedKeys returns the ids of all deleted keys, in order of deletion.
func (s *Server) DeletedKeys() []string {
	s.Lock()
	defer s.Unlock()
	return slices.Clone(s.deleted)
}

// Valid reports whether a plaintext is that of a key that works now.
func (s *Server) Valid(secret string) bool {
	s.Lock()
	defer s.Unlock()
	k := simkit.ByPlain(s.keys, secret, func(k *Key) simkit.Plain { return k.secret })
	return k != nil && !k.Disabled && (k.Active || !s.InForce().ActivationNeeded) && (k.ExpiresAt.IsZero() || s.Clock().Now().Before(k.ExpiresAt))
}
