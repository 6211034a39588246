// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// guardrail is the id that a path names, as answers write it: as a UUID it may be asked for in capitals.
func guardrail(c *simkit.Call) string { return strings.ToLower(c.Path("id")) }

// Guardrail is a guardrail of the default workspace that restricts nothing.
type Guardrail struct{ simkit.Object }

func (s *Server) showGuardrail(g *Guardrail) any {
	return map[string]any{
		"id": g.ID, "name": "guardrail " + g.ID, "description": nil, "workspace_id": s.workspaces[0].ID, "created_at": s.stamp(g.At), "updated_at": nil,
		"allowed_models": nil, "ignored_models": nil, "allowed_providers": nil, "ignored_providers": nil, "limit_usd": nil, "reset_interval": nil, "include_byok_in_budgets": false,
	}
}

func (s *Server) getGuardrail(c *simkit.Call) (any, *simkit.Problem) {
	g, ok := simkit.Find(s.guardrails, guardrail(c))
	if !ok || c.Stale(g) {
		return nil, notFound()
	}
	return map[string]any{"data": s.showGuardrail(g)}, nil
}

// listGuardrails lists those of one workspace.
func (s *Server) listGuardrails(c *simkit.Call) (any, *simkit.Problem) {
	id := s.workspaces[0].ID
	if c.HasQuery("workspace_id") {
		id = c.Query("workspace_id")
	}
	id, known := s.workspaceID(id)
	if !known {
		return nil, s.unknownWorkspace()
	}
	var all []*Guardrail
	if id == s.workspaces[0].ID {
		all = s.guardrails
	}
	return page(c, all, s.showGuardrail, "workspace_id")
}

// hashes reads the keys that a request names; its guardrail has to be there.
func (s *Server) hashes(c *simkit.Call) ([]*Key, *simkit.Problem) {
	f, bad := c.ReadFields(simkit.Reading{}, "key_hashes")
	if bad != nil {
		return nil, bad
	}
	var names []string
	if json.Unmarshal(f["key_hashes"], &names) != nil || len(names) == 0 {
		return nil, simkit.BadRequest("key_hashes", "Invalid request parameters: key_hashes")
	}
	if _, ok := simkit.Find(s.guardrails, guardrail(c)); !ok {
		return nil, notFound()
	}
	var keys []*Key
	for _, name := range names {
		k, ok := simkit.Find(s.keys, name)
		if !ok {
			return nil, notFound()
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// assign replaces what was assigned before: a key has one guardrail at most.
func (s *Server) assign(c *simkit.Call) (any, *simkit.Problem) {
	keys, bad := s.hashes(c)
	if bad != nil {
		return nil, bad
	}
	for _, k := range keys {
		k.GuardrailID = guardrail(c)
	}
	return map[string]any{"assigned_count": len(keys)}, nil
}

func (s *Server) unassign(c *simkit.Call) (any, *simkit.Problem) {
	keys, bad := s.hashes(c)
	if bad != nil {
		return nil, bad
	}
	count := 0
	for _, k := range keys {
		if k.GuardrailID == guardrail(c) {
			k.GuardrailID = ""
			count++
		}
	}
	return map[string]any{"unassigned_count": count}, nil
}

// listAssignments lists those of one guardrail, or all.
func (s *Server) listAssignments(c *simkit.Call) (any, *simkit.Problem) {
	of := guardrail(c)
	if _, ok := simkit.Find(s.guardrails, of); of != "" && !ok {
		return nil, notFound()
	}
	var assigned []*Key
	for _, k := range s.keys {
		if k.GuardrailID != "" && (of == "" || k.GuardrailID == of) {
			assigned = append(assigned, k)
		}
	}
	return page(c, assigned, func(k *Key) any {
		return map[string]any{
			"id": k.ID[:8] + "-0000-4000-8000-000000000000", "guardrail_id": k.GuardrailID, "key_hash": k.ID, "key_name": k.Name, "key_label": k.label,
			"assigned_by": nil, "created_at": s.stamp(k.At),
		}
	})
}
