// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// maxExpiry is the upper bound of expires_in_seconds: 365 days.
const maxExpiry = 31_536_000

// checkQuery refuses parameters the endpoint does not have.
func (s *Server) checkQuery(c *call, known ...string) *simkit.Problem {
	if s.InForce().LenientFields {
		return nil
	}
	return c.CheckQuery(known...)
}

// readBody decodes the body and refuses fields the endpoint does not have. Where the
// body is optional, null is none.
func (s *Server) readBody(c *call, optional bool, known ...string) (simkit.Fields, *simkit.Problem) {
	return c.ReadFields(simkit.Reading{Optional: optional, Lenient: s.InForce().LenientFields}, known...)
}

// secondsOf reads expires_in_seconds; 0 means that none was asked for.
func secondsOf(f simkit.Fields, nullable bool) (int64, *simkit.Problem) {
	const name = "expires_in_seconds"
	if !f.Has(name) || nullable && f.IsNull(name) {
		return 0, nil
	}
	var v *int64
	if err := json.Unmarshal(f[name], &v); err != nil || v == nil {
		return 0, simkit.BadRequest(name, "%s must be an integer", name)
	}
	if *v < 1 || *v > maxExpiry {
		return 0, simkit.BadRequest(name, "%s is %d, but must be between 1 and %d", name, *v, maxExpiry)
	}
	return *v, nil
}

// scopesOf reads the scopes; none left or an empty list is an unrestricted key.
func scopesOf(f simkit.Fields) ([]string, *simkit.Problem) {
	const name = "scopes"
	if !f.Has(name) {
		return nil, nil
	}
	var v []*string
	if err := json.Unmarshal(f[name], &v); err != nil || f.IsNull(name) {
		return nil, simkit.BadRequest(name, "%s must be an array of strings", name)
	}
	var out []string
	for _, scope := range v {
		if scope == nil || *scope == "" {
			return nil, simkit.BadRequest(name, "%s must be an array of strings that are not empty", name)
		}
		out = append(out, *scope)
	}
	return out, nil
}
