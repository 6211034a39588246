// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openaisim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openaisim"
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

	_, journal, _ := steer("GET", "journal", "")
	same(t, len(journal["entries"].([]any)), 4)
	_, _, _ = steer("DELETE", "journal", "")
	same(t, c.sim.Count(""), 0)

	_, now, _ := steer("POST", "clock", `{"advance":"1h"}`)
	same(t, now["now"], start.Add(time.Hour))
	_, _, _ = steer("POST", "clock", `{"set":"2031-01-01T00:00:00Z"}`)
	same(t, clock.Now(), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))

	for path, body := range map[string]string{
		"faults": `{"kind":"typo"}`, "faults?": `{"kind":"html","staus":3}`, "faults??": `nonsense`,
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
	same(t, rec.Code, 501)
}
