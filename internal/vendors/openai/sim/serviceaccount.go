// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
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

func (s *Server) account(c *call) (*account, *simkit.Problem) {
	p, bad := s.activeProject(c)
	if bad != nil {
		return nil, bad
	}
	id := c.Path("service_account_id")
	a, ok := simkit.Find(s.store.accounts, id)
	if !ok || a.project != p {
		return nil, notFound("service account", id)
	}
	return a, nil
}

func (s *Server) listAccounts(c *call) (any, *simkit.Problem) {
	if bad := s.checkQuery(c, "limit", "after"); bad != nil {
		return nil, bad
	}
	p, bad := s.activeProject(c)
	if bad != nil {
		return nil, bad
	}
	own := slices.DeleteFunc(slices.Clone(s.store.accounts), func(a *account) bool { return a.project != p })
	return list(c, "service account", own,
		func(*account) bool { return true },
		func(a *account) any { return a.wire() })
}

func (s *Server) createAccount(c *call) (any, *simkit.Problem) {
	f, bad := s.readBody(c, false, "name", "create_service_account_only", "expires_in_seconds")
	if bad != nil {
		return nil, bad
	}
	name, bad := f.RequiredText("name")
	if bad != nil {
		return nil, bad
	}
	only := false
	if f.Has("create_service_account_only") && json.Unmarshal(f["create_service_account_only"], &only) != nil {
		return nil, simkit.BadRequest("create_service_account_only", "create_service_account_only must be a boolean")
	}
	seconds, bad := secondsOf(f, true)
	if bad != nil {
		return nil, bad
	}
	if only && seconds != 0 {
		return nil, simkit.BadRequest("expires_in_seconds",
			"expires_in_seconds cannot be used when create_service_account_only is true: no key is created")
	}
	p, bad := s.activeProject(c)
	if bad != nil {
		return nil, bad
	}
	if p.isDefault && s.InForce().DefaultProjectClosed {
		return nil, simkit.BadRequest("", "Service accounts cannot be added to the default project")
	}
	if only {
		return wireNewAccount{wireAccount: s.store.addAccount(p, s.InForce().StoredNames.apply(name), "none", c.Now).wire()}, nil
	}
	if bad := s.mayMint(p, seconds); bad != nil {
		return nil, bad
	}
	a := s.store.addAccount(p, s.InForce().StoredNames.apply(name), "member", c.Now)
	first := s.mint(c, &key{project: p, account: a, name: unnamedKey}, seconds)
	return wireNewAccount{wireAccount: a.wire(), APIKey: &first}, nil
}

func (s *Server) getAccount(c *call) (any, *simkit.Problem) {
	a, bad := s.account(c)
	if bad != nil {
		return nil, bad
	}
	if c.Stale(a) {
		return nil, notFound("service account", a.ID)
	}
	return a.wire(), nil
}

func (s *Server) updateAccount(c *call) (any, *simkit.Problem) {
	f, bad := s.readBody(c, false, "name", "role")
	if bad != nil {
		return nil, bad
	}
	name, bad := f.Text("name")
	if bad != nil {
		return nil, bad
	}
	role, bad := f.Text("role")
	if bad != nil {
		return nil, bad
	}
	if role != "" && role != "member" && role != "owner" {
		return nil, simkit.BadRequest("role", "role must be member or owner, not %q", role)
	}
	a, bad := s.account(c)
	if bad != nil {
		return nil, bad
	}
	if name != "" {
		a.name = s.InForce().StoredNames.apply(name)
	}
	if role != "" && !s.InForce().RoleUpdateIgnored {
		a.role = role
	}
	return a.wire(), nil
}

func (s *Server) deleteAccount(c *call) (any, *simkit.Problem) {
	a, bad := s.account(c)
	if bad != nil {
		return nil, bad
	}
	s.store.deleteAccount(a)
	return wireDeleted{"organization.project.service_account.deleted", a.ID, true}, nil
}

func (s *Server) createAccountKey(c *call) (any, *simkit.Problem) {
	f, bad := s.readBody(c, true, "name", "scopes", "expires_in_seconds")
	if bad != nil {
		return nil, bad
	}
	name, bad := f.Text("name")
	if bad != nil {
		return nil, bad
	}
	if name == "" {
		name = unnamedKey
	}
	scopes, bad := scopesOf(f)
	if bad != nil {
		return nil, bad
	}
	seconds, bad := secondsOf(f, true)
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
	live := func(k *key) bool { return k.account == a && !expired(k.expiresAt, c.Now) }
	if s.InForce().OneKeyPerAccount && slices.ContainsFunc(s.store.keys, live) {
		return nil, simkit.Refused(http.StatusConflict, "The service account %s already has an API key and cannot have another", a.ID)
	}
	return s.mint(c, &key{project: a.project, account: a, name: s.InForce().StoredNames.apply(name), scopes: scopes}, seconds), nil
}

func (s *Server) mayMint(p *project, seconds int64) *simkit.Problem {
	if bad := s.InForce().checkAccountKeys(p.ID); bad != nil {
		return bad
	}
	return s.InForce().checkLifetime(p.ID, seconds)
}

// mint stores the key and shows its secret for the only time.
func (s *Server) mint(c *call, k *key, seconds int64) wireNewKey {
	value := s.store.addKey(k, "sk-svcacct", c.Now)
	if seconds > 0 && !s.InForce().ExpiryIgnored {
		k.expiresAt = k.At.Add(time.Duration(seconds) * time.Second)
	}
	return wireNewKey{
		Object: "organization.project.service_account.api_key",
		ID:     k.ID, Name: k.name, CreatedAt: k.At.Unix(), Value: value,
		wireExpiry: s.wireExpiry(k),
	}
}

func (a *account) wire() wireAccount {
	return wireAccount{
		Object: "organization.project.service_account",
		ID:     a.ID, Name: a.name, Role: a.role, CreatedAt: a.At.Unix(),
	}
}
