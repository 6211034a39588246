// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package apiclient is the HTTP layer under every vendor's client: it paces and
// repeats requests, bounds and checks answers, walks and remembers lists, and settles
// creates whose answer was lost. It knows no vendor; what differs is a [Dialect].
//
// Every failed call is an [apierr.Error].
package apiclient

import (
	"context"
	"crypto/x509"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// DefaultBusyTimeout lets hundreds of calls queue up behind ten a minute.
const DefaultBusyTimeout = 30 * time.Minute

// DefaultAttemptTimeout ends one attempt that gets no answer.
const DefaultAttemptTimeout = 30 * time.Second

// Config is what a client is made of.
type Config struct {
	Dialect Dialect
	// BaseURL, Credential and UserAgent are for requests of [JSON]; a vendor's own library
	// has its own. BaseURL was checked by [Base.Check], Credential by [CheckCredential].
	BaseURL    string
	Credential secret.Text
	UserAgent  string
	// RequestsPerMinute is a ceiling per endpoint; 0 adapts to what the server says.
	RequestsPerMinute int64
	// Clock is read and waited on; nil is the machine's own.
	Clock clock.Clock
	// AttemptTimeout ends one attempt that gets no answer; 0 is [DefaultAttemptTimeout].
	AttemptTimeout time.Duration
	// BusyTimeout is how long a call tries again while the server only says it is busy,
	// from its first refusal on; 0 is [DefaultBusyTimeout].
	BusyTimeout time.Duration
	// Transport replaces the network in tests; nil is the network.
	Transport http.RoundTripper
	// RootCAs are the certificates that a server's may be signed with; nil are the
	// machine's own. Transport has its own.
	RootCAs *x509.CertPool
}

// Dialect is what one vendor's API says in its own way.
type Dialect struct {
	Name string // of the vendor: the log's subsystem and the provider's block
	// Credential is what requests are sent with, for messages: "the master key".
	Credential string
	// Authorize sets the headers of requests of [JSON] that carry the credential.
	Authorize func(header http.Header, credential string)
	// RequestID is the header with the server's id of a request.
	RequestID string
	// Fields reads an error's body: all empty when it is not the API's.
	Fields func(body []byte) (kind, code, param, message string)
	// Quota says whether a 429 of that code is one that waiting does not cure; nil = none is.
	Quota func(code string) bool
	// MayBeDone says whether a create that was answered with that status, which is
	// neither 408 nor 5xx, may have been carried out all the same; nil = none was.
	MayBeDone func(operation string, status int) bool
	// Refuses says whether a message with one of those statuses says that nothing was done, nor will be; nil = none does.
	Refuses func(message string) bool
	// Path is how the address of the vendor's API ends, such as "/v1"; "" = it has no path, or
	// one that nothing is known of.
	Path string
	// Hint is what the user should do about an error, "" when its message says enough.
	Hint func(*apierr.Error) string
}

// Client sends the requests of one vendor. It is safe for concurrent use.
type Client struct {
	dialect Dialect
	clock   clock.Clock
	pacer   *pacer
	server  serverClock
	busy    time.Duration // how long a call waits for a busy server
	network http.RoundTripper

	base, userAgent string
	credential      secret.Text

	attemptTimeout time.Duration

	claimsMu sync.Mutex
	claims   map[string]bool // ids this process already holds as its own
}

// New makes a client. It sends nothing.
func New(cfg Config) *Client {
	if cfg.Clock == nil {
		cfg.Clock = clock.System()
	}
	if cfg.AttemptTimeout == 0 {
		cfg.AttemptTimeout = DefaultAttemptTimeout
	}
	if cfg.BusyTimeout == 0 {
		cfg.BusyTimeout = DefaultBusyTimeout
	}
	c := &Client{
		dialect: cfg.Dialect,
		clock:   cfg.Clock,
		pacer:   newPacer(cfg.Clock, cfg.RequestsPerMinute, cfg.Dialect.Name),
		busy:    cfg.BusyTimeout,
		network: networkOf(cfg),

		base:       strings.TrimRight(cfg.BaseURL, "/"),
		userAgent:  cfg.UserAgent,
		credential: secret.New(strings.TrimSpace(cfg.Credential.Reveal())),

		attemptTimeout: cfg.AttemptTimeout,
		claims:         map[string]bool{},
	}
	return c
}

// Now is the current time by the server's clock as far as it is known.
func (c *Client) Now() time.Time { return c.clock.Now().Add(c.server.correction()) }

// Skew is how far the server's clock is ahead of this machine's, from the Date of the
// last answer or, where answers have none or one that contradicts it, from an object just created; ok is false
// before the first of either.
func (c *Client) Skew() (skew time.Duration, ok bool) { return c.server.skew() }

// Created notes when an object of our own was created that the server has just answered
// with: what is known of its clock where answers have no Date, or a wrong one.
func (c *Client) Created(at time.Time) { c.server.created(at, c.clock.Now()) }

// Plausible says whether a moment may be true: it is within ten years of now.
func (c *Client) Plausible(at time.Time) bool { return at.Sub(c.Now()).Abs() <= plausible }

// Sleep waits on the client's clock.
func (c *Client) Sleep(ctx context.Context, d time.Duration) error { return c.clock.Sleep(ctx, d) }

// claim takes id for one object of this process; false when it is already taken.
func (c *Client) claim(id string) bool {
	c.claimsMu.Lock()
	defer c.claimsMu.Unlock()
	if c.claims[id] {
		return false
	}
	c.claims[id] = true
	return true
}

func (c *Client) claimed(id string) bool {
	c.claimsMu.Lock()
	defer c.claimsMu.Unlock()
	return c.claims[id]
}
