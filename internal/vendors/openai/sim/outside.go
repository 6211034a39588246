// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// What other people do behind Terraform's back. All of it bypasses keys, faults,
// limits and the journal, and panics when told of an object that is not there.

// NewOrganization adds an organization with its own default project and returns
// its admin key.
func (s *Server) NewOrganization() (adminKey string) {
	s.Lock()
	defer s.Unlock()
	now := s.Clock().Now()
	_, value := s.store.addAdminKey(s.store.addOrganization(now), "Bootstrap", now)
	return value
}

// RestrictedAdminKey adds an admin key of the first organization that has just
// these scopes and returns it. Reading needs [ScopeManagementRead], writing
// [ScopeManagementWrite]; without them the answer is 403.
func (s *Server) RestrictedAdminKey(scopes ...string) string {
	s.Lock()
	defer s.Unlock()
	k, value := s.store.addAdminKey(s.store.organizations[0], "Restricted", s.Clock().Now())
	k.restricted, k.scopes = true, slices.Clone(scopes)
	return value
}

// SeedProject adds a project to the first organization and returns its id.
func (s *Server) SeedProject(name string) string {
	s.Lock()
	defer s.Unlock()
	return s.store.addProject(s.store.organizations[0], name, s.Clock().Now()).ID
}

// SeedServiceAccount adds a service account without a key and returns its id.
// The role is owner, member or none.
func (s *Server) SeedServiceAccount(projectID, name, role string) string {
	s.Lock()
	defer s.Unlock()
	if !slices.Contains([]string{"owner", "member", "none"}, role) {
		panic(fmt.Sprintf("openaisim: no such role: %q", role))
	}
	return s.store.addAccount(simkit.Must(s.store.projects, projectID), name, role, s.Clock().Now()).ID
}

// KeySpec describes a key to seed. With an AccountID it belongs to that service
// account, otherwise to a person.
type KeySpec struct {
	ProjectID  string    // may be left out with an AccountID
	AccountID  string    // owning service account, "" = a person owns the key
	UserID     string    // owner of an earlier seeded key, "" = a new person
	UserName   string    // of a new person, "" = a made-up one
	Name       string    // "" = the vendor's name for unnamed keys
	Scopes     []string  // nil = unrestricted
	CreatedAt  time.Time // zero = now
	ExpiresAt  time.Time // zero = never
	LastUsedAt time.Time // zero = never
}

// SeedKey adds a key and returns its id and its plaintext.
func (s *Server) SeedKey(spec KeySpec) (id, secret string) {
	s.Lock()
	defer s.Unlock()
	now := s.Clock().Now()
	k := &key{name: spec.Name, scopes: slices.Clone(spec.Scopes)}
	prefix := "sk-proj"
	switch {
	case spec.AccountID != "":
		k.account = simkit.Must(s.store.accounts, spec.AccountID)
		k.project, prefix = k.account.project, "sk-svcacct"
		if spec.ProjectID != "" && spec.ProjectID != k.project.ID {
			panic("openaisim: the service account is not in the project " + spec.ProjectID)
		}
	case spec.UserID != "":
		k.user = simkit.Must(s.store.users, spec.UserID)
	default:
		k.user = s.store.addUser(cmp.Or(spec.UserName, "Seeded Person"), now)
	}
	if k.project == nil {
		k.project = simkit.Must(s.store.projects, spec.ProjectID)
	}
	if k.name == "" {
		k.name = unnamedKey
	}
	secret = s.store.addKey(k, prefix, now)
	if !spec.CreatedAt.IsZero() {
		k.At = simkit.ToSecond(spec.CreatedAt)
	}
	k.expiresAt, k.lastUsedAt = orZero(spec.ExpiresAt), orZero(spec.LastUsedAt)
	return k.ID, secret
}

// AdminKeySpec describes an admin key to seed.
type AdminKeySpec struct {
	Name       string
	CreatedAt  time.Time // zero = now
	ExpiresAt  time.Time // zero = never
	LastUsedAt time.Time // zero = never
}

// SeedAdminKey adds an admin key to the first organization, as if somebody had created it in
// the dashboard, and returns its id and its plaintext.
func (s *Server) SeedAdminKey(spec AdminKeySpec) (id, secret string) {
	s.Lock()
	defer s.Unlock()
	k, secret := s.store.addAdminKey(s.store.organizations[0], spec.Name, s.Clock().Now())
	if !spec.CreatedAt.IsZero() {
		k.At = simkit.ToSecond(spec.CreatedAt)
	}
	k.expiresAt, k.lastUsedAt = orZero(spec.ExpiresAt), orZero(spec.LastUsedAt)
	return k.ID, secret
}

// SeedSample adds what an organization collects over the years, to try things on: keys
// of people, keys that never expire and keys that nobody uses, beside a good one.
func (s *Server) SeedSample() {
	ago := func(days int) time.Time { return s.Clock().Now().Add(-time.Duration(days) * 24 * time.Hour) }
	payments, research := s.SeedProject("payments"), s.SeedProject("research")
	api := s.SeedServiceAccount(payments, "payments-api", "member")
	batch := s.SeedServiceAccount(payments, "nightly-batch", "member")
	for _, spec := range []KeySpec{
		{AccountID: api, Name: "payments-api", CreatedAt: ago(10), ExpiresAt: ago(-80), LastUsedAt: ago(0)},
		{AccountID: batch, Name: "nightly-batch", CreatedAt: ago(300), LastUsedAt: ago(120)},
		{ProjectID: research, UserName: "Ada Example", Name: "report-generator", CreatedAt: ago(200), LastUsedAt: ago(1)},
		{ProjectID: research, UserName: "Bob Example", Name: "first experiment", CreatedAt: ago(150)},
	} {
		s.SeedKey(spec)
	}
}

// ArchiveProject archives a project, the default project too.
func (s *Server) ArchiveProject(id string) {
	s.Lock()
	defer s.Unlock()
	s.store.archive(simkit.Must(s.store.projects, id), s.Clock().Now())
}

// RenameProject changes a project's name.
func (s *Server) RenameProject(id, name string) {
	s.Lock()
	defer s.Unlock()
	simkit.Must(s.store.projects, id).name = name
}

// RenameServiceAccount changes a service account's name.
func (s *Server) RenameServiceAccount(id, name string) {
	s.Lock()
	defer s.Unlock()
	simkit.Must(s.store.accounts, id).name = name
}

// RenameKey changes the name of a project key or an admin key, as the dashboard can.
func (s *Server) RenameKey(id, name string) {
	s.Lock()
	defer s.Unlock()
	if k, ok := simkit.Find(s.store.adminKeys, id); ok {
		k.name = name
		return
	}
	simkit.Must(s.store.keys, id).name = name
}

// DeleteServiceAccount deletes a service account and its keys.
func (s *Server) DeleteServiceAccount(id string) {
	s.Lock()
	defer s.Unlock()
	s.store.deleteAccount(simkit.Must(s.store.accounts, id))
}

// SetAccountRole changes a service account's role to owner, member or none.
func (s *Server) SetAccountRole(id, role string) {
	s.Lock()
	defer s.Unlock()
	simkit.Must(s.store.accounts, id).role = role
}

// SetOwnerAccess decides whether a service account or a person has access to the
// project, whatever the role says.
func (s *Server) SetOwnerAccess(ownerID string, active bool) {
	s.Lock()
	defer s.Unlock()
	if u, ok := simkit.Find(s.store.users, ownerID); ok {
		u.access = &active
		return
	}
	simkit.Must(s.store.accounts, ownerID).access = &active
}

// RevokeKey deletes a project key or an admin key.
func (s *Server) RevokeKey(id string) {
	s.Lock()
	defer s.Unlock()
	if k, ok := simkit.Find(s.store.adminKeys, id); ok {
		s.store.deleteAdminKey(k)
		return
	}
	s.store.deleteKey(simkit.Must(s.store.keys, id))
}

// ExpireKeyAt sets the expiry of a project key or an admin key; the zero time
// means never.
func (s *Server) ExpireKeyAt(id string, t time.Time) {
	s.Lock()
	defer s.Unlock()
	if k, ok := simkit.Find(s.store.adminKeys, id); ok {
		k.expiresAt = orZero(t)
		return
	}
	simkit.Must(s.store.keys, id).expiresAt = orZero(t)
}

// SetKeyScopes changes the restrictions of a project key; none = unrestricted.
func (s *Server) SetKeyScopes(id string, scopes ...string) {
	s.Lock()
	defer s.Unlock()
	simkit.Must(s.store.keys, id).scopes = slices.Clone(scopes)
}

// UseKey notes that a project key or an admin key was used now.
func (s *Server) UseKey(id string) {
	s.Lock()
	defer s.Unlock()
	if k, ok := simkit.Find(s.store.adminKeys, id); ok {
		k.lastUsedAt = simkit.ToSecond(s.Clock().Now())
		return
	}
	simkit.Must(s.store.keys, id).lastUsedAt = simkit.ToSecond(s.Clock().Now())
}

func orZero(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return simkit.ToSecond(t)
}
