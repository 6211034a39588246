// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"time"
)

// maxBody is the largest request body read, in bytes.
const maxBody = 1 << 20

// maxExpiry is the upper bound of expires_in_seconds: 365 days.
const maxExpiry = 31_536_000

// call is one request on its way through a handler.
type call struct {
	r         *http.Request
	operation string
	now       time.Time
	body      []byte
	org       *organization // nil on the inference side
	fault     *activeFault  // nil when no rule fires
}

func (c *call) path(name string) string { return c.r.PathValue(name) }

// objectID is the innermost object named in the path, "" = none.
func (c *call) objectID() (id string) {
	for _, name := range []string{"project_id", "service_account_id", "api_key_id", "key_id"} {
		if v := c.path(name); v != "" {
			id = v
		}
	}
	return id
}

// sends tells whether the request has such a query parameter or body field.
func (c *call) sends(name string) bool {
	if c.r.URL.Query().Has(name) {
		return true
	}
	_, ok := decodeObject(c.body)[name]
	return ok
}

// checkQuery refuses parameters the endpoint does not have.
func (s *Server) checkQuery(c *call, known ...string) *problem {
	if s.policy.LenientFields {
		return nil
	}
	for name := range c.r.URL.Query() {
		if !slices.Contains(known, name) {
			return badRequest(name, "Unknown query parameter: %s", name)
		}
	}
	return nil
}

// fields is a request body, name by name.
type fields map[string]json.RawMessage

// readBody decodes the body and refuses fields the endpoint does not have. Where the
// body is optional, null is none.
func (s *Server) readBody(c *call, optional bool, known ...string) (fields, *problem) {
	body := bytes.TrimSpace(c.body)
	if len(body) == 0 || optional && string(body) == "null" {
		if optional {
			return fields{}, nil
		}
		return nil, badRequest("", "The request has no body; a JSON object is expected")
	}
	if kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); kind != "application/json" {
		return nil, badRequest("", "The Content-Type of the request must be application/json")
	}
	var f fields
	if err := json.Unmarshal(body, &f); err != nil || f == nil {
		return nil, badRequest("", "The body of the request is not a JSON object")
	}
	if !s.policy.LenientFields {
		for name := range f {
			if !slices.Contains(known, name) {
				return nil, badRequest(name, "Unknown request field: %s", name)
			}
		}
	}
	return f, nil
}

func (f fields) has(name string) bool { _, ok := f[name]; return ok }

func (f fields) isNull(name string) bool { return f.has(name) && string(f[name]) == "null" }

// text reads a string that must not be empty; "" means the field was not sent.
func (f fields) text(name string) (string, *problem) {
	if !f.has(name) {
		return "", nil
	}
	var v *string
	if err := json.Unmarshal(f[name], &v); err != nil || v == nil {
		return "", badRequest(name, "%s must be a string", name)
	}
	if *v == "" {
		return "", badRequest(name, "%s must not be empty", name)
	}
	return *v, nil
}

// nullableText is text for a field that may be null, read as not sent.
func (f fields) nullableText(name string) (string, *problem) {
	if f.isNull(name) {
		return "", nil
	}
	return f.text(name)
}

// name is the required name of a new object.
func (f fields) name() (string, *problem) {
	if !f.has("name") {
		return "", badRequest("name", "name is required")
	}
	return f.text("name")
}

// seconds reads expires_in_seconds; 0 means that none was asked for.
func (f fields) seconds(nullable bool) (int64, *problem) {
	const name = "expires_in_seconds"
	if !f.has(name) || nullable && f.isNull(name) {
		return 0, nil
	}
	var v *int64
	if err := json.Unmarshal(f[name], &v); err != nil || v == nil {
		return 0, badRequest(name, "%s must be an integer", name)
	}
	if *v < 1 || *v > maxExpiry {
		return 0, badRequest(name, "%s is %d, but must be between 1 and %d", name, *v, maxExpiry)
	}
	return *v, nil
}

// scopes reads the scopes; none left or an empty list is an unrestricted key.
func (f fields) scopes() ([]string, *problem) {
	const name = "scopes"
	if !f.has(name) {
		return nil, nil
	}
	var v []*string
	if err := json.Unmarshal(f[name], &v); err != nil || f.isNull(name) {
		return nil, badRequest(name, "%s must be an array of strings", name)
	}
	var out []string
	for _, scope := range v {
		if scope == nil || *scope == "" {
			return nil, badRequest(name, "%s must be an array of strings that are not empty", name)
		}
		out = append(out, *scope)
	}
	return out, nil
}
