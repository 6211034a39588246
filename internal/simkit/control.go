// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Control is the handler behind /_sim/, which looks into and steers a simulator
// that runs as a process of its own. It asks for no credential and shows plaintext
// secrets: serve it on loopback only.
//
//	GET    /_sim/state    what [API.State] shows, unknown_routes and now; no secrets
//	GET    /_sim/secrets  every plaintext ever issued, for leak scans
//	GET    /_sim/journal  all requests
//	DELETE /_sim/journal  forget all requests
//	POST   /_sim/faults   add a fault or an array of faults: the fields of [Fault] in snake_case, durations as "1m30s"
//	DELETE /_sim/faults   remove all faults
//	POST   /_sim/policy   change switches: the fields of the vendor's policy in snake_case, durations as above; what is left out stays
//	POST   /_sim/clock    {"advance":"1h"} or {"set":"2030-01-02T15:04:05Z"}
//	POST   /_sim/reset    see [Server.Reset]
//	POST   /_sim/<name>   what the vendor adds, see [API.Steer]
func (e *Engine) Control() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, do func(read func(into any)) map[string]any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { steer(w, r, do) })
	}
	handle("GET /_sim/state", func(func(any)) map[string]any { return e.state() })
	handle("GET /_sim/secrets", func(func(any)) map[string]any { return map[string]any{"secrets": e.Secrets()} })
	handle("GET /_sim/journal", func(func(any)) map[string]any { return map[string]any{"entries": e.Journal()} })
	handle("DELETE /_sim/journal", func(func(any)) map[string]any { e.ResetJournal(); return nil })
	handle("POST /_sim/faults", e.controlFaults)
	handle("DELETE /_sim/faults", func(func(any)) map[string]any { e.ClearFaults(); return nil })
	handle("POST /_sim/policy", func(read func(any)) map[string]any {
		var in map[string]json.RawMessage
		read(&in)
		must(e.switches.edit(func(policy any) error { return setFields(policy, in) }))
		return nil
	})
	handle("POST /_sim/clock", e.controlClock)
	handle("POST /_sim/reset", func(func(any)) map[string]any { e.switches.Reset(); return nil })
	for name, do := range e.api.Steer {
		handle("POST /_sim/"+name, do)
	}
	// A web page could make a browser on this machine call loopback; no tool sends an Origin.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" {
			http.Error(w, "not for browsers", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (e *Engine) state() map[string]any {
	out := map[string]any{"unknown_routes": e.UnknownRoutes(), "now": e.Clock().Now().UTC()}
	if e.api.State != nil {
		maps.Copy(out, e.api.State())
	}
	return out
}

// steer answers with what do returns. A panic of do is a mistake of the caller.
func steer(w http.ResponseWriter, r *http.Request, do func(read func(into any)) map[string]any) {
	defer func() {
		if mistake := recover(); mistake != nil {
			http.Error(w, fmt.Sprint("bad request: ", mistake), http.StatusBadRequest)
		}
	}()
	body, _ := readAll(w, r)
	out := do(func(into any) { must(decodeInto(body, into)) })
	if out == nil {
		out = map[string]any{}
	}
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(out) // the client may have left
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// oneOrMore takes one JSON value for an array of it.
type oneOrMore []json.RawMessage

func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("{")) {
		*o = oneOrMore{slices.Clone(text)}
		return nil
	}
	return json.Unmarshal(text, (*[]json.RawMessage)(o))
}

func (e *Engine) controlFaults(read func(into any)) map[string]any {
	var rules oneOrMore
	read(&rules)
	faults := make([]Fault, len(rules))
	for i, rule := range rules {
		must(decodeInto(rule, &faults[i]))
	}
	for _, f := range faults { // all or none
		f.check()
	}
	e.Inject(faults...)
	return map[string]any{"injected": len(faults)}
}

func (e *Engine) controlClock(read func(into any)) map[string]any {
	var in struct {
		Advance *duration
		Set     *time.Time
	}
	read(&in)
	switch {
	case in.Advance != nil && in.Set == nil:
		e.Clock().Advance(time.Duration(*in.Advance))
	case in.Set != nil && in.Advance == nil:
		e.Clock().Set(*in.Set)
	default:
		panic(errors.New("exactly one of advance and set is needed"))
	}
	return map[string]any{"now": e.Clock().Now().UTC()}
}
