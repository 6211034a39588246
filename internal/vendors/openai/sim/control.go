// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// Control is the handler behind /_sim/, which looks into and steers a simulator
// that runs as a process of its own. It asks for no key and shows plaintext
// secrets: serve it on loopback only.
//
//	GET    /_sim/state    projects, service_accounts, keys, deleted_keys, admin_keys, unknown_routes; no secrets
//	GET    /_sim/secrets  every plaintext ever issued, for leak scans
//	GET    /_sim/journal  all requests
//	DELETE /_sim/journal  forget all requests
//	POST   /_sim/faults   add a fault or an array of faults: the fields of [Fault] in snake_case, durations as "1m30s"
//	DELETE /_sim/faults   remove all faults
//	POST   /_sim/policy   change switches: the fields of [Policy] in snake_case, durations as above; what is left out stays
//	POST   /_sim/seed     {"project": {"name"}}, {"service_account": {"project_id", "name", "role"}},
//	                      {"key": the fields of [KeySpec]} or {"admin_key": of [AdminKeySpec]}; answers the id, and the secret of a key
//	POST   /_sim/outside  what somebody did in the dashboard: {"act", "id"} and what the act needs, see [outsideActs]
//	POST   /_sim/clock    {"advance":"1h"} or {"set":"2030-01-02T15:04:05Z"}
//	POST   /_sim/reset    see [Server.Reset]
func (s *Server) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sim/state", func(w http.ResponseWriter, _ *http.Request) {
		controlAnswer(w, map[string]any{
			"projects": s.Projects(), "service_accounts": s.ServiceAccounts(), "keys": s.Keys(),
			"deleted_keys": s.DeletedKeys(), "admin_keys": s.AdminKeys(), "unknown_routes": s.UnknownRoutes(),
			"now": s.Clock().Now().UTC(),
		})
	})
	mux.HandleFunc("GET /_sim/secrets", func(w http.ResponseWriter, _ *http.Request) {
		controlAnswer(w, map[string]any{"secrets": s.Secrets()})
	})
	mux.HandleFunc("GET /_sim/journal", func(w http.ResponseWriter, _ *http.Request) {
		controlAnswer(w, map[string]any{"entries": s.Journal()})
	})
	mux.HandleFunc("DELETE /_sim/journal", func(w http.ResponseWriter, _ *http.Request) {
		s.ResetJournal()
		controlAnswer(w, map[string]any{})
	})
	mux.HandleFunc("POST /_sim/faults", s.controlFaults)
	mux.HandleFunc("DELETE /_sim/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		controlAnswer(w, map[string]any{})
	})
	mux.HandleFunc("POST /_sim/policy", s.controlPolicy)
	mux.HandleFunc("POST /_sim/seed", s.controlSeed)
	mux.HandleFunc("POST /_sim/outside", s.controlOutside)
	mux.HandleFunc("POST /_sim/clock", s.controlClock)
	mux.HandleFunc("POST /_sim/reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		controlAnswer(w, map[string]any{})
	})
	// A web page could make a browser on this machine call loopback; no tool sends an Origin.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" {
			http.Error(w, "not for browsers", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// controlDuration is a duration written like "1m30s".
type controlDuration time.Duration

func (d *controlDuration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = controlDuration(v)
	return err
}

func (s *Server) controlFaults(w http.ResponseWriter, r *http.Request) {
	body, _ := readAll(w, r)
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '{' {
		body = slices.Concat([]byte("["), trimmed, []byte("]"))
	}
	var rules []json.RawMessage
	if !controlDecode(w, body, &rules) {
		return
	}
	var faults []Fault
	for _, rule := range rules {
		var f Fault
		if !controlFields(w, rule, &f) {
			return
		}
		if !slices.Contains(faultKinds, f.Kind) {
			http.Error(w, "unknown fault kind: "+string(f.Kind), http.StatusBadRequest)
			return
		}
		faults = append(faults, f)
	}
	s.Inject(faults...)
	controlAnswer(w, map[string]any{"injected": len(faults)})
}

func (s *Server) controlClock(w http.ResponseWriter, r *http.Request) {
	body, _ := readAll(w, r)
	var in struct {
		Advance *controlDuration `json:"advance"`
		Set     *time.Time       `json:"set"`
	}
	if !controlDecode(w, body, &in) {
		return
	}
	switch {
	case in.Advance != nil && in.Set == nil:
		s.Clock().Advance(time.Duration(*in.Advance))
	case in.Set != nil && in.Advance == nil:
		s.Clock().Set(*in.Set)
	default:
		http.Error(w, "exactly one of advance and set is needed", http.StatusBadRequest)
		return
	}
	controlAnswer(w, map[string]any{"now": s.Clock().Now().UTC()})
}

func controlDecode(w http.ResponseWriter, body []byte, v any) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		http.Error(w, "bad request: "+err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func controlAnswer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // the client may have left
}
