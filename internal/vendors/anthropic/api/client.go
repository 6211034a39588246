// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package api is the client of Anthropic's Admin API: keys, which it cannot create, and
// workspaces. It knows nothing of Terraform but its logger. Every failed call is an
// [apierr.Error].
package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	urlpath "path"
	"strings"
	"sync"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// DefaultBaseURL is the address of the vendor's API.
const DefaultBaseURL = "https://api.anthropic.com"

const (
	keysPath       = "/v1/organizations/api_keys"
	workspacesPath = "/v1/organizations/workspaces"
)

var cursors = apiclient.Cursors{After: "after_id", Limit: "limit", Size: 1000}

// Client talks to one organization with one admin key. It is safe for concurrent use.
type Client struct {
	http *apiclient.Client

	Keys       *apiclient.AdoptedKeys
	Workspaces *apiclient.Whole[*Workspace] // archived ones and the default one included
	ordinary   apiclient.Fetch[*Workspace]  // without the default one

	mu   sync.Mutex
	name string // of the organization, once asked
}

// New makes a client. It sends nothing. The dialect of the settings is this vendor's.
func New(settings apiclient.Config) *Client {
	settings.Dialect = dialect
	c := &Client{http: apiclient.New(settings)}
	c.Keys = c.keys(settings.Credential)
	workspaces := func(query url.Values) apiclient.Fetch[*Workspace] {
		return apiclient.CursorPages(c.http, listing("workspaces", workspacesPath, query), cursors, c.workspaceOf, (*Workspace).id)
	}
	c.Workspaces = apiclient.NewWhole((*Workspace).id, workspaces(url.Values{"include_archived": {"true"}, "include_default": {"true"}}))
	c.ordinary = workspaces(url.Values{"include_archived": {"true"}})
	return c
}

func listing(what, path string, query url.Values) apiclient.Request {
	return apiclient.Request{Operation: apiclient.Operation{Name: "list " + what}, Method: http.MethodGet, Path: path, Query: query}
}

// ask is a request about one object and its answer, read by of. A 404 gets the words for what
// it means: here nothing is ever deleted.
func ask[W, T any](ctx context.Context, c *Client, op apiclient.Operation, method, path string, of func(*W) (T, error)) (out T, err error) {
	_, err = apiclient.JSON(ctx, c.http, apiclient.Request{Operation: op, Method: method, Path: path}, func(w *W) error {
		if w == nil {
			return nil // the status was the answer
		}
		out, err = of(w)
		return err
	})
	if apierr.IsNotFound(err) && path != workspacesPath { // a create names none
		err = apierr.With(err, func(e *apierr.Error) {
			e.Unmanaged = fmt.Sprintf("In the organization of the admin key%s nothing has the id %s. Keys and workspaces are archived and never deleted, so the id is most likely of another organization: check the id and anthropic.admin_key.", c.organization(ctx), urlpath.Base(strings.TrimSuffix(path, archivePath)))
			e.Hint = e.Unmanaged + " Nothing was removed from state."
		})
	}
	return out, err
}

func reading(what string) apiclient.Operation { return apiclient.Operation{Name: "read " + what} }

func updating(what string, fields any) apiclient.Operation {
	return apiclient.Operation{Name: "update " + what, Kind: apiclient.Update, Body: apiclient.SameBody(fields)}
}

// organization is the name of the organization, to follow that word; "" where the API does
// not show it.
func (c *Client) organization(ctx context.Context) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.name == "" {
		found, err := apiclient.JSON(ctx, c.http, apiclient.Request{Operation: reading("organization"), Method: http.MethodGet, Path: "/v1/organizations/me"},
			apiclient.Anything[struct{ ID, Name string }])
		if err != nil || found.ID == "" && found.Name == "" {
			return ""
		}
		c.name = fmt.Sprintf(", %q (%s),", found.Name, found.ID)
	}
	return c.name
}

// dialect is what this vendor's API says in its own way.
var dialect = apiclient.Dialect{
	Name: "anthropic", Credential: "the admin key", RequestID: "Request-Id", Fields: apiclient.ErrorFields,
	Authorize: func(h http.Header, credential string) {
		h.Set("X-Api-Key", credential)
		h.Set("Anthropic-Version", "2023-06-01")
	},
	// Hint is what the user should do about an error, "" when the message says enough.
	Hint: func(e *apierr.Error) string {
		switch e.Status {
		case http.StatusUnauthorized, http.StatusForbidden:
			return "The admin key may be unknown to this server, inactive, archived or expired, or a key that cannot manage anything, such as an inference key. Give an Admin API key, or a key whose user or service account is an admin, as anthropic.admin_key or in ANTHROPIC_ADMIN_KEY. Individual accounts have no Admin API."
		case http.StatusNotFound: // of a list or a create
			return "There is no such API at anthropic.base_url. It is the address without a path, such as " + DefaultBaseURL + "."
		case http.StatusTooManyRequests:
			return "The server stayed busy for the whole of anthropic.busy_timeout. Try again later, raise busy_timeout, or set anthropic.requests_per_minute."
		}
		return ""
	},
}
