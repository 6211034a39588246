// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package sim simulates the part of ElevenLabs' API that manages service accounts and their
// keys, for one workspace. It shares no type with the client.
//
// Where the vendor's sources are silent or contradict each other, the zero value of
// [Policy] is what was picked, and a switch gives the other:
//
//	subject                               picked                     other
//	plan of the workspace                 several seats              SingleSeat, Enterprise
//	permissions "all" in answers          null                       AllListed
//	updates without name and permissions  taken                      OldUpdates
//	created_at_unix                       seconds                    NoCreated
//	detail of a refusal                   three forms, see shape     PlainDetail
//	disable_reason after an update        null when it is enabled    none
//	an unknown key of a known account     404 api_key_not_found      none
//	keys of an unknown account            404                        UnknownAccountEmpty
//
// The order of checks is: credential, permission, rate limit, fault, body, plan, existence.
package sim

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// BasePath is where the API begins: its paths have the version themselves.
const BasePath = ""

// The operations, as faults and the journal name them.
const (
	OpListAccounts  = "service_accounts.list"
	OpCreateAccount = "service_accounts.create"
	OpListKeys      = "keys.list"
	OpCreateKey     = "keys.create"
	OpUpdateKey     = "keys.update"
	OpDeleteKey     = "keys.delete"
)

// Policy is the set of switches; see the package comment.
type Policy struct {
	SingleSeat  bool // no service accounts: lists are empty, creates are refused
	Enterprise  bool // allowed_ips may be set
	AllListed   bool // "all" is answered as the list of every permission
	OldUpdates  bool // an update has to name is_enabled, name and permissions
	NoCreated   bool // created_at_unix is null
	PlainDetail bool // the detail of each refusal is a plain text
	// UnknownAccountEmpty: an unknown account has an empty list of keys.
	UnknownAccountEmpty bool
}

// Options says how the simulator behaves.
type Options = simkit.Options[Policy]

// Server is the simulated API. Make one with [New] or [Start].
type Server struct {
	*simkit.Server[Policy]
	adminKey  string
	workspace string // id
	accounts  []*Account
	keys      []*Key
	deleted   []string
}

// New makes a simulator of a workspace without service accounts.
func New(o Options) *Server {
	s := &Server{}
	s.Server = simkit.New(s.api(), o)
	s.adminKey, s.workspace = s.Issuer.Secret("sk_el"), s.hex(32)
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

// AdminKey is an admin's key, which may do everything and is in no list.
func (s *Server) AdminKey() string { return s.adminKey }

// Workspace is the id of the workspace.
func (s *Server) Workspace() string { return s.workspace }

func (s *Server) api() simkit.API {
	const accounts, keys = "/v1/service-accounts", "/v1/service-accounts/{account}/api-keys"
	return simkit.API{
		Name: "elevenlabssim", BasePath: BasePath,
		Routes: []simkit.Route{
			{Method: http.MethodGet, Pattern: accounts, Operation: OpListAccounts, Serve: s.listAccounts},
			{Method: http.MethodPost, Pattern: accounts, Operation: OpCreateAccount, Serve: s.createAccount},
			{Method: http.MethodGet, Pattern: keys, Operation: OpListKeys, Serve: s.listKeys},
			{Method: http.MethodPost, Pattern: keys, Operation: OpCreateKey, Serve: s.createKey, ShowsSecret: true},
			{Method: http.MethodPatch, Pattern: keys + "/{key}", Operation: OpUpdateKey, Serve: s.updateKey},
			{Method: http.MethodDelete, Pattern: keys + "/{key}", Operation: OpDeleteKey, Serve: s.deleteKey},
		},
		Admit: s.admit, Credential: credential, Shape: s.shape, Usual: usual, Absent: s.absent,
		Parent: "account", IDFields: []string{"key_id", "service_account_user_id", "service-account-user-id"},
		Rows: []string{"service-accounts", "api-keys"}, SecretFields: []string{"xi-api-key"},
		Private: simkit.Private{Fields: []string{"xi-api-key"}, Pattern: regexp.MustCompile(`sk_el-sim-\w+`)},
		Reset:   func() { s.accounts, s.keys, s.deleted = nil, nil, nil },
		State: func() map[string]any {
			return map[string]any{"service_accounts": s.Accounts(), "keys": s.Keys(), "deleted_keys": s.DeletedKeys()}
		},
		Steer: map[string]func(func(any)) map[string]any{"seed": s.controlSeed, "outside": s.controlOutside},
	}
}

func credential(r *http.Request) string { return r.Header.Get("Xi-Api-Key") }

// admit takes the admin's key, and keys of service accounts that may manage others.
func (s *Server) admit(c *simkit.Call) *simkit.Problem {
	c.Organization = s.workspace
	plain := credential(c.Request)
	key := s.byPlain(plain)
	switch {
	case plain == "":
		return structured(http.StatusUnauthorized, "authentication_error", "missing_api_key", "An API key is needed in the header xi-api-key")
	case plain == s.adminKey:
		c.CredentialID = "admin"
	case key == nil || key.Disabled:
		return structured(http.StatusUnauthorized, "authentication_error", "invalid_api_key", "Invalid API key")
	case !key.may("service_account_write"):
		c.CredentialID = key.ID
		return legacy(http.StatusUnauthorized, "missing_permissions", "The API key you used is missing the permission service_account_write to execute this operation.")
	default:
		c.CredentialID = key.ID
	}
	return nil
}

// The types of problems that have a form of their own.
const (
	legacyForm     = "legacy"
	validationForm = "validation"
)

func legacy(status int, code, format string, args ...any) *simkit.Problem {
	p := simkit.Refused(status, format, args...)
	p.Type, p.Code = legacyForm, code
	return p
}

func structured(status int, kind, code, message string) *simkit.Problem {
	p := simkit.Refused(status, "%s", message)
	p.Type, p.Code = kind, code
	return p
}

// invalid refuses a field of a body and repeats what was sent, as the framework does.
func invalid(field string, input any, format string, args ...any) *simkit.Problem {
	p := simkit.Refused(http.StatusUnprocessableEntity, format, args...)
	p.Type, p.Param, p.Code = validationForm, field, input
	return p
}

// shape is the envelope of a refusal: structured, legacy, of the validating framework, or
// with [Policy.PlainDetail] a text.
func (s *Server) shape(p simkit.Problem) any {
	detail := any(map[string]any{
		"type": p.Type, "code": p.Code, "status": p.Code, "message": p.Message, "request_id": s.hex(32), "param": p.Param,
	})
	switch {
	case s.InForce().PlainDetail:
		detail = p.Message
	case p.Type == legacyForm:
		detail = map[string]any{"status": p.Code, "message": p.Message}
	case p.Type == validationForm:
		loc := []string{"body"}
		kind := "value_error"
		if p.Param != "" {
			loc = append(loc, strings.Split(p.Param, ".")...)
		}
		if p.Message == fieldRequired {
			kind = "missing"
		}
		detail = []any{map[string]any{"type": kind, "loc": loc, "msg": p.Message, "input": p.Code, "ctx": map[string]any{}}}
	}
	return map[string]any{"detail": detail}
}

func usual(status int, code string) *simkit.Problem {
	kind, usually := "internal_error", "internal_error"
	switch {
	case status == http.StatusTooManyRequests:
		kind, usually = "rate_limit_error", "rate_limit_exceeded"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		kind, usually = "authorization_error", "forbidden"
	case status < http.StatusInternalServerError:
		kind, usually = "invalid_request", "bad_request"
	}
	if code == "" {
		code = usually
	}
	return structured(status, kind, code, http.StatusText(status))
}

func (s *Server) noAccount(id string) *simkit.Problem {
	return legacy(http.StatusNotFound, "service_account_not_found", "Service account %s does not exist in the workspace. This request was made by an API key from workspace '%s'. Please check that you are using the correct key.", id, s.workspace)
}

func noKey(id string) *simkit.Problem {
	return legacy(http.StatusNotFound, "api_key_not_found", "API key %s does not exist.", id)
}

func (s *Server) absent(c *simkit.Call) *simkit.Problem {
	if id := c.Path("key"); id != "" {
		return noKey(id)
	}
	if id := c.Path("account"); id != "" {
		return s.noAccount(id)
	}
	return nil
}

//go:embed contract/elevenlabs-keys.json
var facts []byte

// allPermissions are those of the vendor's document.
var allPermissions = func() (names []string) {
	var document struct {
		Components struct {
			Schemas struct {
				PermissionType struct{ Enum []string }
			}
		}
	}
	if err := json.Unmarshal(facts, &document); err != nil {
		panic(err)
	}
	return document.Components.Schemas.PermissionType.Enum
}()
