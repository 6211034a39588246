// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"strings"
	"testing"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestServiceAccountWithFirstKey(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	a := c.ok(c.post(w.accounts(), `{"name":"worker","create_service_account_only":false,"expires_in_seconds":60}`))
	id := a["id"].(string)
	key := a["api_key"].(object)
	value := key["value"].(string)
	same(t, a, object{
		"id": id, "object": "organization.project.service_account", "name": "worker", "role": "member", "created_at": start.Unix(),
		"api_key": object{
			"object": "organization.project.service_account.api_key", "id": key["id"], "name": "Secret Key",
			"created_at": start.Unix(), "expires_at": start.Unix() + 60, "value": value,
		},
	})
	if !strings.HasPrefix(id, "user-") || !strings.HasPrefix(key["id"].(string), "key_") || !strings.HasPrefix(value, "sk-svcacct-sim-") || len(value) < 55 {
		t.Errorf("ids or secret look wrong: %s", c.sim.Journal()[0].ObjectID)
	}
	if !c.sim.Valid(value) || findKey(t, c.sim, key["id"].(string)).OwnerID != id {
		t.Error("the first key does not work or is not the account's")
	}
	same(t, c.ok(c.get(w.accounts()+"/"+id)), object{
		"id": id, "object": "organization.project.service_account", "name": "worker", "role": "member", "created_at": start.Unix(),
	})
	same(t, c.ids(c.get(w.accounts())), []string{w.account, id})
}

func TestServiceAccountOnly(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	a := c.ok(c.post(w.accounts(), `{"name":"bare","create_service_account_only":true,"expires_in_seconds":null}`))
	if key, there := a["api_key"]; !there || key != nil || a["role"] != "none" {
		t.Errorf("got %v, want role none and a null api_key", a)
	}
	if n := len(c.sim.Keys()); n != 1 {
		t.Errorf("%d keys, want the seeded one only", n)
	}
	c.bad(c.post(w.accounts(), `{"name":"bare","create_service_account_only":true,"expires_in_seconds":60}`), "create_service_account_only")

	// Without a role the key is there but does nothing until a role arrives.
	path := w.accounts() + "/" + a["id"].(string)
	secret := c.ok(c.post(path+"/api_keys", ""))["value"].(string)
	if c.sim.Valid(secret) {
		t.Error("a key works although its account has no role")
	}
	c.ok(c.post(path, `{"role":"member"}`))
	if !c.sim.Valid(secret) {
		t.Error("a key does not work although its account has a role")
	}
}

func TestServiceAccountUpdateAndDelete(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	same(t, c.ok(c.post(w.accountPath(), `{"name":"renamed","role":"owner"}`)), object{
		"id": w.account, "object": "organization.project.service_account", "name": "renamed", "role": "owner", "created_at": start.Unix(),
	})
	for body, text := range map[string]string{
		`{"role":"none"}`: "member or owner", `{"role":"viewer"}`: "member or owner", `{"role":null}`: "must be a string",
		`{"name":""}`: "must not be empty", `{"name":null}`: "must be a string", `{"title":"x"}`: "title",
	} {
		c.bad(c.post(w.accountPath(), body), text)
	}
	_, user := c.sim.SeedKey(openaisim.KeySpec{ProjectID: w.project})
	same(t, c.ok(c.delete(w.accountPath())), object{"object": "organization.project.service_account.deleted", "id": w.account, "deleted": true})
	for _, r := range []reply{c.delete(w.accountPath()), c.get(w.accountPath()), c.post(w.accountPath(), `{"name":"x"}`), c.post(w.mint(), "")} {
		c.refused(r, 404, nil, "The service account "+w.account+" was not found")
	}
	c.refused(c.get(w.keyPath()), 404, nil, "The API key "+w.key+" was not found")
	same(t, c.sim.DeletedKeys(), []string{w.key})
	if c.sim.Valid(w.secret) || !c.sim.Valid(user) {
		t.Error("deleting an account must end its keys and no other")
	}
}

func TestServiceAccountCreateRefusals(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	for body, text := range map[string]string{
		`{}`: "name is required", `{"name":"x","role":"owner"}`: "Unknown request field: role",
		`{"name":"x","create_service_account_only":"yes"}`: "must be a boolean",
		`{"name":"x","expires_in_seconds":0}`:              "between 1 and 31536000",
		`{"name":"x","expires_in_seconds":31536001}`:       "between 1 and 31536000",
		`{"name":"x","expires_in_seconds":1.5}`:            "must be an integer",
		`{"name":"x","expires_in_seconds":"60"}`:           "must be an integer",
	} {
		c.bad(c.post(w.accounts(), body), text)
	}
	if n := len(c.sim.ServiceAccounts()); n != 1 {
		t.Errorf("%d accounts after refusals, want 1", n)
	}
}

func TestMint(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	k := c.ok(c.post(w.mint(), `{"name":"second","scopes":["api.model.request","api.responses.write"],"expires_in_seconds":31536000}`))
	same(t, k, object{
		"object": "organization.project.service_account.api_key", "id": k["id"], "name": "second",
		"created_at": start.Unix(), "expires_at": start.Unix() + 31536000, "value": k["value"],
	})
	same(t, findKey(t, c.sim, k["id"].(string)).Scopes, []string{"api.model.request", "api.responses.write"})
	bare := c.ok(c.post(w.mint(), ""))
	if at, there := bare["expires_at"]; !there || at != nil || bare["name"] != "Secret Key" {
		t.Errorf("a key without a body: %v", bare["name"])
	}
	c.ok(c.post(w.mint(), `{"expires_in_seconds":null}`))
	c.ok(c.post(w.mint(), `{"expires_in_seconds":1,"scopes":[]}`))
	if n := len(c.sim.Keys()); n != 5 {
		t.Errorf("%d keys, want 5: a repeated mint makes another key", n)
	}
	for body, text := range map[string]string{
		`{"name":""}`: "must not be empty", `{"scopes":null}`: "array of strings", `{"scopes":"x"}`: "array of strings",
		`{"scopes":[null]}`: "array of strings", `{"scopes":[""]}`: "array of strings", `{"scopes":[1]}`: "array of strings",
		`{"expires_in_seconds":0}`: "between", `{"expires_in_seconds":31536001}`: "between", `{"lifetime":3}`: "lifetime",
	} {
		c.bad(c.post(w.mint(), body), text)
	}
	if n := len(c.sim.Keys()); n != 5 {
		t.Errorf("%d keys after refusals, want 5", n)
	}
}
