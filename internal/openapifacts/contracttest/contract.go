// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package contracttest holds requests and answers against the facts of a vendor's document. It
// is for tests: of a simulator, whose answers must be the vendor's, and of a client, whose
// requests must be.
package contracttest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Contract is a file of facts to hold exchanges against. It is safe for concurrent use.
type Contract struct {
	*facts
	mu      sync.Mutex
	covered map[string]bool
}

// facts are what was read from a file.
type facts struct {
	doc     *openapi3.T
	router  routers.Router
	refusal string
	// segments are the fixed parts of all paths.
	segments map[string]bool
}

// loaded are the facts of a file by the arguments of [Load]: a test process reads it once.
var (
	loading sync.Mutex
	loaded  = map[[3]string]*facts{}
)

// Exchange is a request and its answer. The body of the request is not read from Request.
type Exchange struct {
	Request *http.Request
	Body    []byte
	Status  int
	Header  http.Header
	Answer  []byte
}

// Load reads a file of facts. base is the path or address before the paths of the document;
// refusal names the schema that every refusal has, documented for its endpoint or not.
func Load(t testing.TB, file, base, refusal string) *Contract {
	t.Helper()
	loading.Lock()
	defer loading.Unlock()
	asked := [3]string{file, base, refusal}
	if loaded[asked] == nil {
		loaded[asked] = read(t, file, base, refusal)
	}
	return &Contract{facts: loaded[asked], covered: map[string]bool{}}
}

func read(t testing.TB, file, base, refusal string) *facts {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: base}}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	if doc.Components.Schemas[refusal] == nil {
		t.Fatalf("%s has no schema %s", file, refusal)
	}
	segments := map[string]bool{}
	for path := range doc.Paths.Map() {
		for s := range strings.SplitSeq(base+path, "/") {
			segments[s] = true
		}
	}
	return &facts{doc: doc, router: router, refusal: refusal, segments: segments}
}

// Check returns how an exchange differs from the facts, each difference as a line that a list
// of known ones can hold:
//
//	no route: METHOD /path/{}
//	invalid request: METHOD /path/{id} field: VALUE against enum
//	undocumented request field: METHOD /path/{id} field
//	undocumented status: METHOD /path/{id} 404
//	invalid answer: METHOD /path/{id} data.*.field: against type
//	undocumented field: METHOD /path/{id} field
func (c *Contract) Check(e Exchange) []string {
	out, in := c.checkRequest(e.Request, e.Body)
	if in != nil {
		out = append(out, c.checkAnswer(e, in, endpoint(in.Route))...)
	}
	return out
}

// CheckRequest is [Contract.Check] of a request alone, whose body is not read from it.
func (c *Contract) CheckRequest(r *http.Request, body []byte) []string {
	differences, _ := c.checkRequest(r, body)
	return differences
}

func endpoint(route *routers.Route) string { return route.Method + " " + route.Path }

// checkRequest also returns what an answer is checked with, nil when there is no such endpoint.
func (c *Contract) checkRequest(r *http.Request, body []byte) ([]string, *openapi3filter.RequestValidationInput) {
	r = r.Clone(context.Background())
	r.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return []string{"no route: " + r.Method + " " + c.withoutIDs(r.URL.Path)}, nil
	}
	name := endpoint(route)
	c.mu.Lock()
	c.covered[name] = true
	c.mu.Unlock()

	var out []string
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
		out = append(out, "invalid request: "+name+" "+reason(err))
	}
	if described := route.Operation.RequestBody; described != nil {
		out = append(out, unknown("undocumented request field: "+name, body, described.Value.Content)...)
	}
	return out, in
}

func (c *Contract) checkAnswer(e Exchange, in *openapi3filter.RequestValidationInput, endpoint string) []string {
	described := in.Route.Operation.Responses.Status(e.Status)
	if described == nil {
		out := []string{fmt.Sprintf("undocumented status: %s %d", endpoint, e.Status)}
		if e.Status >= http.StatusBadRequest {
			var body any
			_ = json.Unmarshal(e.Answer, &body) // what is no JSON has not the form either
			if err := c.doc.Components.Schemas[c.refusal].Value.VisitJSON(body); err != nil {
				out = append(out, "invalid answer: "+endpoint+" "+reason(err))
			}
		}
		return out
	}
	answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: e.Status, Header: e.Header, Options: in.Options}
	answer.SetBodyBytes(e.Answer)
	var out []string
	if err := openapi3filter.ValidateResponse(context.Background(), answer); err != nil {
		out = append(out, "invalid answer: "+endpoint+" "+reason(err))
	}
	return append(out, unknown("undocumented field: "+endpoint, e.Answer, described.Value.Content)...)
}

// Untried lists the endpoints of the facts that no exchange was about.
func (c *Contract) Untried() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for path, item := range c.doc.Paths.Map() {
		for method := range item.Operations() {
			if !c.covered[method+" "+path] {
				out = append(out, method+" "+path)
			}
		}
	}
	return out
}

// Transport is next, with every request held against the facts; differences go to found.
// Answers pass unread.
func (c *Contract) Transport(next http.RoundTripper, found func(difference string)) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		var body []byte
		if r.Body != nil {
			var err error
			body, err = io.ReadAll(r.Body)
			if err := errors.Join(err, r.Body.Close()); err != nil {
				return nil, err
			}
			r = r.Clone(r.Context())
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		differences, _ := c.checkRequest(r, body)
		for _, difference := range differences {
			found(difference)
		}
		return next.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reason is the innermost finding of a validation error: the field and what is wrong with it.
func reason(err error) string {
	var found *openapi3.SchemaError
	for inner := err; errors.As(inner, &found); inner = found.Origin {
		if found.Origin == nil {
			break
		}
	}
	if found == nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return first
	}
	at := found.JSONPointer()
	for i, name := range at {
		if _, err := strconv.Atoi(name); err == nil {
			at[i] = "*" // of an array, whichever
		}
	}
	text := "against " + found.SchemaField
	if value, ok := found.Value.(string); ok {
		text = value + " " + text
	}
	return strings.Join(at, ".") + ": " + text
}

// withoutIDs replaces the segments of a path that no documented path has.
func (c *Contract) withoutIDs(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if !c.segments[s] {
			segments[i] = "{}"
		}
	}
	return strings.Join(segments, "/")
}
