// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"
	"slices"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// Scopes of a restricted admin key, as the dashboard's "Organization
// Administration" hands them out.
const (
	ScopeManagementRead  = "api.management.read"
	ScopeManagementWrite = "api.management.write"
)

// admit finds the admin key behind a request and the organization it speaks for.
func (s *Server) admit(c *simkit.Call) *simkit.Problem {
	secret := simkit.Bearer(c.Request)
	k, ok := s.store.adminKeyBySecret(secret)
	if !ok || expired(k.expiresAt, c.Now) {
		if _, project := s.store.keyBySecret(secret); project && s.InForce().WrongKey403 {
			return missingScope(neededScope(c.Request.Method))
		}
		return badKey(secret)
	}
	c.CredentialID, c.Organization = k.ID, k.org.id
	k.lastUsedAt = simkit.ToSecond(c.Now)
	if scope := neededScope(c.Request.Method); k.restricted && !slices.Contains(k.scopes, scope) {
		return missingScope(scope)
	}
	return nil
}

func neededScope(method string) string {
	if method == http.MethodGet {
		return ScopeManagementRead
	}
	return ScopeManagementWrite
}
