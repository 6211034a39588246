// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"strings"
	"testing"
	"time"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestMaxKeyLifetime(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{Policy: openaisim.Policy{MaxKeyLifetime: time.Hour}})
	w := c.world()
	strict := world{project: c.sim.SeedProject("strict")}
	strict.account = c.sim.SeedServiceAccount(strict.project, "x", "member")
	loose := world{project: c.sim.SeedProject("loose")}
	loose.account = c.sim.SeedServiceAccount(loose.project, "x", "member")
	c.sim.SetPolicy(func(p *openaisim.Policy) {
		p.ProjectMaxKeyLifetime = map[string]time.Duration{strict.project: time.Minute, loose.project: 2 * time.Hour}
	})
	for _, r := range []reply{
		c.post(w.mint(), ""), c.post(w.mint(), `{"expires_in_seconds":3601}`), c.post(w.accounts(), `{"name":"x"}`),
		c.post(w.accounts(), `{"name":"x","expires_in_seconds":3601}`), c.post(w.keyPath(), `{"expires_in_seconds":3601}`),
		c.post(strict.mint(), `{"expires_in_seconds":61}`), c.post(loose.mint(), `{"expires_in_seconds":3601}`),
	} {
		c.bad(r, "expires_in_seconds")
		same(t, r.body["error"].(object)["param"], "expires_in_seconds")
	}
	if len(c.sim.Keys()) != 1 || len(c.sim.ServiceAccounts()) != 3 {
		t.Error("a refused create left something behind")
	}
	c.ok(c.post(w.mint(), `{"expires_in_seconds":3600}`))
	c.ok(c.post(strict.mint(), `{"expires_in_seconds":60}`))
	c.ok(c.post(w.accounts(), `{"name":"x","create_service_account_only":true}`))
	c.ok(c.post(w.keyPath(), `{"expires_in_seconds":3600}`))
	c.ok(c.post(w.keyPath(), `{"scopes":[]}`))
	c.ok(c.post("/organization/admin_api_keys", `{"name":"x"}`))
}

func TestAllowedKeyKinds(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	for kinds, refuse := range map[openaisim.KeyKinds]bool{
		openaisim.KeyKindsAll: false, openaisim.KeyKindsServiceAccounts: false, openaisim.KeyKindsUsers: true, openaisim.KeyKindsNone: true,
	} {
		c.sim.SetPolicy(func(p *openaisim.Policy) { p.AllowedKeyKinds = kinds })
		mint, create := c.post(w.mint(), ""), c.post(w.accounts(), `{"name":"x"}`)
		if refuse {
			c.bad(mint, "does not allow")
			c.bad(create, "does not allow")
		} else {
			c.ok(mint)
			c.ok(create)
		}
		c.ok(c.post(w.accounts(), `{"name":"x","create_service_account_only":true}`))
		c.ok(c.post(w.keyPath(), `{"scopes":[]}`))
	}
	other := c.world()
	c.sim.SetPolicy(func(p *openaisim.Policy) {
		p.AllowedKeyKinds, p.ProjectAllowedKeyKinds = "", map[string]openaisim.KeyKinds{w.project: openaisim.KeyKindsUsers}
	})
	c.bad(c.post(w.mint(), ""), "The project does not allow")
	c.ok(c.post(other.mint(), ""))
	if !c.sim.Valid(w.secret) {
		t.Error("a policy ended an existing key")
	}
}

func TestOneKeyPerAccount(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{Policy: openaisim.Policy{OneKeyPerAccount: true}})
	w := c.world()
	c.refused(c.post(w.mint(), ""), 409, nil, "already has an API key")
	c.sim.ExpireKeyAt(w.key, start)
	next := c.ok(c.post(w.mint(), ""))["id"].(string)
	c.refused(c.post(w.mint(), ""), 409, nil, "already has an API key")
	c.ok(c.delete(w.keys() + "/" + next))
	c.ok(c.post(w.mint(), ""))
}

func TestKeyUpdateMissingOrIgnored(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{Policy: openaisim.Policy{NoKeyUpdate: 404}})
	w := c.world()
	c.refused(c.post(w.keyPath(), `{"scopes":["a"]}`), 404, "unknown_url", "Unknown request URL")
	c.sim.SetPolicy(func(p *openaisim.Policy) { p.NoKeyUpdate = 405 })
	r := c.post(w.keyPath(), `{"scopes":["a"]}`)
	c.refused(r, 405, nil, "Not allowed")
	same(t, r.header.Get("Allow"), "GET, DELETE")
	c.ok(c.get(w.keyPath()))
	c.sim.SetPolicy(func(p *openaisim.Policy) { p.NoKeyUpdate, p.KeyUpdateIgnored = 0, true })
	same(t, c.ok(c.post(w.keyPath(), `{"scopes":["a"],"expires_in_seconds":5}`))["expires_at"], nil)
	if k := findKey(t, c.sim, w.key); k.Scopes != nil || !k.ExpiresAt.IsZero() {
		t.Errorf("an ignored update stored %+v", k)
	}
	c.bad(c.post(w.keyPath(), `{}`), "At least one")
}

func TestOlderOrganization(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{Policy: openaisim.Policy{NoServiceAccountKeyDelete: true, ExpiryIgnored: true}})
	w := c.world()
	user, _ := c.sim.SeedKey(openaisim.KeySpec{ProjectID: w.project})
	c.bad(c.delete(w.keyPath()), "delete the service account instead")
	c.ok(c.delete(w.keys() + "/" + user))
	k := c.ok(c.post(w.mint(), `{"expires_in_seconds":60}`))
	a := c.ok(c.post(w.accounts(), `{"name":"x","expires_in_seconds":60}`))["api_key"].(object)
	for _, o := range []object{k, a, c.ok(c.get(w.keyPath()))} {
		if _, there := o["expires_at"]; there {
			t.Error("an answer of an older organization has expires_at")
		}
	}
	if !findKey(t, c.sim, k["id"].(string)).ExpiresAt.IsZero() {
		t.Error("an older organization stored an expiry")
	}
	c.ok(c.delete(w.accountPath()))
	if c.sim.Valid(w.secret) {
		t.Error("the account is gone, its key works")
	}
}

func TestCreated201(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{Policy: openaisim.Policy{Created201: true}})
	w := c.world()
	for _, r := range []reply{
		c.post("/organization/projects", `{"name":"x"}`), c.post(w.accounts(), `{"name":"x"}`), c.post(w.mint(), ""), c.post("/organization/admin_api_keys", `{"name":"x"}`),
	} {
		if r.status != 201 || r.body["id"] == "" {
			t.Errorf("got %d %v", r.status, r.body)
		}
	}
	c.ok(c.post(w.path(), `{"name":"y"}`))
	c.ok(c.post(w.keyPath(), `{"scopes":[]}`))
}

func TestLenientFields(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{Policy: openaisim.Policy{LenientFields: true}})
	c.ok(c.post("/organization/projects", `{"name":"x","colour":"red"}`))
	c.ok(c.get("/organization/projects?colour=red"))
	c.bad(c.post("/organization/projects", `{"colour":"red"}`), "name is required")
}

func TestStoredNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 70)
	for rule, want := range map[openaisim.NameRule]string{
		openaisim.NamesKept: " Ab" + long + " ", openaisim.NamesTrimmed: "Ab" + long, openaisim.NamesLower: " ab" + long + " ",
		openaisim.NamesCut: " Ab" + long[:2*61], openaisim.NamesDecomposed: " Ab" + strings.Repeat("e\u0301", 70) + " ",
	} {
		c, _ := begin(t, openaisim.Options{Policy: openaisim.Policy{StoredNames: rule}})
		w := c.world()
		body := `{"name":" Ab` + long + ` "}`
		var names, wanted []any
		for _, path := range []string{"/organization/projects", w.path(), w.accounts(), w.accountPath(), w.mint(), "/organization/admin_api_keys"} {
			names, wanted = append(names, c.ok(c.post(path, body))["name"]), append(wanted, want)
		}
		same(t, names, wanted)
		same(t, c.sim.Projects()[1].Name, want)
	}
}

func TestOwnerAccessPolicies(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{Policy: openaisim.Policy{OwnerAccessRefused: true}})
	w := c.world()
	bare, _ := c.sim.SeedKey(openaisim.KeySpec{AccountID: c.sim.SeedServiceAccount(w.project, "bare", "none")})
	c.bad(c.get(w.any()), "owner_project_access")
	c.ok(c.get(w.keys()))
	c.sim.SetPolicy(func(p *openaisim.Policy) { p.OwnerAccessRefused, p.OwnerAccessRefusedUnnamed = false, true })
	r := c.get(w.any())
	c.bad(r, "refused")
	if strings.Contains(r.raw, "owner_project_access") {
		t.Error("the parameter is named")
	}
	c.sim.SetPolicy(func(p *openaisim.Policy) { p.OwnerAccessRefusedUnnamed, p.OwnerAccessIgnored = false, true })
	same(t, c.ids(c.get(w.any())), []string{w.key})
	c.sim.SetPolicy(func(p *openaisim.Policy) { p.OwnerAccessIgnored = false })
	same(t, c.ids(c.get(w.any())), []string{w.key, bare})
}

func TestUpdatesInPart(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{Policy: openaisim.Policy{ExpiryUpdateRefused: true, RoleUpdateIgnored: true}})
	w := c.world()
	c.ok(c.post(w.keyPath(), `{"scopes":["a"]}`))
	c.bad(c.post(w.keyPath(), `{"scopes":["b"],"expires_in_seconds":60}`), "lifetime")
	same(t, findKey(t, c.sim, w.key).Scopes, []string{"a"})
	a := c.ok(c.post(w.accountPath(), `{"name":"new","role":"owner"}`))
	same(t, []any{a["name"], a["role"], c.ok(c.get(w.accountPath()))["role"]}, []any{"new", "member", "member"})
}
