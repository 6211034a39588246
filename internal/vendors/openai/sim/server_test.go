// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// recorder is a testing.TB that remembers failures instead of failing.
type recorder struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestUnknownRoutesFailTheTest(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "/organization/certificates", "/organization//projects", "/organization/projects/", "/organization/projects/../projects"} {
		r := &recorder{TB: t}
		sim := openaisim.Start(r, openaisim.Options{})
		c := caller{t, sim, sim.AdminKey()}
		answer := c.get(path)
		c.refused(answer, 501, "not_modelled", "The simulator has no GET")
		same(t, c.last().Status, 501)
		for _, f := range r.cleanups {
			f()
		}
		if len(r.errors) != 1 {
			t.Errorf("%q: the test saw %q", path, r.errors)
		}
	}
	// A method that an endpoint does not have is as unknown.
	r := &recorder{TB: t}
	sim := openaisim.Start(r, openaisim.Options{})
	c := caller{t, sim, sim.AdminKey()}
	for _, method := range []string{http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		same(t, c.do(method, "/organization/projects", "").status, 501)
	}
	same(t, len(sim.UnknownRoutes()), 4)
	for _, f := range r.cleanups {
		f()
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{})
	seen := map[string]bool{}
	for _, r := range []reply{c.get("/organization/projects"), c.as("sk-wrong").get("/organization/projects"), c.get("/organization/projects/nope")} {
		same(t, r.header.Get("Date"), start.Format(http.TimeFormat))
		same(t, r.header.Get("Content-Type"), "application/json")
		seen[r.header.Get("X-Request-Id")] = true
	}
	if len(seen) != 3 || seen[""] {
		t.Errorf("request ids: %v", seen)
	}
	same(t, seen[c.last().RequestID], true)
	clock.Advance(24 * time.Hour)
	same(t, c.get("/organization/projects").header.Get("Date"), start.Add(24*time.Hour).Format(http.TimeFormat))
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	c.ok(c.post("/organization/projects", `{"name":"`+strings.Repeat("x", 1<<20-11)+`"}`))
	r := c.post("/organization/projects", `{"name":"`+strings.Repeat("x", 1<<20-10)+`"}`)
	c.refused(r, 413, nil, "too large")
	same(t, len(c.sim.Projects()), 2)
}

func TestContentType(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	r := c.request(http.MethodPost, "/organization/projects", `{"name":"x"}`)
	r.Header.Set("Content-Type", "text/plain")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	same(t, answer.StatusCode, 400)
}

func TestJournal(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	r := c.post(w.mint(), `{"name":"n","expires_in_seconds":60}`)
	e := c.last()
	if e.Header.Get("Authorization") != "" || e.Header.Get("Content-Type") == "" || !e.Time.Equal(start) {
		t.Errorf("headers %v, time %s", e.Header, e.Time)
	}
	same(t, []any{e.Operation, e.Method, e.Path, e.Status, e.Fields, e.ParentID, e.ObjectID, e.RequestID, e.CredentialID}, []any{
		openaisim.OpServiceAccountKeysCreate, "POST", "/v1" + w.mint(), 200, object{"name": "n", "expires_in_seconds": 60},
		w.project, r.body["id"], r.header.Get("X-Request-Id"), c.sim.AdminKeyID(),
	})
	e.Fields["name"] = "changed"
	same(t, c.last().Fields["name"], "n")
	c.get(w.any())
	same(t, c.last().Query, map[string][]string{"owner_project_access": {"any"}})
	if c.last().Fields != nil {
		t.Error("a request without a body has fields")
	}
	c.get("/models")
	same(t, []int{c.sim.Count(""), c.sim.Count(openaisim.OpAPIKeysList), c.sim.Count(openaisim.OpInferenceModels), c.sim.Count(openaisim.OpAPIKeysGet)}, []int{3, 1, 1, 0})
	c.sim.ResetJournal()
	same(t, c.sim.Count(""), 0)
}

func TestSeedMakesIDsPredictable(t *testing.T) {
	t.Parallel()
	issue := func(seed uint64) []string {
		s := openaisim.New(openaisim.Options{Seed: seed})
		id, secret := s.SeedKey(openaisim.KeySpec{ProjectID: s.SeedProject("x")})
		return []string{s.AdminKey(), s.AdminKeyID(), id, secret}
	}
	if !slices.Equal(issue(7), issue(7)) || slices.Equal(issue(7), issue(8)) || slices.Equal(issue(0), issue(0)) {
		t.Error("ids must follow the seed, and be random without one")
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{Seed: 1, PerMinute: 1})
	w := c.world()
	before := c.sim.Projects()[0]
	c.sim.NewOrganization()
	c.sim.ArchiveProject(before.ID)
	c.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore})
	c.sim.SetPolicy(func(p *openaisim.Policy) { p.Created201 = true })
	clock.Advance(time.Hour)
	c.get("/organization/projects")
	c.sim.Reset()
	same(t, c.sim.Projects(), []openaisim.Project{before})
	same(t, []int{len(c.sim.ServiceAccounts()), len(c.sim.Keys()), len(c.sim.DeletedKeys()), len(c.sim.AdminKeys()), c.sim.Count("")}, []int{0, 0, 0, 1, 0})
	same(t, c.ids(c.get("/organization/projects")), []string{before.ID})
	if again := c.world(); again.project == w.project || again.secret == w.secret || c.sim.Valid(w.secret) {
		t.Error("an id or a secret came back after the reset")
	}
	same(t, c.sim.Policy().Created201, false)
}

func TestOutsideActors(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, openaisim.Options{PerMinute: 1})
	c.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore})
	w := c.world()
	c.sim.RenameProject(w.project, "renamed")
	c.sim.SetAccountRole(w.account, "owner")
	c.sim.SetKeyScopes(w.key, "api.model.request")
	c.sim.ExpireKeyAt(w.key, start.Add(time.Hour))
	clock.Advance(time.Minute)
	c.sim.UseKey(w.key)
	k := findKey(t, c.sim, w.key)
	same(t, k, openaisim.Key{
		ID: w.key, ProjectID: w.project, OwnerType: "service_account", OwnerID: w.account, Name: "first", Scopes: []string{"api.model.request"},
		CreatedAt: start.Truncate(time.Second), ExpiresAt: start.Truncate(time.Second).Add(time.Hour), LastUsedAt: start.Truncate(time.Second).Add(time.Minute), Usable: true,
	})
	same(t, c.sim.Projects()[1].Name, "renamed")
	same(t, c.sim.ServiceAccounts(), []openaisim.ServiceAccount{{ID: w.account, ProjectID: w.project, Name: "ci", Role: "owner", Active: true, CreatedAt: start.Truncate(time.Second)}})
	c.sim.DeleteServiceAccount(w.account)
	same(t, c.sim.DeletedKeys(), []string{w.key})
	c.sim.ArchiveProject(w.project)
	same(t, c.sim.Projects()[1].Archived, true)
	same(t, c.sim.Count(""), 0)
	for name, act := range map[string]func(){
		"project": func() { c.sim.ArchiveProject("nope") }, "account": func() { c.sim.DeleteServiceAccount(w.account) },
		"key": func() { c.sim.RevokeKey(w.key) }, "role": func() { c.sim.SeedServiceAccount(w.project, "x", "boss") },
		"foreign account": func() {
			p := c.sim.SeedProject("p")
			c.sim.SeedKey(openaisim.KeySpec{ProjectID: p, AccountID: c.sim.SeedServiceAccount(c.sim.SeedProject("q"), "x", "member")})
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: a mistake in the test passed silently", name)
				}
			}()
			act()
		}()
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	sim := openaisim.New(openaisim.Options{})
	server := httptest.NewServer(sim)
	defer server.Close()
	project := sim.SeedProject("x")
	account := sim.SeedServiceAccount(project, "x", "member")
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 10 {
				r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v1/organization/projects/"+project+"/service_accounts/"+account+"/api_keys", nil)
				r.Header.Set("Authorization", "Bearer "+sim.AdminKey())
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				_ = answer.Body.Close()
				sim.SetPolicy(func(p *openaisim.Policy) { p.Created201 = !p.Created201 })
				_, _, _ = sim.Keys(), sim.Journal(), sim.Secrets()
			}
		})
	}
	wait.Wait()
	ids := map[string]bool{}
	for _, k := range sim.Keys() {
		ids[k.ID] = true
	}
	same(t, []int{len(ids), sim.Count(openaisim.OpServiceAccountKeysCreate)}, []int{80, 80})
}
