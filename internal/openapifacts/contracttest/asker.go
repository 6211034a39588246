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

// Asker asks a simulator in process and holds each exchange against the facts. A request that
// has to be refused need not keep to them.
type Asker struct {
	T        *testing.T
	Server   http.Handler
	Contract *Contract
	Base     string // before every path
	// Authorize sets the headers of a request with a credential.
	Authorize func(header http.Header, credential string)
	// Beyond: answers leave the facts behind, on purpose.
	Beyond bool
}

// As sends a request with a credential, and a JSON body unless it is "", and gives the answer,
// which has to have this status and be a JSON object.
func (a *Asker) As(credential string, status int, method, path, body string) map[string]any {
	a.T.Helper()
	r := httptest.NewRequestWithContext(a.T.Context(), method, a.Base+path, strings.NewReader(body))
	a.Authorize(r.Header, credential)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	a.Server.ServeHTTP(rec, r)
	if rec.Code != status {
		a.T.Errorf("%s %s %s answers %d %s, want %d", method, path, body, rec.Code, rec.Body, status)
	}
	for _, difference := range a.Contract.Check(Exchange{Request: r, Body: []byte(body), Status: rec.Code, Header: rec.Header(), Answer: rec.Body.Bytes()}) {
		refused := status >= http.StatusBadRequest && (strings.HasPrefix(difference, "invalid request: ") || strings.HasPrefix(difference, "undocumented request field: "))
		if !a.Beyond && !refused {
			a.T.Errorf("the simulator leaves the facts: %s", difference)
		}
	}
	var out map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		a.T.Fatalf("no JSON object: %s", rec.Body)
	}
	return out
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
