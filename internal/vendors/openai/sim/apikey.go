// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

var apiKeyRoutes = []route{
	{http.MethodGet, "/organization/projects/{project_id}/api_keys", OpAPIKeysList, (*Server).listKeys},
	{http.MethodGet, "/organization/projects/{project_id}/api_keys/{api_key_id}", OpAPIKeysGet, (*Server).getKey},
	{http.MethodPost, "/organization/projects/{project_id}/api_keys/{api_key_id}", OpAPIKeysUpdate, (*Server).updateKey},
	{http.MethodDelete, "/organization/projects/{project_id}/api_keys/{api_key_id}", OpAPIKeysDelete, (*Server).deleteKey},
}

func (s *Server) key(c *call) (*key, *simkit.Problem) {
	p, bad := s.activeProject(c)
	if bad != nil {
		return nil, bad
	}
	id := c.Path("api_key_id")
	k, ok := simkit.Find(s.store.keys, id)
	if !ok || k.project != p || s.InForce().ExpiredKeysGone && expired(k.expiresAt, c.Now) {
		return nil, notFound("API key", id)
	}
	return k, nil
}

func (s *Server) listKeys(c *call) (any, *simkit.Problem) {
	const filter = "owner_project_access"
	if s.InForce().OwnerAccessRefused && c.HasQuery(filter) {
		return nil, simkit.BadRequest(filter, "Unknown query parameter: %s", filter)
	}
	if s.InForce().OwnerAccessRefusedUnnamed && c.HasQuery(filter) {
		return nil, simkit.BadRequest("", "The request was refused")
	}
	if bad := s.checkQuery(c, "limit", "after", filter); bad != nil {
		return nil, bad
	}
	var seen func(*key) bool
	switch access := c.Query(filter); {
	case !c.HasQuery(filter) || s.InForce().OwnerAccessIgnored:
		seen = (*key).ownerIsMember
	case access == "any":
		seen = func(*key) bool { return true }
	case access == "active":
		seen = (*key).ownerHasAccess
	case access == "inactive":
		seen = func(k *key) bool { return !k.ownerHasAccess() }
	default:
		return nil, simkit.BadRequest(filter, "%s must be active, inactive or any, not %q", filter, access)
	}
	p, bad := s.activeProject(c)
	if bad != nil {
		return nil, bad
	}
	hide := s.InForce().ExpiredKeysUnlisted || s.InForce().ExpiredKeysGone
	own := slices.DeleteFunc(slices.Clone(s.store.keys), func(k *key) bool { return k.project != p })
	return list(c, "API key", own,
		func(k *key) bool { return seen(k) && (!hide || !expired(k.expiresAt, c.Now)) },
		func(k *key) any { return s.wireKey(k) })
}

func (s *Server) getKey(c *call) (any, *simkit.Problem) {
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	if c.Stale(k) {
		return nil, notFound("API key", k.ID)
	}
	return s.wireKey(k), nil
}

func (s *Server) updateKey(c *call) (any, *simkit.Problem) {
	if status := s.InForce().NoKeyUpdate; status != 0 {
		missing := unknownURL(c.Request.Method, c.Request.URL.Path)
		if missing.Status = status; status == http.StatusMethodNotAllowed {
			missing.Message, missing.Code, missing.Header = "Not allowed to POST here", nil, map[string]string{"Allow": "GET, DELETE"}
		}
		return nil, missing
	}
	f, bad := s.readBody(c, false, "scopes", "expires_in_seconds")
	if bad != nil {
		return nil, bad
	}
	scopes, bad := scopesOf(f)
	if bad != nil {
		return nil, bad
	}
	seconds, bad := secondsOf(f, false)
	if bad != nil {
		return nil, bad
	}
	if !f.Has("scopes") && !f.Has("expires_in_seconds") {
		return nil, simkit.BadRequest("", "At least one of scopes and expires_in_seconds is required")
	}
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	if expired(k.expiresAt, c.Now) {
		return nil, simkit.BadRequest("", "The API key %s has expired and cannot be updated", k.ID)
	}
	if seconds != 0 && s.InForce().ExpiryUpdateRefused {
		return nil, simkit.BadRequest("expires_in_seconds", "The lifetime of this API key cannot be changed")
	}
	if seconds != 0 {
		if bad := s.InForce().checkLifetime(k.project.ID, seconds); bad != nil {
			return nil, bad
		}
	}
	if s.InForce().KeyUpdateIgnored {
		return s.wireKey(k), nil
	}
	if f.Has("scopes") {
		k.scopes = scopes
	}
	if seconds != 0 {
		k.expiresAt = simkit.ToSecond(c.Now).Add(time.Duration(seconds) * time.Second)
	}
	return s.wireKey(k), nil
}

func (s *Server) deleteKey(c *call) (any, *simkit.Problem) {
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	if k.account != nil && s.InForce().NoServiceAccountKeyDelete {
		return nil, simkit.BadRequest("", "API keys of service accounts cannot be deleted; delete the service account instead")
	}
	s.store.deleteKey(k)
	return wireDeleted{"organization.project.api_key.deleted", k.ID, true}, nil
}

func (s *Server) wireExpiry(k *key) wireExpiry {
	if s.InForce().ExpiryIgnored {
		return wireExpiry{}
	}
	at := nullableTime(k.expiresAt)
	return wireExpiry{&at}
}

func (s *Server) wireKey(k *key) wireKey {
	w := wireKey{
		Object: "organization.project.api_key",
		ID:     k.ID, Name: k.name, RedactedValue: k.redacted, CreatedAt: k.At.Unix(),
		LastUsedAt: nullableTime(k.lastUsedAt), OwnerProjectAccess: "inactive",
		wireExpiry: s.wireExpiry(k),
	}
	if k.ownerHasAccess() {
		w.OwnerProjectAccess = "active"
	}
	if a := k.account; a != nil {
		w.Owner = wireOwner{Type: "service_account", ServiceAccount: &wireAccountOwner{
			ID: a.ID, Name: a.name, CreatedAt: a.At.Unix(), Role: a.role,
		}}
		return w
	}
	w.Owner = wireOwner{Type: "user", User: &wireUserOwner{
		ID: k.user.ID, Email: k.user.email, Name: k.user.name, CreatedAt: k.user.At.Unix(), Role: k.user.role,
	}}
	return w
}
