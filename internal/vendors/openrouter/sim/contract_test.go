// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

var start = time.Date(2026, time.November, 25, 9, 0, 0, 0, time.UTC)

type object = map[string]any

// tried is a simulator that is asked in process.
type tried struct {
	*openroutersim.Server
	*contracttest.Asker
}

func try(t *testing.T) *tried {
	t.Helper()
	sim := openroutersim.New(openroutersim.Options{Clock: simkit.NewClock(start)})
	return &tried{sim, &contracttest.Asker{
		T: t, Handler: sim, Base: openroutersim.BasePath,
		Contract: contracttest.Load(t, "contract/openrouter-keys.json", openroutersim.BasePath, "NotFoundResponse"),
		Authorize: func(r *http.Request, credential string) {
			if credential != "" {
				r.Header.Set("Authorization", "Bearer "+credential)
			}
		},
	}}
}

func (k *tried) send(status int, method, path, body string) object {
	k.T.Helper()
	return k.As(k.AdminKey(), status, method, path, body)
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
	k.send(200, get, "/guardrails?offset=0&limit=1&workspace_id="+k.DefaultWorkspace(), "")
	k.send(200, get, "/guardrails/"+g, "")
	k.send(404, get, "/guardrails/00000000-0000-4000-8000-000000000000", "")
	k.send(200, post, "/guardrails/"+g+"/assignments/keys", `{"key_hashes":["`+hash+`"]}`)
	k.send(200, get, "/guardrails/"+g+"/assignments/keys", "")
	k.send(200, get, "/guardrails/assignments/keys", "")
	k.send(200, post, "/guardrails/"+g+"/assignments/keys/remove", `{"key_hashes":["`+hash+`"]}`)

	k.send(200, get, "/key", "")
	k.As("", 401, get, "/keys", "")
	k.send(404, get, "/keys?workspace_id=00000000-0000-4000-8000-000000000000", "")
	k.SeedKey(openroutersim.Key{Name: "working", WorkspaceID: w})
	k.send(400, del, "/workspaces/"+w, "")
	k.DeleteKey(k.Keys()[1].ID)
	k.send(200, del, "/keys/"+hash, "")
	k.send(200, del, "/workspaces/"+w, "")
	k.send(403, del, "/workspaces/default", "")
	k.Keeps(documented)
	elsewhere := []string{"POST /guardrails", "PATCH /guardrails/{id}", "DELETE /guardrails/{id}"} // guardrails are seeded
	for _, endpoint := range k.Contract.Untried() {
		if !slices.Contains(elsewhere, endpoint) {
			t.Errorf("never tried: %s", endpoint)
		}
	}
}
