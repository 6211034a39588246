// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package contracttest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// Asker asks a simulator in process and holds each exchange against the facts. A request that
// has to be refused need not keep to them.
type Asker struct {
	T        testing.TB
	Handler  http.Handler
	Contract *Contract
	Base     string // before the paths that [Asker.As] gets
	// Authorize lets a request carry a credential, "" for none.
	Authorize func(r *http.Request, credential string)
	// Undescribed: the document does not describe refusals, so further fields in them are none.
	Undescribed bool
	// Open are the endpoints whose answers the document does not describe, as "GET /keys".
	Open []string
	// Beyond: answers leave the facts behind, on purpose.
	Beyond bool

	differences map[string]bool
}

// As sends a request with a credential, "" for none, and gives the answer, which has to have
// this status.
func (a *Asker) As(credential string, status int, method, path, body string) map[string]any {
	a.T.Helper()
	r := httptest.NewRequestWithContext(a.T.Context(), method, a.Base+path, strings.NewReader(body))
	a.Authorize(r, credential)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	a.Handler.ServeHTTP(rec, r)
	if rec.Code != status {
		a.T.Errorf("%s %s %s answers %d %s, want %d", method, path, body, rec.Code, rec.Body, status)
	}
	for _, difference := range a.Contract.Check(Exchange{
		Request: r, Body: []byte(body), Status: rec.Code, Header: rec.Header(), Answer: rec.Body.Bytes(),
	}) {
		a.note(status, difference)
	}
	var out map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		a.T.Fatalf("no JSON object: %s", rec.Body)
	}
	return out
}

func (a *Asker) note(status int, difference string) {
	refused := status >= http.StatusBadRequest
	kind, where, _ := strings.Cut(difference, ": ")
	open := slices.ContainsFunc(a.Open, func(endpoint string) bool { return strings.HasPrefix(where, endpoint+" ") })
	switch {
	case a.Beyond, refused && (kind == "invalid request" || kind == "undocumented request field"): // which is why
		return
	case kind == "undocumented field" && (open || refused && a.Undescribed):
		return
	}
	if a.differences == nil {
		a.differences = map[string]bool{}
	}
	a.differences[difference] = true
}

// Report is [Asker.Keeps] that also fails for every endpoint that was not tried.
func (a *Asker) Report(known map[string]string) {
	a.T.Helper()
	a.Keeps(known)
	for _, endpoint := range a.Contract.Untried() {
		a.T.Errorf("never tried: %s", endpoint)
	}
}

// Keeps fails for every difference that is not known, and for every known one that did not come
// up. known has the reasons.
func (a *Asker) Keeps(known map[string]string) {
	a.T.Helper()
	for difference := range a.differences {
		if known[difference] == "" {
			a.T.Errorf("the simulator differs from the document: %s", difference)
		}
	}
	for difference := range known {
		if !a.differences[difference] {
			a.T.Errorf("no such difference any more, take it off the list: %s", difference)
		}
	}
}

// IDs are those of the rows of an answer under data.
func IDs(answer map[string]any) (ids []any) {
	rows, _ := answer["data"].([]any)
	for _, row := range rows {
		one, _ := row.(map[string]any)
		ids = append(ids, one["id"])
	}
	return ids
}
