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
	anthropicsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

const (
	keys       = "/v1/organizations/api_keys"
	workspaces = "/v1/organizations/workspaces"
)

type object = map[string]any

type tried struct {
	*anthropicsim.Server
	*contracttest.Asker
}

func try(t *testing.T) *tried {
	t.Helper()
	s := anthropicsim.New(anthropicsim.Options{Clock: simkit.NewClock(time.Date(2026, time.November, 25, 9, 0, 0, 0, time.UTC))})
	k := &tried{s, &contracttest.Asker{
		T: t, Handler: s, Contract: contracttest.Load(t, "contract/anthropic-admin.json", "", "Error"),
		Authorize: func(r *http.Request, credential string) {
			r.Header.Set("X-Api-Key", credential)
			r.Header.Set("Anthropic-Version", "2023-06-01")
		},
	}}
	t.Cleanup(func() { k.Keeps(nil) })
	return k
}

func (k *tried) get(path string) object {
	k.T.Helper()
	return k.As(k.AdminKey(), 200, "GET", path, "")
}

func (k *tried) post(status int, path, body string) object {
	k.T.Helper()
	return k.As(k.AdminKey(), status, "POST", path, body)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	k, ids, same := try(t), contracttest.IDs, vendortest.Same
	team := k.SeedWorkspace("Payments")
	first, plain := k.SeedKey(anthropicsim.Key{Name: "first", WorkspaceID: team, Principal: "svac_1"})
	user, _ := k.SeedKey(anthropicsim.Key{Name: "user's", Principal: "user_1", ExpiresAt: k.Clock().Now().Add(time.Hour)})
	usual, _ := k.SeedKey(anthropicsim.Key{Name: "usual", WorkspaceID: k.DefaultWorkspace(), Status: "inactive"})

	page := k.get(keys + "?limit=2")
	same(t, "page", []any{ids(page), page["has_more"], page["last_id"]}, []any{[]any{usual, user}, true, user})
	same(t, "next page", ids(k.get(keys+"?limit=2&after_id="+user)), []any{first})
	same(t, "of a workspace", ids(k.get(keys+"?workspace_id="+team)), []any{first})
	same(t, "by status", ids(k.get(keys+"?status=inactive")), []any{usual})
	key := k.get(keys + "/" + first)
	same(t, "key", []any{key["status"], key["principal"], key["scope"], key["workspace_id"]}, []any{"active", object{"type": "service_account_actor", "service_account_id": "svac_1"}, object{"type": "workspace", "workspace_id": team}, team})
	same(t, "others", []any{k.get(keys + "/" + usual)["workspace_id"], k.get(keys + "/" + user)["scope"]}, []any{nil, object{"type": "organization"}})
	same(t, "a read shows the secret", strings.Contains(fmt.Sprint(key), plain), false)

	same(t, "updated", k.post(200, keys+"/"+first, `{"name":"renamed","status":"inactive"}`)["name"], "renamed")
	same(t, "archived", k.post(200, keys+"/"+first, `{"status":"archived"}`)["status"], "archived")
	k.Clock().Advance(time.Hour)
	same(t, "expired", k.get(keys + "/" + user)["status"], "expired")
	for path, bodies := range map[string][]string{first: {`{"status":"active"}`, `{"name":"x"}`}, user: {`{"status":"active"}`}, usual: {`{"status":"expired"}`, `{"name":""}`}} {
		for _, body := range bodies {
			k.post(400, keys+"/"+path, body)
		}
	}
	k.post(404, keys+"/apikey_nope", `{"name":"x"}`)
	k.SetPolicy(func(p *anthropicsim.Policy) { p.ArchivedHidden, p.ArchivedKept, p.Legacy = true, true, true })
	k.Beyond = true
	same(t, "hidden", []any{len(ids(k.get(keys))), k.post(200, keys+"/"+first, `{"status":"active"}`)["status"]}, []any{2, "archived"})
	same(t, "legacy", k.get(keys + "/" + first)["principal"], nil)
}

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	k, ids, same := try(t), contracttest.IDs, vendortest.Same
	made := k.post(200, workspaces, `{"name":"Payments","tags":{"env":"prod"},"data_residency":{"allowed_inference_geos":["us"],"default_inference_geo":"us"},"display_color":"#000000"}`)
	id, _ := made["id"].(string)
	same(t, "created", []any{made["data_residency"], made["tags"]}, []any{object{"workspace_geo": "us", "default_inference_geo": "us", "allowed_inference_geos": []any{"us"}}, object{"env": "prod"}})
	changed := k.post(200, workspaces+"/"+id, `{"name":"Pay","tags":{},"external_key_id":"ek_1","data_residency":{"allowed_inference_geos":"unrestricted"}}`)
	same(t, "changed", []any{changed["name"], changed["tags"], changed["external_key_id"], changed["display_color"]}, []any{"Pay", object{}, "ek_1", "#000000"})
	for path, bodies := range map[string][]string{
		"":       {`{}`, `{"name":"x","display_color":"red"}`, `{"name":"x","tags":{"anthropic_x":"y"}}`},
		"/" + id: {`{"external_key_id":"ek_2"}`, `{"data_residency":{"workspace_geo":"eu"}}`, `{"data_residency":{"allowed_inference_geos":["eu"]}}`, `{"data_residency":{"allowed_inference_geos":["eu"],"default_inference_geo":"us"}}`},
	} {
		for _, body := range bodies {
			k.post(400, workspaces+path, body)
		}
	}
	key, _ := k.SeedKey(anthropicsim.Key{Name: "x", WorkspaceID: id})
	same(t, "listed", []any{len(ids(k.get(workspaces))), len(ids(k.get(workspaces + "?include_default=true")))}, []any{1, 2})
	k.post(200, workspaces+"/"+id+"/archive", "")
	same(t, "archived", []any{len(ids(k.get(workspaces))), len(ids(k.get(workspaces + "?include_archived=true"))), k.get(keys + "/" + key)["status"]}, []any{0, 1, "archived"})
	k.post(400, workspaces+"/"+id+"/archive", "")
	k.post(400, workspaces+"/"+k.DefaultWorkspace()+"/archive", "")
	k.SetPolicy(func(p *anthropicsim.Policy) { p.ArchivedKept, p.DefaultHidden = true, true })
	same(t, "kept", k.post(200, workspaces+"/"+id, `{"name":"new"}`)["name"], "Pay")
	same(t, "hidden", len(ids(k.get(workspaces+"?include_default=true"))), 0)
	k.Reset()
	k.SeedSample()
	k.get(workspaces + "/" + k.DefaultWorkspace())
	k.get("/v1/organizations/me")
	k.post(200, keys+"/"+k.Keys()[1].ID, `{"name":"y"}`)
	same(t, "sample", []any{len(ids(k.get(keys))), k.Contract.Untried()}, []any{3, []string(nil)})
}

// Each kind of wrong credential has its own refusal, and a key of an admin is admitted.
func TestCredentials(t *testing.T) {
	t.Parallel()
	k := try(t)
	_, inference := k.SeedKey(anthropicsim.Key{Name: "x"})
	_, admin := k.SeedKey(anthropicsim.Key{Name: "y", Admin: true})
	_, inactive := k.SeedKey(anthropicsim.Key{Name: "z", Admin: true, Status: "inactive"})
	for credential, status := range map[string]int{"": 401, "sk-ant-api03-sim-unknown": 401, inference: 403, admin: 200, inactive: 401} {
		k.As(credential, status, "GET", keys, "")
	}
	k.SetPolicy(func(p *anthropicsim.Policy) { p.WrongKey401 = true })
	k.As(inference, 401, "GET", keys, "")
}
