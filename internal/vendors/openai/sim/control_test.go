// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestControl(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{})
	w := c.world()
	steer := func(method, path, body string) (int, object, string) {
		rec := httptest.NewRecorder()
		c.sim.Control().ServeHTTP(rec, httptest.NewRequest(method, "/_sim/"+path, strings.NewReader(body)))
		raw := rec.Body.String()
		if rec.Code != http.StatusOK {
			return rec.Code, nil, raw
		}
		return rec.Code, decode(t, []byte(raw)), raw
	}

	_, state, raw := steer("GET", "state", "")
	for _, secret := range c.sim.Secrets() {
		if strings.Contains(raw, secret) {
			t.Error("the state shows a secret")
		}
	}
	same(t, state["keys"].([]any)[0].(object)["id"], w.key)
	_, secrets, _ := steer("GET", "secrets", "")
	same(t, secrets["secrets"], c.sim.Secrets())

	code, _, _ := steer("POST", "faults", `[{"operation":"api_keys.list","kind":"status_before","status":429,"retry_after":"3s","times":1},{"kind":"stale_get","lag":1}]`)
	same(t, code, 200)
	r := c.get(w.any())
	same(t, []any{r.status, r.header.Get("Retry-After")}, []any{429, "3"})
	c.ok(c.get(w.any()))
	_, _, _ = steer("POST", "faults", `{"kind":"status_before"}`)
	same(t, c.get(w.any()).status, 503)
	_, _, _ = steer("DELETE", "faults", "")
	c.ok(c.get(w.any()))

	_, _, _ = steer("POST", "faults", `{"kind":"altered","object_id":"`+w.key+`","field":"limit","for":"1h","set":{"created_at":1e308},"omit":["name"],"times":1}`)
	same(t, c.ok(c.get(w.keyPath()))["name"], "first") // sends no limit
	_, _, _ = steer("DELETE", "faults", "")

	_, _, _ = steer("POST", "policy", `{"created201":true,"stored_names":"lower","max_key_lifetime":"1h","project_max_key_lifetime":{"proj_x":"1m"}}`)
	_, _, _ = steer("POST", "policy", `{"created201":false}`)
	same(t, c.sim.Policy(), openaisim.Policy{StoredNames: openaisim.NamesLower, MaxKeyLifetime: time.Hour, ProjectMaxKeyLifetime: map[string]time.Duration{"proj_x": time.Minute}})
	_, seeded, _ := steer("POST", "seed", `{"project":{"name":"seeded"}}`)
	project := seeded["id"].(string)
	_, seeded, _ = steer("POST", "seed", `{"service_account":{"project_id":"`+project+`","name":"a","role":"member"}}`)
	account := seeded["id"].(string)
	_, _, _ = steer("POST", "seed", `{"key":{"account_id":"`+account+`"}}`)
	_, seeded, _ = steer("POST", "seed", `{"key":{"project_id":"`+project+`","user_name":"Eve","name":"ours?","created_at":"2029-01-01T00:00:00Z"}}`)
	stranger := seeded["id"].(string)
	same(t, c.sim.Valid(seeded["secret"].(string)), true)
	same(t, []any{findKey(t, c.sim, stranger).OwnerType, findKey(t, c.sim, stranger).CreatedAt}, []any{"user", time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC)})
	_, seeded, _ = steer("POST", "seed", `{"admin_key":{"name":"copied marker"}}`)
	admin := seeded["id"].(string)
	for _, act := range []string{
		`{"act":"rename_project","id":"` + project + `","name":"renamed"}`, `{"act":"rename_service_account","id":"` + account + `","name":"b"}`,
		`{"act":"set_account_role","id":"` + account + `","role":"owner"}`, `{"act":"set_owner_access","id":"` + account + `","active":false}`,
		`{"act":"rename_key","id":"` + stranger + `","name":"new"}`, `{"act":"rename_key","id":"` + admin + `","name":"new"}`,
		`{"act":"set_key_scopes","id":"` + stranger + `","scopes":["a"]}`, `{"act":"expire_key","id":"` + stranger + `","at":"2031-01-01T00:00:00Z"}`,
		`{"act":"use_key","id":"` + stranger + `"}`, `{"act":"use_key","id":"` + admin + `"}`,
	} {
		code, _, raw := steer("POST", "outside", act)
		same(t, []any{code, raw}, []any{200, "{}\n"})
	}
	same(t, []any{c.sim.Projects()[2].Name, c.sim.ServiceAccounts()[1].Name, c.sim.ServiceAccounts()[1].Role, c.sim.ServiceAccounts()[1].Active}, []any{"renamed", "b", "owner", false})
	k := findKey(t, c.sim, stranger)
	same(t, []any{k.Name, k.Scopes, k.ExpiresAt, k.LastUsedAt}, []any{"new", []string{"a"}, time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC), start.Truncate(time.Second)})
	same(t, []any{c.sim.AdminKeys()[1].Name, c.sim.AdminKeys()[1].LastUsedAt}, []any{"new", start.Truncate(time.Second)})
	for _, act := range []string{`{"act":"revoke_key","id":"` + stranger + `"}`, `{"act":"delete_service_account","id":"` + account + `"}`, `{"act":"archive_project","id":"` + project + `"}`} {
		code, _, _ := steer("POST", "outside", act)
		same(t, code, 200)
	}
	same(t, []any{len(c.sim.DeletedKeys()), c.sim.Projects()[2].Archived}, []any{2, true})

	_, journal, _ := steer("GET", "journal", "")
	same(t, len(journal["entries"].([]any)), 5)
	_, _, _ = steer("DELETE", "journal", "")
	same(t, c.sim.Count(""), 0)

	_, now, _ := steer("POST", "clock", `{"advance":"1h"}`)
	same(t, now["now"], start.Add(time.Hour))
	_, _, _ = steer("POST", "clock", `{"set":"2031-01-01T00:00:00Z"}`)
	same(t, clock.Now(), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))

	for path, body := range map[string]string{
		"faults": `{"kind":"typo"}`, "faults?": `{"kind":"html","staus":3}`, "faults??": `nonsense`,
		"faults???": `{"kind":"html","delay":5}`, "faults????": `{"kind":"html","notify":1}`,
		"policy": `{"colour":true}`, "seed": `{}`, "seed?": `{"key":{"account_id":"nope"}}`, "seed??": `{"key":{"colour":1}}`, "seed???": `{"project":{"title":"x"}}`,
		"outside": `{"act":"fly"}`, "outside?": `{"act":"use_key","id":"nope"}`, "outside??": `{"verb":"x"}`,
		"clock": `{}`, "clock?": `{"advance":"1h","set":"2031-01-01T00:00:00Z"}`, "clock??": `{"advance":60}`,
	} {
		if code, _, _ := steer("POST", path, body); code != 400 {
			t.Errorf("%s %s answers %d", path, body, code)
		}
	}
	_, _, _ = steer("POST", "reset", "")
	same(t, len(c.sim.Keys()), 0)

	browser := httptest.NewRequest("GET", "/_sim/secrets", nil)
	browser.Header.Set("Origin", "http://evil.example")
	rec := httptest.NewRecorder()
	c.sim.Control().ServeHTTP(rec, browser)
	same(t, rec.Code, 403)
	// The API's own listener has no control.
	rec = httptest.NewRecorder()
	openaisim.New(openaisim.Options{}).ServeHTTP(rec, httptest.NewRequest("GET", "/_sim/secrets", nil))
	same(t, rec.Code, 404)
}
