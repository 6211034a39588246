// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

var start = time.Date(2026, time.November, 25, 9, 0, 0, 0, time.UTC)

type object = map[string]any

// tried is a simulator that is asked in process, each exchange held against the kept facts
// of the vendor's document.
type tried struct {
	*openroutersim.Server
	t           *testing.T
	contract    *contracttest.Contract
	differences map[string]bool
}

func try(t *testing.T) *tried {
	t.Helper()
	return &tried{openroutersim.New(openroutersim.Options{Clock: simkit.NewClock(start)}), t, contracttest.Load(t, "contract/openrouter-keys.json", openroutersim.BasePath, "NotFoundResponse"), map[string]bool{}}
}

// as sends a request with a credential and gives the answer, which has to have this status.
func (k *tried) as(credential string, status int, method, path, body string) object {
	k.t.Helper()
	r := httptest.NewRequest(method, openroutersim.BasePath+path, strings.NewReader(body))
	if credential != "" {
		r.Header.Set("Authorization", "Bearer "+credential)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	k.ServeHTTP(rec, r)
	if rec.Code != status {
		k.t.Errorf("%s %s %s answers %d %s, want %d", method, path, body, rec.Code, rec.Body, status)
	}
	for _, difference := range k.contract.Check(contracttest.Exchange{
		Request: r, Body: []byte(body), Status: rec.Code, Header: rec.Header(), Answer: rec.Body.Bytes(),
	}) {
		if status >= http.StatusBadRequest && strings.HasPrefix(difference, "invalid request: ") {
			continue // which is why it was refused
		}
		k.differences[difference] = true
	}
	var out object
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		k.t.Fatalf("no JSON object: %s", rec.Body)
	}
	return out
}

func (k *tried) send(status int, method, path, body string) object {
	k.t.Helper()
	return k.as(k.AdminKey(), status, method, path, body)
}

func data(answer object) object { out, _ := answer["data"].(object); return out }

func message(answer object) any {
	inner, _ := answer["error"].(object)
	return inner["message"]
}

// documented are the ways in which the simulator leaves the document of August behind.
var documented = map[string]string{
	"undocumented status: GET /keys 404": "the list of an unknown workspace is not documented",
}

func TestAgainstTheDocument(t *testing.T) {
	t.Parallel()
	k := try(t)
	const get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	w := data(k.send(201, post, "/workspaces", `{"name":"Payments","slug":"payments","description":null}`))["id"].(string)
	k.send(200, get, "/workspaces?offset=0&limit=100", "")
	k.send(200, get, "/workspaces/"+w, "")
	k.send(200, get, "/workspaces/payments", "")
	k.send(200, patch, "/workspaces/"+w, `{"description":"x"}`)
	k.send(400, patch, "/workspaces/"+w, `{"slug":"No Slug"}`)
	k.send(404, get, "/workspaces/nope", "")

	hash := data(k.send(201, post, "/keys", `{"name":"a","workspace_id":"`+w+`","expires_at":"2026-12-01T00:00:00Z","limit":5.5,"limit_reset":"daily","include_byok_in_limit":true}`))["hash"].(string)
	k.send(200, get, "/keys?offset=0&include_disabled=true&workspace_id="+w, "")
	k.send(200, get, "/keys/"+hash, "")
	k.send(200, patch, "/keys/"+hash, `{"name":"b","disabled":true,"limit":null,"limit_reset":null,"include_byok_in_limit":false}`)
	k.send(404, get, "/keys/"+strings.Repeat("0", 64), "")
	k.send(400, post, "/keys", `{"name":""}`)

	g := k.SeedGuardrail("")
	k.send(200, post, "/guardrails/"+g+"/assignments/keys", `{"key_hashes":["`+hash+`"]}`)
	k.send(200, get, "/guardrails/"+g+"/assignments/keys", "")
	k.send(200, get, "/guardrails/assignments/keys", "")
	k.send(200, post, "/guardrails/"+g+"/assignments/keys/remove", `{"key_hashes":["`+hash+`"]}`)

	k.send(200, get, "/key", "")
	k.as("", 401, get, "/keys", "")
	k.send(404, get, "/keys?workspace_id=00000000-0000-4000-8000-000000000000", "")
	k.SeedKey(openroutersim.Key{Name: "working", WorkspaceID: w})
	k.send(400, del, "/workspaces/"+w, "")
	k.DeleteKey(k.Keys()[1].ID)
	k.send(200, del, "/keys/"+hash, "")
	k.send(200, del, "/workspaces/"+w, "")
	k.send(403, del, "/workspaces/default", "")
	for difference := range k.differences {
		if documented[difference] == "" {
			t.Errorf("the simulator differs from the document: %s", difference)
		}
	}
	for difference := range documented {
		if !k.differences[difference] {
			t.Errorf("no such difference any more, take it off the list: %s", difference)
		}
	}
	for _, endpoint := range k.contract.Untried() {
		t.Errorf("never tried: %s", endpoint)
	}
}
