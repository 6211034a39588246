// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit/toysim"
)

func TestControl(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, toysim.Options{Policy: toysim.Policy{LongestName: 9}})
	steer := func(status int, method, path, body string) (answer map[string]any) {
		t.Helper()
		rec := httptest.NewRecorder()
		c.sim.Control().ServeHTTP(rec, httptest.NewRequest(method, "/_sim/"+path, strings.NewReader(body)))
		if rec.Code != status {
			t.Errorf("%s %s %s answers %d %s", method, path, body, rec.Code, rec.Body)
		}
		_ = json.Unmarshal(rec.Body.Bytes(), &answer) // a refusal is plain text
		return answer
	}
	seeded := steer(200, "POST", "seed", `{"name":"a"}`)
	same(t, steer(200, "GET", "secrets", "")["secrets"].([]any)[1], seeded["secret"])
	c.get(501, "/owners")
	state := steer(200, "GET", "state", "")
	same(t, []any{len(state["keys"].([]any)), state["unknown_routes"], state["now"]}, []any{1, []any{"GET /api/owners"}, "2030-01-02T03:04:05.6Z"})
	if text, _ := json.Marshal(state); strings.Contains(string(text), seeded["secret"].(string)) {
		t.Error("the state shows a secret")
	}

	same(t, steer(200, "POST", "faults", `[{"operation":"keys.list","kind":"status_before","status":429,"retry_after":"3s","times":1},{"kind":"html"}]`)["injected"], 2.0)
	same(t, c.get(429, "/keys").header.Get("Retry-After"), "3")
	same(t, c.get(200, "/keys").header.Get("Content-Type"), "text/html; charset=utf-8")
	steer(200, "DELETE", "faults", "")
	steer(200, "POST", "faults", ` {"kind":"status_before","object_id":"`+seeded["id"].(string)+`"}`)
	c.get(503, "/keys/"+seeded["id"].(string))
	c.get(200, "/keys")

	steer(200, "POST", "policy", `{"longest_name":3,"paging":"none"}`)
	steer(200, "POST", "policy", `{"paging":"number"}`)
	want := toysim.Policy{LongestName: 3, Paging: toysim.PagesByNumber}
	same(t, c.sim.Policy(), want)
	steer(400, "POST", "policy", `{"longest_name":5,"colour":true}`)
	same(t, c.sim.Policy(), want) // all or nothing

	same(t, len(steer(200, "GET", "journal", "")["entries"].([]any)), 5)
	steer(200, "DELETE", "journal", "")
	same(t, c.sim.Count(""), 0)
	same(t, steer(200, "POST", "clock", `{"advance":"1h"}`)["now"], "2030-01-02T04:04:05.6Z")
	steer(200, "POST", "clock", `{"set":"2031-01-01T00:00:00Z"}`)
	same(t, clock.Now(), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))

	for path, body := range map[string]string{
		"faults": `{"kind":"typo"}`, "faults?": `{"kind":"html","staus":3}`, "faults??": `nonsense`, "faults???": `[{"kind":"html"},{"kind":"typo"}]`,
		"faults????": `{"kind":"html","delay":5}`, "faults?????": `{"kind":"html","notify":1}`, "seed": `{"title":"x"}`,
		"clock": `{}`, "clock?": `{"advance":"1h","set":"2031-01-01T00:00:00Z"}`, "clock??": `{"advance":60}`,
	} {
		steer(400, "POST", path, body)
	}
	c.get(200, "/keys") // no part of a refused array is at work
	steer(404, "POST", "outside", `{}`)
	steer(200, "POST", "reset", "")
	same(t, []any{len(c.sim.Keys()), c.sim.Policy().LongestName}, []any{0, 9})

	browser := httptest.NewRequest(http.MethodGet, "/_sim/secrets", nil)
	browser.Header.Set("Origin", "http://evil.example")
	rec := httptest.NewRecorder()
	c.sim.Control().ServeHTTP(rec, browser)
	same(t, rec.Code, http.StatusForbidden)
	// The API's own listener has no control.
	rec = httptest.NewRecorder()
	c.sim.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/_sim/secrets", nil))
	same(t, rec.Code, http.StatusNotFound)
	same(t, strings.TrimSpace(rec.Body.String()), `{"error":"There is nothing at /_sim/secrets"}`)
	c.sim.Reset() // so that the unknown routes do not fail this test
}
