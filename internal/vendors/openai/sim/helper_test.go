// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 600_000_000, time.UTC)

// object is any JSON object.
type object = map[string]any

type reply struct {
	status int
	header http.Header
	raw    string
	body   object
}

// caller talks to one simulator with one key.
type caller struct {
	t   *testing.T
	sim *openaisim.Server
	key string
}

// begin starts a simulator on a standing clock.
func begin(t *testing.T, o openaisim.Options) (caller, *simkit.Clock) {
	t.Helper()
	clock := simkit.NewClock(start)
	o.Clock = clock
	sim := openaisim.Start(t, o)
	return caller{t, sim, sim.AdminKey()}, clock
}

func (c caller) as(key string) caller { c.key = key; return c }

func (c caller) request(method, path, body string) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.sim.URL()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// try sends a request on a connection of its own, so that no transport repeats it.
func (c caller) try(method, path, body string) (reply, error) {
	c.t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(c.request(method, path, body))
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	out := reply{status: answer.StatusCode, header: answer.Header, raw: string(raw)}
	if json.Unmarshal(raw, &out.body) != nil {
		out.body = nil
	}
	return out, err
}

func (c caller) do(method, path, body string) reply {
	c.t.Helper()
	out, err := c.try(method, path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return out
}

func (c caller) get(path string) reply        { c.t.Helper(); return c.do(http.MethodGet, path, "") }
func (c caller) post(path, body string) reply { c.t.Helper(); return c.do(http.MethodPost, path, body) }
func (c caller) delete(path string) reply     { c.t.Helper(); return c.do(http.MethodDelete, path, "") }

// ok fails the test unless the answer is a 200, and returns its body.
func (c caller) ok(r reply) object {
	c.t.Helper()
	if r.status != http.StatusOK {
		c.t.Fatalf("status %d, want 200: %s", r.status, r.raw)
	}
	return r.body
}

// refused checks status, envelope, code (nil = null) and a part of the message.
func (c caller) refused(r reply, status int, code any, text string) {
	c.t.Helper()
	e, _ := r.body["error"].(object)
	message, _ := e["message"].(string)
	_, hasParam := e["param"]
	if r.status != status || len(e) != 4 || !hasParam || e["code"] != code || e["type"] == "" || !strings.Contains(message, text) {
		c.t.Fatalf("got %d %s, want %d with code %v and a message containing %q", r.status, r.raw, status, code, text)
	}
}

func (c caller) bad(r reply, text string) { c.t.Helper(); c.refused(r, 400, nil, text) }

// ids are the ids of a list answer.
func (c caller) ids(r reply) []string {
	c.t.Helper()
	var out []string
	for _, item := range c.ok(r)["data"].([]any) {
		out = append(out, item.(object)["id"].(string))
	}
	return out
}

// world is a project with one account and one key.
type world struct{ project, account, key, secret string }

func (c caller) world() world {
	c.t.Helper()
	var w world
	w.project = c.sim.SeedProject("payments")
	w.account = c.sim.SeedServiceAccount(w.project, "ci", "member")
	w.key, w.secret = c.sim.SeedKey(openaisim.KeySpec{AccountID: w.account, Name: "first"})
	return w
}

func (w world) path() string        { return "/organization/projects/" + w.project }
func (w world) accounts() string    { return w.path() + "/service_accounts" }
func (w world) accountPath() string { return w.accounts() + "/" + w.account }
func (w world) mint() string        { return w.accountPath() + "/api_keys" }
func (w world) keys() string        { return w.path() + "/api_keys" }
func (w world) keyPath() string     { return w.keys() + "/" + w.key }
func (w world) any() string         { return w.keys() + "?owner_project_access=any" }

// same compares as JSON, so that numbers are numbers.
func same(t *testing.T, got, want any) {
	t.Helper()
	a, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Errorf("got  %s\nwant %s", a, b)
	}
}

func findKey(t *testing.T, s *openaisim.Server, id string) openaisim.Key {
	t.Helper()
	for _, k := range s.Keys() {
		if k.ID == id {
			return k
		}
	}
	t.Fatalf("no key %s in the store", id)
	return openaisim.Key{}
}

func contains(t *testing.T, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%q does not contain %q", text, part)
	}
}
