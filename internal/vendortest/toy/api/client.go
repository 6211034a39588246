// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package api is the client of the toy vendor, which package toysim simulates: the
// smallest client over [apiclient]. It knows nothing of Terraform.
//
// Every failed call is an [apierr.Error]; a key that is known to be gone is an
// [apierr.Gone].
package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Client talks to one organization with one root key. It is safe for concurrent use.
type Client struct {
	http *apiclient.Client
	base string
	keys *apiclient.Collection[*Key]
}

// New makes a client; the configuration's dialect is this package's. It sends nothing.
func New(cfg apiclient.Config) *Client {
	cfg.Dialect, cfg.BaseURL = dialect, strings.TrimRight(cfg.BaseURL, "/")
	return &Client{http: apiclient.New(cfg), base: cfg.BaseURL, keys: apiclient.NewCollection(func(k *Key) string { return k.ID })}
}

// Base says what the address of the API may be.
var Base = apiclient.Base{Credential: "root key"}

// dialect is what this vendor's API says in its own way.
var dialect = apiclient.Dialect{
	Name: "toy", Credential: "the root key",
	Authorize: func(header http.Header, credential string) { header.Set("Authorization", "Bearer "+credential) },
	RequestID: "X-Request-Id",
	Fields: func(body []byte) (kind, code, param, message string) {
		var refusal struct{ Error string }
		_ = json.Unmarshal(body, &refusal) // what is no refusal of the API says nothing
		return "", "", "", refusal.Error
	},
	Quota:     func(string) bool { return false },
	MayBeDone: func(string, int) bool { return false },
	Hint: func(e *apierr.Error) string {
		if e.Status == http.StatusUnauthorized {
			return "Check toy.root_key or TOY_ROOT_KEY."
		}
		return ""
	},
}

// KeyAddress is where a key is, for messages.
func (c *Client) KeyAddress(id string) string { return c.base + apiclient.Path("keys", id) }

// Now is the present moment by the server's clock as far as it is known.
func (c *Client) Now() time.Time { return c.http.Now() }

// Skew is how far the server's clock is ahead of this machine's; ok is false before the
// first answer.
func (c *Client) Skew() (skew time.Duration, ok bool) { return c.http.Skew() }

// Sleep waits on the client's clock.
func (c *Client) Sleep(ctx context.Context, d time.Duration) error { return c.http.Sleep(ctx, d) }
