// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package api is the typed client of the OpenAI organization Administration
// API: the vendor's own Go client for the wire format, over our transport for
// retries, pacing and redaction. It knows nothing of Terraform but its logger.
//
// Every failed call is an [apierr.Error]; objects that are known to be gone are an
// [apierr.Gone].
package api

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	vendor "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"golang.org/x/sync/singleflight"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// DefaultBaseURL is the address of the vendor's API.
const DefaultBaseURL = "https://api.openai.com/v1"

// DefaultBusyTimeout is [apiclient.DefaultBusyTimeout].
const DefaultBusyTimeout = apiclient.DefaultBusyTimeout

// vendorName is the name under which calls are logged.
const vendorName = "openai"

// Config is what a client is made of.
type Config struct {
	BaseURL  string      // "" = [DefaultBaseURL]; see [CheckBaseURL]
	AdminKey secret.Text // an organization admin key, never a project key
	// RequestsPerMinute is a ceiling per endpoint; 0 adapts to what the server says.
	RequestsPerMinute int64
	UserAgent         string

	// Clock is read and waited on; nil is the machine's own.
	Clock clock.Clock
	// AttemptTimeout ends one attempt that gets no answer; 0 is 30 seconds.
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

// Client talks to one organization with one admin key. It is safe for concurrent use.
type Client struct {
	admin vendor.AdminService
	http  *apiclient.Client
	base  string

	projects *apiclient.Collection[*Project]
	accounts *apiclient.Collection[*ServiceAccount]
	keys     *apiclient.Collection[*APIKey]

	adminKeys *apiclient.Collection[*AdminKey]
	adminKey  secret.Text // the one this client works with

	Groups       *Objects[Group]
	GroupMembers *Objects[GroupMember] // parent: the group
	limits

	IdentityProviders  *Objects[IdentityProvider]
	FederationRules    *Objects[FederationRule] // parent: the provider
	Users              *Objects[User]
	Invites            *Objects[Invite]
	Roles              *Objects[Role]
	ProjectRoles       *Objects[Role]         // parent: the project
	ProjectUsers       *Objects[ProjectUser]  // parent: the project
	ProjectGroups      *Objects[ProjectGroup] // parent: the project
	Assignments        *Objects[Assignment]   // parent: a [UserParent] or [GroupParent]
	ProjectAssignments *Objects[Assignment]   // parent: one of these [InProject]

	keepsKeys  atomic.Bool // see [Client.KeepsKeys]
	sightings  sightings
	confirming singleflight.Group
	created    sync.Map    // when this process created objects that others are below, by id
	minted     sync.Map    // when keys of this run were created, by id
	keysAsked  sync.Map    // when the list of keys was last asked for, by project
	archived   sync.Map    // projects known to be archived, which is final, by id
	active     sync.Map    // projects that were found active, by id
	roleTurns  turns       // of the roles of a group in a project, by their parent
	left       sync.Map    // groups that a destroy left in their project, by [row]
	unfiltered atomic.Bool // the server does not know owner_project_access
	shows      atomic.Bool // some answer showed it
	hides      atomic.Bool // some row did not
	blank      atomic.Bool // some list of keys had no row
}

// New makes a client. It sends nothing.
func New(cfg Config) (*Client, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	if err := CheckBaseURL(cfg.BaseURL); err != nil {
		return nil, err
	}
	if err := CheckAdminKey(cfg.AdminKey); err != nil {
		return nil, err
	}
	c := &Client{
		base: strings.TrimRight(cfg.BaseURL, "/"),
		http: apiclient.New(apiclient.Config{
			Dialect: dialect, BaseURL: strings.TrimRight(cfg.BaseURL, "/"), Credential: secret.New(strings.TrimSpace(cfg.AdminKey.Reveal())), UserAgent: cfg.UserAgent,
			RequestsPerMinute: cfg.RequestsPerMinute, Clock: cfg.Clock,
			AttemptTimeout: cfg.AttemptTimeout, BusyTimeout: cfg.BusyTimeout, Transport: cfg.Transport, RootCAs: cfg.RootCAs,
		}),
	}
	c.projects = apiclient.NewCollection(idOfProject)
	c.accounts = apiclient.NewCollection(accountID)
	c.keys = apiclient.NewCollection(keyID)
	c.keys.IsDoubtful = func(k *APIKey) bool { return k.Doubtful }
	c.adminKeys = apiclient.NewCollection(adminKeyID)
	c.adminKeys.IsDoubtful = func(k *AdminKey) bool { return k.Doubtful }
	c.adminKey = secret.New(strings.TrimSpace(cfg.AdminKey.Reveal()))

	options := []option.RequestOption{
		option.WithBaseURL(c.base + "/"),
		option.WithAdminAPIKey(c.adminKey.Reveal()),
		option.WithMaxRetries(0),
		option.WithHTTPClient(apiclient.Outside{}), // each call brings its own
	}
	if cfg.UserAgent != "" {
		options = append(options, option.WithHeader("User-Agent", cfg.UserAgent))
	}
	c.admin = vendor.NewAdminService(options...)
	c.addGroups()
	c.addIdentityProviders()
	c.addRoles()
	c.addUsers()
	c.addLimits()
	return c, nil
}

// call is [apiclient.Call] through the vendor's own client: send passes via on to it.
func call[V any](ctx context.Context, c *Client, op apiclient.Operation, send func(ctx context.Context, via option.RequestOption) (*V, error), usable func(*V) error) (*V, error) {
	return apiclient.Call(ctx, c.http, op, func(ctx context.Context, via apiclient.Doer) (*V, error) {
		return send(ctx, option.WithHTTPClient(via))
	}, usable)
}

// BaseURL is the address this client talks to, for messages.
func (c *Client) BaseURL() string { return c.base }

// CheckBaseURL is [apiclient.Base.Check] for this vendor.
func CheckBaseURL(base string) error {
	return apiclient.Base{Default: DefaultBaseURL, Credential: "admin key"}.Check(base)
}

// CheckAdminKey refuses what cannot be an admin key, without repeating it.
func CheckAdminKey(key secret.Text) error {
	if err := apiclient.CheckCredential(key); err != nil {
		return err
	}
	text := strings.TrimSpace(key.Reveal())
	for prefix, what := range map[string]string{ // whole prefixes look like secrets, and are no part of the message
		"sk-proj-":    "a project key of a user",
		"sk-svcacct-": "a service account's key",
		"sk-None-":    "a user key of the old kind",
	} {
		if strings.HasPrefix(text, prefix) {
			return fmt.Errorf("is %s: the Administration API needs an organization admin key, which begins with sk-admin-", what)
		}
	}
	return nil
}

// Now is the current time by the server's clock as far as it is known.
func (c *Client) Now() time.Time { return c.http.Now() }

// Skew is how far the server's clock is ahead of this machine's, from the last
// answer; ok is false before the first one.
func (c *Client) Skew() (skew time.Duration, ok bool) { return c.http.Skew() }

// Sleep waits on the client's clock.
func (c *Client) Sleep(ctx context.Context, d time.Duration) error { return c.http.Sleep(ctx, d) }
