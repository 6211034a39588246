// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package contracttest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
)

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
func TestTried(t *testing.T) {
	t.Parallel()
	for wanted, answer := range map[string]string{
		"undocumented field: POST /keys more": `{"id":"k","more":1}`,
		"invalid answer: POST /keys":          `{"id":1}`,
		"want 200":                            "",
	} {
		h := &heard{TB: t}
		k := &contracttest.Tried{
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
