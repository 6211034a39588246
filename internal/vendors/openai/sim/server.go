// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// BasePath is where the API begins.
const BasePath = "/v1"

// Options says how a simulator behaves. The zero value is a fast, unlimited one.
// The real thing allows about 8 requests a minute for each endpoint and sends no
// Retry-After.
type Options = simkit.Options[Policy]

// Server is the simulated API. Make one with [New] or [Start].
type Server struct {
	*simkit.Server[Policy]
	store                  *store
	adminKeyID, adminValue string
}

// New makes a simulator with one organization, its default project and one
// admin key. It is an [http.Handler] for everything below /v1.
func New(o Options) *Server {
	s := &Server{}
	s.Server = simkit.New(s.api(), o)
	s.store = &store{issuer: s.Issuer, kinds: kindsByName()}
	now := s.Clock().Now()
	k, value := s.store.addAdminKey(s.store.addOrganization(now), "Bootstrap", now)
	s.adminKeyID, s.adminValue = k.ID, value
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

// AdminKey is the plaintext of the first organization's first admin key.
func (s *Server) AdminKey() string { return s.adminValue }

// AdminKeyID is the id of the key [Server.AdminKey] returns.
func (s *Server) AdminKeyID() string { return s.adminKeyID }

// api is what the engine has to know of this vendor.
func (s *Server) api() simkit.API {
	return simkit.API{
		Name: "openaisim", BasePath: BasePath, Routes: s.routes(),
		Admit: s.admit, Shape: shape, Usual: usual, Absent: absent,
		Parent: "project_id", Shown: s.shown, Other: s.other,
		SecretFields: []string{"value", "api_key.value", "access_token"},
		Private:      simkit.Private{Fields: []string{"subject_token"}, Pattern: regexp.MustCompile(`sk-[a-z]+-sim-\w+`)},
		Reset:        func() { s.store.reset() },
		State:        s.state,
		Steer:        map[string]func(func(any)) map[string]any{"seed": s.controlSeed, "outside": s.controlOutside},
	}
}

// call is one request with the organization that its key speaks for.
type call struct {
	*simkit.Call
	org *organization // nil on the inference side
}

// serve is the work of a route, and what every accepted request leaves behind.
func (s *Server) serve(rt route) func(*simkit.Call) (any, *simkit.Problem) {
	return func(admitted *simkit.Call) (any, *simkit.Problem) {
		c := s.call(admitted)
		result, bad := rt.serve(s, c)
		if bad != nil {
			return nil, bad
		}
		s.record(c, result)
		if rt.creates() && s.InForce().Created201 {
			c.Status = http.StatusCreated
		}
		return result, nil
	}
}

func (s *Server) call(c *simkit.Call) *call {
	org, _ := simkit.Find(s.store.organizations, c.Organization)
	return &call{c, org}
}
