// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestRefusedKeys(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	for name, key := range map[string]string{
		"unknown": "sk-admin-0123456789abcdefghijklmnop", "short": "sk-1", "service account": w.secret,
	} {
		r := c.as(key).get("/organization/projects")
		c.refused(r, 401, "invalid_api_key", "Incorrect API key provided: ")
		if strings.Contains(r.raw, key) {
			t.Errorf("%s: the answer repeats the key", name)
		}
	}
	contains(t, c.as("sk-admin-0123456789abcdefghijklmnop").get("/organization/projects").raw, "sk-...nop")
	c.refused(c.as("").get("/organization/projects"), 401, "invalid_api_key", "No API key")
	r := c.request(http.MethodGet, "/organization/projects", "")
	r.Header.Set("Authorization", "Basic "+c.key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("basic authentication answers %d", answer.StatusCode)
	}
	c.sim.SetPolicy(func(p *openaisim.Policy) { p.WrongKey403 = true })
	c.refused(c.as(w.secret).get("/organization/projects"), 403, "missing_scope", "Missing scopes: api.management.read")
	c.refused(c.as("sk-unknown").get("/organization/projects"), 401, "invalid_api_key", "Incorrect")
	c.sim.RevokeKey(c.sim.AdminKeyID())
	c.refused(c.get("/organization/projects"), 401, "invalid_api_key", "Incorrect")
}

func TestRestrictedAdminKey(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	read := c.as(c.sim.RestrictedAdminKey(openaisim.ScopeManagementRead))
	write := c.as(c.sim.RestrictedAdminKey(openaisim.ScopeManagementWrite))
	none := c.as(c.sim.RestrictedAdminKey())
	c.ok(read.get("/organization/projects"))
	c.refused(read.post("/organization/projects", `{"name":"x"}`), 403, "missing_scope", "Missing scopes: api.management.write")
	c.ok(write.post("/organization/projects", `{"name":"x"}`))
	c.refused(write.get("/organization/projects"), 403, "missing_scope", "Missing scopes: api.management.read")
	c.refused(none.get("/organization/projects"), 403, "missing_scope", "api.management.read")
	if n := len(c.sim.Projects()); n != 2 {
		t.Errorf("%d projects, want 2", n)
	}
}

func TestOtherOrganization(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	other := c.as(c.sim.NewOrganization())
	c.refused(other.get(w.path()), 404, "project_not_found", "The project "+w.project+" was not found")
	for _, r := range []reply{
		other.post(w.path()+"/archive", ""), other.get(w.accounts()), other.get(w.keyPath()), other.post(w.mint(), ""), other.delete(w.accountPath()),
		other.get("/organization/projects?after=" + w.project),
	} {
		c.refused(r, 404, "project_not_found", w.project)
	}
	c.refused(other.get("/organization/admin_api_keys/"+c.sim.AdminKeyID()), 404, nil, "was not found")
	c.refused(other.delete("/organization/admin_api_keys/"+c.sim.AdminKeyID()), 404, nil, "was not found")
	all := c.sim.Projects()
	same(t, other.ids(other.get("/organization/projects")), []string{all[2].ID})
	if all[0].Organization == all[2].Organization || !all[2].Default || !c.sim.Valid(w.secret) {
		t.Errorf("projects: %+v", all)
	}
}

func TestInference(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	if data := c.ok(c.as(w.secret).get("/models"))["data"].([]any); len(data) == 0 {
		t.Error("no models")
	}
	same(t, c.ok(c.get(w.keyPath()))["last_used_at"], start.Unix())
	c.refused(c.get("/models"), 401, "invalid_api_key", "Incorrect") // an admin key
	c.ok(c.delete(w.keyPath()))
	c.refused(c.as(w.secret).get("/models"), 401, "invalid_api_key", "Incorrect")
}

func TestSecretsShowOnce(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	minted := c.ok(c.post(w.mint(), `{"scopes":["api.model.request"]}`))
	admin := c.ok(c.post("/organization/admin_api_keys", `{"name":"x"}`))
	first := c.ok(c.post(w.accounts(), `{"name":"x"}`))["api_key"].(object)
	secrets := c.sim.Secrets()
	for _, s := range []string{c.sim.AdminKey(), w.secret, minted["value"].(string), admin["value"].(string), first["value"].(string)} {
		if !slices.Contains(secrets, s) {
			t.Error("an issued secret is not in the ledger")
		}
	}
	for _, r := range []reply{
		c.get(w.any()), c.get(w.keys() + "/" + minted["id"].(string)), c.post(w.keyPath(), `{"scopes":["api.model.request"]}`), c.get(w.accounts()),
		c.get("/organization/admin_api_keys"), c.delete(w.keyPath()), c.as(minted["value"].(string)).get("/organization/projects"),
	} {
		for _, s := range secrets {
			if strings.Contains(r.raw, s) {
				t.Errorf("a later answer shows a secret: %d", r.status)
			}
		}
		if strings.Contains(r.raw, "scopes") {
			t.Errorf("an answer shows scopes: %s", r.raw)
		}
	}
}
