// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// fault injects one rule for the mint and gives the number of keys before it.
func (c caller) mintFault(f simkit.Fault) (w world, minted func() int) {
	c.t.Helper()
	w = c.world()
	f.Operation = openaisim.OpServiceAccountKeysCreate
	c.sim.Inject(f)
	return w, func() int { return len(c.sim.Keys()) - 1 }
}

func (c caller) last() simkit.Entry {
	c.t.Helper()
	all := c.sim.Journal()
	if len(all) == 0 {
		c.t.Fatal("the journal is empty")
	}
	return all[len(all)-1]
}

func TestCutConnections(t *testing.T) {
	t.Parallel()
	for kind, want := range map[simkit.FaultKind]int{simkit.CutBefore: 0, simkit.CutAfter: 1} {
		c, _ := begin(t, openaisim.Options{})
		w, minted := c.mintFault(simkit.Fault{Kind: kind, Times: 1})
		if r, err := c.try(http.MethodPost, w.mint(), ""); err == nil {
			t.Errorf("%s: answered %d", kind, r.status)
		}
		same(t, minted(), want)
		if e := c.last(); e.Fault != kind || e.Status != 0 {
			t.Errorf("journal: %s %d", e.Fault, e.Status)
		}
		c.ok(c.post(w.mint(), "")) // used up
	}
}

func TestHangs(t *testing.T) {
	t.Parallel()
	for kind, want := range map[simkit.FaultKind]int{simkit.HangBefore: 0, simkit.HangAfter: 1} {
		c, _ := begin(t, openaisim.Options{})
		ctx, giveUp := context.WithCancel(t.Context())
		w, minted := c.mintFault(simkit.Fault{Kind: kind, Notify: giveUp})
		_, err := http.DefaultClient.Do(c.request(http.MethodPost, w.mint(), "").WithContext(ctx))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", kind, err)
		}
		same(t, minted(), want)
		same(t, c.last().Status, 0)
	}
}

func TestHangEndsWithTheServer(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	c.sim.Inject(simkit.Fault{Kind: simkit.HangAfter, Notify: c.sim.Close})
	if r, err := c.try(http.MethodGet, "/organization/projects", ""); err == nil {
		t.Errorf("answered %d", r.status)
	}
}

func TestStatusFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault  simkit.Fault
		status int
		code   any
		done   int
	}{
		{simkit.Fault{Kind: simkit.StatusBefore}, 503, nil, 0},
		{simkit.Fault{Kind: simkit.StatusBefore, Status: 500, Code: "boom"}, 500, "boom", 0},
		{simkit.Fault{Kind: simkit.StatusBefore, Status: 429, Code: "insufficient_quota", RetryAfter: 1500 * time.Millisecond}, 429, "insufficient_quota", 0},
		{simkit.Fault{Kind: simkit.StatusAfter}, 502, nil, 1},
		{simkit.Fault{Kind: simkit.StatusAfter, Status: 408}, 408, nil, 1},
		{simkit.Fault{Kind: simkit.NotFoundAfter}, 404, nil, 1},
		{simkit.Fault{Kind: simkit.NumericCode}, 500, 500.0, 0},
		{simkit.Fault{Kind: simkit.NumericCode, Status: 404}, 404, 404.0, 0},
	} {
		c, _ := begin(t, openaisim.Options{})
		w, minted := c.mintFault(test.fault)
		r := c.post(w.mint(), "")
		c.refused(r, test.status, test.code, "")
		same(t, minted(), test.done)
		same(t, c.last().Status, test.status)
		if test.fault.RetryAfter > 0 {
			same(t, r.header.Get("Retry-After"), "2")
		}
	}
}

func TestOddBodies(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	mint := openaisim.OpServiceAccountKeysCreate

	c.sim.Inject(simkit.Fault{Operation: mint, Kind: simkit.HTML, Times: 1})
	r := c.post(w.mint(), "")
	same(t, []any{r.status, r.header.Get("Content-Type"), r.body == nil}, []any{200, "text/html; charset=utf-8", true})
	same(t, len(c.sim.Keys()), 2)

	c.sim.Inject(simkit.Fault{Operation: mint, Kind: simkit.BareError, Status: 404, Times: 1})
	same(t, c.post(w.mint(), "").body["code"], 404)
	same(t, len(c.sim.Keys()), 2)

	c.sim.Inject(simkit.Fault{Operation: mint, Kind: simkit.PlainError, Status: 400, Times: 1})
	r = c.post(w.mint(), "")
	same(t, []any{r.status, r.body["error"]}, []any{400, "The request was refused: Bad Request"})
	same(t, len(c.sim.Keys()), 2)

	c.sim.Inject(simkit.Fault{Operation: mint, Kind: simkit.StatusBefore, Status: 500, Body: "oops", ContentType: "text/plain", Times: 1})
	r = c.post(w.mint(), "")
	same(t, []any{r.status, r.raw, r.header.Get("Content-Type")}, []any{500, "oops", "text/plain"})

	c.sim.Inject(simkit.Fault{Operation: mint, Kind: simkit.Redirect, Body: "http://127.0.0.1:1/elsewhere", Times: 1})
	r = c.post(w.mint(), "")
	same(t, []any{r.status, r.header.Get("Location"), len(c.sim.Keys())}, []any{307, "http://127.0.0.1:1/elsewhere", 2})

	c.sim.Inject(simkit.Fault{Operation: mint, Kind: simkit.Truncated, Times: 1})
	r, err := c.try(http.MethodPost, w.mint(), "")
	if !errors.Is(err, io.ErrUnexpectedEOF) || r.status != 200 || r.raw == "" || json.Valid([]byte(r.raw)) {
		t.Errorf("truncated: %v, %d bytes", err, len(r.raw))
	}
	same(t, len(c.sim.Keys()), 3)
}

func TestMissingSecret(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	c.sim.Inject(simkit.Fault{Kind: simkit.MissingSecret})
	for _, o := range []object{
		c.ok(c.post(w.mint(), "")), c.ok(c.post(w.accounts(), `{"name":"x"}`))["api_key"].(object), c.ok(c.post("/organization/admin_api_keys", `{"name":"x"}`)),
	} {
		if _, there := o["value"]; there || o["id"] == nil {
			t.Error("want an answer without a value but with an id")
		}
	}
	c.ok(c.post("/organization/projects", `{"name":"x"}`))
	same(t, c.last().Fault, "")
	same(t, len(c.sim.Keys()), 3)
}

func TestDelay(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{Latency: time.Millisecond})
	w, minted := c.mintFault(simkit.Fault{Kind: simkit.Delay, Delay: 20 * time.Millisecond, Times: 1})
	before := time.Now()
	c.ok(c.post(w.mint(), ""))
	if took := time.Since(before); took < 21*time.Millisecond {
		t.Errorf("answered after %s", took)
	}
	ctx, giveUp := context.WithCancel(t.Context())
	c.sim.Inject(simkit.Fault{Kind: simkit.Delay, Delay: time.Hour, Notify: giveUp})
	_, err := http.DefaultClient.Do(c.request(http.MethodPost, w.mint(), "").WithContext(ctx))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	same(t, minted(), 2)
}

func TestStaleList(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{MaxPage: 1})
	w := c.world()
	c.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StaleList, Lag: 2})
	second := c.ok(c.post(w.mint(), ""))["id"].(string)
	third := c.ok(c.post(w.mint(), ""))["id"].(string)
	old, all := [][]string{{w.key}}, [][]string{{w.key}, {second}, {third}}
	for _, want := range [][][]string{old, old, all, all} {
		same(t, c.walk(w.any(), "&"), want)
	}
	c.ok(c.get(w.keys() + "/" + second))
}

func TestStaleGet(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	c.sim.Inject(simkit.Fault{Kind: simkit.StaleGet, Lag: 2})
	for create, body := range map[string]string{
		"/organization/projects": `{"name":"x"}`, w.accounts(): `{"name":"x"}`, w.mint(): ``, "/organization/admin_api_keys": `{"name":"x"}`,
	} {
		id := c.ok(c.post(create, body))["id"].(string)
		path := create + "/" + id
		if create == w.mint() {
			path = w.keys() + "/" + id
		}
		for _, status := range []int{404, 404, 200, 200} {
			same(t, c.get(path).status, status)
		}
	}
	c.ok(c.get(w.keyPath())) // older than the rule
}

func TestRepeatedCursor(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{MaxPage: 1})
	c.sim.SeedProject("x")
	c.sim.Inject(simkit.Fault{Kind: simkit.RepeatedCursor})
	first := c.ok(c.get("/organization/projects"))
	same(t, c.ok(c.get("/organization/projects?after="+first["last_id"].(string))), first)
	same(t, first["has_more"], true)
}

func TestFaultRules(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w, v := c.world(), c.world()
	statuses := func(path string, n int) []int {
		var out []int
		for range n {
			out = append(out, c.get(path).status)
		}
		return out
	}
	c.sim.Inject(
		simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StatusBefore, Status: 500, Skip: 1, Times: 2},
		simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StatusBefore, Status: 502, Times: 2},
	)
	// The second rule steps in while the first waits and when it is used up.
	same(t, statuses(w.any(), 5), []int{502, 500, 500, 502, 200})
	same(t, statuses(w.accounts(), 1), []int{200})

	c.sim.Inject(simkit.Fault{ParentID: w.project, Kind: simkit.StatusBefore, Status: 500})
	same(t, statuses(w.any(), 2), []int{500, 500})
	same(t, statuses(v.any(), 1), []int{200})
	same(t, c.as("sk-wrong").get(w.any()).status, 401) // refused before any rule
	c.sim.ClearFaults()
	same(t, statuses(w.any(), 1), []int{200})

	defer func() {
		if recover() == nil {
			t.Error("an unknown kind was accepted")
		}
	}()
	c.sim.Inject(simkit.Fault{Kind: "typo"})
}
