// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// API is what a vendor's simulator gives the engine: the seams between the two.
// All functions are called with the [Engine]'s lock held, unless they say otherwise.
type API struct {
	Name     string  // of the simulator, in messages
	BasePath string  // where the API begins, "/v1"
	Routes   []Route // everything that is modelled; the rest answers 501

	// Admit judges the credential of a request and fills Organization and
	// CredentialID of the call, as far as it knows them, also when it refuses.
	Admit func(*Call) *Problem
	// Credential reads the plaintext that a request brings, nil = [Bearer].
	Credential func(*http.Request) string

	// Shape is the JSON of a refusal, as the vendor writes it. What the engine refuses
	// by itself has no Type.
	Shape func(Problem) any
	// Usual is the vendor's refusal with a status when there is nothing more to say.
	Usual func(status int, code string) *Problem
	// Absent refuses a request as if the object that it names were not there, nil =
	// Usual with 404. It may answer nil for the same.
	Absent func(*Call) *Problem

	Parent       string                  // wildcard that names the object others are below, "" = none
	Object       func(*Call) string      // id of the object a request is about, nil = the last wildcard of the path
	Shown        func(*Call) any         // the object of a request as a GET answers it, nil = not there
	Other        func(*Call, string) any // the object with that id as a GET answers it; "" = the latest other one of the kind, nil = none
	IDFields     []string                // names of an object's id, by kind of object, dots reach deeper; the first that an object has counts; nil = "id"
	Wrapper      string                  // field of an answer that holds its one object, "" = the answer is the object
	Rows         []string                // fields of a list's answer that hold its objects, nil = "data"; a bare array needs none
	SecretFields []string                // fields of an answer that show a secret, dots reach deeper
	Private      Private                 // what the journal leaves out

	Reset func()                // forgets what the vendor's store knows
	State func() map[string]any // what GET /_sim/state shows, without secrets; called without the lock
	// Steer adds POST /_sim/<name>: it reads the body into structs and returns the
	// answer. It is called without the lock and panics on a caller's mistake.
	Steer map[string]func(read func(into any)) map[string]any
}

// Route binds one endpoint to its operation.
type Route struct {
	Method  string
	Pattern string // below the base path, with wildcards of [http.ServeMux]
	// Operation is its name for faults and the journal. Its last part says what it
	// does: list, get, create, update or delete; any other word is none of these.
	Operation   string
	ShowsSecret bool // the answer shows a new secret
	Open        bool // served without admission and limits
	// Serve does the work under the engine's lock. A nil result answers 204 without a body.
	Serve func(*Call) (result any, bad *Problem)
}

// Private says what is a secret in a request beside its credential.
type Private struct {
	Headers []string       // further headers that carry a credential
	Fields  []string       // fields of bodies and query parameters, dots reach deeper
	Pattern *regexp.Regexp // what a secret looks like, wherever it stands; nil = unknown
}

// Problem is a refusal on its way to the wire. What an API does not have, its Shape leaves out.
type Problem struct {
	Status  int
	Type    string
	Message string
	Param   string            // the argument that is at fault, "" = none
	Code    any               // a string; a number only by fault; nil = none
	Header  map[string]string // of the answer
}

// Refused is a problem with a status and a message.
func Refused(status int, format string, args ...any) *Problem {
	return &Problem{Status: status, Message: fmt.Sprintf(format, args...)}
}

// BadRequest is a 400 about an argument.
func BadRequest(param, format string, args ...any) *Problem {
	p := Refused(http.StatusBadRequest, format, args...)
	p.Param = param
	return p
}

// NoDate leaves the Date header out, see [Engine.SetDate].
const NoDate = "none"

// Call is one request on its way through the simulator.
type Call struct {
	Request   *http.Request
	Operation string
	Now       time.Time // by the simulator's clock
	Body      []byte

	Organization string // whom the credential speaks for: one bucket of the rate limit each
	CredentialID string // for the journal
	Status       int    // of a success, 0 = 200, or 204 without a result

	engine *Engine
	route  *Route       // nil on an unknown route
	fault  *activeFault // nil when no rule fires
}

// Path is the value of a wildcard, "" = not in this path.
func (c *Call) Path(name string) string { return c.Request.PathValue(name) }

// Query is the value of a query parameter, "" = not sent or empty.
func (c *Call) Query(name string) string { return c.Request.URL.Query().Get(name) }

// HasQuery reports whether a query parameter was sent.
func (c *Call) HasQuery(name string) bool { return c.Request.URL.Query().Has(name) }

// ObjectID is the object the request is about, "" = none.
func (c *Call) ObjectID() string {
	if c.route == nil {
		return ""
	}
	if c.engine.api.Object != nil {
		return c.engine.api.Object(c)
	}
	_, last, found := cutLast(c.route.Pattern, "{")
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(last, "}")
	return c.Path(strings.TrimSuffix(name, "..."))
}

// ParentID is the object that the request's object is below, "" = none.
func (c *Call) ParentID() string {
	if c.engine.api.Parent == "" {
		return ""
	}
	return c.Path(c.engine.api.Parent)
}

func cutLast(text, sep string) (before, after string, found bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(sep):], true
}

// does reports whether the operation's last part is that word.
func (c *Call) does(word string) bool { return strings.HasSuffix(c.Operation, "."+word) }

// sends reports whether the request has such a query parameter or body field.
func (c *Call) sends(name string) bool {
	if c.HasQuery(name) {
		return true
	}
	in, last := reach(decodeObject(c.Body), name)
	_, ok := in[last]
	return ok
}

// Bearer is the token of the Authorization header, "" = none.
func Bearer(r *http.Request) string {
	scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(secret)
}
