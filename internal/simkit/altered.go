// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
)

// The faults whose answer has the usual form but says something else.

// crossed is the answer about another object of the kind. Where there is none, it is the
// usual answer under an invented id.
func (e *Engine) crossed(c *Call, result any) any {
	if result == nil {
		return nil
	}
	var other any
	if e.api.Other != nil {
		other = e.api.Other(c, c.fault.OtherID)
	}
	if other != nil && !c.does("delete") {
		return other
	}
	id := c.fault.OtherID
	if other != nil {
		id = cmp.Or(id, e.idOf(other))
	}
	if id == "" {
		id = e.Issuer.ID(idPrefix(c.ObjectID()))
	}
	out := asMap(result)
	e.setID(out, id)
	return out
}

// idOf is the id that an answer or a row shows, "" = none.
func (e *Engine) idOf(result any) string {
	in, last := e.reachID(asMap(result))
	id, _ := in[last].(string)
	return id
}

func (e *Engine) setID(answer map[string]any, id string) {
	if in, last := e.reachID(answer); in != nil {
		in[last] = id
	}
}

// reachID is the object that holds the id of an answer, and its name there: the first of
// the API's that the answer has, else the last.
func (e *Engine) reachID(answer map[string]any) (in map[string]any, last string) {
	object := e.unwrapped(answer)
	for _, name := range e.api.IDFields {
		in, last = reach(object, name)
		if _, ok := in[last]; ok {
			break
		}
	}
	return in, last
}

// unwrapped is the object that an answer is about.
func (e *Engine) unwrapped(answer map[string]any) map[string]any {
	if inner, ok := answer[e.api.Wrapper].(map[string]any); ok {
		return inner
	}
	return answer
}

// idPrefix is the part of an id that says what it names.
func idPrefix(id string) string {
	if i := strings.IndexAny(id, "_-"); i >= 0 {
		return id[:i+1]
	}
	return ""
}

// altered is an answer of the usual form after a change of each of its objects.
func (e *Engine) altered(body []byte, change func(map[string]any)) []byte {
	switch out := decoded(body).(type) {
	case []any:
		changeRows(out, change)
		return jsonAnswer(0, out).body
	case map[string]any:
		list := false
		for _, name := range e.api.Rows {
			rows, ok := out[name].([]any)
			list = list || ok
			changeRows(rows, change)
		}
		if !list {
			change(e.unwrapped(out))
		}
		return jsonAnswer(0, out).body
	}
	return body
}

func changeRows(rows []any, change func(map[string]any)) {
	for _, row := range rows {
		if o, ok := row.(map[string]any); ok {
			change(o)
		}
	}
}

// withoutSecrets is an answer without the fields that show a secret.
func (e *Engine) withoutSecrets(body []byte) []byte {
	out := decodeObject(body)
	if out == nil {
		return body
	}
	omit(out, e.api.SecretFields)
	return jsonAnswer(0, out).body
}

func (f *activeFault) alter(o map[string]any) {
	for name, value := range f.Set {
		if in, last := reach(o, name); in != nil {
			in[last] = value
		}
	}
	omit(o, f.Omit)
}

// omit leaves out the fields with these dotted names.
func omit(o map[string]any, names []string) {
	for _, name := range names {
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

// decodeObject is a decoded JSON object, nil where it is none.
func decodeObject(body []byte) map[string]any {
	out, _ := decoded(body).(map[string]any)
	return out
}

// decoded keeps numbers as they are written; nil means that it is no JSON.
func decoded(body []byte) (out any) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
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
