// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	elevenlabssim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/sim"
)

type object = map[string]any

// tried is a simulator that is asked in process.
type tried struct {
	*elevenlabssim.Server
	*contracttest.Asker
}

func try(t *testing.T, policy elevenlabssim.Policy) *tried {
	t.Helper()
	sim := elevenlabssim.New(elevenlabssim.Options{Clock: simkit.NewClock(time.Date(2026, time.November, 25, 9, 0, 0, 0, time.UTC)), Policy: policy})
	return &tried{sim, &contracttest.Asker{
		T: t, Handler: sim, Base: "/v1/service-accounts", Undescribed: true,
		Contract:  contracttest.Load(t, "contract/elevenlabs-keys.json", "/", "HTTPValidationError"),
		Authorize: func(r *http.Request, credential string) { r.Header.Set("Xi-Api-Key", credential) },
	}}
}

func (k *tried) send(status int, method, path, body string) object {
	k.T.Helper()
	return k.As(k.AdminKey(), status, method, path, body)
}

// detail is one field of a refusal in any of its forms.
func detail(answer object, name string) any {
	switch detail := answer["detail"].(type) {
	case object:
		return detail[name]
	case []any:
		first, _ := detail[0].(object)
		return first[name]
	default:
		return detail
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("got %s, want %s", g, w)
	}
}

const get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete

// documented are the ways in which the simulator leaves the document of August behind.
var documented = map[string]string{
	"undocumented status: POST /v1/service-accounts/{service_account_user_id}/api-keys 404":                            "errors other than 422 are not documented",
	"invalid answer: POST /v1/service-accounts/{service_account_user_id}/api-keys detail: against type":                "their form neither",
	"undocumented status: PATCH /v1/service-accounts/{service_account_user_id}/api-keys/{api_key_id} 400":              "errors other than 422 are not documented",
	"invalid answer: PATCH /v1/service-accounts/{service_account_user_id}/api-keys/{api_key_id} detail: against type":  "their form neither",
	"undocumented status: DELETE /v1/service-accounts/{service_account_user_id}/api-keys/{api_key_id} 404":             "errors other than 422 are not documented",
	"invalid answer: DELETE /v1/service-accounts/{service_account_user_id}/api-keys/{api_key_id} detail: against type": "their form neither",
}

func TestAgainstTheDocument(t *testing.T) {
	t.Parallel()
	k := try(t, elevenlabssim.Policy{AllListed: true})
	account := k.send(200, post, "", `{"name":"narrator"}`)["service-account-user-id"].(string)
	keys := "/" + account + "/api-keys"
	key := k.send(200, post, keys, `{"name":"a","permissions":["text_to_speech"],"character_limit":10}`)["key_id"].(string)
	k.send(200, post, keys, `{"name":"b","permissions":"all"}`)
	k.send(200, get, "", "")
	k.send(200, get, keys, "")
	k.send(200, patch, keys+"/"+key, `{"name":"c","permissions":"all","character_limit":"clear","is_enabled":false,"third_party_disable_allowed":"clear"}`)
	k.send(400, patch, keys+"/"+key, `{"allowed_ips":"clear"}`)
	k.send(422, post, keys, `{"name":"a"}`)
	k.send(404, post, "/user_x/api-keys", `{"name":"a","permissions":"all"}`)
	k.send(200, del, keys+"/"+key, "")
	k.send(404, del, keys+"/"+key, "")
	k.Report(documented)
}

// Refusals come in the order body, plan, existence, each in its own form.
func TestRefusals(t *testing.T) {
	t.Parallel()
	k := try(t, elevenlabssim.Policy{})
	account := k.SeedAccount("narrator")
	keys := "/" + account + "/api-keys"
	id, plain := k.SeedKey(elevenlabssim.Key{AccountID: account, Name: "x", Permissions: []string{"voices_read"}})
	for _, c := range []struct {
		status             int
		method, path, body string
		field, want        string
	}{
		{422, post, "/user_x/api-keys", `{"name":"a","permissions":"all","allowed_ips":["203.0.113.10"]}`, "input", "203.0.113.10"},
		{422, post, keys, `{"name":"a","permissions":["nope"]}`, "loc", "[body permissions]"},
		{422, patch, keys + "/" + id, `{"allowed_ips":null}`, "loc", "[body allowed_ips]"},
		{400, patch, "/user_x/api-keys/y", `{"allowed_ips":"clear"}`, "param", "allowed_ips"},
		{404, post, "/user_x/api-keys", `{"name":"a","permissions":"all"}`, "status", "service_account_not_found"},
		{404, patch, keys + "/y", `{"name":"a"}`, "status", "api_key_not_found"},
		{404, get, "/user_x/api-keys", "", "message", "Service account user_x does not exist in the workspace. This request was made by an API key from workspace '" + k.Workspace() + "'. Please check that you are using the correct key."},
	} {
		same(t, detail(k.send(c.status, c.method, c.path, c.body), c.field), c.want)
	}
	same(t, detail(k.As("", 401, get, "", ""), "code"), "missing_api_key")
	same(t, detail(k.As("sk_el-sim-unknown", 401, get, "", ""), "code"), "invalid_api_key")
	same(t, detail(k.As(plain, 401, get, "", ""), "status"), "missing_permissions")
	k.SetPolicy(func(p *elevenlabssim.Policy) { p.PlainDetail, p.OldUpdates = true, true })
	same(t, detail(k.send(422, patch, keys+"/"+id, `{"name":"a"}`), ""), "Field required")
	k.SetPolicy(func(p *elevenlabssim.Policy) { p.SingleSeat = true })
	same(t, len(k.send(200, get, "", "")["service-accounts"].([]any)), 0)
	k.send(403, post, "", `{"name":"a"}`)
}

// A secret is shown once; an update changes what it names, and words clear.
func TestKeys(t *testing.T) {
	t.Parallel()
	k := try(t, elevenlabssim.Policy{Enterprise: true})
	keys := "/" + k.SeedAccount("narrator") + "/api-keys"
	made := k.send(200, post, keys, `{"name":"a","permissions":"all","allowed_ips":["8.8.8.8","8.8.4.0/24"]}`)
	plain, path := made["xi-api-key"].(string), keys+"/"+made["key_id"].(string)
	row := func() object { return k.send(200, get, keys, "")["api-keys"].([]any)[0].(object) }
	same(t, []any{row()["permissions"], row()["allowed_ips"], row()["hint"], k.Valid(plain)}, []any{nil, []string{"8.8.4.0/24", "8.8.8.8/32"}, plain[len(plain)-4:], true})
	if all := fmt.Sprint(k.Journal(), row()); strings.Contains(all, plain) || strings.Contains(all, k.AdminKey()) {
		t.Error("a secret is shown")
	}
	k.send(200, patch, path, `{"permissions":["text_to_speech"],"allowed_ips":"clear","character_limit":5,"is_enabled":false}`)
	same(t, []any{row()["permissions"], row()["allowed_ips"], row()["character_limit"], row()["name"], k.Valid(plain)}, []any{[]string{"text_to_speech"}, nil, 5, "a", false})
	k.DisableKey(made["key_id"].(string), "exposed_publicly")
	k.UseKey(made["key_id"].(string))
	first := row()
	same(t, []any{first["disable_reason"], first["character_count"] != row()["character_count"]}, []any{"exposed_publicly", true})
	k.SetPolicy(func(p *elevenlabssim.Policy) { p.NoCreated = true })
	same(t, row()["created_at_unix"], nil)
	for range 19 {
		k.SeedAccount("x")
	}
	same(t, detail(k.send(400, post, "", `{"name":"21st"}`), "code"), "bad_request")
}
