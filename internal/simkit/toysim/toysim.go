// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package toysim simulates an API of keys that no vendor has. It is the smallest
// complete simulator on simkit, and the toy vendor of other packages' tests: its
// [Policy] turns it into an API that shows less, names more strictly or expires keys
// differently.
//
// The credential is a bearer token. Times are RFC 3339 in whole seconds or null:
//
//	GET    /api/keys       {"keys":[key…],"more":bool}; ?limit= (1 to 100, else 20), ?after=<id> or ?page=<1…>
//	POST   /api/keys       {"name","owner","expires_at"} answers the key with its "secret"
//	GET    /api/keys/{id}  {"id","name","created_at","expires_at","last_used_at","owner"}
//	PATCH  /api/keys/{id}  {"name","expires_at"}: null removes the expiry
//	DELETE /api/keys/{id}  204
//
// With [Policy.Extras] keys have further fields:
//
//	note, region, limit, disabled  shown, and changed by updates
//	scopes                         not shown, and changed by updates
//	tier                           shown, and fixed by the create
//	secret                         of a create: chosen by the caller
//	serial, hint                   shown alone
//	POST /api/keys/{id}/activate
//
// A refusal is {"error":"why"}.
package toysim

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// BasePath is where the API begins.
const BasePath = "/api"

// The operations, as faults and the journal name them.
const (
	OpList   = "keys.list"
	OpCreate = "keys.create"
	OpGet    = "keys.get"
	OpUpdate = "keys.update"
	OpDelete = "keys.delete"

	OpActivate = "keys.activate"
)

// Expiry is when a key can be given an expiry.
type Expiry string

// When a key can be given an expiry. Where it cannot, expires_at is an unknown field (400).
const (
	ExpiryLater    Expiry = ""          // by the create, and moved by updates
	ExpiryAtCreate Expiry = "at_create" // by the create alone
	ExpiryNever    Expiry = "never"     // never; answers do not have the field
)

// Paging is how a list is cut.
type Paging string

// The kinds of paging. The parameter of another kind is unknown (400).
const (
	PagesByCursor Paging = ""       // ?after= takes the id of the last row
	PagesByNumber Paging = "number" // ?page= counts from 1
	PagesNone     Paging = "none"   // the answer is the whole list
)

// Policy is the set of switches. The zero value is an API that shows everything.
type Policy struct {
	CreatedHidden bool   // answers have no created_at
	LastUseHidden bool   // answers have no last_used_at
	Expiry        Expiry // when a key can be given an expiry
	UniqueNames   bool   // a second key of one name answers 409
	LongestName   int    // characters of a name, 0 = no limit; a longer one answers 400
	NamesCut      bool   // cuts a name at LongestName instead
	HashIDs       bool   // the id is the SHA-256 of the secret in hexadecimal
	Paging        Paging // how a list is cut
	UseYesNo      bool   // answers have used, yes or no, in place of last_used_at
	OneEach       bool   // a second key of one owner answers 403
	SameKey       bool   // a second create for one owner answers the first key with a new secret

	Extras           bool // keys have the fields of [Extras]
	SecretsOwn       bool // a secret in a create answers 422
	LimitIgnored     bool // a limit that is sent changes nothing
	RegionInCapitals bool // answers spell a region so
	ActivationNeeded bool // a key works only when it was activated
}

// Options says how the simulator behaves.
type Options = simkit.Options[Policy]

// Key is a key as the simulator stores it, live or expired.
type Key struct {
	simkit.Object
	Name       string
	Owner      string    // as the create says
	ExpiresAt  time.Time // zero = never
	LastUsedAt time.Time // zero = never
	Extras
	secret simkit.Plain
}

// Server is the simulated API. Make one with [New] or [Start].
type Server struct {
	*simkit.Server[Policy]
	rootKey string
	keys    []*Key
	deleted []string
}

// New makes a simulator without keys.
func New(o Options) *Server {
	s := &Server{}
	s.Server = simkit.New(s.api(), o)
	s.rootKey = s.Issuer.Secret("toy-admin")
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

// RootKey is the only plaintext that is admitted.
func (s *Server) RootKey() string { return s.rootKey }

func (s *Server) api() simkit.API {
	return simkit.API{
		Name: "toysim", BasePath: BasePath,
		Routes: []simkit.Route{
			{Method: http.MethodGet, Pattern: "/keys", Operation: OpList, Serve: s.list},
			{Method: http.MethodPost, Pattern: "/keys", Operation: OpCreate, Serve: s.create, ShowsSecret: true},
			{Method: http.MethodPost, Pattern: "/keys/{id}/activate", Operation: OpActivate, Serve: s.activate},
			{Method: http.MethodGet, Pattern: "/keys/{id}", Operation: OpGet, Serve: s.get},
			{Method: http.MethodPatch, Pattern: "/keys/{id}", Operation: OpUpdate, Serve: s.update},
			{Method: http.MethodDelete, Pattern: "/keys/{id}", Operation: OpDelete, Serve: s.delete},
		},
		Admit: s.admit,
		Shape: func(p simkit.Problem) any { return map[string]any{"error": p.Message} },
		Usual: func(status int, _ string) *simkit.Problem {
			return simkit.Refused(status, "%s", http.StatusText(status))
		},
		Shown: func(c *simkit.Call) any {
			if k, bad := s.key(c); bad == nil {
				return s.show(k)
			}
			return nil
		},
		Other:        s.other,
		Rows:         []string{"keys"},
		SecretFields: []string{"secret"},
		Private: simkit.Private{
			Fields: []string{"secret"}, Pattern: regexp.MustCompile(`toy-[a-z]+-sim-\w+`),
		},
		Reset: func() { s.keys, s.deleted = nil, nil },
		State: func() map[string]any { return map[string]any{"keys": s.Keys(), "deleted_keys": s.DeletedKeys()} },
		Steer: map[string]func(func(any)) map[string]any{"seed": s.controlSeed},
	}
}

func (s *Server) admit(c *simkit.Call) *simkit.Problem {
	if simkit.Bearer(c.Request) != s.rootKey {
		return simkit.Refused(http.StatusUnauthorized, "The credential is wrong")
	}
	c.CredentialID, c.Organization = "admin", "toys"
	return nil
}

func (s *Server) other(c *simkit.Call, id string) any {
	for _, k := range slices.Backward(s.keys) {
		if id == k.ID || id == "" && k.ID != c.ObjectID() {
			return s.show(k)
		}
	}
	return nil
}

func (s *Server) controlSeed(read func(into any)) map[string]any {
	var in struct{ Name, Owner string }
	read(&in)
	id, secret := s.SeedKey(in.Name, in.Owner)
	return map[string]any{"id": id, "secret": secret}
}

// add stores a key and returns it with its plaintext, which is a new one unless chosen.
func (s *Server) add(k Key, chosen string) (*Key, string) {
	secret := s.renew(&k, chosen)
	if s.InForce().HashIDs {
		k.Object = s.Issuer.ObjectWithID(hex.EncodeToString(k.secret[:]), s.Clock().Now())
	} else {
		k.Object = s.Issuer.Object("toy_", s.Clock().Now())
	}
	k.Serial = fmt.Sprintf("no-%d", k.Sequence)
	s.keys = append(s.keys, &k)
	return &k, secret
}

// renew gives a key another plaintext.
func (s *Server) renew(k *Key, chosen string) string {
	secret := chosen
	if chosen == "" {
		secret = s.Issuer.Secret("toy-key")
	} else {
		s.Issuer.Issued(chosen)
	}
	k.secret, k.hint = simkit.Hashed(secret), secret[:8]+"..."+secret[len(secret)-4:]
	return secret
}

func (s *Server) remove(k *Key) {
	s.keys = slices.DeleteFunc(s.keys, func(o *Key) bool { return o == k })
	s.deleted = append(s.deleted, k.ID)
}
