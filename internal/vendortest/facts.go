// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// KeepsTo fails if a request in a simulator's journal leaves the facts of the vendor's
// document.
func KeepsTo(t testing.TB, facts *contracttest.Contract, journal []simkit.Entry) {
	t.Helper()
	said := map[string]bool{}
	for _, entry := range journal {
		r := &http.Request{Method: entry.Method, URL: &url.URL{Path: entry.Path, RawQuery: entry.Query.Encode()}, Header: http.Header{}}
		var body []byte
		if entry.Fields != nil {
			var err error
			if body, err = json.Marshal(entry.Fields); err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.ContentLength = int64(len(body))
		}
		for _, difference := range facts.CheckRequest(r, body) {
			if !said[difference] {
				t.Errorf("a request leaves the facts: %s", difference)
			}
			said[difference] = true
		}
	}
}
