// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

var serviceAccountRoutes = []route{
	{http.MethodGet, "/organization/projects/{project_id}/service_accounts", OpServiceAccountsList, (*Server).listAccounts},
	{http.MethodPost, "/organization/projects/{project_id}/service_accounts", OpServiceAccountsCreate, (*Server).createAccount},
	{http.MethodGet, "/organization/projects/{project_id}/service_accounts/{service_account_id}", OpServiceAccountsGet, (*Server).getAccount},
	{http.MethodPost, "/organization/projects/{project_id}/service_accounts/{service_account_id}", OpServiceAccountsUpdate, (*Server).updateAccount},
	{http.MethodDelete, "/organization/projects/{project_id}/service_accounts/{service_account_id}", OpServiceAccountsDelete, (*Server).deleteAccount},
	{http.MethodPost, "/organization/projects/{project_id}/service_accounts/{service_account_id}/api_keys", OpServiceAccountKeysCreate, (*Server).createAccountKey},
}

// unnamedKey is the name the vendor gives a key that nobody named.
const unnamedKey = "Secret Key"

func (s *Server) account(c *call) (*account, *problem) {
	p, bad := s.activeProject(c)
	if bad != nil {
		return nil, bad
	}
	id := c.path("service_account_id")
	a, ok := find(s.store.accounts, id)
	if !ok || a.project != p {
		return nil, notFound("service account", id)
	}
	return a, nil
}

func (s *Server) listAccounts(c *call) (any, *problem) {
	if bad := s.checkQuery(c, "limit", "after"); bad != nil {
		return nil, bad
	}
	p, bad := s.activeProject(c)
	if bad != nil {
		return nil, bad
	}
	own := slices.DeleteFunc(slices.Clone(s.store.accounts), func(a *account) bool { return a.project != p })
	return list(s, c, "service account", own,
		func(*account) bool { return true },
		func(a *account) any { return a.wire() })
}

func (s *Server) createAccount(c *call) (any, *problem) {
	f, bad := s.readBody(c, false, "name", "create_service_account_only", "expires_in_seconds")
	if bad != nil {
		return nil, bad
	}
	name, bad := f.name()
	if bad != nil {
		return nil, bad
	}
	only := false
	if f.has("create_service_account_only") && json.Unmarshal(f["create_service_account_only"], &only) != nil {
		return nil, badRequest("create_service_account_only", "create_service_account_only must be a boolean")
	}
	seconds, bad := f.seconds(true)
	if bad != nil {
		return nil, bad
	}
	if only && seconds != 0 {
		return nil, badRequest("expires_in_seconds",
			"expires_in_seconds cannot be used when create_service_account_only is true: no key is created")
	}
	p, bad := s.activeProject(c)
	if bad != nil {
		return nil, bad
	}
	if p.isDefault && s.policy.DefaultProjectClosed {
		return nil, badRequest("", "Service accounts cannot be added to the default project")
	}
	if only {
		return wireNewAccount{wireAccount: s.store.addAccount(p, s.policy.StoredNames.apply(name), "none", c.now).wire()}, nil
	}
	if bad := s.mayMint(p, seconds); bad != nil {
		return nil, bad
	}
	a := s.store.addAccount(p, s.policy.StoredNames.apply(name), "member", c.now)
	first := s.mint(c, &key{project: p, account: a, name: unnamedKey}, seconds)
	return wireNewAccount{wireAccount: a.wire(), APIKey: &first}, nil
}

func (s *Server) getAccount(c *call) (any, *problem) {
	a, bad := s.account(c)
	if bad != nil {
		return nil, bad
	}
	if c.fault.stale(c, a) {
		return nil, notFound("service account", a.id)
	}
	return a.wire(), nil
}

func (s *Server) updateAccount(c *call) (any, *problem) {
	f, bad := s.readBody(c, false, "name", "role")
	if bad != nil {
		return nil, bad
	}
	name, bad := f.text("name")
	if bad != nil {
		return nil, bad
	}
	role, bad := f.text("role")
	if bad != nil {
		return nil, bad
	}
	if role != "" && role != "member" && role != "owner" {
		return nil, badRequest("role", "role must be member or owner, not %q", role)
	}
	a, bad := s.account(c)
	if bad != nil {
		return nil, bad
	}
	if name != "" {
		a.name = s.policy.StoredNames.apply(name)
	}
	if role != "" && !s.policy.RoleUpdateIgnored {
		a.role = role
	}
	return a.wire(), nil
}

func (s *Server) deleteAccount(c *call) (any, *problem) {
	a, bad := s.account(c)
	if bad != nil {
		return nil, bad
	}
	s.store.deleteAccount(a)
	return wireDeleted{"organization.project.service_account.deleted", a.id, true}, nil
}

func (s *Server) createAccountKey(c *call) (any, *problem) {
	f, bad := s.readBody(c, true, "name", "scopes", "expires_in_seconds")
	if bad != nil {
		return nil, bad
	}
	name, bad := f.text("name")
	if bad != nil {
		return nil, bad
	}
	if name == "" {
		name = unnamedKey
	}
	scopes, bad := f.scopes()
	if bad != nil {
		return nil, bad
	}
	seconds, bad := f.seconds(true)
	if bad != nil {
		return nil, bad
	}
	a, bad := s.account(c)
	if bad != nil {
		return nil, bad
	}
	if bad := s.mayMint(a.project, seconds); bad != nil {
		return nil, bad
	}
	live := func(k *key) bool { return k.account == a && !expired(k.expiresAt, c.now) }
	if s.policy.OneKeyPerAccount && slices.ContainsFunc(s.store.keys, live) {
		return nil, conflict("The service account %s already has an API key and cannot have another", a.id)
	}
	return s.mint(c, &key{project: a.project, account: a, name: s.policy.StoredNames.apply(name), scopes: scopes}, seconds), nil
}

func (s *Server) mayMint(p *project, seconds int64) *problem {
	if bad := s.policy.checkAccountKeys(p.id); bad != nil {
		return bad
	}
	return s.policy.checkLifetime(p.id, seconds)
}

// mint stores the key and shows its secret for the only time.
func (s *Server) mint(c *call, k *key, seconds int64) wireNewKey {
	value := s.store.addKey(k, "sk-svcacct", c.now)
	if seconds > 0 && !s.policy.ExpiryIgnored {
		k.expiresAt = k.at.Add(time.Duration(seconds) * time.Second)
	}
	return wireNewKey{
		Object: "organization.project.service_account.api_key",
		ID:     k.id, Name: k.name, CreatedAt: k.at.Unix(), Value: value,
		wireExpiry: s.wireExpiry(k),
	}
}

func (a *account) wire() wireAccount {
	return wireAccount{
		Object: "organization.project.service_account",
		ID:     a.id, Name: a.name, Role: a.role, CreatedAt: a.at.Unix(),
	}
}
