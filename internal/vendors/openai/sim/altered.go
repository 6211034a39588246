// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// The faults whose answer has the usual form but says something else.

// gone is the usual refusal of a request whose object is not there.
func (c *call) gone(status int, code string) *problem {
	p := byStatus(status, code)
	switch id := c.objectID(); {
	case c.path("key_id") != "":
		p = notFound("admin API key", id)
	case c.path("api_key_id") != "":
		p = notFound("API key", id)
	case c.path("service_account_id") != "":
		p = notFound("service account", id)
	case id != "":
		p = projectNotFound(id)
	}
	return p
}

// shown is the object of the path as a GET would answer it now, nil when it is not there.
func (s *Server) shown(c *call) any {
	switch {
	case c.path("key_id") != "":
		if k, bad := s.adminKey(c); bad == nil {
			return k.wire()
		}
	case c.path("api_key_id") != "":
		if k, bad := s.key(c); bad == nil {
			return s.wireKey(k)
		}
	case c.path("service_account_id") != "":
		if a, bad := s.account(c); bad == nil {
			return a.wire()
		}
	default:
		if p, bad := s.project(c); bad == nil {
			return s.wireProject(p)
		}
	}
	return nil
}

// crossed is the answer about another object of the kind. Where there is none, it is the
// usual answer under an invented id.
func (s *Server) crossed(c *call, result any) any {
	if deleted, ok := result.(wireDeleted); ok {
		deleted.ID = s.otherID(c)
		return deleted
	}
	id := s.otherID(c)
	for _, p := range s.store.projects {
		if p.id == id {
			return s.wireProject(p)
		}
	}
	if a, ok := find(s.store.accounts, id); ok {
		return a.wire()
	}
	if k, ok := find(s.store.keys, id); ok {
		return s.wireKey(k)
	}
	if k, ok := find(s.store.adminKeys, id); ok {
		return k.wire()
	}
	out := asMap(result)
	out["id"] = id
	return out
}

func (s *Server) otherID(c *call) string {
	if c.fault.OtherID != "" {
		return c.fault.OtherID
	}
	asked, id := c.objectID(), ""
	switch {
	case c.path("key_id") != "":
		id = lastOther(s.store.adminKeys, asked, func(k *adminKey) bool { return k.org == c.org })
	case c.path("api_key_id") != "":
		id = lastOther(s.store.keys, asked, func(k *key) bool { return k.project.org == c.org })
	case c.path("service_account_id") != "":
		id = lastOther(s.store.accounts, asked, func(a *account) bool { return a.project.org == c.org })
	default:
		id = lastOther(s.store.projects, asked, func(p *project) bool { return p.org == c.org })
	}
	if id == "" {
		id = s.store.newID(idPrefix(asked))
	}
	return id
}

func lastOther[T listed](all []T, asked string, own func(T) bool) (id string) {
	for _, o := range all {
		if o.ident() != asked && own(o) {
			id = o.ident()
		}
	}
	return id
}

// idPrefix is the part of an id that says what it names.
func idPrefix(id string) string {
	if i := strings.IndexAny(id, "_-"); i >= 0 {
		return id[:i+1]
	}
	return ""
}

// fill makes a page of a list without end: invented objects follow the real ones.
func (s *Server) fill(page *wireList, like any, limit int) {
	for len(page.Data) < limit {
		o := asMap(like)
		id := s.store.newID(idPrefix(fmt.Sprint(o["id"])))
		o["id"] = id
		if page.FirstID == nil {
			page.FirstID = &id
		}
		page.LastID = &id
		page.Data = append(page.Data, o)
	}
	page.HasMore = true
}

// altered is an answer of the usual form after a change of each of its objects.
func altered(body []byte, change func(map[string]any)) []byte {
	out := decodeObject(body)
	if out == nil {
		return body
	}
	if rows, ok := out["data"].([]any); ok {
		for _, row := range rows {
			if o, ok := row.(map[string]any); ok {
				change(o)
			}
		}
	} else {
		change(out)
	}
	return jsonAnswer(0, out).body
}

func (f *activeFault) alter(o map[string]any) {
	for name, value := range f.Set {
		if in, last := reach(o, name); in != nil {
			in[last] = value
		}
	}
	for _, name := range f.Omit {
		if in, last := reach(o, name); in != nil {
			delete(in, last)
		}
	}
}

// reach is the object that holds a dotted name, and the name in it.
func reach(o map[string]any, name string) (in map[string]any, last string) {
	for {
		first, rest, deeper := strings.Cut(name, ".")
		if !deeper {
			return o, name
		}
		next, ok := o[first].(map[string]any)
		if !ok {
			return nil, ""
		}
		o, name = next, rest
	}
}

// inMilliseconds rewrites the times of an object and of those inside it.
func inMilliseconds(o map[string]any) {
	for name, v := range o {
		switch v := v.(type) {
		case map[string]any:
			inMilliseconds(v)
		case json.Number:
			if strings.HasSuffix(name, "_at") {
				o[name] = json.Number(v.String() + "000")
			}
		}
	}
}

func asMap(v any) map[string]any { return decodeObject(jsonAnswer(0, v).body) }

// decodeObject keeps numbers as they are written; nil means that it is no JSON object.
func decodeObject(body []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var out map[string]any
	if d.Decode(&out) != nil {
		return nil
	}
	return out
}

// echoed is a message of a gateway that repeats the credential in many writings.
const echoed = "Upstream refused Authorization: Bearer {credential} (Bearer%20{credential}, key_{credential},\n{credential}\\n{credential})"

// blockPage is what a corporate gateway answers in place of the API.
const blockPage = `<!DOCTYPE html>
<html><head><title>Access Denied</title></head>
<body><h1>Web Page Blocked</h1><p>Access to this page was blocked by the policy of the company. Ticket 0815.</p></body></html>
`
