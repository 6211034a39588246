// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package sim simulates the keys and workspaces of Anthropic's Admin API, for one
// organization. It shares no type with the client.
//
// Where the vendor's sources are silent or contradict each other, the zero value of
// [Policy] is what was picked, and a switch gives the other:
//
//	subject                                  picked                       other
//	form of a key                            scope, principal and         Legacy: workspace_id alone
//	                                         the deprecated workspace_id
//	archived keys in lists without a status  shown                        ArchivedHidden
//	a write to what is archived              400                          ArchivedKept: 200, unchanged
//	a credential that may not manage         403                          WrongKey401
//	include_default                          the default workspace shown  DefaultHidden
//	a write to an expired key                400                          none
//	tags in an update                        replace all                  none
//
// The order of checks is: credential, rate limit, fault, arguments, object.
package sim

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// The operations, as faults and the journal name them.
const (
	OpOrganization     = "organization.get"
	OpListKeys         = "keys.list"
	OpGetKey           = "keys.get"
	OpUpdateKey        = "keys.update"
	OpListWorkspaces   = "workspaces.list"
	OpCreateWorkspace  = "workspaces.create"
	OpGetWorkspace     = "workspaces.get"
	OpUpdateWorkspace  = "workspaces.update"
	OpArchiveWorkspace = "workspaces.archive"
)

// Organization is the name of the simulated organization.
const Organization = "Simulated Organization"

// Policy is the set of switches; see the package comment.
type Policy struct {
	Legacy, ArchivedHidden, ArchivedKept, WrongKey401, DefaultHidden bool
}

// Options says how the simulator behaves.
type Options = simkit.Options[Policy]

// Server is the simulated API. Make one with [New] or [Start].
type Server struct {
	*simkit.Server[Policy]
	adminKey   string
	keys       simkit.Store[Key, *Key]
	workspaces simkit.Store[Workspace, *Workspace]
}

// New makes a simulator with a default workspace and nothing in it.
func New(o Options) *Server {
	s := &Server{}
	s.keys.Wildcard, s.keys.Show = "key", s.showKey
	s.workspaces.Wildcard, s.workspaces.Show = "workspace", showWorkspace
	s.Server = simkit.New(s.api(), o)
	s.adminKey = s.Issuer.Secret("sk-ant-admin01")
	s.reset()
	return s
}

// Start serves a new simulator on a loopback address until the test ends. The
// test fails if a route was called that the simulator does not have.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := New(o)
	s.Start(t)
	return s
}

// AdminKey is the plaintext that is admitted; keys of an admin are, too.
func (s *Server) AdminKey() string { return s.adminKey }

// CreatesNoKeys marks an API whose keys can only be adopted.
func (s *Server) CreatesNoKeys() {}

func (s *Server) api() simkit.API {
	const get, post, keys, workspaces = http.MethodGet, http.MethodPost, "/v1/organizations/api_keys", "/v1/organizations/workspaces"
	api := simkit.API{
		Name: "anthropicsim",
		Routes: []simkit.Route{
			{Method: get, Pattern: "/v1/organizations/me", Operation: OpOrganization, Serve: s.organization},
			{Method: get, Pattern: keys, Operation: OpListKeys, Serve: s.listKeys},
			{Method: get, Pattern: keys + "/{key}", Operation: OpGetKey, Serve: s.keys.Get},
			{Method: post, Pattern: keys + "/{key}", Operation: OpUpdateKey, Serve: s.updateKey},
			{Method: get, Pattern: workspaces, Operation: OpListWorkspaces, Serve: s.listWorkspaces},
			{Method: post, Pattern: workspaces, Operation: OpCreateWorkspace, Serve: s.createWorkspace},
			{Method: get, Pattern: workspaces + "/{workspace}", Operation: OpGetWorkspace, Serve: s.workspaces.Get},
			{Method: post, Pattern: workspaces + "/{workspace}", Operation: OpUpdateWorkspace, Serve: s.updateWorkspace},
			{Method: post, Pattern: workspaces + "/{workspace}/archive", Operation: OpArchiveWorkspace, Serve: s.archiveWorkspace},
		},
		Admit: s.admit, Shape: shape, Usual: usual, Reset: s.reset,
		Credential: func(r *http.Request) string { return r.Header.Get("X-Api-Key") },
		Private:    simkit.Private{Pattern: regexp.MustCompile(`sk-ant-(api03|admin01)-sim-\w+`)},
		State:      func() map[string]any { return map[string]any{"keys": s.Keys(), "workspaces": s.Workspaces()} },
	}
	api.Shown, api.Other = simkit.Stores(&s.keys, &s.workspaces)
	return api
}

func (s *Server) reset() {
	s.keys.All, s.workspaces.All = nil, nil
	s.addWorkspace(Workspace{Name: "Default", Tags: map[string]string{}, Default: true})
}

var kinds = map[int]string{
	http.StatusBadRequest: "invalid_request_error", http.StatusUnauthorized: "authentication_error", http.StatusForbidden: "permission_error",
	http.StatusNotFound: "not_found_error", http.StatusTooManyRequests: "rate_limit_error", 529: "overloaded_error", http.StatusInternalServerError: "api_error",
}

// shape is the envelope of every refusal.
func shape(p simkit.Problem) any {
	return map[string]any{"type": "error", "error": map[string]any{"type": kinds[p.Status], "message": p.Message}, "request_id": "req_sim"}
}

func usual(status int, _ string) *simkit.Problem {
	return simkit.Refused(status, "%s", http.StatusText(status))
}

func (s *Server) admit(c *simkit.Call) *simkit.Problem {
	c.Organization = "organization"
	plain := c.Request.Header.Get("X-Api-Key")
	switch key := s.byPlain(plain); {
	case c.Request.Header.Get("Anthropic-Version") == "":
		return simkit.BadRequest("", "anthropic-version: header is required")
	case plain == s.adminKey:
		c.CredentialID = "admin"
		return nil
	case key == nil, key.status(c.Now) != "active", !key.Admin && s.InForce().WrongKey401:
		return simkit.Refused(http.StatusUnauthorized, "invalid x-api-key")
	case !key.Admin:
		return simkit.Refused(http.StatusForbidden, "This API key has no access to the Admin API")
	default:
		c.CredentialID = key.ID
		return nil
	}
}

func (s *Server) organization(*simkit.Call) (any, *simkit.Problem) {
	return map[string]any{"id": "12345678-1234-5678-1234-567812345678", "type": "organization", "name": Organization}, nil
}

// page is an answer to a list with cursors, newest first.
func page[T simkit.Listed](c *simkit.Call, newest []T, keep func(T) bool, show func(T) any, filters ...string) (any, *simkit.Problem) {
	if bad := c.CheckQuery(append(filters, "limit", "after_id", "before_id")...); bad != nil {
		return nil, bad
	}
	limit, bad := c.Number("limit", 20, 1, 1000)
	if bad != nil {
		return nil, bad
	}
	p, found := simkit.NewPage(c, newest, simkit.Window{After: c.Query("after_id"), Limit: limit}, keep, show)
	if !found {
		return nil, simkit.BadRequest("after_id", "after_id: no such object")
	}
	return map[string]any{"data": p.Rows, "has_more": p.More, "first_id": simkit.OrNull(p.First), "last_id": simkit.OrNull(p.Last)}, nil
}
