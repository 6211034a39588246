// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"testing"
	"time"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestKeyObject(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	user, _ := c.sim.SeedKey(openaisim.KeySpec{
		ProjectID: w.project, Name: "laptop", CreatedAt: start.Add(-time.Hour), ExpiresAt: start.Add(time.Hour), LastUsedAt: start.Add(-time.Minute),
	})
	k := c.ok(c.get(w.keyPath()))
	same(t, k, object{
		"object": "organization.project.api_key", "id": w.key, "name": "first", "created_at": start.Unix(), "last_used_at": nil,
		"expires_at": nil, "owner_project_access": "active", "redacted_value": "sk-svcacct..." + w.secret[len(w.secret)-3:],
		"owner": object{"type": "service_account", "service_account": object{"id": w.account, "name": "ci", "role": "member", "created_at": start.Unix()}},
	})
	u := c.ok(c.get(w.keys() + "/" + user))
	owner := u["owner"].(object)["user"].(object)
	same(t, u, object{
		"object": "organization.project.api_key", "id": user, "name": "laptop", "created_at": start.Add(-time.Hour).Unix(),
		"last_used_at": start.Add(-time.Minute).Unix(), "expires_at": start.Add(time.Hour).Unix(),
		"owner_project_access": "active", "redacted_value": u["redacted_value"],
		"owner": object{"type": "user", "user": object{
			"id": owner["id"], "name": "Seeded Person", "email": owner["email"], "role": "member", "created_at": start.Unix(),
		}},
	})
}

func TestKeyUpdate(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{})
	w := c.world()
	k := c.ok(c.post(w.keyPath(), `{"scopes":["api.files.read"]}`))
	same(t, k, c.ok(c.get(w.keyPath())))
	if stored := findKey(t, c.sim, w.key); len(stored.Scopes) != 1 || !stored.ExpiresAt.IsZero() {
		t.Errorf("an update of scopes alone stored %+v", stored)
	}
	clock.Advance(10 * time.Second)
	k = c.ok(c.post(w.keyPath(), `{"expires_in_seconds":100}`))
	same(t, k["expires_at"], start.Unix()+110)
	same(t, findKey(t, c.sim, w.key).Scopes, []string{"api.files.read"})
	clock.Advance(10 * time.Second)
	same(t, c.ok(c.post(w.keyPath(), `{"expires_in_seconds":100,"scopes":[]}`))["expires_at"], start.Unix()+120)
	if findKey(t, c.sim, w.key).Scopes != nil {
		t.Error("empty scopes must lift the restriction")
	}
	for body, text := range map[string]string{
		``: "no body", `{}`: "At least one", `{"scopes":null}`: "array of strings", `{"expires_in_seconds":null}`: "must be an integer",
		`{"expires_in_seconds":0}`: "between", `{"expires_in_seconds":31536001}`: "between", `{"name":"x","scopes":[]}`: "Unknown request field: name",
	} {
		c.bad(c.post(w.keyPath(), body), text)
	}
	c.refused(c.post(w.keys()+"/key_nope", `{"scopes":[]}`), 404, nil, "The API key key_nope was not found")
	same(t, findKey(t, c.sim, w.key).ExpiresAt.Unix(), start.Unix()+120)
}

func TestKeyDelete(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	second := c.ok(c.post(w.mint(), ""))
	same(t, c.ok(c.delete(w.keyPath())), object{"object": "organization.project.api_key.deleted", "id": w.key, "deleted": true})
	c.refused(c.delete(w.keyPath()), 404, nil, "was not found")
	c.refused(c.get(w.keyPath()), 404, nil, "was not found")
	if c.sim.Valid(w.secret) || !c.sim.Valid(second["value"].(string)) || len(c.sim.ServiceAccounts()) != 1 {
		t.Error("deleting a key must end that key and nothing else")
	}
}

func TestExpiredKey(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{})
	w := c.world()
	c.ok(c.post(w.keyPath(), `{"expires_in_seconds":60}`))
	// The expiry is a whole second: the fraction of the request's moment is gone.
	clock.Set(start.Truncate(time.Second).Add(60*time.Second - 1))
	if !c.sim.Valid(w.secret) {
		t.Error("expired too early")
	}
	clock.Advance(1)
	if c.sim.Valid(w.secret) || !findKey(t, c.sim, w.key).Expired {
		t.Error("expired too late")
	}
	c.refused(c.as(w.secret).get("/models"), 401, "invalid_api_key", "Incorrect API key")
	c.ok(c.get(w.keyPath()))
	same(t, c.ids(c.get(w.any())), []string{w.key})
	c.bad(c.post(w.keyPath(), `{"expires_in_seconds":60}`), "has expired")
	c.bad(c.post(w.keyPath(), `{"scopes":[]}`), "has expired")
	c.ok(c.delete(w.keyPath()))
}

func TestExpiredKeysUnlistedOrGone(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{Policy: openaisim.Policy{ExpiredKeysUnlisted: true}})
	w := c.world()
	live, _ := c.sim.SeedKey(openaisim.KeySpec{AccountID: w.account})
	c.sim.ExpireKeyAt(w.key, start)
	same(t, c.ids(c.get(w.any())), []string{live})
	c.ok(c.get(w.keyPath()))
	c.sim.SetPolicy(func(p *openaisim.Policy) { *p = openaisim.Policy{ExpiredKeysGone: true} })
	same(t, c.ids(c.get(w.any())), []string{live})
	c.refused(c.get(w.keyPath()), 404, nil, "was not found")
	c.refused(c.delete(w.keyPath()), 404, nil, "was not found")
}

// A role in the project gives an account without a role access, directly or through a group.
func TestOwnerProjectAccessByRoles(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	project, other := c.sim.SeedProject("work"), c.sim.SeedProject("other")
	account := c.sim.SeedServiceAccount(project, "bare", "none")
	_, secret := c.sim.SeedKey(openaisim.KeySpec{AccountID: account})
	works := func(want bool, when string) {
		t.Helper()
		if c.sim.Valid(secret) != want {
			t.Errorf("%s the key must work: %t", when, want)
		}
	}
	give := func(kind, parent string) func() {
		const role = "role-api-project-member"
		c.sim.SeedRecord(openaisim.Record{Kind: kind, Parent: parent, ID: role})
		return func() { c.sim.RemoveRecord(kind, parent, role) }
	}
	works(false, "without a role")
	take := give("project_user_roles", project+"/"+account)
	works(true, "with a role")
	take()
	works(false, "after it was taken away")

	group := c.sim.SeedRecord(openaisim.Record{Kind: "groups", Fields: object{"name": "workloads"}})
	give("project_group_roles", project+"/"+group)
	works(false, "before it is in the group")
	c.sim.SeedRecord(openaisim.Record{Kind: "group_users", Parent: group, ID: account})
	works(true, "in a group with a role")
	c.sim.RemoveRecord("project_group_roles", project+"/"+group, "role-api-project-member")
	give("project_group_roles", other+"/"+group)
	works(false, "in a group with a role elsewhere")
}

func TestOwnerProjectAccess(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	bare := c.sim.SeedServiceAccount(w.project, "bare", "none")
	bareKey, bareSecret := c.sim.SeedKey(openaisim.KeySpec{AccountID: bare})
	user, userSecret := c.sim.SeedKey(openaisim.KeySpec{ProjectID: w.project})
	lists := func(none, active, inactive []string) {
		t.Helper()
		same(t, c.ids(c.get(w.keys())), none)
		same(t, c.ids(c.get(w.keys()+"?owner_project_access=active")), active)
		same(t, c.ids(c.get(w.keys()+"?owner_project_access=inactive")), inactive)
		same(t, c.ids(c.get(w.any())), []string{w.key, bareKey, user})
	}
	lists([]string{w.key, user}, []string{w.key, user}, []string{bareKey})
	same(t, c.ok(c.get(w.keys() + "/" + bareKey))["owner_project_access"], "inactive")

	c.sim.SetOwnerAccess(bare, true) // as a group would
	lists([]string{w.key, bareKey, user}, []string{w.key, bareKey, user}, nil)
	if !c.sim.Valid(bareSecret) {
		t.Error("access through a group must make the key work")
	}
	c.sim.SetOwnerAccess(w.account, false) // still a member, but without effective access
	c.sim.SetOwnerAccess(c.sim.Keys()[2].OwnerID, false)
	lists([]string{w.key, bareKey, user}, []string{bareKey}, []string{w.key, user})
	if c.sim.Valid(w.secret) || c.sim.Valid(userSecret) {
		t.Error("a key works although its owner has no access")
	}
	c.bad(c.get(w.keys()+"?owner_project_access=all"), "active, inactive or any")
	c.bad(c.get(w.keys()+"?owner_project_access="), "active, inactive or any")
	c.bad(c.get(w.keys()+"?owner_access=any"), "Unknown query parameter: owner_access")
	c.sim.SetPolicy(func(p *openaisim.Policy) { p.OwnerAccessRefused = true })
	c.bad(c.get(w.any()), "owner_project_access")
	c.ok(c.get(w.keys()))
}

func TestKeysStayInTheirProject(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	other := world{project: c.sim.SeedProject("other"), account: w.account, key: w.key}
	for _, r := range []reply{
		c.get(other.keyPath()), c.delete(other.keyPath()), c.post(other.keyPath(), `{"scopes":[]}`),
		c.get(other.accountPath()), c.delete(other.accountPath()), c.post(other.mint(), ""),
	} {
		c.refused(r, 404, nil, "was not found")
	}
	if len(c.ids(c.get(other.any()))) != 0 || !c.sim.Valid(w.secret) {
		t.Error("a key shows or ends in the wrong project")
	}
}
