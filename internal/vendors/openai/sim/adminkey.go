// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

var adminKeyRoutes = []route{
	{http.MethodGet, "/organization/admin_api_keys", OpAdminAPIKeysList, (*Server).listAdminKeys},
	{http.MethodPost, "/organization/admin_api_keys", OpAdminAPIKeysCreate, (*Server).createAdminKey},
	{http.MethodGet, "/organization/admin_api_keys/{key_id}", OpAdminAPIKeysGet, (*Server).getAdminKey},
	{http.MethodDelete, "/organization/admin_api_keys/{key_id}", OpAdminAPIKeysDelete, (*Server).deleteAdminKey},
}

func (s *Server) adminKey(c *call) (*adminKey, *simkit.Problem) {
	id := c.Path("key_id")
	k, ok := simkit.Find(s.store.adminKeys, id)
	if !ok || k.org != c.org {
		return nil, notFound("admin API key", id)
	}
	return k, nil
}

func (s *Server) listAdminKeys(c *call) (any, *simkit.Problem) {
	if bad := s.checkQuery(c, "limit", "after", "order"); bad != nil {
		return nil, bad
	}
	own := slices.DeleteFunc(slices.Clone(s.store.adminKeys), func(k *adminKey) bool { return k.org != c.org })
	switch order := c.Query("order"); order {
	case "", "asc":
	case "desc":
		slices.Reverse(own)
	default:
		return nil, simkit.BadRequest("order", "order must be asc or desc, not %q", order)
	}
	return list(c, "admin API key", own,
		func(*adminKey) bool { return true },
		func(k *adminKey) any { return k.wire() })
}

func (s *Server) createAdminKey(c *call) (any, *simkit.Problem) {
	f, bad := s.readBody(c, false, "name", "expires_in_seconds")
	if bad != nil {
		return nil, bad
	}
	name, bad := f.RequiredText("name")
	if bad != nil {
		return nil, bad
	}
	seconds, bad := secondsOf(f, false)
	if bad != nil {
		return nil, bad
	}
	k, value := s.store.addAdminKey(c.org, s.InForce().StoredNames.apply(name), c.Now)
	if seconds > 0 {
		k.expiresAt = k.At.Add(time.Duration(seconds) * time.Second)
	}
	return wireNewAdminKey{wireAdminKey: k.wire(), Value: value}, nil
}

func (s *Server) getAdminKey(c *call) (any, *simkit.Problem) {
	k, bad := s.adminKey(c)
	if bad != nil {
		return nil, bad
	}
	if c.Stale(k) {
		return nil, notFound("admin API key", k.ID)
	}
	return k.wire(), nil
}

func (s *Server) deleteAdminKey(c *call) (any, *simkit.Problem) {
	k, bad := s.adminKey(c)
	if bad != nil {
		return nil, bad
	}
	s.store.deleteAdminKey(k)
	return wireDeleted{"organization.admin_api_key.deleted", k.ID, true}, nil
}

func (k *adminKey) wire() wireAdminKey {
	owner := k.org.owner
	return wireAdminKey{
		Object: "organization.admin_api_key",
		ID:     k.ID, Name: k.name, RedactedValue: k.redacted, CreatedAt: k.At.Unix(),
		ExpiresAt: nullableTime(k.expiresAt), LastUsedAt: nullableTime(k.lastUsedAt),
		Owner: wireAdminOwner{
			Type: "user", Object: "organization.user",
			ID: owner.ID, Name: owner.name, CreatedAt: owner.At.Unix(), Role: owner.role,
		},
	}
}
