// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// What a test does and sees without the API. It panics when told of an object that is not
// there.

// DefaultWorkspace is the id of the default workspace.
func (s *Server) DefaultWorkspace() string {
	s.Lock()
	defer s.Unlock()
	return s.workspaces[0].ID
}

// SeedWorkspace adds a workspace and returns its id.
func (s *Server) SeedWorkspace(name, slug string) string {
	s.Lock()
	defer s.Unlock()
	return s.addWorkspace(Workspace{Name: name, Slug: slug}).ID
}

// SeedGuardrail adds a guardrail of that id, "" for a new one, and returns the id.
func (s *Server) SeedGuardrail(id string) string {
	s.Lock()
	defer s.Unlock()
	if id == "" {
		id = s.uuid()
	}
	s.guardrails = append(s.guardrails, &Guardrail{s.Issuer.ObjectWithID(id, s.Clock().Now())})
	return id
}

// SeedManagementKey adds a management key that a user created, and returns its plaintext.
func (s *Server) SeedManagementKey(creator string) (plain string) {
	s.Lock()
	defer s.Unlock()
	plain = s.Issuer.Secret("sk-or-mgmt")
	s.managers[plain] = creator
	return plain
}

// SeedKey adds a key as if somebody had created it elsewhere; without a workspace it is in
// the default one.
func (s *Server) SeedKey(k Key) (hash, plain string) {
	s.Lock()
	defer s.Unlock()
	if k.WorkspaceID == "" {
		k.WorkspaceID = s.workspaces[0].ID
	}
	made, plain := s.addKey(k)
	return made.ID, plain
}

// SeedSample fills the organization.
func (s *Server) SeedSample() {
	team := s.SeedWorkspace("Payments", "payments")
	s.SeedGuardrail("")
	s.SeedKey(Key{Name: "playground", Creator: administrator, Usage: 3.5})
	s.SeedKey(Key{Name: "billing", WorkspaceID: team, Limit: 50, LimitReset: "monthly", Usage: 12})
	s.SeedKey(Key{Name: "forgotten", WorkspaceID: team})
}

// Change changes a key.
func (s *Server) Change(hash string, change func(*Key)) {
	s.Lock()
	defer s.Unlock()
	change(simkit.Must(s.keys, hash))
}

// DeleteKey deletes a key.
func (s *Server) DeleteKey(hash string) { s.Change(hash, s.removeKey) }

// UseKey notes that a key was used and paid for.
func (s *Server) UseKey(hash string) { s.Change(hash, func(k *Key) { k.Usage++ }) }

// DeleteWorkspace deletes a workspace with its keys.
func (s *Server) DeleteWorkspace(id string) {
	s.Lock()
	defer s.Unlock()
	w := simkit.Must(s.workspaces, id)
	s.workspaces = slices.DeleteFunc(s.workspaces, func(o *Workspace) bool { return o == w })
	s.keys = slices.DeleteFunc(s.keys, func(k *Key) bool { return k.WorkspaceID == id })
}

// Keys returns all keys that were not deleted, in order of creation.
func (s *Server) Keys() []Key { return simkit.Snapshot(s.Engine, func() []*Key { return s.keys }) }

// Summaries says of every key that was not deleted whether it works.
func (s *Server) Summaries() []simkit.Summary {
	var out []simkit.Summary
	now := s.Clock().Now()
	for _, k := range s.Keys() {
		out = append(out, simkit.Summary{ID: k.ID, Name: k.Name, ExpiresAt: k.ExpiresAt, Works: !k.Disabled && !k.ended(now)})
	}
	return out
}

// Workspaces returns all workspaces, the default one first.
func (s *Server) Workspaces() []Workspace {
	return simkit.Snapshot(s.Engine, func() []*Workspace { return s.workspaces })
}

// DeletedKeys returns the hashes of all deleted keys, in order of deletion.
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
	return k != nil && !k.Disabled && !k.ended(s.Clock().Now())
}

// shown is the object of a request as a GET answers it.
func (s *Server) shown(c *simkit.Call) any {
	if k, ok := simkit.Find(s.keys, c.Path("hash")); ok {
		return map[string]any{"data": s.showKey(k)}
	}
	if w, bad := s.workspace(c); bad == nil {
		return map[string]any{"data": s.showWorkspace(w)}
	}
	return nil
}

// other is another object of the kind that a request is about.
func (s *Server) other(c *simkit.Call, id string) any {
	if c.Path("hash") == "" && c.Request.Method != http.MethodPost {
		for _, w := range slices.Backward(s.workspaces) {
			if id == w.ID || id == "" && w.ID != c.ObjectID() {
				return map[string]any{"data": s.showWorkspace(w)}
			}
		}
		return nil
	}
	for _, k := range slices.Backward(s.keys) {
		if id == k.ID || id == "" && k.ID != c.ObjectID() {
			return map[string]any{"data": s.showKey(k)}
		}
	}
	return nil
}

func (s *Server) controlSeed(read func(into any)) map[string]any {
	var in struct {
		Workspace *struct{ Name, Slug string }
		Key       *struct {
			Name, WorkspaceID, Creator string
			Usage                      float64
			ExpiresAt                  time.Time
		}
		Guardrail bool
	}
	read(&in)
	switch {
	case in.Workspace != nil:
		return map[string]any{"id": s.SeedWorkspace(in.Workspace.Name, in.Workspace.Slug)}
	case in.Key != nil:
		hash, plain := s.SeedKey(Key{Name: in.Key.Name, WorkspaceID: in.Key.WorkspaceID, Creator: in.Key.Creator, Usage: in.Key.Usage, ExpiresAt: in.Key.ExpiresAt})
		return map[string]any{"id": hash, "secret": plain}
	case in.Guardrail:
		return map[string]any{"id": s.SeedGuardrail("")}
	}
	panic("nothing to seed: workspace, key or guardrail is needed")
}

func (s *Server) controlOutside(read func(into any)) map[string]any {
	var in struct{ Act, ID, Name string }
	read(&in)
	return simkit.Act(map[string]func(){
		"delete_key":       func() { s.DeleteKey(in.ID) },
		"use_key":          func() { s.UseKey(in.ID) },
		"disable_key":      func() { s.Change(in.ID, func(k *Key) { k.Disabled = true }) },
		"rename_key":       func() { s.Change(in.ID, func(k *Key) { k.Name = in.Name }) },
		"delete_workspace": func() { s.DeleteWorkspace(in.ID) },
	}, in.Act)
}
