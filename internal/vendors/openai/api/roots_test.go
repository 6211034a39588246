// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A server with a certificate of an own authority is trusted by its roots only.
func TestRoots(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"proj_1","status":"active"}`)
	}))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // the refused handshake
	server.StartTLS()
	t.Cleanup(server.Close)
	own := x509.NewCertPool()
	own.AddCert(server.Certificate())
	for _, c := range []struct {
		roots   *x509.CertPool
		trusted bool
	}{{nil, false}, {x509.NewCertPool(), false}, {own, true}} {
		client, err := api.New(api.Config{
			BaseURL: server.URL, AdminKey: secret.New("sk-admin-fake-0123456789"), Clock: clock.NewFake(start), RootCAs: c.roots,
		})
		ok(t, err)
		_, err = client.ConfirmProject(t.Context(), "proj_1", time.Time{})
		if c.trusted {
			ok(t, err)
			continue
		}
		contains(t, failure(t, err, apierr.NotSent).Hint, "certificate is not trusted")
	}
}
