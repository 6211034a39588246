// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package contracttest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
)

const facts = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{
 "/keys":{"post":{"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["name"],
   "properties":{"name":{"type":"string"},"tags":{"anyOf":[{"type":"object","additionalProperties":{"type":"object","properties":{"value":{"type":"string"}}}},{"type":"null"}]},"kind":{"anyOf":[{"type":"string","enum":["a","b"]},{"type":"null"}]}}}}}},
  "responses":{"200":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Key"}}}}}},
  "get":{"parameters":[{"name":"limit","in":"query","schema":{"type":"integer"}}],
   "responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object","properties":{"data":{"type":"array","items":{"$ref":"#/components/schemas/Key"}}}}}}}}}},
 "/keys/{id}":{"delete":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"204":{"description":""}}}}},
 "components":{"schemas":{"Key":{"type":"object","required":["id"],"properties":{"id":{"type":"string"}}},
  "Refusal":{"type":"object","required":["error"],"properties":{"error":{"type":"string"}}}}}}`

func load(t *testing.T) *contracttest.Contract {
	t.Helper()
	file := filepath.Join(t.TempDir(), "facts.json")
	if err := os.WriteFile(file, []byte(facts), 0o600); err != nil {
		t.Fatal(err)
	}
	return contracttest.Load(t, file, "/v1", "Refusal")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, test := range []struct {
		method, path, body string
		status             int
		answer             string
		want               []string
	}{
		{"POST", "/v1/keys", `{"name":"x","kind":null}`, 200, `{"id":"k"}`, nil},
		{"POST", "/v1/keys", `{"kind":"a"}`, 200, `{"id":7}`, []string{"invalid request: POST /keys : against required", "invalid answer: POST /keys id: against type"}},
		{"POST", "/v1/keys", `{"name":"x","kind":"c"}`, 200, `{"id":"k"}`, []string{"invalid request: POST /keys kind: c against enum"}},
		{"POST", "/v1/keys", `{"name":"x","colour":1}`, 200, `{"id":"k","more":{"a":1}}`, []string{"undocumented request field: POST /keys colour", "undocumented field: POST /keys more"}},
		{"POST", "/v1/keys", `{"name":"x","tags":{"any":{"value":"y","odd":1}}}`, 200, `{"id":"k"}`, []string{"undocumented request field: POST /keys odd"}},
		{"GET", "/v1/keys?limit=x", ``, 200, `{"data":[]}`, []string{"invalid request: GET /keys"}},
		{"GET", "/v1/keys", ``, 200, `{"data":[{"id":"a"},{"id":"b","odd":1}]}`, []string{"undocumented field: GET /keys odd"}},
		{"GET", "/v1/keys", ``, 200, `{"data":[{}]}`, []string{"invalid answer: GET /keys data.*.id: against required"}},
		{"GET", "/v1/keys", ``, 404, `{"error":"x"}`, []string{"undocumented status: GET /keys 404"}},
		{"GET", "/v1/keys", ``, 404, `<html>`, []string{"undocumented status: GET /keys 404", "invalid answer: GET /keys"}},
		{"GET", "/v1/keys/abc", ``, 200, `{}`, []string{"no route: GET /v1/keys/{}"}},
	} {
		r := httptest.NewRequest(test.method, test.path, strings.NewReader(test.body))
		if test.body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		got := c.Check(contracttest.Exchange{
			Request: r, Body: []byte(test.body), Status: test.status, Answer: []byte(test.answer),
			Header: http.Header{"Content-Type": {"application/json"}},
		})
		if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
			t.Errorf("%s %s %s: %q, want %q", test.method, test.path, test.body, got, test.want)
		}
	}
	r := httptest.NewRequest("POST", "/v1/keys", nil)
	r.Header.Set("Content-Type", "application/json")
	if got := c.CheckRequest(r, []byte(`{"name":"x","odd":1}`)); !slices.Equal(got, []string{"undocumented request field: POST /keys odd"}) {
		t.Errorf("a request alone: %q", got)
	}
	if got := c.Untried(); !slices.Equal(got, []string{"DELETE /keys/{id}"}) {
		t.Errorf("untried: %q", got)
	}
}

func TestTransport(t *testing.T) {
	t.Parallel()
	c := load(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"k","echo":`+string(body)+`}`)
	}))
	defer server.Close()
	var found []string
	client := http.Client{Transport: c.Transport(http.DefaultTransport, func(d string) { found = append(found, d) })}
	answer, err := client.Post(server.URL+"/v1/keys", "application/json", strings.NewReader(`{"name":"x","odd":1}`))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil || string(body) != `{"id":"k","echo":{"name":"x","odd":1}}` {
		t.Errorf("got %s, %v", body, err)
	}
	if !slices.Equal(found, []string{"undocumented request field: POST /keys odd"}) {
		t.Errorf("found %q", found)
	}
	server.Close()
	if answer, err := client.Get(server.URL + "/v1/keys"); err == nil {
		t.Errorf("answered %d", answer.StatusCode)
	}
}
