// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Entry is one request as the simulator saw it. It never holds the credential.
type Entry struct {
	Time         time.Time      `json:"time"` // by the simulator's clock
	Operation    string         `json:"operation"`
	Method       string         `json:"method"`
	Path         string         `json:"path"`
	Query        url.Values     `json:"query,omitempty"`
	Fields       map[string]any `json:"fields,omitempty"` // the request body decoded; what is missing was not sent
	Header       http.Header    `json:"header,omitempty"` // of the request, without Authorization
	RequestID    string         `json:"request_id"`
	Organization string         `json:"organization,omitempty"`
	AdminKeyID   string         `json:"admin_key_id,omitempty"`
	ProjectID    string         `json:"project_id,omitempty"` // as named in the path
	ObjectID     string         `json:"object_id,omitempty"`  // the object named in the path or created
	Status       int            `json:"status"`               // as sent; 0 = no answer
	Fault        FaultKind      `json:"fault,omitempty"`
	Throttled    bool           `json:"throttled,omitempty"`
}

// Journal returns a copy of all requests so far in the order of their work.
// An entry is there before its answer is on the way.
func (s *Server) Journal() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.journal)
	for i := range out {
		out[i].Query = maps.Clone(out[i].Query)
		out[i].Fields = maps.Clone(out[i].Fields)
		out[i].Header = out[i].Header.Clone()
	}
	return out
}

// ResetJournal forgets all requests so far.
func (s *Server) ResetJournal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal = nil
}

// Count tells how many requests for an operation came in, refused, throttled and
// cut ones included; "" counts all.
func (s *Server) Count(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.journal {
		if operation == "" || e.Operation == operation {
			n++
		}
	}
	return n
}

func newEntry(c *call, requestID string) Entry {
	e := Entry{
		Time: c.now, Operation: c.operation, Method: c.r.Method, Path: c.r.URL.Path,
		Query: c.r.URL.Query(), Header: c.r.Header.Clone(), RequestID: requestID,
		ProjectID: c.path("project_id"),
	}
	e.Header.Del("Authorization")
	e.ObjectID = c.objectID()
	_ = json.Unmarshal(c.body, &e.Fields) // no JSON object, no fields
	return e
}
