// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"
	"slices"
	"time"
)

var apiKeyRoutes = []route{
	{http.MethodGet, "/organization/projects/{project_id}/api_keys", OpAPIKeysList, (*Server).listKeys},
	{http.MethodGet, "/organization/projects/{project_id}/api_keys/{api_key_id}", OpAPIKeysGet, (*Server).getKey},
	{http.MethodPost, "/organization/projects/{project_id}/api_keys/{api_key_id}", OpAPIKeysUpdate, (*Server).updateKey},
	{http.MethodDelete, "/organization/projects/{project_id}/api_keys/{api_key_id}", OpAPIKeysDelete, (*Server).deleteKey},
}

func (s *Server) key(c *call) (*key, *problem) {
	p, bad := s.activeProject(c)
	if bad != nil {
		return nil, bad
	}
	id := c.path("api_key_id")
	k, ok := find(s.store.keys, id)
	if !ok || k.project != p || s.policy.ExpiredKeysGone && expired(k.expiresAt, c.now) {
		return nil, notFound("API key", id)
	}
	return k, nil
}

func (s *Server) listKeys(c *call) (any, *problem) {
	const filter = "owner_project_access"
	if s.policy.OwnerAccessRefused && c.r.URL.Query().Has(filter) {
		return nil, badRequest(filter, "Unknown query parameter: %s", filter)
	}
	if s.policy.OwnerAccessRefusedUnnamed && c.r.URL.Query().Has(filter) {
		return nil, badRequest("", "The request was refused")
	}
	if bad := s.checkQuery(c, "limit", "after", filter); bad != nil {
		return nil, bad
	}
	var seen func(*key) bool
	switch access := c.r.URL.Query().Get(filter); {
	case !c.r.URL.Query().Has(filter) || s.policy.OwnerAccessIgnored:
		seen = (*key).ownerIsMember
	case access == "any":
		seen = func(*key) bool { return true }
	case access == "active":
		seen = (*key).ownerHasAccess
	case access == "inactive":
		seen = func(k *key) bool { return !k.ownerHasAccess() }
	default:
		return nil, badRequest(filter, "%s must be active, inactive or any, not %q", filter, access)
	}
	p, bad := s.activeProject(c)
	if bad != nil {
		return nil, bad
	}
	hide := s.policy.ExpiredKeysUnlisted || s.policy.ExpiredKeysGone
	own := slices.DeleteFunc(slices.Clone(s.store.keys), func(k *key) bool { return k.project != p })
	return list(s, c, "API key", own,
		func(k *key) bool { return seen(k) && (!hide || !expired(k.expiresAt, c.now)) },
		func(k *key) any { return s.wireKey(k) })
}

func (s *Server) getKey(c *call) (any, *problem) {
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	if c.fault.stale(c, k) {
		return nil, notFound("API key", k.id)
	}
	return s.wireKey(k), nil
}

func (s *Server) updateKey(c *call) (any, *problem) {
	if status := s.policy.NoKeyUpdate; status != 0 {
		missing := unknownURL(c.r.Method, c.r.URL.Path)
		if missing.status = status; status == http.StatusMethodNotAllowed {
			missing.message, missing.code, missing.allow = "Not allowed to POST here", "", "GET, DELETE"
		}
		return nil, missing
	}
	f, bad := s.readBody(c, false, "scopes", "expires_in_seconds")
	if bad != nil {
		return nil, bad
	}
	scopes, bad := f.scopes()
	if bad != nil {
		return nil, bad
	}
	seconds, bad := f.seconds(false)
	if bad != nil {
		return nil, bad
	}
	if !f.has("scopes") && !f.has("expires_in_seconds") {
		return nil, badRequest("", "At least one of scopes and expires_in_seconds is required")
	}
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	if expired(k.expiresAt, c.now) {
		return nil, badRequest("", "The API key %s has expired and cannot be updated", k.id)
	}
	if seconds != 0 && s.policy.ExpiryUpdateRefused {
		return nil, badRequest("expires_in_seconds", "The lifetime of this API key cannot be changed")
	}
	if seconds != 0 {
		if bad := s.policy.checkLifetime(k.project.id, seconds); bad != nil {
			return nil, bad
		}
	}
	if s.policy.KeyUpdateIgnored {
		return s.wireKey(k), nil
	}
	if f.has("scopes") {
		k.scopes = scopes
	}
	if seconds != 0 {
		k.expiresAt = toSecond(c.now).Add(time.Duration(seconds) * time.Second)
	}
	return s.wireKey(k), nil
}

func (s *Server) deleteKey(c *call) (any, *problem) {
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	if k.account != nil && s.policy.NoServiceAccountKeyDelete {
		return nil, badRequest("", "API keys of service accounts cannot be deleted; delete the service account instead")
	}
	s.store.deleteKey(k)
	return wireDeleted{"organization.project.api_key.deleted", k.id, true}, nil
}

func (s *Server) wireExpiry(k *key) wireExpiry {
	if s.policy.ExpiryIgnored {
		return wireExpiry{}
	}
	at := nullableTime(k.expiresAt)
	return wireExpiry{&at}
}

func (s *Server) wireKey(k *key) wireKey {
	w := wireKey{
		Object: "organization.project.api_key",
		ID:     k.id, Name: k.name, RedactedValue: k.redacted, CreatedAt: k.at.Unix(),
		LastUsedAt: nullableTime(k.lastUsedAt), OwnerProjectAccess: "inactive",
		wireExpiry: s.wireExpiry(k),
	}
	if k.ownerHasAccess() {
		w.OwnerProjectAccess = "active"
	}
	if a := k.account; a != nil {
		w.Owner = wireOwner{Type: "service_account", ServiceAccount: &wireAccountOwner{
			ID: a.id, Name: a.name, CreatedAt: a.at.Unix(), Role: a.role,
		}}
		return w
	}
	w.Owner = wireOwner{Type: "user", User: &wireUserOwner{
		ID: k.user.id, Email: k.user.email, Name: k.user.name, CreatedAt: k.user.at.Unix(), Role: k.user.role,
	}}
	return w
}
