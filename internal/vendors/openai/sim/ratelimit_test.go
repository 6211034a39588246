// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"testing"
	"time"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const tooMany = "Too many management requests"

func TestPerMinute(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{PerMinute: 8})
	w, v := c.world(), c.world()
	for i := range 8 {
		c.ok(c.get([]world{w, v}[i%2].any())) // one endpoint, whatever the project
	}
	r := c.get(w.any())
	c.refused(r, 429, nil, tooMany)
	for name := range r.header {
		switch name {
		case "Date", "Content-Type", "Content-Length", "X-Request-Id", "Connection":
		default:
			t.Errorf("a 429 has the header %s", name)
		}
	}
	c.ok(c.get(w.accounts())) // another endpoint
	other := c.as(c.sim.NewOrganization())
	other.refused(other.get(w.any()), 404, "project_not_found", "was not found") // another organization
	clock.Advance(7499 * time.Millisecond)
	c.refused(c.get(w.any()), 429, nil, tooMany)
	clock.Advance(time.Millisecond)
	c.ok(c.get(w.any()))
	c.refused(c.get(w.any()), 429, nil, tooMany)
	clock.Advance(time.Hour) // no more than the burst
	for range 8 {
		c.ok(c.get(w.any()))
	}
	c.refused(c.get(w.any()), 429, nil, tooMany)

	throttled := 0
	for _, e := range c.sim.Journal() {
		if e.Throttled {
			throttled++
			same(t, e.Status, 429)
		}
	}
	same(t, throttled, 4)
}

func TestThrottledWorkIsNotDone(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{PerMinute: 1, RetryAfter: true})
	w := c.world()
	c.ok(c.post(w.mint(), ""))
	r := c.post(w.mint(), "")
	c.refused(r, 429, nil, tooMany)
	same(t, r.header.Get("Retry-After"), "60")
	if n := len(c.sim.Keys()); n != 2 {
		t.Errorf("%d keys, want 2", n)
	}
}

func TestPerSecond(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{PerSecond: 2})
	c.ok(c.get("/organization/projects"))
	c.ok(c.get("/organization/admin_api_keys"))
	c.refused(c.get("/organization/projects"), 429, nil, tooMany)
	clock.Advance(500 * time.Millisecond)
	c.ok(c.get("/organization/projects"))
	c.refused(c.get("/organization/admin_api_keys"), 429, nil, tooMany)
}
