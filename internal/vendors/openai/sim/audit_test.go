// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"fmt"
	"testing"
	"time"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const audit = "/organization/audit_logs"

// events are the types and objects of an audit list, with the details of each.
func (c caller) events(query string) (lines []string) {
	c.t.Helper()
	for _, row := range c.ok(c.get(audit + "?limit=100" + query))["data"].([]any) {
		e := row.(object)
		details, _ := e[e["type"].(string)].(object)
		id := details["id"]
		delete(details, "id")
		lines = append(lines, fmt.Sprint(e["type"], " ", id, " ", details))
	}
	return lines
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{})
	c.world() // what is seeded leaves no trace
	same(t, c.events(""), nil)
	p := c.ok(c.post("/organization/projects", `{"name":"payments"}`))["id"].(string)
	path := "/organization/projects/" + p
	c.ok(c.post(path, `{"name":"billing"}`))
	clock.Advance(time.Minute)
	a := c.ok(c.post(path+"/service_accounts", `{"name":"ci"}`))
	account, first := a["id"].(string), a["api_key"].(object)["id"].(string)
	c.ok(c.post(path+"/service_accounts/"+account, `{"role":"owner"}`))
	key := c.ok(c.post(path+"/service_accounts/"+account+"/api_keys", `{"scopes":["a.read"]}`))["id"].(string)
	c.ok(c.post(path+"/api_keys/"+key, `{"scopes":["b.read"]}`))
	c.ok(c.post(path+"/api_keys/"+key, `{"expires_in_seconds":60}`))
	c.ok(c.delete(path + "/api_keys/" + key))
	c.bad(c.post(path+"/api_keys/"+key, `{}`), "") // a refusal leaves no trace
	c.ok(c.delete(path + "/service_accounts/" + account))
	c.ok(c.post(path+"/archive", ""))
	admin := c.ok(c.post("/organization/admin_api_keys", `{"name":"x"}`))["id"].(string)
	c.ok(c.delete("/organization/admin_api_keys/" + admin))

	want := []string{
		"project.archived " + p + " map[]", "service_account.deleted " + account + " map[]", "api_key.deleted " + key + " map[]",
		"api_key.updated " + key + " map[changes_requested:map[]]", "api_key.updated " + key + " map[changes_requested:map[scopes:[b.read]]]",
		"api_key.created " + key + " map[data:map[scopes:[a.read]]]", "service_account.updated " + account + " map[changes_requested:map[role:owner]]",
		"api_key.created " + first + " map[data:map[scopes:[]]]", "service_account.created " + account + " map[data:map[role:member]]",
		"project.updated " + p + " map[changes_requested:map[title:billing]]", "project.created " + p + " map[data:map[name:payments title:payments]]",
	}
	same(t, c.events(""), want)
	later := fmt.Sprint(start.Add(time.Minute).Unix())
	for query, part := range map[string][]string{
		"&event_types[]=api_key.deleted&event_types[]=project.archived": {want[0], want[2]}, "&event_types=api_key.deleted": {want[2]},
		"&resource_ids[]=" + account: {want[1], want[6], want[8]}, "&project_ids[]=" + p: want, "&project_ids[]=nope": nil,
		"&actor_ids[]=" + c.sim.AdminKeyID(): want, "&actor_emails[]=nobody@example.com": nil,
		"&effective_at[lt]=" + later: want[9:], "&effective_at[gte]=" + later: want[:9], "&effective_at[gt]=" + later: nil, "&effective_at[lte]=" + later: want,
		"&tenant_only=true": {"tenant.admin_api_key.deleted <nil> map[]", "tenant.admin_api_key.created <nil> map[]"},
	} {
		same(t, c.events(query), part)
	}
	walked := c.walk(audit+"?limit=4", "&")
	same(t, []int{len(walked), len(walked[2])}, []int{3, 3})
	same(t, c.ids(c.get(audit+"?before="+walked[0][2])), walked[0][:2])
	c.refused(c.get(audit+"?before=nope"), 404, nil, "nope")
	c.bad(c.get(audit+"?effective_at[gt]=x"), "integer")
	c.bad(c.get(audit+"?tenant_only=yes"), "true or false")
	c.bad(c.get(audit+"?color=x"), "Unknown query parameter")
	same(t, len(c.as(c.sim.NewOrganization()).events("")), 0)
}
