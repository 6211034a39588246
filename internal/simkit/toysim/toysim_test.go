// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package toysim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit/toysim"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 600_000_000, time.UTC)

type toy struct {
	*testing.T
	*toysim.Server
}

func begin(t *testing.T, p toysim.Policy) toy {
	t.Helper()
	return toy{t, toysim.New(toysim.Options{Clock: simkit.NewClock(start), Policy: p})}
}

func (y toy) do(status int, method, path, body string) (answer map[string]any) {
	y.Helper()
	r := httptest.NewRequest(method, toysim.BasePath+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+y.RootKey())
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	y.ServeHTTP(rec, r)
	if rec.Code != status {
		y.Fatalf("%s %s %s answers %d %s, want %d", method, path, body, rec.Code, rec.Body, status)
	}
	if rec.Body.Len() > 0 && json.NewDecoder(bytes.NewReader(rec.Body.Bytes())).Decode(&answer) != nil {
		y.Fatalf("%s %s answers no JSON object: %s", method, path, rec.Body)
	}
	return answer
}

func (y toy) same(got, want any) {
	y.Helper()
	if !reflect.DeepEqual(got, want) {
		y.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestKeyLife(t *testing.T) {
	t.Parallel()
	y := begin(t, toysim.Policy{})
	made := y.do(200, "POST", "/keys", `{"name":"a","owner":"ci","expires_at":"2030-02-01T00:00:00.9Z"}`)
	id, secret := made["id"].(string), made["secret"].(string)
	delete(made, "secret")
	y.same(made, map[string]any{"id": id, "name": "a", "owner": "ci", "created_at": "2030-01-02T03:04:05Z", "expires_at": "2030-02-01T00:00:00Z", "last_used_at": nil})
	y.same(y.do(200, "GET", "/keys/"+id, ""), made)
	y.same(y.do(200, "GET", "/keys", ""), map[string]any{"keys": []any{made}, "more": false})
	y.UseKey(id)
	y.same(y.do(200, "PATCH", "/keys/"+id, `{"name":"b","expires_at":null}`), map[string]any{
		"id": id, "name": "b", "owner": "ci", "created_at": "2030-01-02T03:04:05Z", "expires_at": nil, "last_used_at": "2030-01-02T03:04:05Z",
	})
	y.same(y.Valid(secret), true)
	y.ExpireKeyAt(id, start)
	y.same(y.Valid(secret), false)
	y.ExpireKeyAt(id, time.Time{})
	y.RenameKey(id, "c")
	y.same([]any{y.Valid(secret), y.Keys()[0].Name}, []any{true, "c"})
	y.do(204, "DELETE", "/keys/"+id, "")
	y.same([]any{y.Valid(secret), len(y.Keys()), y.DeletedKeys()}, []any{false, 0, []string{id}})
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		y.do(404, method, "/keys/"+id, "")
	}
	y.do(404, "PATCH", "/keys/"+id, `{}`)
	again, _ := y.SeedKey("d", "")
	y.DeleteKey(again)
	y.same(y.DeletedKeys(), []string{id, again})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	y := begin(t, toysim.Policy{UniqueNames: true, LongestName: 3})
	id, _ := y.SeedKey("a", "")
	other, _ := y.SeedKey("b", "")
	for body, status := range map[string]int{
		``: 400, `[]`: 400, `{}`: 400, `{"name":null}`: 400, `{"name":""}`: 400, `{"name":1}`: 400, `{"name":"abcd"}`: 400, `{"name":"x","colour":1}`: 400,
		`{"name":"x","owner":1}`: 400, `{"name":"x","expires_at":"soon"}`: 400, `{"name":"x","expires_at":"2030-01-02T03:04:05Z"}`: 400, `{"name":"a"}`: 409,
	} {
		y.do(status, "POST", "/keys", body)
	}
	for body, status := range map[string]int{`{"owner":"x"}`: 400, `{"name":"abcd"}`: 400, `{"expires_at":1}`: 400, `{"name":"b"}`: 409, `{"name":"a"}`: 200} {
		y.do(status, "PATCH", "/keys/"+id, body)
	}
	for _, query := range []string{"limit=0", "limit=101", "limit=x", "after=nope", "page=1", "colour=1"} {
		y.do(400, "GET", "/keys?"+query, "")
	}
	y.same([]string{y.Keys()[0].ID, y.Keys()[1].ID}, []string{id, other})
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	y := begin(t, toysim.Policy{CreatedHidden: true, LastUseHidden: true, Expiry: toysim.ExpiryNever, LongestName: 3, NamesCut: true, HashIDs: true})
	made := y.do(200, "POST", "/keys", `{"name":"äbcd"}`)
	id := made["id"].(string)
	y.same([]any{len(made), len(id), made["name"]}, []any{4, 64, "äbc"}) // id, name, owner, secret
	y.do(400, "POST", "/keys", `{"name":"x","expires_at":"2031-01-01T00:00:00Z"}`)
	y.do(400, "PATCH", "/keys/"+id, `{"expires_at":null}`)
	y.SetPolicy(func(p *toysim.Policy) { *p = toysim.Policy{Expiry: toysim.ExpiryAtCreate} })
	y.do(200, "POST", "/keys", `{"name":"x","expires_at":"2031-01-01T00:00:00Z"}`)
	y.do(400, "PATCH", "/keys/"+id, `{"expires_at":null}`)
	y.same(y.do(200, "GET", "/keys/"+id, "")["created_at"], "2030-01-02T03:04:05Z")
}

func TestPaging(t *testing.T) {
	t.Parallel()
	y := begin(t, toysim.Policy{})
	ids := map[string]string{}
	for _, name := range []string{"a", "b", "c"} {
		ids[name], _ = y.SeedKey(name, "")
	}
	page := func(query string) (names string, more bool) {
		answer := y.do(200, "GET", "/keys"+query, "")
		for _, row := range answer["keys"].([]any) {
			names += row.(map[string]any)["name"].(string)
		}
		return names, answer["more"].(bool)
	}
	check := func(query, wantNames string, wantMore bool) {
		t.Helper()
		names, more := page(query)
		y.same([]any{names, more}, []any{wantNames, wantMore})
	}
	check("", "abc", false)
	check("?limit=2", "ab", true)
	check("?limit=2&after="+ids["b"], "c", false)
	y.SetPolicy(func(p *toysim.Policy) { p.Paging = toysim.PagesByNumber })
	check("?limit=2", "ab", true)
	check("?limit=2&page=2", "c", false)
	check("?limit=2&page=3", "", false)
	y.SetPolicy(func(p *toysim.Policy) { p.Paging = toysim.PagesNone })
	check("", "abc", false)
	y.do(400, "GET", "/keys?limit=2", "")
}
