// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"slices"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// What a test does and sees without the API. It panics when told of an object that is not
// there.

// SeedAccount adds a service account and returns its id.
func (s *Server) SeedAccount(name string) string {
	s.Lock()
	defer s.Unlock()
	return s.addAccount(name).ID
}

// SeedKey adds a key as if somebody had created it elsewhere.
func (s *Server) SeedKey(k Key) (id, plain string) {
	s.Lock()
	defer s.Unlock()
	made, plain := s.addKey(k)
	return made.ID, plain
}

// SeedSample fills the workspace.
func (s *Server) SeedSample() {
	narrator := s.SeedAccount("narrator")
	s.SeedKey(Key{AccountID: narrator, Name: "audiobooks", Permissions: []string{"text_to_speech"}, CharacterLimit: 100000, CharacterCount: 4200})
	s.SeedKey(Key{AccountID: s.SeedAccount("agents"), Name: "forgotten", Permissions: []string{all}})
}

// Change changes a key.
func (s *Server) Change(id string, change func(*Key)) {
	s.Lock()
	defer s.Unlock()
	change(simkit.Must(s.keys, id))
}

// DeleteKey deletes a key, UseKey notes a use.
func (s *Server) DeleteKey(id string) { s.Change(id, s.removeKey) }

// UseKey notes that a key was used.
func (s *Server) UseKey(id string) { s.Change(id, func(k *Key) { k.CharacterCount += 100 }) }

// DisableKey disables a key as the vendor or its holder does, for a reason.
func (s *Server) DisableKey(id, reason string) {
	s.Change(id, func(k *Key) { k.Disabled, k.Reason = true, reason })
}

// RemoveAccount removes a service account with its keys, as the web page does.
func (s *Server) RemoveAccount(id string) {
	s.Lock()
	defer s.Unlock()
	a := simkit.Must(s.accounts, id)
	s.accounts = slices.DeleteFunc(s.accounts, func(o *Account) bool { return o == a })
	s.keys = slices.DeleteFunc(s.keys, func(k *Key) bool { return k.AccountID == id })
}

// RenameAccount renames a service account, as the web page does.
func (s *Server) RenameAccount(id, name string) {
	s.Lock()
	defer s.Unlock()
	simkit.Must(s.accounts, id).Name = name
}

// Accounts returns all service accounts, in order of creation.
func (s *Server) Accounts() []Account {
	return simkit.Snapshot(s.Engine, func() []*Account { return s.accounts })
}

// Keys returns all keys that were not deleted, in order of creation.
func (s *Server) Keys() []Key {
	return simkit.Snapshot(s.Engine, func() []*Key { return s.keys })
}

// Summaries says of every key that was not deleted whether it works.
func (s *Server) Summaries() []simkit.Summary {
	var out []simkit.Summary
	for _, k := range s.Keys() {
		out = append(out, simkit.Summary{ID: k.ID, Name: k.Name, Works: !k.Disabled})
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
func (s *Server) Valid(plain string) bool {
	s.Lock()
	defer s.Unlock()
	k := s.byPlain(plain)
	return k != nil && !k.Disabled
}

func (s *Server) controlSeed(read func(into any)) map[string]any {
	var in struct {
		ServiceAccount *struct{ Name string }
		Key            *struct {
			AccountID, Name string
			Permissions     []string
		}
	}
	read(&in)
	switch {
	case in.ServiceAccount != nil:
		return map[string]any{"id": s.SeedAccount(in.ServiceAccount.Name)}
	case in.Key != nil:
		id, plain := s.SeedKey(Key{AccountID: in.Key.AccountID, Name: in.Key.Name, Permissions: in.Key.Permissions})
		return map[string]any{"id": id, "secret": plain}
	}
	panic("nothing to seed: service_account or key is needed")
}

func (s *Server) controlOutside(read func(into any)) map[string]any {
	var in struct{ Act, ID, Name, Reason string }
	read(&in)
	return simkit.Act(map[string]func(){
		"delete_key":             func() { s.DeleteKey(in.ID) },
		"use_key":                func() { s.UseKey(in.ID) },
		"disable_key":            func() { s.DisableKey(in.ID, in.Reason) },
		"rename_key":             func() { s.Change(in.ID, func(k *Key) { k.Name = in.Name }) },
		"remove_service_account": func() { s.RemoveAccount(in.ID) },
	}, in.Act)
}
