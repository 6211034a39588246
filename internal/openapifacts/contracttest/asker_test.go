// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package contracttest_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
)

func TestAsker(t *testing.T) {
	t.Parallel()
	said := ""
	a := &contracttest.Asker{
		T: t, Contract: load(t), Base: "/v1", Authorize: func(r *http.Request, credential string) { r.Header.Set("Key", credential) },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
	a.As("", 400, "POST", "/keys", `{"odd":1}`) // refused, and so no difference, but for its status
	a.Keeps(map[string]string{"undocumented status: POST /keys 400": "for a reason"})
	a.Open, a.Beyond = []string{"GET /keys"}, true
	a.As("", 200, "GET", "/keys?limit=x", "")
	a.Keeps(map[string]string{"undocumented status: POST /keys 400": "for a reason"})
	if got, want := fmt.Sprint(said, ids), `secretGET/v1/keys POST/v1/keys{"odd":1}application/json GET/v1/keys?limit=x [k1 k2]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// heard is a test that keeps its failures.
type heard struct {
	testing.TB
	errors []string
}

func (h *heard) Helper() {}
func (h *heard) Errorf(format string, args ...any) {
	h.errors = append(h.errors, fmt.Sprintf(format, args...))
}

// What differs from the facts and is not known is reported, what is known and does not come up
// as well, and what was not tried.
func TestReport(t *testing.T) {
	t.Parallel()
	for wanted, answer := range map[string]string{
		"undocumented field: POST /keys more": `{"id":"k","more":1}`,
		"invalid answer: POST /keys":          `{"id":1}`,
		"want 200":                            "",
	} {
		h := &heard{TB: t}
		k := &contracttest.Asker{
			T: h, Base: "/v1", Contract: load(t), Authorize: func(r *http.Request, credential string) { r.Header.Set("Key", credential) },
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if answer == "" || r.Header.Get("Key") != "secret" {
					w.WriteHeader(http.StatusForbidden)
					answer = `{"error":"no"}`
				}
				_, _ = w.Write([]byte(answer))
			}),
		}
		k.As("secret", http.StatusOK, http.MethodPost, "/keys", `{"name":"a"}`)
		k.Report(map[string]string{"known": "for a reason"})
		for _, text := range []string{wanted, "take it off the list: known", "never tried: DELETE /keys/{id}"} {
			if !slices.ContainsFunc(h.errors, func(one string) bool { return strings.Contains(one, text) }) {
				t.Errorf("%s: got %q, want %q", answer, h.errors, text)
			}
		}
	}
}
