// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Entry is one request as the simulator saw it. It never holds the credential,
// nor what [API.Private] calls a secret.
type Entry struct {
	Time         time.Time      `json:"time"` // by the simulator's clock
	Operation    string         `json:"operation"`
	Method       string         `json:"method"`
	Path         string         `json:"path"`
	Query        url.Values     `json:"query,omitempty"`
	Fields       map[string]any `json:"fields,omitempty"` // the request body decoded; what is missing was not sent
	Header       http.Header    `json:"header,omitempty"` // of the request, without its credential
	RequestID    string         `json:"request_id"`
	Organization string         `json:"organization,omitempty"`
	CredentialID string         `json:"credential_id,omitempty"`
	ParentID     string         `json:"parent_id,omitempty"` // as named in the path
	ObjectID     string         `json:"object_id,omitempty"` // the object named in the request or created
	Status       int            `json:"status"`              // as sent; 0 = no answer
	Fault        FaultKind      `json:"fault,omitempty"`
	Throttled    bool           `json:"throttled,omitempty"`
}

// maxJournal bounds the journal: a client that reads a list without end would fill the memory.
const maxJournal = 100_000

// record writes an entry. The oldest half goes where there are too many.
func (e *Engine) record(entry Entry) {
	if len(e.journal) >= maxJournal {
		e.journal = slices.Clone(e.journal[maxJournal/2:])
	}
	e.journal = append(e.journal, entry)
}

// Journal returns a copy of all requests so far in the order of their work, the latest ones of very many.
// An entry is written before its answer is sent.
func (e *Engine) Journal() []Entry {
	e.Lock()
	defer e.Unlock()
	out := slices.Clone(e.journal)
	for i := range out {
		out[i].Query = maps.Clone(out[i].Query)
		out[i].Fields = maps.Clone(out[i].Fields)
		out[i].Header = out[i].Header.Clone()
	}
	return out
}

// ResetJournal forgets all requests so far.
func (e *Engine) ResetJournal() {
	e.Lock()
	defer e.Unlock()
	e.journal = nil
}

// Count says how many requests for an operation came in, refused, throttled and
// cut ones included; "" counts all.
func (e *Engine) Count(operation string) int {
	e.Lock()
	defer e.Unlock()
	n := 0
	for _, entry := range e.journal {
		if operation == "" || entry.Operation == operation {
			n++
		}
	}
	return n
}

// credentialHeaders never reach the journal, whichever of them a vendor reads.
var credentialHeaders = []string{"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "Xi-Api-Key", "Api-Key"}

const stripped = "[secret]"

func (e *Engine) newEntry(c *Call, requestID string) Entry {
	credential := e.api.Credential(c.Request)
	clean := func(text string) string { return e.clean(text, credential) }
	entry := Entry{
		Time: c.Now, Operation: c.Operation, Method: c.Request.Method, Path: clean(c.Request.URL.Path),
		Query: c.Request.URL.Query(), Header: c.Request.Header.Clone(), RequestID: requestID,
		ParentID: clean(c.ParentID()), ObjectID: clean(c.ObjectID()),
	}
	for _, name := range slices.Concat(credentialHeaders, e.api.Private.Headers) {
		entry.Header.Del(name)
	}
	for _, name := range e.api.Private.Fields {
		if entry.Query.Has(name) {
			entry.Query.Set(name, stripped)
		}
	}
	cleanLists(entry.Query, clean)
	cleanLists(entry.Header, clean)
	if json.Unmarshal(c.Body, &entry.Fields) != nil {
		entry.Fields = nil // no JSON object, no fields
	}
	for _, name := range e.api.Private.Fields {
		in, last := reach(entry.Fields, name)
		if _, ok := in[last]; ok {
			in[last] = stripped
		}
	}
	cleanAll(entry.Fields, clean)
	return entry
}

// clean takes secrets out of a text.
func (e *Engine) clean(text, credential string) string {
	// A shorter text is no secret, and would be found by accident.
	if len(credential) >= 8 {
		text = strings.ReplaceAll(text, credential, stripped)
	}
	if e.api.Private.Pattern != nil {
		text = e.api.Private.Pattern.ReplaceAllLiteralString(text, stripped)
	}
	return text
}

// cleanLists cleans the values of headers or query parameters, and their names.
func cleanLists(lists map[string][]string, clean func(string) string) {
	for _, name := range slices.Collect(maps.Keys(lists)) {
		values := lists[name]
		for i := range values {
			values[i] = clean(values[i])
		}
		delete(lists, name)
		lists[clean(name)] = values
	}
}

// cleanAll cleans every text of a decoded JSON value, names of fields too.
func cleanAll(v any, clean func(string) string) any {
	switch v := v.(type) {
	case string:
		return clean(v)
	case []any:
		for i := range v {
			v[i] = cleanAll(v[i], clean)
		}
	case map[string]any:
		for _, name := range slices.Collect(maps.Keys(v)) {
			value := cleanAll(v[name], clean)
			delete(v, name)
			v[clean(name)] = value
		}
	}
	return v
}
