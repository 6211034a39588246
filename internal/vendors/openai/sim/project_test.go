// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"strings"
	"testing"
	"time"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestProjectLifecycle(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{})
	p := c.ok(c.post("/organization/projects", `{"name":"payments","residency":"EU_STORAGE_PROCESSING","external_key_id":"extkey_1"}`))
	id := p["id"].(string)
	want := object{
		"id": id, "object": "organization.project", "name": "payments", "created_at": start.Unix(),
		"archived_at": nil, "status": "active", "external_key_id": "extkey_1", "residency": "EU_STORAGE_PROCESSING",
	}
	same(t, p, want)
	if !strings.HasPrefix(id, "proj_") {
		t.Errorf("project id %q", id)
	}
	path := "/organization/projects/" + id
	same(t, c.ok(c.get(path)), want)

	want["name"] = "billing"
	same(t, c.ok(c.post(path, `{"name":"billing"}`)), want)
	same(t, c.ok(c.post(path, `{"name":null}`)), want)
	want["external_key_id"] = nil
	same(t, c.ok(c.post(path, `{"external_key_id":null}`)), want)

	clock.Advance(time.Hour)
	want["status"], want["archived_at"] = "archived", start.Add(time.Hour).Unix()
	same(t, c.ok(c.post(path+"/archive", "")), want)
	same(t, c.ok(c.get(path)), want)
	c.bad(c.post(path+"/archive", ""), "already archived")
	c.bad(c.post(path, `{"name":"x"}`), "is archived")
	got := c.sim.Projects()[1]
	if got.ID != id || !got.Archived || got.Default || got.ArchivedAt.Unix() != start.Add(time.Hour).Unix() {
		t.Errorf("store: %+v", got)
	}
}

func TestProjectNamesAreNotUnique(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	a := c.ok(c.post("/organization/projects", `{"name":"twin"}`))
	b := c.ok(c.post("/organization/projects", `{"name":"twin"}`))
	if a["id"] == b["id"] {
		t.Error("the second create gave the first project")
	}
	if _, there := a["residency"]; there {
		t.Error("a residency nobody asked for")
	}
}

func TestProjectRefusals(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	for body, text := range map[string]string{
		``: "no body", `[]`: "not a JSON object", `null`: "not a JSON object", `{"name":"x"} trailing`: "not a JSON object",
		`{}`: "name is required", `{"name":""}`: "must not be empty", `{"name":null}`: "must be a string", `{"name":7}`: "must be a string",
		`{"name":"x","residency":"MOON"}`: "Unknown residency", `{"name":"x","geography":"MOON"}`: "Unknown geography",
		`{"name":"x","geography":"EU","residency":"EU_STORAGE_PROCESSING"}`: "Only one of",
	} {
		c.bad(c.post("/organization/projects", body), text)
	}
	c.bad(c.post(w.path(), `{"name":""}`), "must not be empty")
	c.bad(c.post(w.path(), `{"geography":"MOON"}`), "Unknown geography")
	c.bad(c.post(w.path(), `{"residency":"GLOBAL"}`), "Unknown request field: residency")
	c.bad(c.post(w.path()+"/archive", `{"force":true}`), "Unknown request field: force")
	c.bad(c.get("/organization/projects?include_archived=1"), "must be true or false")
	for _, r := range []reply{c.get("/organization/projects/proj_nope"), c.post("/organization/projects/proj_nope", `{"name":"x"}`), c.post("/organization/projects/proj_nope/archive", "")} {
		c.refused(r, 404, "project_not_found", "The project proj_nope was not found")
	}
	if n := len(c.sim.Projects()); n != 2 {
		t.Errorf("%d projects after refusals only, want 2", n)
	}
}

// The vendor's client still has the older field in both requests.
func TestGeography(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	for geography, residency := range map[string]any{`"EU"`: "EU_STORAGE_PROCESSING", `"KR"`: "KR_STORAGE", `"GLOBAL"`: "GLOBAL", `null`: nil} {
		p := c.ok(c.post("/organization/projects", `{"name":"x","geography":`+geography+`}`))
		same(t, []any{p["residency"], p["geography"]}, []any{residency, nil})
		path := "/organization/projects/" + p["id"].(string)
		same(t, c.ok(c.post(path, `{"name":"y","geography":"US"}`))["residency"], residency)
	}
	c.sim.SetPolicy(func(p *openaisim.Policy) { p.Geography = true })
	older := c.ok(c.post("/organization/projects", `{"name":"x","residency":"JP_STORAGE_PROCESSING"}`))
	same(t, []any{older["residency"], older["geography"]}, []any{nil, "JP"})
	c.sim.SetPolicy(func(p *openaisim.Policy) { p.Geography, p.ResidencyIgnored = false, true })
	same(t, c.ok(c.post("/organization/projects", `{"name":"x","residency":"GLOBAL"}`))["residency"], nil)
}

// Clients send different bodies where none is needed; the official provider sends null.
func TestBodiesThatAreNotNeeded(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	for _, body := range []string{``, `null`, ` null `, `{}`} {
		w := c.world()
		c.ok(c.post(w.mint(), body))
		for _, path := range []string{w.path(), w.accountPath(), w.keyPath()} {
			c.ok(c.do("GET", path, body))
		}
		for _, path := range []string{w.keyPath(), w.accountPath()} {
			c.ok(c.do("DELETE", path, body))
		}
		same(t, c.ok(c.post(w.path()+"/archive", body))["status"], "archived")
	}
	w := c.world()
	for _, path := range []string{"/organization/projects", w.path(), w.accounts(), w.accountPath(), w.keyPath(), "/organization/admin_api_keys"} {
		c.bad(c.post(path, `null`), "not a JSON object")
		c.bad(c.post(path, ``), "no body")
	}
	c.bad(c.post(w.path()+"/archive", `[]`), "not a JSON object")
}

func TestDefaultProjectIsProtected(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	d := c.sim.Projects()[0]
	if !d.Default || d.Name != "Default project" {
		t.Fatalf("first project: %+v", d)
	}
	path := "/organization/projects/" + d.ID
	c.bad(c.post(path, `{"name":"x"}`), "default project")
	c.bad(c.post(path+"/archive", ""), "default project")
	c.ok(c.post(path+"/service_accounts", `{"name":"a"}`))
	c.sim.SetPolicy(func(p *openaisim.Policy) { p.DefaultProjectClosed = true })
	c.bad(c.post(path+"/service_accounts", `{"name":"a"}`), "default project")
}

func TestArchivedProjectHidesItsChildren(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	other := c.sim.SeedServiceAccount(c.sim.SeedProject("other"), "b", "member")
	if !c.sim.Valid(w.secret) {
		t.Fatal("the key does not work to begin with")
	}
	c.ok(c.post(w.path()+"/archive", `{}`))
	for _, r := range []reply{
		c.get(w.accounts()), c.post(w.accounts(), `{"name":"x"}`), c.get(w.accountPath()), c.post(w.accountPath(), `{"name":"x"}`),
		c.delete(w.accountPath()), c.post(w.mint(), ""), c.get(w.any()), c.get(w.keyPath()), c.post(w.keyPath(), `{"scopes":[]}`), c.delete(w.keyPath()),
	} {
		c.bad(r, "is archived")
	}
	if accounts := c.sim.ServiceAccounts(); len(accounts) != 1 || accounts[0].ID != other {
		t.Errorf("accounts left: %+v", accounts)
	}
	if c.sim.Valid(w.secret) || findKey(t, c.sim, w.key).Usable {
		t.Error("the key of an archived project works")
	}
}

func TestProjectListAndArchived(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	first := c.sim.Projects()[0].ID
	b, d := c.sim.SeedProject("b"), c.sim.SeedProject("d")
	c.sim.ArchiveProject(b)
	same(t, c.ids(c.get("/organization/projects")), []string{first, d})
	same(t, c.ids(c.get("/organization/projects?include_archived=false")), []string{first, d})
	same(t, c.ids(c.get("/organization/projects?include_archived=true")), []string{first, b, d})
	same(t, c.ids(c.get("/organization/projects?after="+b)), []string{d}) // hidden, but still a cursor
	c.sim.SetPolicy(func(p *openaisim.Policy) { p.ProjectGetHidesArchived = true })
	c.refused(c.get("/organization/projects/"+b), 404, "project_not_found", "was not found")
	c.ok(c.get("/organization/projects/" + d))
}
