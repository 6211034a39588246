// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

// Types and flags of HTTP/2's frames.
const (
	data, headers, reset, settings = 0, 1, 3, 4
	endStream, ack, endHeaders     = 1, 1, 4
)

func frame(kind, flags byte, stream uint32, payload string) []byte {
	head := binary.BigEndian.AppendUint32([]byte{0, 0, byte(len(payload)), kind, flags}, stream) //nolint:gosec // they are short
	return append(head, payload...)
}

// resetting is a gateway with HTTP/2 that takes a request and resets its stream without an
// answer, as often as it is told; later ones are answered. Go's own server never resets a
// stream with the code that Go's transport sends a request again for.
func resetting(t *testing.T, resets int64) (server *httptest.Server, requests *atomic.Int64) {
	t.Helper()
	requests = &atomic.Int64{}
	server = httptest.NewUnstartedServer(nil)
	server.TLS = &tls.Config{NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12}
	server.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){"h2": func(_ *http.Server, conn *tls.Conn, _ http.Handler) {
		_, err := io.CopyN(io.Discard, conn, int64(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")))
		answer := append(frame(settings, 0, 0, ""), frame(settings, ack, 0, "")...)
		for err == nil {
			if _, err = conn.Write(answer); err != nil {
				return
			}
			var head [9]byte
			if _, err = io.ReadFull(conn, head[:]); err != nil {
				return
			}
			_, err = io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(head[:4])>>8))
			answer = nil
			if head[3] > headers || head[4]&endStream == 0 {
				continue
			}
			stream := binary.BigEndian.Uint32(head[5:])
			if requests.Add(1) <= resets {
				answer = frame(reset, 0, stream, "\x00\x00\x00\x01") // PROTOCOL_ERROR
				continue
			}
			// :status 201 and content-type, as literals
			answer = frame(headers, endHeaders, stream, "\x08\x03201\x0f\x10\x10application/json")
			answer = append(answer, frame(data, endStream, stream, `{"id":"t1"}`)...)
		}
	}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, requests
}

// Go's transport sends a request again by itself whose stream was reset, also one that was
// carried out: a create made two keys, and nobody knew of the first.
func TestCreateIsSentOnceOverHTTP2(t *testing.T) {
	t.Parallel()
	update, empty := create, create
	update.Kind = apiclient.Update
	empty.Body = nil
	byJSON := func(r apiclient.Request) func(*apiclient.Client, string) error {
		return func(c *apiclient.Client, _ string) error {
			_, err := apiclient.JSON(context.Background(), c, r, apiclient.Anything[thing])
			return err
		}
	}
	// A vendor's own client makes its bodies so that they can be had again.
	byVendor := func(c *apiclient.Client, base string) error {
		_, err := apiclient.Call(context.Background(), c, apiclient.Operation{Name: "create thing", Kind: apiclient.Create}, func(ctx context.Context, via apiclient.Doer) (*thing, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, base, strings.NewReader(`{}`))
			if err != nil {
				return nil, err
			}
			resp, err := via.Do(req)
			if err != nil {
				return nil, err
			}
			return &thing{}, resp.Body.Close()
		}, apiclient.Anything)
		return err
	}
	for name, c := range map[string]struct {
		send     func(*apiclient.Client, string) error
		resets   int64
		requests int64
		ok       bool
	}{
		"create":                   {byJSON(create), 5, 1, false},
		"create, reset once":       {byJSON(create), 1, 1, false},
		"create without a body":    {byJSON(empty), 5, 1, false},
		"create by a vendor's own": {byVendor, 5, 1, false},
		"create that is answered":  {byJSON(create), 0, 1, true},
		"empty create is answered": {byJSON(empty), 0, 1, true},
		"update, reset once":       {byJSON(update), 1, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, requests := resetting(t, c.resets)
			roots := x509.NewCertPool()
			roots.AddCert(server.Certificate())
			client := apiclient.New(apiclient.Config{Dialect: toy, BaseURL: server.URL, Clock: clock.NewFake(start), RootCAs: roots})
			err := c.send(client, server.URL)
			if n := requests.Load(); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
			if failed, is := apierr.As(err); c.ok != (err == nil) || is && failed.Outcome != apierr.Unknown {
				t.Errorf("got %v", err)
			}
		})
	}
}
