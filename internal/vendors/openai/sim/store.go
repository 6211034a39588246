// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// store is everything the simulated vendor remembers. Slices keep the order of
// creation. It has no lock of its own: the Server's lock guards it.
type store struct {
	issuer *simkit.Issuer

	organizations []*organization
	projects      []*project
	accounts      []*account
	users         []*user
	keys          []*key
	adminKeys     []*adminKey
	records       []*record
	accesses      []*access
	published     map[string]jose.JSONWebKeySet // by issuer, see [Server.PublishKeys]
	kinds         map[string]*recordKind        // of records, by name
	settings      map[settingPlace]map[string]any
	events        []*event
	deletedKeys   []string
	bootstrap     *adminKey // the first admin key: a reset keeps it
}

type organization struct {
	id    string
	owner *user
}

// Ident is the id.
func (o *organization) Ident() string { return o.id }

type project struct {
	simkit.Object
	org         *organization
	name        string
	archivedAt  time.Time // zero = active
	residency   string
	externalKey string
	isDefault   bool
}

func (p *project) archived() bool { return !p.archivedAt.IsZero() }

type account struct {
	simkit.Object
	project *project
	name    string
	role    string
	access  *bool // set from outside: a rule decides instead of the roles
	store   *store
}

type user struct {
	simkit.Object
	org               *organization
	name, email, role string
	access            *bool
}

type key struct {
	simkit.Object
	project    *project
	account    *account // exactly one of account and user is set
	user       *user
	name       string
	scopes     []string // nil = unrestricted
	expiresAt  time.Time
	lastUsedAt time.Time
	redacted   string
	hash       [sha256.Size]byte
}

type adminKey struct {
	simkit.Object
	org        *organization
	name       string
	restricted bool
	scopes     []string
	expiresAt  time.Time
	lastUsedAt time.Time
	redacted   string
	hash       [sha256.Size]byte
}

const defaultProject = "Default project"

func (st *store) newSecret(prefix string) (plain, redacted string, hash [sha256.Size]byte) {
	plain = st.issuer.Secret(prefix)
	return plain, prefix + "..." + plain[len(plain)-3:], sha256.Sum256([]byte(plain))
}

// redactForeign shows a little of a key that somebody sent, and nothing of a
// short one, where a little would be much.
func redactForeign(secret string) string {
	if len(secret) < 20 {
		return "***"
	}
	return secret[:3] + "..." + secret[len(secret)-3:]
}

func expired(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// reset leaves the first organization as it was at the start.
func (st *store) reset() {
	first := st.organizations[0]
	*st = store{
		issuer: st.issuer, kinds: st.kinds,
		organizations: []*organization{first}, users: []*user{first.owner},
		projects: st.projects[:1:1], adminKeys: []*adminKey{st.bootstrap}, bootstrap: st.bootstrap,
	}
	st.projects[0].archivedAt, st.projects[0].name = time.Time{}, defaultProject
	st.bootstrap.expiresAt, st.bootstrap.lastUsedAt = time.Time{}, time.Time{}
}

func (st *store) addOrganization(now time.Time) *organization {
	owner := &user{Object: st.issuer.Object("user-", now), name: "Organization Owner", role: "owner"}
	owner.email = strings.ToLower(owner.ID) + "@example.com"
	st.users = append(st.users, owner)
	org := &organization{id: st.issuer.ID("org-"), owner: owner}
	owner.org = org
	st.organizations = append(st.organizations, org)
	st.addProject(org, defaultProject, now).isDefault = true
	return org
}

func (st *store) addProject(org *organization, name string, now time.Time) *project {
	p := &project{Object: st.issuer.Object("proj_", now), org: org, name: name}
	st.projects = append(st.projects, p)
	return p
}

func (st *store) addAccount(p *project, name, role string, now time.Time) *account {
	a := &account{Object: st.issuer.Object("user-", now), project: p, name: name, role: role, store: st}
	st.accounts = append(st.accounts, a)
	return a
}

func (st *store) addUser(name string, now time.Time) *user {
	u := &user{Object: st.issuer.Object("user-", now), org: st.organizations[0], name: name, role: "member"}
	u.email = strings.ToLower(u.ID) + "@example.com"
	st.users = append(st.users, u)
	return u
}

func (st *store) addKey(k *key, prefix string, now time.Time) (plain string) {
	k.Object = st.issuer.Object("key_", now)
	plain, k.redacted, k.hash = st.newSecret(prefix)
	st.keys = append(st.keys, k)
	return plain
}

func (st *store) addAdminKey(org *organization, name string, now time.Time) (*adminKey, string) {
	k := &adminKey{Object: st.issuer.Object("key_", now), org: org, name: name}
	var plain string
	plain, k.redacted, k.hash = st.newSecret("sk-admin")
	st.adminKeys = append(st.adminKeys, k)
	if st.bootstrap == nil {
		st.bootstrap = k
	}
	return k, plain
}

func (st *store) deleteKey(k *key) {
	st.keys = slices.DeleteFunc(st.keys, func(o *key) bool { return o == k })
	st.deletedKeys = append(st.deletedKeys, k.ID)
}

func (st *store) deleteAdminKey(k *adminKey) {
	st.adminKeys = slices.DeleteFunc(st.adminKeys, func(o *adminKey) bool { return o == k })
	st.deletedKeys = append(st.deletedKeys, k.ID)
}

// deleteAccount takes the account's keys along.
func (st *store) deleteAccount(a *account) {
	for _, k := range slices.Clone(st.keys) {
		if k.account == a {
			st.deleteKey(k)
		}
	}
	st.accounts = slices.DeleteFunc(st.accounts, func(o *account) bool { return o == a })
}

// archive makes the project's accounts vanish; its keys stay on record, unusable.
func (st *store) archive(p *project, now time.Time) {
	p.archivedAt = simkit.ToSecond(now)
	st.accounts = slices.DeleteFunc(st.accounts, func(a *account) bool { return a.project == p })
}

// accountAccess reports whether the account can do anything in its project.
func (a *account) hasAccess() bool {
	if a.access != nil {
		return *a.access
	}
	return a.role != "none" || a.store.granted(a)
}

// granted reports whether the account has a role in its project beside its own, itself or through
// a group.
func (st *store) granted(a *account) bool {
	holders := []string{a.ID}
	for _, r := range st.records {
		if r.kind.name == "group_users" && r.ID == a.ID {
			holders = append(holders, r.parent)
		}
	}
	return slices.ContainsFunc(st.records, func(r *record) bool {
		return r.kind.isAssignment() && strings.HasPrefix(r.parent, a.project.ID+"/") && slices.Contains(holders, r.holder())
	})
}

// isMember is the older rule behind the unfiltered key list: a role, or access
// that somebody granted.
func (a *account) isMember() bool { return a.role != "none" || a.hasAccess() }

func (u *user) hasAccess() bool { return u.access == nil || *u.access }

func (k *key) ownerHasAccess() bool {
	if k.account != nil {
		return k.account.hasAccess()
	}
	return k.user.hasAccess()
}

func (k *key) ownerIsMember() bool {
	if k.account != nil {
		return k.account.isMember()
	}
	return true
}

// usable is what the inference side asks.
func (k *key) usable(now time.Time) bool {
	return !expired(k.expiresAt, now) && !k.project.archived() && k.ownerHasAccess()
}

func (st *store) keyBySecret(secret string) (*key, bool) {
	hash := sha256.Sum256([]byte(secret))
	for _, k := range st.keys {
		if k.hash == hash {
			return k, true
		}
	}
	return nil, false
}

func (st *store) adminKeyBySecret(secret string) (*adminKey, bool) {
	hash := sha256.Sum256([]byte(secret))
	for _, k := range st.adminKeys {
		if k.hash == hash {
			return k, true
		}
	}
	return nil, false
}
