// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"
	"slices"
	"strings"
)

// Scopes of a restricted admin key, as the dashboard's "Organization
// Administration" hands them out.
const (
	ScopeManagementRead  = "api.management.read"
	ScopeManagementWrite = "api.management.write"
)

func bearer(r *http.Request) string {
	scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(secret)
}

// admit finds the admin key behind a request and the organization it speaks for.
func (s *Server) admit(c *call) (*adminKey, *problem) {
	secret := bearer(c.r)
	k, ok := s.store.adminKeyBySecret(secret)
	if !ok || expired(k.expiresAt, c.now) {
		if _, project := s.store.keyBySecret(secret); project && s.policy.WrongKey403 {
			return nil, missingScope(neededScope(c.r.Method))
		}
		return nil, badKey(secret)
	}
	k.lastUsedAt = toSecond(c.now)
	if scope := neededScope(c.r.Method); k.restricted && !slices.Contains(k.scopes, scope) {
		return k, missingScope(scope)
	}
	return k, nil
}

func neededScope(method string) string {
	if method == http.MethodGet {
		return ScopeManagementRead
	}
	return ScopeManagementWrite
}
