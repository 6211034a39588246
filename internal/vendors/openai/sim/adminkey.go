// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"
	"slices"
	"time"
)

var adminKeyRoutes = []route{
	{http.MethodGet, "/organization/admin_api_keys", OpAdminAPIKeysList, (*Server).listAdminKeys},
	{http.MethodPost, "/organization/admin_api_keys", OpAdminAPIKeysCreate, (*Server).createAdminKey},
	{http.MethodGet, "/organization/admin_api_keys/{key_id}", OpAdminAPIKeysGet, (*Server).getAdminKey},
	{http.MethodDelete, "/organization/admin_api_keys/{key_id}", OpAdminAPIKeysDelete, (*Server).deleteAdminKey},
}

func (s *Server) adminKey(c *call) (*adminKey, *problem) {
	id := c.path("key_id")
	k, ok := find(s.store.adminKeys, id)
	if !ok || k.org != c.org {
		return nil, notFound("admin API key", id)
	}
	return k, nil
}

func (s *Server) listAdminKeys(c *call) (any, *problem) {
	if bad := s.checkQuery(c, "limit", "after", "order"); bad != nil {
		return nil, bad
	}
	own := slices.DeleteFunc(slices.Clone(s.store.adminKeys), func(k *adminKey) bool { return k.org != c.org })
	switch order := c.r.URL.Query().Get("order"); order {
	case "", "asc":
	case "desc":
		slices.Reverse(own)
	default:
		return nil, badRequest("order", "order must be asc or desc, not %q", order)
	}
	return list(s, c, "admin API key", own,
		func(*adminKey) bool { return true },
		func(k *adminKey) any { return k.wire() })
}

func (s *Server) createAdminKey(c *call) (any, *problem) {
	f, bad := s.readBody(c, false, "name", "expires_in_seconds")
	if bad != nil {
		return nil, bad
	}
	name, bad := f.name()
	if bad != nil {
		return nil, bad
	}
	seconds, bad := f.seconds(false)
	if bad != nil {
		return nil, bad
	}
	k, value := s.store.addAdminKey(c.org, s.policy.StoredNames.apply(name), c.now)
	if seconds > 0 {
		k.expiresAt = k.at.Add(time.Duration(seconds) * time.Second)
	}
	return wireNewAdminKey{wireAdminKey: k.wire(), Value: value}, nil
}

func (s *Server) getAdminKey(c *call) (any, *problem) {
	k, bad := s.adminKey(c)
	if bad != nil {
		return nil, bad
	}
	if c.fault.stale(c, k) {
		return nil, notFound("admin API key", k.id)
	}
	return k.wire(), nil
}

func (s *Server) deleteAdminKey(c *call) (any, *problem) {
	k, bad := s.adminKey(c)
	if bad != nil {
		return nil, bad
	}
	s.store.deleteAdminKey(k)
	return wireDeleted{"organization.admin_api_key.deleted", k.id, true}, nil
}

func (k *adminKey) wire() wireAdminKey {
	owner := k.org.owner
	return wireAdminKey{
		Object: "organization.admin_api_key",
		ID:     k.id, Name: k.name, RedactedValue: k.redacted, CreatedAt: k.at.Unix(),
		ExpiresAt: nullableTime(k.expiresAt), LastUsedAt: nullableTime(k.lastUsedAt),
		Owner: wireAdminOwner{
			Type: "user", Object: "organization.user",
			ID: owner.id, Name: owner.name, CreatedAt: owner.at.Unix(), Role: owner.role,
		},
	}
}
