// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"bytes"
	"encoding/json"
	"mime"
	"slices"
)

// Fields is a request body, name by name.
type Fields map[string]json.RawMessage

// Reading says what of a request is refused.
type Reading struct {
	Optional bool // a body may be missing or null
	Lenient  bool // unknown fields are ignored
}

// ReadFields decodes the body and refuses fields that are not known.
func (c *Call) ReadFields(how Reading, known ...string) (Fields, *Problem) {
	body := bytes.TrimSpace(c.Body)
	if len(body) == 0 || how.Optional && string(body) == "null" {
		if how.Optional {
			return Fields{}, nil
		}
		return nil, BadRequest("", "The request has no body; a JSON object is expected")
	}
	if kind, _, _ := mime.ParseMediaType(c.Request.Header.Get("Content-Type")); kind != "application/json" {
		return nil, BadRequest("", "The Content-Type of the request must be application/json")
	}
	var f Fields
	if err := json.Unmarshal(body, &f); err != nil || f == nil {
		return nil, BadRequest("", "The body of the request is not a JSON object")
	}
	if !how.Lenient {
		for name := range f {
			if !slices.Contains(known, name) {
				return nil, BadRequest(name, "Unknown request field: %s", name)
			}
		}
	}
	return f, nil
}

// CheckQuery refuses query parameters that are not known.
func (c *Call) CheckQuery(known ...string) *Problem {
	for name := range c.Request.URL.Query() {
		if !slices.Contains(known, name) {
			return BadRequest(name, "Unknown query parameter: %s", name)
		}
	}
	return nil
}

// Has reports whether the field was sent.
func (f Fields) Has(name string) bool { _, ok := f[name]; return ok }

// IsNull reports whether the field was sent as null.
func (f Fields) IsNull(name string) bool { return f.Has(name) && string(f[name]) == "null" }

// Text reads a string that must not be empty; "" means the field was not sent.
func (f Fields) Text(name string) (string, *Problem) {
	if !f.Has(name) {
		return "", nil
	}
	var v *string
	if err := json.Unmarshal(f[name], &v); err != nil || v == nil {
		return "", BadRequest(name, "%s must be a string", name)
	}
	if *v == "" {
		return "", BadRequest(name, "%s must not be empty", name)
	}
	return *v, nil
}

// NullableText is Text for a field that may be null, read as not sent.
func (f Fields) NullableText(name string) (string, *Problem) {
	if f.IsNull(name) {
		return "", nil
	}
	return f.Text(name)
}

// RequiredText is Text for a field that must be there.
func (f Fields) RequiredText(name string) (string, *Problem) {
	if !f.Has(name) {
		return "", BadRequest(name, "%s is required", name)
	}
	return f.Text(name)
}
