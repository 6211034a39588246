// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// BasePath is where the API begins.
const BasePath = "/v1"

// Options says how a simulator behaves. The zero value is a fast, unlimited one.
type Options struct {
	Clock      *Clock        // nil = real time
	Seed       uint64        // same seed, same ids and secrets; 0 = random
	Policy     Policy        // switches of the organization, see [Server.SetPolicy]
	PerMinute  int           // requests per minute, organization and endpoint, with as large a burst; 0 = no limit, 8 = as measured at the real thing
	PerSecond  int           // requests per second over all endpoints, 0 = no limit
	RetryAfter bool          // send Retry-After with a 429; the real thing does not
	MaxPage    int           // largest page whatever limit says, 0 = as asked
	Latency    time.Duration // added to every answer, in real time
}

// Server is the simulated API. Make one with [New] or [Start]; it is safe for
// concurrent use.
type Server struct {
	options Options
	mux     *http.ServeMux
	closed  chan struct{} // closed when the server goes down, to free held answers
	close   sync.Once
	url     string

	adminKeyID, adminValue string

	mu       sync.Mutex // guards everything below
	store    *store
	policy   Policy
	faults   []*activeFault
	journal  []Entry
	unknown  []string
	global   bucket
	buckets  map[string]*bucket
	requests int
}

// New makes a simulator with one organization, its default project and one
// admin key. It is an [http.Handler] for everything below /v1.
func New(o Options) *Server {
	if o.Clock == nil {
		o.Clock = NewRunningClock(0)
	}
	s := &Server{
		options: o, mux: http.NewServeMux(), closed: make(chan struct{}),
		store: newStore(o.Seed), policy: o.Policy, buckets: map[string]*bucket{},
	}
	k, value := s.store.addAdminKey(s.store.addOrganization(o.Clock.Now()), "Bootstrap", o.Clock.Now())
	s.adminKeyID, s.adminValue = k.id, value
	for _, area := range routes() {
		for _, rt := range area {
			s.mux.HandleFunc(rt.method+" "+BasePath+rt.pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, rt) })
		}
	}
	s.mux.HandleFunc("/", s.serveUnknown)
	return s
}

// Start serves a new simulator on a loopback address until the test ends. The
// test fails if a route was called that the simulator does not have.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := New(o)
	server := httptest.NewServer(s)
	s.url = server.URL + BasePath
	t.Cleanup(func() {
		s.Close()
		server.Close()
		for _, route := range s.UnknownRoutes() {
			t.Errorf("openaisim: unknown route called: %s", route)
		}
	})
	return s
}

// Close frees requests that a fault holds back; it does not stop listening.
func (s *Server) Close() { s.close.Do(func() { close(s.closed) }) }

// URL is the base URL ending in /v1 of a simulator made by [Start], otherwise "".
func (s *Server) URL() string { return s.url }

// Clock is the clock the simulator lives by, never nil.
func (s *Server) Clock() *Clock { return s.options.Clock }

// AdminKey is the plaintext of the first organization's first admin key.
func (s *Server) AdminKey() string {
	return s.adminValue
}

// AdminKeyID is the id of the key [Server.AdminKey] returns.
func (s *Server) AdminKeyID() string {
	return s.adminKeyID
}

// UnknownRoutes lists calls that no route answers, as "METHOD path".
func (s *Server) UnknownRoutes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unknown)
}

// Reset forgets all objects, requests and faults, and puts the policy back to the
// one of the Options. The first organization stays, with its first admin key and
// its default project. The clock runs on and no id or secret is used again.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.reset()
	s.policy = s.options.Policy
	s.faults, s.journal, s.unknown = nil, nil, nil
	s.global, s.buckets = bucket{}, map[string]*bucket{}
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The standard multiplexer would redirect an unclean path and answer HEAD
	// like GET; the API does neither.
	if strings.Contains(r.URL.Path, "//") || strings.Contains(r.URL.Path, "/.") || r.Method == http.MethodHead {
		s.serveUnknown(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, rt route) {
	body, tooLarge := readAll(w, r)
	s.mu.Lock()
	c := &call{r: r, operation: rt.operation, now: s.options.Clock.Now(), body: body}
	e := newEntry(c, s.stamp(w, c.now))
	a := s.work(c, &e, rt, tooLarge)
	a = c.fault.apply(c, a)
	e.Status = a.status
	if c.fault != nil {
		e.Fault = c.fault.Kind
		switch c.fault.Kind {
		case CutBefore, CutAfter, HangBefore, HangAfter:
			e.Status = 0
		}
	}
	s.journal = append(s.journal, e)
	s.mu.Unlock()
	s.send(w, r, c.fault, a)
}

// work admits the request, lets a fault step in and does what was asked.
func (s *Server) work(c *call, e *Entry, rt route, tooLarge bool) answer {
	if rt.operation != OpInferenceModels {
		k, bad := s.admit(c)
		if k != nil {
			c.org = k.org
			e.AdminKeyID, e.Organization = k.id, k.org.id
		}
		if bad != nil {
			return bad.answer()
		}
		if wait, over := s.throttle(c); over {
			e.Throttled = true
			a := tooMany().answer()
			if s.options.RetryAfter {
				a.retryAfter(max(wait, time.Second))
			}
			return a
		}
	}
	if c.fault = s.pickFault(c); c.fault.before() {
		return answer{}
	}
	if tooLarge {
		return (&problem{status: http.StatusRequestEntityTooLarge, typ: invalidRequest, message: "The body of the request is too large"}).answer()
	}
	var former any
	if c.fault.is(FormerAnswer) {
		former = s.shown(c)
	}
	result, bad := rt.serve(s, c)
	if bad != nil {
		return bad.answer()
	}
	s.record(c, e.AdminKeyID, result)
	switch {
	case former != nil:
		result = former
	case c.fault.is(Crossed):
		result = s.crossed(c, result)
	}
	if e.ObjectID == e.ProjectID || isCreate(c.operation) {
		e.ObjectID = createdID(result, e.ObjectID)
	}
	status := http.StatusOK
	if isCreate(c.operation) && s.policy.Created201 {
		status = http.StatusCreated
	}
	return jsonAnswer(status, result)
}

func createdID(result any, otherwise string) string {
	switch v := result.(type) {
	case wireProject:
		return v.ID
	case wireNewAccount:
		return v.ID
	case wireNewKey:
		return v.ID
	case wireNewAdminKey:
		return v.ID
	}
	return otherwise
}

func (s *Server) serveUnknown(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	now := s.options.Clock.Now()
	c := &call{r: r, now: now}
	e := newEntry(c, s.stamp(w, now))
	e.Status = http.StatusNotImplemented
	s.journal = append(s.journal, e)
	s.unknown = append(s.unknown, r.Method+" "+r.URL.Path)
	s.mu.Unlock()
	s.send(w, r, nil, notModelled(r.Method, r.URL.Path).answer())
}

// stamp sets the headers every answer has. The Date is ours, because net/http
// would send the real one.
func (s *Server) stamp(w http.ResponseWriter, now time.Time) (requestID string) {
	s.requests++
	requestID = fmt.Sprintf("req_sim%08d", s.requests)
	w.Header().Set("X-Request-Id", requestID)
	switch s.policy.Date {
	case "":
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	case NoDate:
		w.Header()["Date"] = nil // keeps net/http from sending its own
	default:
		w.Header().Set("Date", s.policy.Date)
	}
	return requestID
}

func readAll(w http.ResponseWriter, r *http.Request) (body []byte, tooLarge bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var limit *http.MaxBytesError
	return body, errors.As(err, &limit)
}
