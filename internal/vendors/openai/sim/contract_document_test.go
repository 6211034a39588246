// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const (
	aProject  = "/organization/projects/{project_id}"
	anAccount = aProject + "/service_accounts/{service_account_id}"
	aKey      = aProject + "/api_keys/{api_key_id}"
)

// known are the ways in which the API of November 2026 left the document of
// August behind. A difference that no longer shows up must leave this list.
var known = map[string]string{
	"no route: POST /v1/organization/projects/{}/api_keys/{}":                                         "key updates came in November",
	"undocumented field: POST " + aProject + "/service_accounts expires_at":                           "expiry of service account keys came in September",
	"undocumented field: POST " + anAccount + "/api_keys expires_at":                                  "expiry of service account keys came in September",
	"undocumented field: GET " + aKey + " expires_at":                                                 "expiry of service account keys came in September",
	"undocumented field: GET " + aProject + "/api_keys expires_at":                                    "expiry of service account keys came in September",
	"undocumented request field: POST " + aProject + "/service_accounts expires_in_seconds":           "expiry of service account keys came in September",
	"undocumented request field: POST " + anAccount + "/api_keys expires_in_seconds":                  "expiry of service account keys came in September",
	"undocumented request field: POST /organization/projects geography":                               "the older field, which the vendor's client still has",
	"undocumented request field: POST " + aProject + " geography":                                     "the older field, which the vendor's client still has",
	"undocumented status: POST /organization/projects 400":                                            "the document lists refusals for a few endpoints only; later ones list them throughout",
	"undocumented status: GET " + aProject + " 404":                                                   "as above",
	"undocumented status: POST " + aProject + "/archive 400":                                          "as above",
	"undocumented status: GET /organization/projects 401":                                             "as above",
	"undocumented status: POST " + anAccount + "/api_keys 409":                                        "as above",
	"undocumented status: POST " + anAccount + "/api_keys 201":                                        "creates may answer 201 since September",
	"undocumented status: POST /organization/groups 400":                                              "as above",
	"undocumented status: POST /organization/invites 400":                                             "as above",
	"undocumented status: POST /organization/roles 400":                                               "as above",
	"undocumented status: POST /organization/users/{user_id} 400":                                     "as above",
	"undocumented status: POST /projects/{project_id}/roles 400":                                      "as above",
	"invalid request: POST /organization/projects residency: JP_STORAGE_PROCESSING against anyOf":     "the vendor's client has three residencies more",
	"invalid answer: POST /organization/projects residency: JP_STORAGE_PROCESSING against enum":       "the vendor's client has three residencies more",
	"invalid answer: GET /organization/projects data.*.residency: JP_STORAGE_PROCESSING against enum": "the vendor's client has three residencies more",

	"no route: GET /v1/organization/{}":             newIdentities,
	"no route: POST /v1/organization/{}":            newIdentities,
	"no route: GET /v1/organization/{}/{}":          newIdentities,
	"no route: POST /v1/organization/{}/{}":         newIdentities,
	"no route: DELETE /v1/organization/{}/{}":       newIdentities,
	"no route: GET /v1/organization/{}/{}/{}":       newIdentities,
	"no route: POST /v1/organization/{}/{}/{}":      newIdentities,
	"no route: GET /v1/organization/{}/{}/{}/{}":    newIdentities,
	"no route: POST /v1/organization/{}/{}/{}/{}":   newIdentities,
	"no route: DELETE /v1/organization/{}/{}/{}/{}": newIdentities,
}

// newIdentities are the providers, /organization/{}, and their rules, two steps below.
const newIdentities = "workload identity providers and federation rules came in November"

// checked holds every request and answer of a simulator against the kept facts of
// the vendor's document and collects the differences.
type checked struct {
	t           *testing.T
	sim         *openaisim.Server
	contract    *contracttest.Contract
	differences map[string]bool
}

// send makes a request in process. invalid says that the request itself breaks the contract.
func (k *checked) send(method, path, body string, invalid bool) object {
	k.t.Helper()
	r := httptest.NewRequest(method, openaisim.BasePath+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+k.sim.AdminKey())
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	k.sim.ServeHTTP(rec, r)
	refused := false
	for _, difference := range k.contract.Check(contracttest.Exchange{
		Request: r, Body: []byte(body), Status: rec.Code, Header: rec.Header(), Answer: rec.Body.Bytes(),
	}) {
		if invalid && strings.HasPrefix(difference, "invalid request: ") {
			refused = true
			continue
		}
		k.differences[difference] = true
	}
	if invalid && !refused {
		k.t.Errorf("%s %s %s: the contract allows it", method, path, body)
	}
	return decode(k.t, rec.Body.Bytes())
}

// identities sends what came after the document, so that it is known to be newer.
func (k *checked) identities() {
	k.t.Helper()
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	const path = "/organization/workload_identity_providers"
	project := k.sim.SeedProject("identities")
	account := k.sim.SeedServiceAccount(project, "ci", "member")
	p := path + "/" + k.send(post, path, `{"type":"oidc","name":"p","issuer":"https://issuer.example","audience":"a"}`, false)["id"].(string)
	rules := p + "/federation_rules"
	r := rules + "/" + k.send(post, rules, `{"project_id":"`+project+`","service_account_id":"`+account+`","attribute_matchers":{"sub":"x"}}`, false)["id"].(string)
	for _, one := range []string{r, p} {
		k.send(get, one, "", false)
		k.send(post, one, `{"enabled":false}`, false)
	}
	k.send(get, path, "", false)
	k.send(get, rules, "", false)
	k.send(del, r, "", false)
	k.send(del, p, "", false)
}

func decode(t *testing.T, raw []byte) object {
	t.Helper()
	var out object
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&out); err != nil {
		t.Fatalf("no JSON object: %s", raw)
	}
	return out
}

func TestAgainstTheDocument(t *testing.T) {
	t.Parallel()
	sim := openaisim.New(openaisim.Options{Clock: simkit.NewClock(start)})
	contract := contracttest.Load(t, "contract/openai-admin.json", openaisim.BasePath, "ErrorResponse")
	k := &checked{t, sim, contract, map[string]bool{}}
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	projects, admins := "/organization/projects", "/organization/admin_api_keys"

	p := projects + "/" + k.send(post, projects, `{"name":"x","residency":"EU_STORAGE_PROCESSING","external_key_id":null}`, false)["id"].(string)
	k.send(post, projects, `{"name":"y","residency":"JP_STORAGE_PROCESSING"}`, false)
	k.send(post, projects, `{"name":"w","geography":"EU"}`, false)
	k.send(post, projects, `{"name":7}`, true)
	k.send(post, projects, `{}`, true)
	k.send(get, projects+"?limit=100&include_archived=true", "", false)
	k.send(get, p, "", false)
	k.send(get, projects+"/proj_nope", "", false)
	k.send(post, p, `{"name":"z","external_key_id":null}`, false)
	k.send(post, p, `{"geography":"EU"}`, false)

	bare := k.send(post, p+"/service_accounts", `{"name":"bare","create_service_account_only":true}`, false)["id"].(string)
	full := k.send(post, p+"/service_accounts", `{"name":"full","expires_in_seconds":60}`, false)["id"].(string)
	k.send(post, p+"/service_accounts", `{}`, true)
	k.send(get, p+"/service_accounts", "", false)
	k.send(get, p+"/service_accounts/"+bare, "", false)
	k.send(post, p+"/service_accounts/"+bare, `{"name":"b","role":"owner"}`, false)

	mint := p + "/service_accounts/" + full + "/api_keys"
	key := k.send(post, mint, `{"name":"n","scopes":["api.model.request"],"expires_in_seconds":60}`, false)["id"].(string)
	k.send(post, mint, "", false)
	sim.SetPolicy(func(p *openaisim.Policy) { p.Created201 = true })
	k.send(post, mint, `{}`, false)
	sim.SetPolicy(func(p *openaisim.Policy) { p.Created201, p.OneKeyPerAccount = false, true })
	k.send(post, mint, `{}`, false)
	sim.SeedKey(openaisim.KeySpec{ProjectID: strings.TrimPrefix(p, projects+"/")})
	k.send(get, p+"/api_keys?owner_project_access=any&limit=50", "", false)
	k.send(get, p+"/api_keys/"+key, "", false)
	k.send(post, p+"/api_keys/"+key, `{"scopes":[]}`, false)
	sim.SetPolicy(func(p *openaisim.Policy) { p.NoServiceAccountKeyDelete = true })
	k.send(del, p+"/api_keys/"+key, "", false)
	sim.SetPolicy(func(p *openaisim.Policy) { *p = openaisim.Policy{} })
	k.send(del, p+"/api_keys/"+key, "", false)
	k.send(del, p+"/service_accounts/"+full, "", false)

	admin := k.send(post, admins, `{"name":"tf","expires_in_seconds":60}`, false)["id"].(string)
	k.send(get, admins+"?order=desc&limit=10", "", false)
	k.send(get, admins+"/"+admin, "", false)
	k.send(del, admins+"/"+admin, "", false)

	k.whoMayDoWhat(strings.TrimPrefix(p, projects+"/"))
	k.whatBoundsHarm(p)

	k.send(post, p+"/archive", "", false)
	k.send(post, p+"/archive", "", false)
	k.send(get, "/organization/audit_logs?limit=100", "", false)
	k.send(get, "/organization/audit_logs?tenant_only=true&event_types[]=tenant.admin_api_key.created", "", false)
	k.send(get, p+"/service_accounts", "", false)
	k.send(post, p+"/service_accounts", `{"name":"x"}`, false)
	k.identities()
	sim.RevokeKey(sim.AdminKeyID())
	k.send(get, projects, "", false)

	maps.Copy(known, knownOfLimits())
	for difference := range k.differences {
		if known[difference] == "" {
			t.Errorf("the simulator differs from the document: %s", difference)
		}
	}
	for difference := range known {
		if !k.differences[difference] {
			t.Errorf("no such difference any more, take it off the list: %s", difference)
		}
	}
	for _, endpoint := range contract.Untried() {
		t.Errorf("never tried: %s", endpoint)
	}
}
