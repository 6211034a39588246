// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package contracttest_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
)

func TestAsker(t *testing.T) {
	t.Parallel()
	said := ""
	a := &contracttest.Asker{
		T: t, Contract: load(t), Base: "/v1", Authorize: func(h http.Header, credential string) { h.Set("Key", credential) },
		Server: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			said += fmt.Sprint(r.Header.Get("Key"), r.Method, r.URL, string(body), r.Header.Get("Content-Type"), " ")
			w.Header().Set("Content-Type", "application/json")
			if r.Method == http.MethodPost {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"error":"x"}`)
				return
			}
			_, _ = io.WriteString(w, `{"data":[{"id":"k1"},{"id":"k2"}]}`)
		}),
	}
	ids := contracttest.IDs(a.As("secret", 200, "GET", "/keys", ""))
	a.Beyond = true
	a.As("", 400, "POST", "/keys", `{"odd":1}`)
	if got, want := fmt.Sprint(said, ids), `secretGET/v1/keys POST/v1/keys{"odd":1}application/json [k1 k2]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
