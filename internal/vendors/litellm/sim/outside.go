// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// Team is a team as the simulator stores it.
type Team struct {
	simkit.Object
	Name string
}

func (t *Team) shown() map[string]any { return map[string]any{"team_id": t.ID, "team_alias": t.Name} }

func (s *Server) team(c *simkit.Call) (any, *simkit.Problem) {
	t, ok := simkit.Find(s.teams, c.Query("team_id"))
	if !ok {
		return nil, simkit.Refused(http.StatusNotFound, "{'error': 'Team not found, passed team id: %s.'}", c.Query("team_id"))
	}
	if s.InForce().BareTeams {
		return t.shown(), nil
	}
	return map[string]any{"team_id": t.ID, "team_info": t.shown(), "keys": []any{}, "team_memberships": []any{}}, nil
}

// user is the one of the credential.
func (s *Server) user(c *simkit.Call) (any, *simkit.Problem) {
	id, role := "default_user_id", "proxy_admin"
	if caller, ok := simkit.Find(s.keys, c.CredentialID); ok {
		switch id = caller.UserID; {
		case caller.Viewer:
			role = "proxy_admin_viewer"
		case !caller.Admin:
			role = "internal_user"
		}
	}
	return map[string]any{"user_id": id, "user_info": map[string]any{"user_id": id, "user_role": role}, "keys": []any{}, "teams": []any{}}, nil
}

func (s *Server) listTeams(c *simkit.Call) (any, *simkit.Problem) {
	caller, ok := simkit.Find(s.keys, c.CredentialID)
	limited := ok && caller.AdminOf != ""
	if limited && !s.InForce().OwnTeams {
		return nil, simkit.Refused(http.StatusUnauthorized, "Only admin users can query all teams/other teams. Your user role=internal_user")
	}
	rows := []any{}
	for _, t := range s.teams {
		if !limited || t.ID == caller.AdminOf {
			rows = append(rows, t.shown())
		}
	}
	if s.InForce().BareTeams {
		return map[string]any{"teams": rows, "total": len(rows)}, nil
	}
	return rows, nil
}

// What a test does and sees without the API. It panics when told of an object that is not
// there.

// SeedTeam adds a team and returns its id.
func (s *Server) SeedTeam(name string) string {
	s.Lock()
	defer s.Unlock()
	s.teams = append(s.teams, &Team{s.Issuer.Object("team-", s.Clock().Now()), name})
	return s.teams[len(s.teams)-1].ID
}

// SeedKey adds a key as if somebody had created it elsewhere.
func (s *Server) SeedKey(k Key) (hash, plain string) {
	s.Lock()
	defer s.Unlock()
	plain = s.Issuer.Secret("sk")
	if k.Settings == nil {
		k.Settings = map[string]any{} // an update writes into it
	}
	s.add(&k, plain)
	return k.ID, plain
}

// SeedSample fills the proxy.
func (s *Server) SeedSample() {
	team := s.SeedTeam("payments")
	s.SeedKey(Key{Alias: "playground", UserID: "user-ann", Spend: 3.5})
	s.SeedKey(Key{Alias: "billing", TeamID: team, Settings: map[string]any{"max_budget": 50}})
	s.SeedKey(Key{Alias: "forgotten"})
}

// Change changes a key.
func (s *Server) Change(hash string, change func(*Key)) {
	s.Lock()
	defer s.Unlock()
	change(simkit.Must(s.keys, hash))
}

// DeleteKey deletes a key.
func (s *Server) DeleteKey(hash string) { s.Change(hash, s.bury) }

// DeleteTeam deletes a team with its keys.
func (s *Server) DeleteTeam(id string) {
	s.Lock()
	defer s.Unlock()
	s.teams = slices.DeleteFunc(s.teams, func(t *Team) bool { return t.ID == id })
	for _, k := range slices.Clone(s.keys) {
		if k.TeamID == id {
			s.bury(k)
		}
	}
}

// Keys returns all keys that were not deleted, in order of creation.
func (s *Server) Keys() []Key { return simkit.Snapshot(s.Engine, func() []*Key { return s.keys }) }

// Summaries says of every key that was not deleted whether it works.
func (s *Server) Summaries() []simkit.Summary {
	var out []simkit.Summary
	for _, k := range s.Keys() {
		out = append(out, simkit.Summary{ID: k.ID, Name: k.Alias, ExpiresAt: k.ExpiresAt, Works: !k.Blocked && !k.ended(s.Clock().Now())})
	}
	return out
}

// Archive returns all keys that were deleted, in order of deletion.
func (s *Server) Archive() []Key {
	return simkit.Snapshot(s.Engine, func() []*Key { return s.archive })
}

// Valid reports whether a plaintext is that of a key that works now.
func (s *Server) Valid(plain string) bool {
	s.Lock()
	defer s.Unlock()
	k, ok := simkit.Find(s.keys, hashOf(plain))
	return ok && !k.Blocked && !k.ended(s.Clock().Now())
}

func (s *Server) controlOutside(read func(into any)) map[string]any {
	var in struct{ Act, ID, Name string }
	read(&in)
	return simkit.Act(map[string]func(){
		"delete_key":  func() { s.DeleteKey(in.ID) },
		"block_key":   func() { s.Change(in.ID, func(k *Key) { k.Blocked = true }) },
		"rename_key":  func() { s.Change(in.ID, func(k *Key) { k.Alias = in.Name }) },
		"use_key":     func() { s.Change(in.ID, func(k *Key) { k.Spend, k.LastActive = k.Spend+1, s.Clock().Now() }) },
		"expire_key":  func() { s.Change(in.ID, func(k *Key) { k.ExpiresAt = s.Clock().Now().Add(time.Second) }) },
		"delete_team": func() { s.DeleteTeam(in.ID) },
	}, in.Act)
}
