// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package sim simulates the key management of a LiteLLM proxy: keys, their archive, and
// teams. It shares no type with the client. Secrets are stored as hashes only.
//
// The zero value of [Policy] is version 1.103.1 as its documents describe it; what older
// versions and operators' settings do differently is a switch of it. Unknown fields of
// requests are dropped, as the proxy does; so are unknown filters of lists.
//
// The order of checks is: credential, fault, arguments, team, ceiling, alias, secret.
package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// BasePath is where the API begins: a proxy may be below a path.
const BasePath = "/proxy"

// The operations, as faults and the journal name them. Both ways to create a key are one.
const (
	OpCreateKey = "keys.create"
	OpGetKey    = "keys.get"
	OpListKeys  = "keys.list"
	OpUpdateKey = "keys.update"
	OpDeleteKey = "keys.delete"
	OpGetTeam   = "teams.get"
	OpListTeams = "teams.list"
	OpGetUser   = "users.get"
	OpHealth    = "health.get"
)

// Policy is the set of switches; see the package comment.
type Policy struct {
	NotChosen     bool          // 403 where the request chooses the secret
	ChosenDropped bool          // a chosen secret is ignored, and another one is created
	Older         bool          // no archive: deleted keys are 404, no status is shown, and status filters nothing; lists show no budgets
	InfoForgets   bool          // reads answer 404 for keys of the archive, which lists show
	LowerAliases  bool          // aliases are stored in lower case
	AliasPrefix   string        // what is put before every alias that is sent
	PrefixedOnce  bool          // unless it begins so
	HashedAgain   bool          // updates hash the hash, so that they find no key
	AliasPattern  string        // a new alias has to match it, "" = anything
	Ceiling       time.Duration // longest duration: more is refused, none is filled with it
	EndNulled     bool          // an update takes an end away with null, and ignores "-1"
	DefaultUser   string        // the user of new keys without a team
	NaiveTimes    bool          // times have no zone
	PythonErrors  bool          // messages are Python dictionaries
	Expired       bool          // the credential has expired: 400 with it in param
	NoKeyName     bool          // no masked secret is shown
	BareTeams     bool          // the answer about a team is the team itself
	OwnTeams      bool          // everybody may list their own teams, as later versions allow
}

// Options says how the simulator behaves.
type Options = simkit.Options[Policy]

// Server is the simulated proxy. Make one with [New] or [Start].
type Server struct {
	*simkit.Server[Policy]
	masterKey     string
	maxPage       int
	keys, archive []*Key
	teams         []*Team
}

// New makes a simulator with nothing in it.
func New(o Options) *Server {
	s := &Server{maxPage: o.MaxPage}
	s.Server = simkit.New(s.api(), o)
	s.masterKey = s.Issuer.Secret("sk-master")
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

// AdminKey is the master key.
func (s *Server) AdminKey() string { return s.masterKey }

func (s *Server) api() simkit.API {
	return simkit.API{
		Name: "litellmsim", BasePath: BasePath,
		Routes: []simkit.Route{
			{Method: http.MethodPost, Pattern: "/key/generate", Operation: OpCreateKey, Serve: s.generate, ShowsSecret: true},
			{Method: http.MethodPost, Pattern: "/key/service-account/generate", Operation: OpCreateKey, Serve: s.generate, ShowsSecret: true},
			{Method: http.MethodGet, Pattern: "/key/info", Operation: OpGetKey, Serve: s.info},
			{Method: http.MethodGet, Pattern: "/key/list", Operation: OpListKeys, Serve: s.list},
			{Method: http.MethodPost, Pattern: "/key/update", Operation: OpUpdateKey, Serve: s.update},
			{Method: http.MethodPost, Pattern: "/key/delete", Operation: OpDeleteKey, Serve: s.remove},
			{Method: http.MethodGet, Pattern: "/team/info", Operation: OpGetTeam, Serve: s.team},
			{Method: http.MethodGet, Pattern: "/team/list", Operation: OpListTeams, Serve: s.listTeams},
			{Method: http.MethodGet, Pattern: "/user/info", Operation: OpGetUser, Serve: s.user},
			{Method: http.MethodGet, Pattern: "/health/readiness", Operation: OpHealth, Serve: s.health, Open: true},
		},
		Admit: s.admit, Shape: s.shape, Usual: usual, Object: object,
		IDFields: []string{"token", "key"}, Rows: []string{"keys"},
		Shown: func(c *simkit.Call) any {
			if k, ok := simkit.Find(s.keys, object(c)); ok {
				return s.about(k)
			}
			return nil
		},
		Other:        s.other,
		SecretFields: []string{"key"},
		Private:      simkit.Private{Fields: []string{"key"}, Pattern: regexp.MustCompile(`sk-[A-Za-z0-9_-]{16,}`)},
		Reset:        func() { s.keys, s.archive, s.teams = nil, nil, nil },
		State:        func() map[string]any { return map[string]any{"keys": s.Keys(), "archive": s.Archive()} },
		Steer:        map[string]func(func(any)) map[string]any{"outside": s.controlOutside},
	}
}

// object is the hash that a request is about.
func object(c *simkit.Call) string {
	if c.Request.Method == http.MethodGet {
		return c.Query("key")
	}
	f, bad := c.ReadFields(simkit.Reading{Lenient: true})
	if bad != nil || c.Operation == OpCreateKey {
		return ""
	}
	var one string
	var several []string
	if decode(f["key"], &one); one == "" && decode(f["keys"], &several) && len(several) > 0 {
		one = several[0]
	}
	return one
}

// shape is the envelope of a refusal; a framework's validation has one of its own.
func (s *Server) shape(p simkit.Problem) any {
	if p.Status == http.StatusUnprocessableEntity {
		return map[string]any{"detail": []any{map[string]any{"loc": []string{"query", p.Param}, "msg": p.Message, "type": "value_error"}}}
	}
	message, param := p.Message, p.Param
	if s.InForce().PythonErrors {
		message = "{'error': '" + message + "'}"
	}
	if param == "" {
		param = "None"
	}
	kind := "internal_server_error"
	if p.Type != "" {
		kind = p.Type
	}
	return map[string]any{"error": map[string]any{"message": message, "type": kind, "param": param, "code": strconv.Itoa(p.Status)}}
}

func usual(status int, _ string) *simkit.Problem {
	text := map[int]string{http.StatusNotFound: "Key not found in database", http.StatusInternalServerError: "Internal Server Error."}[status]
	if text == "" {
		text = http.StatusText(status)
	}
	return simkit.Refused(status, "%s", text)
}

// admit takes the master key and keys of admins, of the proxy or of a team.
func (s *Server) admit(c *simkit.Call) *simkit.Problem {
	plain := simkit.Bearer(c.Request)
	hash := hashOf(plain)
	if s.InForce().Expired {
		return &simkit.Problem{Status: http.StatusBadRequest, Type: "expired_key", Message: "Authentication Error - Expired Key. Key Expiry time 2030-01-01", Param: plain}
	}
	if plain == s.masterKey {
		c.CredentialID = "master"
		return nil
	}
	k, ok := simkit.Find(s.keys, hash)
	switch {
	case !ok:
		return simkit.Refused(http.StatusUnauthorized, "Authentication Error, Invalid proxy server token passed. Received API Key = %s, Key Hash (Token) =%s. Unable to find token in cache or `LiteLLM_VerificationTokenTable`", masked(plain), hash)
	case !k.Admin && !k.Viewer && k.AdminOf == "":
		return simkit.Refused(http.StatusForbidden, "Virtual key is not allowed to call this route. Only allowed to call routes: llm_api_routes")
	}
	c.CredentialID = hash
	return nil
}

func (s *Server) version() string {
	if s.InForce().Older {
		return "1.80.0"
	}
	return "1.103.1"
}

func (s *Server) health(*simkit.Call) (any, *simkit.Problem) {
	return map[string]any{"status": "healthy", "litellm_version": s.version()}, nil
}

func hashOf(plain string) string {
	sum := sha256.Sum256([]byte(plain))
	return hex.EncodeToString(sum[:])
}

// masked is a secret as answers show it.
func masked(plain string) string {
	if len(plain) < 4 {
		return "sk-..."
	}
	return "sk-..." + plain[len(plain)-4:]
}

// stamp is a moment as answers have it, null for the zero time.
func (s *Server) stamp(at time.Time) any {
	if s.InForce().NaiveTimes {
		return simkit.Stamp(at, "2006-01-02T15:04:05.000000")
	}
	return simkit.Stamp(at, "2006-01-02T15:04:05.000000+00:00")
}

var spans = regexp.MustCompile(`^(\d+)(s|m|h|d|w|mo)$`)

// span reads a duration; 0 is never.
func span(text string) (time.Duration, *simkit.Problem) {
	parts := spans.FindStringSubmatch(text)
	if text == "-1" {
		return 0, nil
	}
	if parts == nil {
		return 0, simkit.BadRequest("duration", "Unsupported duration unit, passed duration: %s", text)
	}
	n, _ := strconv.Atoi(parts[1])
	unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour, "mo": 30 * 24 * time.Hour}[parts[2]]
	return time.Duration(n) * unit, nil
}

// ceiling applies the operator's: more is refused, none is filled with it.
func (s *Server) ceiling(asked time.Duration) (time.Duration, *simkit.Problem) {
	most := s.InForce().Ceiling
	if most == 0 || asked > 0 && asked <= most {
		return asked, nil
	}
	if asked == 0 {
		return most, nil
	}
	return 0, simkit.BadRequest("duration", "duration is over max limit set in config - user_value=%s; max_value=%s", asked, fmt.Sprint(most))
}
