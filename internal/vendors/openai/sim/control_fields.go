// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"
)

// controlFields reads the exported fields of the struct that v points at, named in snake_case
// and with durations as "1m30s". What is not named keeps its value.
func controlFields(w http.ResponseWriter, body []byte, v any) bool {
	var in map[string]json.RawMessage
	if !controlDecode(w, body, &in) {
		return false
	}
	for name, raw := range in {
		if err := setField(reflect.ValueOf(v).Elem(), name, raw); err != nil {
			http.Error(w, "bad request: "+err.Error(), http.StatusBadRequest)
			return false
		}
	}
	return true
}

func setField(object reflect.Value, name string, raw json.RawMessage) error {
	field := object.FieldByNameFunc(func(have string) bool {
		return strings.EqualFold(have, strings.ReplaceAll(name, "_", ""))
	})
	if !field.IsValid() || !field.CanSet() || field.Kind() == reflect.Func {
		return fmt.Errorf("unknown field %q", name)
	}
	var err error
	switch target := field.Addr().Interface().(type) {
	case *time.Duration:
		err = json.Unmarshal(raw, (*controlDuration)(target))
	case *map[string]time.Duration:
		var in map[string]controlDuration
		err = json.Unmarshal(raw, &in)
		*target = map[string]time.Duration{}
		for key, d := range in {
			(*target)[key] = time.Duration(d)
		}
	default:
		err = json.Unmarshal(raw, target)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (s *Server) controlPolicy(w http.ResponseWriter, r *http.Request) {
	body, _ := readAll(w, r)
	changed := s.Policy()
	if !controlFields(w, body, &changed) {
		return
	}
	s.SetPolicy(func(p *Policy) { *p = changed })
	controlAnswer(w, map[string]any{})
}

func (s *Server) controlSeed(w http.ResponseWriter, r *http.Request) {
	body, _ := readAll(w, r)
	var in struct{ Project, ServiceAccount, Key, AdminKey json.RawMessage }
	if !controlFields(w, body, &in) {
		return
	}
	var object struct{ ProjectID, Name, Role string }
	out := map[string]any{}
	act(w, out, func() bool {
		switch {
		case in.Project != nil:
			if !controlFields(w, in.Project, &object) {
				return false
			}
			out["id"] = s.SeedProject(object.Name)
		case in.ServiceAccount != nil:
			if !controlFields(w, in.ServiceAccount, &object) {
				return false
			}
			out["id"] = s.SeedServiceAccount(object.ProjectID, object.Name, object.Role)
		case in.Key != nil:
			var spec KeySpec
			if !controlFields(w, in.Key, &spec) {
				return false
			}
			out["id"], out["secret"] = s.SeedKey(spec)
		case in.AdminKey != nil:
			var spec AdminKeySpec
			if !controlFields(w, in.AdminKey, &spec) {
				return false
			}
			out["id"], out["secret"] = s.SeedAdminKey(spec)
		default:
			panic("nothing to seed: project, service_account, key or admin_key is needed")
		}
		return true
	})
}

// outsideAct is what somebody does to one object, and what it takes.
type outsideAct struct {
	Act    string
	ID     string
	Name   string    // of rename_*
	Role   string    // of set_account_role
	Active bool      // of set_owner_access
	At     time.Time // of expire_key, zero = never
	Scopes []string  // of set_key_scopes
}

// outsideActs are the acts by name.
var outsideActs = map[string]func(*Server, outsideAct){
	"archive_project":        func(s *Server, a outsideAct) { s.ArchiveProject(a.ID) },
	"rename_project":         func(s *Server, a outsideAct) { s.RenameProject(a.ID, a.Name) },
	"rename_service_account": func(s *Server, a outsideAct) { s.RenameServiceAccount(a.ID, a.Name) },
	"delete_service_account": func(s *Server, a outsideAct) { s.DeleteServiceAccount(a.ID) },
	"set_account_role":       func(s *Server, a outsideAct) { s.SetAccountRole(a.ID, a.Role) },
	"set_owner_access":       func(s *Server, a outsideAct) { s.SetOwnerAccess(a.ID, a.Active) },
	"rename_key":             func(s *Server, a outsideAct) { s.RenameKey(a.ID, a.Name) },
	"revoke_key":             func(s *Server, a outsideAct) { s.RevokeKey(a.ID) },
	"expire_key":             func(s *Server, a outsideAct) { s.ExpireKeyAt(a.ID, a.At) },
	"set_key_scopes":         func(s *Server, a outsideAct) { s.SetKeyScopes(a.ID, a.Scopes...) },
	"use_key":                func(s *Server, a outsideAct) { s.UseKey(a.ID) },
}

func (s *Server) controlOutside(w http.ResponseWriter, r *http.Request) {
	body, _ := readAll(w, r)
	var in outsideAct
	if !controlFields(w, body, &in) {
		return
	}
	act(w, map[string]any{}, func() bool {
		do, ok := outsideActs[in.Act]
		if !ok {
			panic(fmt.Sprintf("no such act: %q", in.Act))
		}
		do(s, in)
		return true
	})
}

// act answers with out once do has worked. A panic of do is a mistake of the caller.
func act(w http.ResponseWriter, out map[string]any, do func() (done bool)) {
	defer func() {
		if mistake := recover(); mistake != nil {
			http.Error(w, fmt.Sprint("bad request: ", mistake), http.StatusBadRequest)
		}
	}()
	if do() {
		controlAnswer(w, out)
	}
}
