// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// guardrail is the id that a path names, as answers write it: as a UUID it may be asked for in capitals.
func guardrail(c *simkit.Call) string { return strings.ToLower(c.Path("id")) }

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
	if !slices.Contains(s.guardrails, guardrail(c)) {
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
	if of != "" && !slices.Contains(s.guardrails, of) {
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
