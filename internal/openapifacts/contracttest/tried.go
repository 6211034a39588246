// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package contracttest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Tried is a simulator that is asked in process, with each exchange held against the facts.
type Tried struct {
	T        testing.TB
	Handler  http.Handler
	Contract *Contract
	Base     string // before the paths that [Tried.As] gets
	// Authorize lets a request carry a credential.
	Authorize func(r *http.Request, credential string)
	// Undescribed: the document does not describe refusals, so further fields in them are none.
	Undescribed bool

	differences map[string]bool
}

// As sends a request with a credential, "" for none, and gives the answer, which has to have
// this status.
func (k *Tried) As(credential string, status int, method, path, body string) map[string]any {
	k.T.Helper()
	r := httptest.NewRequestWithContext(k.T.Context(), method, k.Base+path, strings.NewReader(body))
	if credential != "" {
		k.Authorize(r, credential)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	k.Handler.ServeHTTP(rec, r)
	if rec.Code != status {
		k.T.Errorf("%s %s %s answers %d %s, want %d", method, path, body, rec.Code, rec.Body, status)
	}
	for _, difference := range k.Contract.Check(Exchange{
		Request: r, Body: []byte(body), Status: rec.Code, Header: rec.Header(), Answer: rec.Body.Bytes(),
	}) {
		k.note(status, difference)
	}
	var out map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		k.T.Fatalf("no JSON object: %s", rec.Body)
	}
	return out
}

func (k *Tried) note(status int, difference string) {
	refused := status >= http.StatusBadRequest
	if refused && strings.HasPrefix(difference, "invalid request: ") { // which is why
		return
	}
	if refused && k.Undescribed && strings.HasPrefix(difference, "undocumented field: ") {
		return
	}
	if k.differences == nil {
		k.differences = map[string]bool{}
	}
	k.differences[difference] = true
}

// Report fails for every difference that is not known, for every known one that did not come
// up, and for every endpoint that was not tried. known has the reasons.
func (k *Tried) Report(known map[string]string) {
	k.T.Helper()
	for difference := range k.differences {
		if known[difference] == "" {
			k.T.Errorf("the simulator differs from the document: %s", difference)
		}
	}
	for difference := range known {
		if !k.differences[difference] {
			k.T.Errorf("no such difference any more, take it off the list: %s", difference)
		}
	}
	for _, endpoint := range k.Contract.Untried() {
		k.T.Errorf("never tried: %s", endpoint)
	}
}
