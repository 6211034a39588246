// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

// A server of a private authority is trusted with its root, and without it gets nothing.
func TestRootCAs(t *testing.T) {
	t.Parallel()
	calls := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(server.Close)
	own := x509.NewCertPool()
	own.AddCert(server.Certificate())
	for name, test := range map[string]struct {
		roots *x509.CertPool
		calls int
	}{
		"the machine's own": {nil, 0},
		"another root":      {x509.NewCertPool(), 0},
		"its root":          {own, 1},
	} {
		calls = 0
		client := apiclient.New(apiclient.Config{RootCAs: test.roots})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = apiclient.Call(t.Context(), client, apiclient.Operation{Name: "read thing"}, func(_ context.Context, via apiclient.Doer) (*struct{}, error) {
			resp, err := via.Do(req)
			if err != nil {
				return nil, err
			}
			return &struct{}{}, resp.Body.Close()
		}, apiclient.Anything)
		if calls != test.calls || (err == nil) != (test.calls == 1) {
			t.Errorf("%s: %d calls, %v", name, calls, err)
		}
	}
}
