// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"strings"
	"testing"
	"time"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestAdminKeyLifecycle(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{})
	k := c.ok(c.post("/organization/admin_api_keys", `{"name":"tf","expires_in_seconds":60}`))
	id, value := k["id"].(string), k["value"].(string)
	owner := k["owner"].(object)
	want := object{
		"object": "organization.admin_api_key", "id": id, "name": "tf", "redacted_value": "sk-admin..." + value[len(value)-3:],
		"created_at": start.Unix(), "expires_at": start.Unix() + 60, "last_used_at": nil, "value": value,
		"owner": object{"type": "user", "object": "organization.user", "id": owner["id"], "name": owner["name"], "created_at": start.Unix(), "role": "owner"},
	}
	same(t, k, want)
	if !strings.HasPrefix(id, "key_") || !strings.HasPrefix(value, "sk-admin-sim-") {
		t.Error("id or secret look wrong")
	}
	delete(want, "value")
	same(t, c.ok(c.get("/organization/admin_api_keys/"+id)), want)

	fresh := c.as(value)
	want["last_used_at"] = start.Unix()
	same(t, fresh.ok(fresh.get("/organization/admin_api_keys/"+id)), want)
	same(t, c.ids(c.get("/organization/admin_api_keys")), []string{c.sim.AdminKeyID(), id})
	same(t, c.ids(c.get("/organization/admin_api_keys?order=asc")), []string{c.sim.AdminKeyID(), id})
	same(t, c.ids(c.get("/organization/admin_api_keys?order=desc")), []string{id, c.sim.AdminKeyID()})
	c.bad(c.get("/organization/admin_api_keys?order=up"), "asc or desc")

	clock.Advance(time.Minute)
	c.refused(fresh.get("/organization/projects"), 401, "invalid_api_key", "Incorrect API key provided")
	c.ok(c.get("/organization/admin_api_keys/" + id))
	same(t, c.ok(c.delete("/organization/admin_api_keys/"+id)), object{"object": "organization.admin_api_key.deleted", "id": id, "deleted": true})
	for _, r := range []reply{c.get("/organization/admin_api_keys/" + id), c.delete("/organization/admin_api_keys/" + id)} {
		c.refused(r, 404, nil, "was not found")
	}
}

func TestAdminKeyRefusals(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	for body, text := range map[string]string{
		`{}`: "name is required", `{"name":"x","expires_in_seconds":null}`: "must be an integer", `{"name":"x","expires_in_seconds":0}`: "between",
		`{"name":"x","expires_in_seconds":31536001}`: "between", `{"name":"x","scopes":["api.management.read"]}`: "Unknown request field: scopes",
	} {
		c.bad(c.post("/organization/admin_api_keys", body), text)
	}
	same(t, c.ok(c.post("/organization/admin_api_keys", `{"name":"x"}`))["expires_at"], nil)
	if n := len(c.sim.AdminKeys()); n != 2 {
		t.Errorf("%d admin keys, want 2", n)
	}
}

func TestAdminKeyMayDeleteItself(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	c.ok(c.delete("/organization/admin_api_keys/" + c.sim.AdminKeyID()))
	c.refused(c.get("/organization/projects"), 401, "invalid_api_key", "Incorrect API key provided")
}
