// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package sim simulates OpenRouter's management API: keys, workspaces and the assignment
// of guardrails to keys, for one organization. It shares no type with the client.
//
// Where the vendor's sources are silent or contradict each other, the zero value of
// [Policy] is what was picked, and a switch gives the other:
//
//	subject                                picked                        other
//	secret of a create                     field key, beside data        SecretInside
//	a credential of the wrong kind         403                           WrongKey401
//	keys of an unknown workspace           404                           UnknownWorkspaceEmpty, UnknownWorkspace400
//	expires_at, workspace_id in an update  ignored                       ImmutableRefused
//	expired keys                           listed and read               ExpiredHidden
//	creator of a key made with a key       null                          CreatorShown
//	creator in the read of the own key     the administrator             CreatorUnnamed
//	form of times                          2006-01-02T15:04:05.000Z      OffsetTimes
//	disabled keys without include_disabled hidden                        none
//	expires_at in the past                 400                           none
//
// The order of checks is: credential, rate limit, fault, arguments, workspace, object.
package sim

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// BasePath is where the API begins.
const BasePath = "/api/v1"

// The operations, as faults and the journal name them.
const (
	OpListKeys            = "keys.list"
	OpCreateKey           = "keys.create"
	OpGetKey              = "keys.get"
	OpUpdateKey           = "keys.update"
	OpDeleteKey           = "keys.delete"
	OpOwnKey              = "key.get"
	OpListWorkspaces      = "workspaces.list"
	OpCreateWorkspace     = "workspaces.create"
	OpGetWorkspace        = "workspaces.get"
	OpUpdateWorkspace     = "workspaces.update"
	OpDeleteWorkspace     = "workspaces.delete"
	OpListGuardrails      = "guardrails.list"
	OpGetGuardrail        = "guardrails.get"
	OpAssignGuardrail     = "assignments.add"
	OpUnassignGuardrail   = "assignments.remove"
	OpListAssignments     = "assignments.list"
	OpGuardrailAssignment = "guardrail_assignments.list"
)

// Policy is the set of switches; see the package comment.
type Policy struct {
	SecretInside          bool // the secret of a create is in data.key
	WrongKey401           bool // an inference key is answered 401 like an unknown one
	UnknownWorkspaceEmpty bool // an unknown workspace has an empty list of keys
	UnknownWorkspace400   bool // an unknown workspace is 400
	ImmutableRefused      bool // an update that names what cannot change is 400
	ExpiredHidden         bool // expired keys are in no list, and 404
	CreatorShown          bool // a new key has the administrator of the management key as creator
	CreatorUnnamed        bool // the management key does not name its administrator
	OffsetTimes           bool // times are written 2006-01-02T15:04:05+00:00
	LongestName           int  // characters of a key's name that are kept, 0 = all
}

// Options says how the simulator behaves.
type Options = simkit.Options[Policy]

// administrator is who created the first management key; [Policy.CreatorShown] shows it.
const administrator = "user_admin000000000000000000"

// Server is the simulated API. Make one with [New] or [Start].
type Server struct {
	*simkit.Server[Policy]
	managementKey string
	managers      map[string]string // who created a management key, by its plaintext
	keys          []*Key
	deleted       []string
	workspaces    []*Workspace
	guardrails    []*Guardrail
}

// New makes a simulator with a default workspace and nothing in it.
func New(o Options) *Server {
	s := &Server{}
	s.Server = simkit.New(s.api(), o)
	s.managementKey = s.Issuer.Secret("sk-or-mgmt")
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

// AdminKey is the first management key.
func (s *Server) AdminKey() string { return s.managementKey }

func (s *Server) api() simkit.API {
	return simkit.API{
		Name: "openroutersim", BasePath: BasePath,
		Routes: []simkit.Route{
			{Method: http.MethodGet, Pattern: "/key", Operation: OpOwnKey, Serve: s.ownKey},
			{Method: http.MethodGet, Pattern: "/keys", Operation: OpListKeys, Serve: s.listKeys},
			{Method: http.MethodPost, Pattern: "/keys", Operation: OpCreateKey, Serve: s.createKey, ShowsSecret: true},
			{Method: http.MethodGet, Pattern: "/keys/{hash}", Operation: OpGetKey, Serve: s.getKey},
			{Method: http.MethodPatch, Pattern: "/keys/{hash}", Operation: OpUpdateKey, Serve: s.updateKey},
			{Method: http.MethodDelete, Pattern: "/keys/{hash}", Operation: OpDeleteKey, Serve: s.deleteKey},
			{Method: http.MethodGet, Pattern: "/workspaces", Operation: OpListWorkspaces, Serve: s.listWorkspaces},
			{Method: http.MethodPost, Pattern: "/workspaces", Operation: OpCreateWorkspace, Serve: s.createWorkspace},
			{Method: http.MethodGet, Pattern: "/workspaces/{id}", Operation: OpGetWorkspace, Serve: s.getWorkspace},
			{Method: http.MethodPatch, Pattern: "/workspaces/{id}", Operation: OpUpdateWorkspace, Serve: s.updateWorkspace},
			{Method: http.MethodDelete, Pattern: "/workspaces/{id}", Operation: OpDeleteWorkspace, Serve: s.deleteWorkspace},
			{Method: http.MethodGet, Pattern: "/guardrails", Operation: OpListGuardrails, Serve: s.listGuardrails},
			{Method: http.MethodGet, Pattern: "/guardrails/{id}", Operation: OpGetGuardrail, Serve: s.getGuardrail},
			{Method: http.MethodGet, Pattern: "/guardrails/assignments/keys", Operation: OpListAssignments, Serve: s.listAssignments},
			{Method: http.MethodGet, Pattern: "/guardrails/{id}/assignments/keys", Operation: OpGuardrailAssignment, Serve: s.listAssignments},
			{Method: http.MethodPost, Pattern: "/guardrails/{id}/assignments/keys", Operation: OpAssignGuardrail, Serve: s.assign},
			{Method: http.MethodPost, Pattern: "/guardrails/{id}/assignments/keys/remove", Operation: OpUnassignGuardrail, Serve: s.unassign},
		},
		Admit: s.admit, Shape: shape, Usual: usual,
		IDFields: []string{"hash", "id"}, Wrapper: "data",
		Shown: s.shown, Other: s.other,
		SecretFields: []string{"key", "data.key"},
		Private:      simkit.Private{Fields: []string{"key", "external.api_key"}, Pattern: regexp.MustCompile(`sk-or-(v1|mgmt)-sim-\w+`)},
		Reset:        s.reset,
		State: func() map[string]any {
			return map[string]any{"keys": s.Keys(), "deleted_keys": s.DeletedKeys(), "workspaces": s.Workspaces()}
		},
		Steer: map[string]func(func(any)) map[string]any{"seed": s.controlSeed, "outside": s.controlOutside},
	}
}

func (s *Server) reset() {
	s.keys, s.deleted, s.guardrails, s.workspaces = nil, nil, nil, nil
	s.managers = map[string]string{s.managementKey: administrator}
	s.addWorkspace(Workspace{Name: "Default", Slug: "default", Default: true})
}

// shape is the envelope of every refusal.
func shape(p simkit.Problem) any {
	return map[string]any{"error": map[string]any{"code": codeOf(p), "message": p.Message, "metadata": nil}, "user_id": nil}
}

func codeOf(p simkit.Problem) any {
	if code, ok := p.Code.(string); ok && code != "" {
		return code
	}
	return p.Status
}

func usual(status int, code string) *simkit.Problem {
	text := map[int]string{
		http.StatusBadRequest: "Invalid request parameters", http.StatusNotFound: "Resource not found",
		http.StatusTooManyRequests: "Rate limit exceeded",
	}[status]
	if text == "" {
		text = http.StatusText(status)
	}
	p := simkit.Refused(status, "%s", text)
	if code != "" {
		p.Code = code
	}
	return p
}

func notFound() *simkit.Problem { return usual(http.StatusNotFound, "") }

func (s *Server) admit(c *simkit.Call) *simkit.Problem {
	plain := simkit.Bearer(c.Request)
	switch _, manages := s.managers[plain]; {
	case plain == "":
		return simkit.Refused(http.StatusUnauthorized, "Missing Authentication header")
	case manages:
		c.CredentialID, c.Organization = "management", "organization"
		return nil
	case s.byPlain(plain) == nil || s.InForce().WrongKey401:
		return simkit.Refused(http.StatusUnauthorized, "User not found.")
	case c.Operation == OpOwnKey:
		c.CredentialID, c.Organization = s.byPlain(plain).ID, "organization"
		return nil
	default:
		return simkit.Refused(http.StatusForbidden, "Only management keys can perform this operation")
	}
}

// ownKey describes the credential of the request.
func (s *Server) ownKey(c *simkit.Call) (any, *simkit.Problem) {
	management := c.CredentialID == "management"
	out := map[string]any{
		"label": masked(simkit.Bearer(c.Request)), "is_management_key": management, "is_provisioning_key": management,
		"is_free_tier": false, "limit": nil, "limit_remaining": nil, "limit_reset": nil, "include_byok_in_limit": false,
		"creator_user_id": cmp.Or(s.managers[simkit.Bearer(c.Request)], administrator), "expires_at": nil,
		"rate_limit": map[string]any{"interval": "1h", "note": "deprecated", "requests": -1},
	}
	if s.InForce().CreatorUnnamed {
		out["creator_user_id"] = nil
	}
	counters(out, 0)
	return map[string]any{"data": out}, nil
}

// masked is a secret as labels show it.
func masked(plain string) string { return plain[:12] + "..." + plain[len(plain)-4:] }

// hex64 is a new id like those of keys.
func (s *Server) hex64() string {
	sum := sha256.Sum256([]byte(s.Issuer.ID("hash_")))
	return hex.EncodeToString(sum[:])
}

// uuid is a new id like those of workspaces and guardrails.
func (s *Server) uuid() string {
	h := s.hex64()
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32]
}

// stamp is a moment as answers have it, null for the zero time.
func (s *Server) stamp(at time.Time) any {
	if s.InForce().OffsetTimes {
		return simkit.Stamp(at, "2006-01-02T15:04:05+00:00")
	}
	return simkit.Stamp(at, "2006-01-02T15:04:05.000Z")
}
