// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// Project is a project as the simulator stores it.
type Project struct {
	ID            string    `json:"id"`
	Organization  string    `json:"organization"`
	Name          string    `json:"name"`
	Archived      bool      `json:"archived"`
	ArchivedAt    time.Time `json:"archived_at,omitzero"` // zero = active
	CreatedAt     time.Time `json:"created_at"`
	Residency     string    `json:"residency,omitempty"`
	ExternalKeyID string    `json:"external_key_id,omitempty"`
	Default       bool      `json:"default"`
}

// ServiceAccount is a service account as the simulator stores it.
type ServiceAccount struct {
	ID        string    `json:"id"`
	ProjectID string    `json:"project_id"`
	Name      string    `json:"name"`
	Role      string    `json:"role"` // owner, member or none
	Active    bool      `json:"active"`
	CreatedAt time.Time `json:"created_at"`
}

// Key is a project key as the simulator stores it, live or expired.
type Key struct {
	ID         string    `json:"id"`
	ProjectID  string    `json:"project_id"`
	OwnerType  string    `json:"owner_type"` // service_account or user
	OwnerID    string    `json:"owner_id"`
	Name       string    `json:"name"`
	Scopes     []string  `json:"scopes,omitempty"` // nil = unrestricted
	CreatedAt  time.Time `json:"created_at"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`   // zero = never
	LastUsedAt time.Time `json:"last_used_at,omitzero"` // zero = never
	Expired    bool      `json:"expired"`
	Usable     bool      `json:"usable"` // the inference side accepts it now
}

// AdminKey is an admin key as the simulator stores it, live or expired.
type AdminKey struct {
	ID           string    `json:"id"`
	Organization string    `json:"organization"`
	Name         string    `json:"name"`
	Restricted   bool      `json:"restricted"`
	Scopes       []string  `json:"scopes,omitempty"` // of a restricted key
	CreatedAt    time.Time `json:"created_at"`
	ExpiresAt    time.Time `json:"expires_at,omitzero"`   // zero = never
	LastUsedAt   time.Time `json:"last_used_at,omitzero"` // zero = never
	Expired      bool      `json:"expired"`
}

// Projects returns all projects of all organizations in order of creation.
func (s *Server) Projects() []Project {
	s.Lock()
	defer s.Unlock()
	out := make([]Project, 0, len(s.store.projects))
	for _, p := range s.store.projects {
		out = append(out, Project{
			ID: p.ID, Organization: p.org.id, Name: p.name, Archived: p.archived(), ArchivedAt: p.archivedAt,
			CreatedAt: p.At, Residency: p.residency, ExternalKeyID: p.externalKey, Default: p.isDefault,
		})
	}
	return out
}

// ServiceAccounts returns all service accounts in order of creation. Those of
// archived projects are gone.
func (s *Server) ServiceAccounts() []ServiceAccount {
	s.Lock()
	defer s.Unlock()
	out := make([]ServiceAccount, 0, len(s.store.accounts))
	for _, a := range s.store.accounts {
		out = append(out, ServiceAccount{
			ID: a.ID, ProjectID: a.project.ID, Name: a.name, Role: a.role, Active: a.hasAccess(), CreatedAt: a.At,
		})
	}
	return out
}

// Keys returns all project keys that were not deleted, expired ones and those of
// archived projects included, in order of creation.
func (s *Server) Keys() []Key {
	s.Lock()
	defer s.Unlock()
	now := s.Clock().Now()
	out := make([]Key, 0, len(s.store.keys))
	for _, k := range s.store.keys {
		shown := Key{
			ID: k.ID, ProjectID: k.project.ID, OwnerType: "user", Name: k.name, Scopes: slices.Clone(k.scopes),
			CreatedAt: k.At, ExpiresAt: k.expiresAt, LastUsedAt: k.lastUsedAt,
			Expired: expired(k.expiresAt, now), Usable: k.usable(now),
		}
		if k.account != nil {
			shown.OwnerType, shown.OwnerID = "service_account", k.account.ID
		} else {
			shown.OwnerID = k.user.ID
		}
		out = append(out, shown)
	}
	return out
}

// DeletedKeys returns the ids of all deleted keys, admin keys included, in order
// of deletion.
func (s *Server) DeletedKeys() []string {
	s.Lock()
	defer s.Unlock()
	return slices.Clone(s.store.deletedKeys)
}

// Summaries says of every project key that was not deleted whether it works.
func (s *Server) Summaries() []simkit.Summary {
	var out []simkit.Summary
	for _, k := range s.Keys() {
		out = append(out, simkit.Summary{ID: k.ID, Name: k.Name, ExpiresAt: k.ExpiresAt, Works: k.Usable})
	}
	return out
}

// AdminKeys returns all admin keys of all organizations that were not deleted,
// in order of creation.
func (s *Server) AdminKeys() []AdminKey {
	s.Lock()
	defer s.Unlock()
	now := s.Clock().Now()
	out := make([]AdminKey, 0, len(s.store.adminKeys))
	for _, k := range s.store.adminKeys {
		out = append(out, AdminKey{
			ID: k.ID, Organization: k.org.id, Name: k.name, Restricted: k.restricted, Scopes: slices.Clone(k.scopes),
			CreatedAt: k.At, ExpiresAt: k.expiresAt, LastUsedAt: k.lastUsedAt, Expired: expired(k.expiresAt, now),
		})
	}
	return out
}

// Valid reports whether the inference side accepts the key now.
func (s *Server) Valid(secret string) bool {
	s.Lock()
	defer s.Unlock()
	if k, ok := s.store.keyBySecret(secret); ok {
		return k.usable(s.Clock().Now())
	}
	_, ok := s.store.accessBySecret(secret, s.Clock().Now())
	return ok
}

// ValidAdminKey reports whether the administration side accepts the admin key now.
func (s *Server) ValidAdminKey(secret string) bool {
	s.Lock()
	defer s.Unlock()
	k, ok := s.store.adminKeyBySecret(secret)
	return ok && !expired(k.expiresAt, s.Clock().Now())
}
