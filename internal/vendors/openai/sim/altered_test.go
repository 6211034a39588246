// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"encoding/base64"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func (c caller) inject(f simkit.Fault) { c.sim.ClearFaults(); c.sim.Inject(f) }

func TestCrossedAnswers(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w, v := c.world(), c.world()
	admin, other := c.sim.AdminKeyID(), c.ok(c.post("/organization/admin_api_keys", `{"name":"x"}`))["id"]
	c.inject(simkit.Fault{Kind: simkit.Crossed})
	same(t, c.ok(c.get(w.path()))["id"], v.project)
	same(t, c.ok(c.get(w.accountPath()))["id"], v.account)
	same(t, c.ok(c.get(w.keyPath()))["id"], v.key)
	same(t, c.ok(c.get("/organization/admin_api_keys/" + admin))["id"], other)
	// The work is done at the object asked for.
	same(t, c.ok(c.post(w.accountPath(), `{"name":"renamed"}`))["id"], v.account)
	same(t, c.ok(c.delete(w.keyPath()))["id"], v.key)
	same(t, c.ok(c.post(w.path(), `{"name":"renamed"}`))["id"], v.project)
	same(t, []any{c.sim.ServiceAccounts()[0].Name, c.sim.Projects()[1].Name, c.sim.DeletedKeys()}, []any{"renamed", "renamed", []string{w.key}})
	same(t, c.ids(c.get(v.any())), []string{v.key})
	// Where there is no other, it has an invented id.
	if got := c.ok(c.get(v.keyPath())); got["id"] == v.key || got["name"] != "first" || !strings.HasPrefix(got["id"].(string), "key_") {
		t.Errorf("got %v", got)
	}
	c.inject(simkit.Fault{Kind: simkit.Crossed, OtherID: c.sim.Projects()[0].ID})
	same(t, c.ok(c.get(v.path()))["name"], "Default project")
	c.refused(c.get(w.keyPath()), 404, nil, "not found")
}

func TestFormerAnswer(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	c.inject(simkit.Fault{Kind: simkit.FormerAnswer})
	for path, body := range map[string]string{w.accountPath(): `{"role":"owner"}`, w.path(): `{"name":"new"}`, w.keyPath(): `{"expires_in_seconds":60}`} {
		before := c.ok(c.get(path))
		same(t, c.ok(c.post(path, body)), before)
		if after := c.ok(c.get(path)); len(after) == 0 || after["role"] == before["role"] && after["name"] == before["name"] && after["expires_at"] == before["expires_at"] {
			t.Errorf("%s: the update was not stored", path)
		}
	}
}

func TestAlteredAnswers(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	c.inject(simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"name": "odd", "created_at": 1e308, "owner.service_account.name": nil}, Omit: []string{"role", "owner.type"}})
	account := c.ok(c.get(w.accountPath()))
	if _, there := account["role"]; there || account["name"] != "odd" || account["created_at"] != 1e308 {
		t.Errorf("got %v", account)
	}
	row := c.ok(c.get(w.any()))["data"].([]any)[0].(object)
	same(t, []any{row["name"], row["owner"].(object)["type"], row["owner"].(object)["service_account"].(object)["name"], row["id"]}, []any{"odd", nil, nil, w.key})
	c.refused(c.get(w.keys()+"/nope"), 404, nil, "not found") // refusals stay as they are

	c.inject(simkit.Fault{Kind: simkit.Milliseconds})
	c.sim.UseKey(w.key)
	k := c.ok(c.get(w.keyPath()))
	same(t, []any{k["created_at"], k["last_used_at"], k["expires_at"], k["owner"].(object)["service_account"].(object)["created_at"]},
		[]any{start.Unix() * 1000, start.Unix() * 1000, nil, start.Unix() * 1000})
	if at := c.ok(c.post("/organization/admin_api_keys", `{"name":"x"}`))["created_at"].(float64); at < math.MaxInt32*100 {
		t.Errorf("created at %v", at)
	}
}

func TestEndlessList(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	c.inject(simkit.Fault{Kind: simkit.EndlessList})
	seen := map[string]bool{}
	after := ""
	for range 5 {
		page := c.get(w.any() + "&limit=10" + after)
		for _, id := range c.ids(page) {
			seen[id] = true
		}
		same(t, page.body["has_more"], true)
		after = "&after=" + page.body["last_id"].(string)
	}
	same(t, []any{len(seen), seen[w.key]}, []any{50, true})
	same(t, len(c.ids(c.get(c.world().accounts()))), 20) // the usual page size
	c.sim.ClearFaults()
	same(t, c.ids(c.get(w.any())), []string{w.key})
}

func TestNotFoundForAWhile(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{})
	w := c.world()
	c.inject(simkit.Fault{Operation: openaisim.OpAPIKeysDelete, Kind: simkit.NotFoundBefore, For: time.Minute})
	want := c.get(w.keys() + "/key_nope").raw
	same(t, c.delete(w.keyPath()).raw, strings.ReplaceAll(want, "key_nope", w.key))
	c.ok(c.get(w.keyPath()))
	clock.Advance(time.Minute)
	c.ok(c.delete(w.keyPath()))

	c.inject(simkit.Fault{Kind: simkit.NotFoundBefore})
	c.refused(c.get(w.path()), 404, "project_not_found", w.project)
	c.refused(c.post(w.accountPath(), `{"name":"x"}`), 404, nil, "The service account "+w.account)
	c.refused(c.delete("/organization/admin_api_keys/x"), 404, nil, "The admin API key x")
	c.refused(c.post("/organization/projects", `{"name":"x"}`), 404, nil, "Not Found")
	same(t, len(c.sim.Projects()), 2)
}

func TestLagTime(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{})
	w := c.world()
	c.sim.Inject(simkit.Fault{Kind: simkit.StaleList, LagTime: 25 * time.Second}, simkit.Fault{Kind: simkit.StaleGet, LagTime: 10 * time.Second})
	id := c.ok(c.post(w.mint(), ""))["id"].(string)
	for _, step := range []struct {
		advance time.Duration
		read    int
		listed  []string
	}{
		{0, 404, []string{w.key}}, {9 * time.Second, 404, []string{w.key}}, {time.Second, 200, []string{w.key}},
		{14 * time.Second, 200, []string{w.key}}, {time.Second, 200, []string{w.key, id}},
	} {
		clock.Advance(step.advance)
		same(t, c.get(w.keys()+"/"+id).status, step.read)
		same(t, c.ids(c.get(w.any())), step.listed)
	}
}

func TestFaultsForOneObjectOrField(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	second, _ := c.sim.SeedKey(openaisim.KeySpec{AccountID: w.account})
	c.inject(simkit.Fault{ObjectID: second, Kind: simkit.StatusBefore, Status: 403})
	same(t, []int{c.get(w.keyPath()).status, c.get(w.keys() + "/" + second).status}, []int{200, 403})
	c.inject(simkit.Fault{Field: "expires_in_seconds", Kind: simkit.StatusBefore, Status: 400})
	same(t, []int{c.post(w.keyPath(), `{"scopes":["a"]}`).status, c.post(w.keyPath(), `{"expires_in_seconds":5}`).status}, []int{200, 400})
	c.inject(simkit.Fault{Field: "owner_project_access", Kind: simkit.StatusBefore, Status: 400})
	same(t, []int{c.get(w.keys()).status, c.get(w.any()).status}, []int{200, 400})
}

func TestEcho(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w, minted := c.mintFault(simkit.Fault{Kind: simkit.Echo})
	r := c.post(w.mint(), "")
	c.refused(r, 400, nil, "Bearer%20"+c.key)
	contains(t, r.body["error"].(object)["message"].(string), "\n"+c.key)
	contains(t, r.header.Get("X-Request-Id"), c.key)
	same(t, minted(), 0)
	gateway := "gw-fake-" + base64.StdEncoding.EncodeToString([]byte("token"))
	c.inject(simkit.Fault{Kind: simkit.StatusBefore, Message: "\x1b[2J{credential}", Header: map[string]string{"X-Gateway": "{credential}"}})
	r = c.get(w.path())
	same(t, []any{r.body["error"].(object)["message"], r.header.Get("X-Gateway")}, []any{"\x1b[2J" + c.key, c.key})
	c.inject(simkit.Fault{Kind: simkit.HTML, Body: "<p>" + gateway + " {credential}"})
	same(t, c.get(w.path()).raw, "<p>"+gateway+" "+c.key)
}

func TestBlockPage(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	for status, want := range map[int]int{0: 403, 200: 200, 503: 503} {
		w, minted := c.mintFault(simkit.Fault{Kind: simkit.BlockPage, Status: status, Times: 1})
		before := minted()
		r := c.post(w.mint(), "")
		same(t, []any{r.status, r.header.Get("Content-Type"), minted() - before}, []any{want, "text/html; charset=utf-8", 0})
		contains(t, r.raw, "Web Page Blocked")
	}
}

func TestDateHeader(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	c.sim.SetDate(simkit.NoDate)
	_, there := c.get("/organization/projects").header["Date"]
	same(t, there, false)
	c.sim.SetDate("yesterday")
	same(t, c.as("sk-wrong").get("/organization/projects").header.Get("Date"), "yesterday")
	c.sim.SetDate("")
	c.inject(simkit.Fault{Kind: simkit.Altered, Header: map[string]string{"Date": "", "x-request-id": ""}})
	header := c.get("/organization/projects").header
	same(t, []int{len(header["Date"]), len(header["X-Request-Id"])}, []int{0, 0})
}
