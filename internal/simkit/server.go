// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// maxBody is the largest request body read, in bytes.
const maxBody = 1 << 20

// Options says how a simulator behaves. The zero value is a fast, unlimited one.
// Policy holds a vendor's own switches.
type Options[Policy any] struct {
	Clock      *Clock        // nil = real time
	Seed       uint64        // same seed, same ids and secrets; 0 = random
	Policy     Policy        // see [Server.SetPolicy]
	PerMinute  int           // requests per minute, organization and operation, with as large a burst; 0 = no limit
	PerSecond  int           // requests per second over all operations, 0 = no limit
	RetryAfter bool          // send Retry-After with a 429
	MaxPage    int           // largest page whatever a request asks for, 0 = as asked
	Latency    time.Duration // added to every answer, in real time
}

// Engine is the part of a simulator that knows no vendor. It is safe for
// concurrent use. Its lock guards the vendor's store too.
type Engine struct {
	sync.Mutex
	Issuer *Issuer // ids and secrets of the vendor's objects, under the lock

	api      API
	clock    *Clock
	maxPage  int
	latency  time.Duration
	retry    bool
	mux      *http.ServeMux
	closed   chan struct{} // closed when the server goes down, to free held answers
	close    sync.Once
	url      string
	switches policyBox // for the control handler

	perMinute, perSecond int
	global               bucket
	buckets              map[string]*bucket
	date                 string // see [Engine.SetDate]
	faults               []*activeFault
	journal              []Entry
	unknown              []string
	requests             int
}

// Server is an engine with the switches of a vendor. A vendor's simulator embeds
// it and adds its store.
type Server[Policy any] struct {
	*Engine
	policy, initial Policy
}

// New makes a simulator of an API. It is an [http.Handler] for everything below
// the base path.
func New[Policy any](api API, o Options[Policy]) *Server[Policy] {
	e := &Engine{
		Issuer: newIssuer(o.Seed), api: api, clock: o.Clock, maxPage: o.MaxPage, latency: o.Latency, retry: o.RetryAfter,
		mux: http.NewServeMux(), closed: make(chan struct{}),
		perMinute: o.PerMinute, perSecond: o.PerSecond, buckets: map[string]*bucket{},
	}
	if e.clock == nil {
		e.clock = NewRunningClock(0)
	}
	if e.api.Credential == nil {
		e.api.Credential = Bearer
	}
	if e.api.IDFields == nil {
		e.api.IDFields = []string{"id"}
	}
	if e.api.Rows == nil {
		e.api.Rows = []string{"data"}
	}
	for _, rt := range api.Routes {
		e.mux.HandleFunc(rt.Method+" "+api.BasePath+rt.Pattern, func(w http.ResponseWriter, r *http.Request) { e.serve(w, r, &rt) })
	}
	e.mux.HandleFunc("/", e.serveUnknown)
	s := &Server[Policy]{Engine: e, policy: o.Policy, initial: o.Policy}
	e.switches = s
	return s
}

// Start serves on a loopback address until the test ends. The test fails if a
// route was called that the simulator does not have.
func (e *Engine) Start(t testing.TB) {
	t.Helper()
	server := httptest.NewServer(e)
	e.url = server.URL + e.api.BasePath
	t.Cleanup(func() {
		e.Close()
		server.Close()
		for _, route := range e.UnknownRoutes() {
			t.Errorf("%s: unknown route called: %s", e.api.Name, route)
		}
	})
}

// Close frees requests that a fault holds back; it does not stop listening.
func (e *Engine) Close() { e.close.Do(func() { close(e.closed) }) }

// URL is the base URL after [Engine.Start], otherwise "".
func (e *Engine) URL() string { return e.url }

// BasePath is where the API begins.
func (e *Engine) BasePath() string { return e.api.BasePath }

// Clock is the clock the simulator lives by, never nil.
func (e *Engine) Clock() *Clock { return e.clock }

// SetDate sets the Date header of every answer: "" for the simulator's time, [NoDate] for no
// such header.
func (e *Engine) SetDate(value string) {
	e.Lock()
	defer e.Unlock()
	e.date = value
}

// UnknownRoutes lists calls that no route answers, as "METHOD path".
func (e *Engine) UnknownRoutes() []string {
	e.Lock()
	defer e.Unlock()
	return slices.Clone(e.unknown)
}

// Secrets returns every plaintext ever issued, those of deleted keys included, so
// that a test can look for them where they must not be.
func (e *Engine) Secrets() []string {
	e.Lock()
	defer e.Unlock()
	return slices.Clone(e.Issuer.issued)
}

// Reset forgets all objects, requests and faults, and puts the policy back to the
// one of the Options. The clock runs on and no id or secret is used again.
func (s *Server[Policy]) Reset() {
	s.Lock()
	defer s.Unlock()
	if s.api.Reset != nil {
		s.api.Reset()
	}
	s.policy = s.initial
	s.date, s.faults, s.journal, s.unknown = "", nil, nil, nil
	s.global, s.buckets = bucket{}, map[string]*bucket{}
}

// Policy returns a copy of the switches as they are now.
func (s *Server[Policy]) Policy() Policy {
	s.Lock()
	defer s.Unlock()
	return copied(s.policy)
}

// SetPolicy changes the switches while the server runs. The function must not
// call back into the server.
func (s *Server[Policy]) SetPolicy(change func(*Policy)) {
	s.Lock()
	defer s.Unlock()
	change(&s.policy)
}

// InForce are the switches for a handler, which holds the lock.
func (s *Server[Policy]) InForce() *Policy { return &s.policy }

// policyBox is a policy whatever its type.
type policyBox interface {
	edit(change func(policy any) error) error
	Reset()
}

// edit puts a changed copy in force, or none after an error.
func (s *Server[Policy]) edit(change func(policy any) error) error {
	s.Lock()
	defer s.Unlock()
	next := copied(s.policy)
	if err := change(&next); err != nil {
		return err
	}
	s.policy = next
	return nil
}

// copied shares no map with the original.
func copied[T any](v T) T {
	object := reflect.ValueOf(&v).Elem()
	if object.Kind() != reflect.Struct {
		return v
	}
	for i := range object.NumField() {
		field := object.Field(i)
		if field.Kind() != reflect.Map || field.IsNil() || !field.CanSet() {
			continue
		}
		out := reflect.MakeMap(field.Type())
		for entry := field.MapRange(); entry.Next(); {
			out.SetMapIndex(entry.Key(), entry.Value())
		}
		field.Set(out)
	}
	return v
}

// ServeHTTP implements [http.Handler].
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The standard multiplexer would redirect an unclean path and answer HEAD
	// like GET; an API does neither.
	if strings.Contains(r.URL.Path, "//") || strings.Contains(r.URL.Path, "/.") || r.Method == http.MethodHead {
		e.serveUnknown(w, r)
		return
	}
	e.mux.ServeHTTP(w, r)
}

func (e *Engine) serve(w http.ResponseWriter, r *http.Request, rt *Route) {
	body, tooLarge := readAll(w, r)
	e.Lock()
	c := &Call{Request: r, Operation: rt.Operation, Now: e.clock.Now(), Body: body, engine: e, route: rt}
	entry := e.newEntry(c, e.stamp(w, c.Now))
	a := e.work(c, &entry, tooLarge)
	a = c.fault.apply(c, a)
	entry.Status = a.status
	if c.fault != nil {
		entry.Fault = c.fault.Kind
		switch c.fault.Kind {
		case CutBefore, CutAfter, HangBefore, HangAfter:
			entry.Status = 0
		}
	}
	e.record(entry)
	e.Unlock()
	e.send(w, r, c.fault, a)
}

// work admits the request, lets a fault step in and does what was asked.
func (e *Engine) work(c *Call, entry *Entry, tooLarge bool) answer {
	if !c.route.Open {
		bad := e.api.Admit(c)
		entry.CredentialID, entry.Organization = c.CredentialID, c.Organization
		if bad != nil {
			return e.refusal(bad)
		}
		if wait, over := e.throttle(c); over {
			entry.Throttled = true
			a := e.refusal(e.api.Usual(http.StatusTooManyRequests, ""))
			if e.retry {
				a.retryAfter(max(wait, time.Second))
			}
			return a
		}
	}
	if c.fault = e.pickFault(c); c.fault.before() {
		return answer{}
	}
	if tooLarge {
		bad := e.api.Usual(http.StatusRequestEntityTooLarge, "")
		bad.Message = "The body of the request is too large"
		return e.refusal(bad)
	}
	var former any
	if c.fault.is(FormerAnswer) && e.api.Shown != nil {
		former = e.api.Shown(c)
	}
	result, bad := c.route.Serve(c)
	if bad != nil {
		return e.refusal(bad)
	}
	if c.does("create") {
		entry.ObjectID = cmp.Or(e.idOf(result), entry.ObjectID)
	}
	switch {
	case former != nil:
		result = former
	case c.fault.is(Crossed):
		result = e.crossed(c, result)
	}
	if result == nil {
		return answer{status: cmp.Or(c.Status, http.StatusNoContent), header: map[string]string{}}
	}
	return jsonAnswer(cmp.Or(c.Status, http.StatusOK), result)
}

func (e *Engine) serveUnknown(w http.ResponseWriter, r *http.Request) {
	e.Lock()
	now := e.clock.Now()
	entry := e.newEntry(&Call{Request: r, Now: now, engine: e}, e.stamp(w, now))
	bad := Refused(http.StatusNotImplemented, "The simulator has no %s %s", r.Method, r.URL.Path)
	bad.Type, bad.Code = "simulator_error", "not_modelled"
	if !strings.HasPrefix(r.URL.Path, e.api.BasePath) { // a user's typo, answered as the API does
		bad = Refused(http.StatusNotFound, "There is nothing at %s", r.URL.Path)
	}
	entry.Status = bad.Status
	e.record(entry)
	e.unknown = append(e.unknown, r.Method+" "+r.URL.Path)
	a := e.refusal(bad)
	e.Unlock()
	e.send(w, r, nil, a)
}

// stamp sets the headers every answer has. The Date is ours, because net/http
// would send the real one.
func (e *Engine) stamp(w http.ResponseWriter, now time.Time) (requestID string) {
	e.requests++
	requestID = fmt.Sprintf("req_sim%08d", e.requests)
	w.Header().Set("X-Request-Id", requestID)
	switch date := e.date; date {
	case "":
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	case NoDate:
		w.Header()["Date"] = nil // keeps net/http from sending its own
	default:
		w.Header().Set("Date", date)
	}
	return requestID
}

func readAll(w http.ResponseWriter, r *http.Request) (body []byte, tooLarge bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var limit *http.MaxBytesError
	return body, errors.As(err, &limit)
}
