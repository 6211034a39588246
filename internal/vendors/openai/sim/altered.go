// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"slices"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// What the engine's faults have to know of this vendor's objects.

// shown is the object of the path as a GET would answer it now, nil when it is not there.
func (s *Server) shown(admitted *simkit.Call) any {
	c := s.call(admitted)
	if k := recordOf(c); k != nil {
		if r, bad := k.find(s, c); bad == nil {
			return k.show(s, k.name+".get", r)
		}
		return nil
	}
	if k := settingOf(c); k != nil {
		if at, bad := k.place(s, c); bad == nil && len(k.has(s, at)) > 0 {
			return k.show(k.has(s, at))
		}
		return nil
	}
	switch {
	case c.Path("key_id") != "":
		if k, bad := s.adminKey(c); bad == nil {
			return k.wire()
		}
	case c.Path("api_key_id") != "":
		if k, bad := s.key(c); bad == nil {
			return s.wireKey(k)
		}
	case c.Path("service_account_id") != "":
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

// other is any object with that id; "" means the latest other one of the kind that the path names.
func (s *Server) other(admitted *simkit.Call, id string) any {
	if k := recordOf(s.call(admitted)); k != nil {
		return s.otherRecord(k, s.call(admitted), id)
	}
	if settingOf(s.call(admitted)) != nil {
		return nil // settings have no ids
	}
	if id == "" {
		id = s.latestOther(s.call(admitted))
	}
	if p, ok := simkit.Find(s.store.projects, id); ok {
		return s.wireProject(p)
	}
	if a, ok := simkit.Find(s.store.accounts, id); ok {
		return a.wire()
	}
	if k, ok := simkit.Find(s.store.keys, id); ok {
		return s.wireKey(k)
	}
	if k, ok := simkit.Find(s.store.adminKeys, id); ok {
		return k.wire()
	}
	return nil
}

func (s *Server) latestOther(c *call) string {
	asked := c.ObjectID()
	switch {
	case c.Path("key_id") != "":
		return lastOther(s.store.adminKeys, asked, func(k *adminKey) bool { return k.org == c.org })
	case c.Path("api_key_id") != "":
		return lastOther(s.store.keys, asked, func(k *key) bool { return k.project.org == c.org })
	case c.Path("service_account_id") != "":
		return lastOther(s.store.accounts, asked, func(a *account) bool { return a.project.org == c.org })
	default:
		return lastOther(s.store.projects, asked, func(p *project) bool { return p.org == c.org })
	}
}

func lastOther[T simkit.Listed](all []T, asked string, own func(T) bool) (id string) {
	for _, o := range all {
		if o.Ident() != asked && own(o) {
			id = o.Ident()
		}
	}
	return id
}

// recordOf is the kind of the record that a request is about, nil for none.
func recordOf(c *call) *recordKind {
	name, _, _ := strings.Cut(c.Operation, ".")
	for _, k := range recordKinds() {
		if k.name == name && c.Path(k.wildcard) != "" {
			return k
		}
	}
	return nil
}

func (s *Server) otherRecord(k *recordKind, c *call, id string) any {
	for _, r := range slices.Backward(s.store.records) {
		if r.kind == k && r.org == c.org && (r.ID == id || id == "" && r.ID != c.Path(k.wildcard)) {
			return k.show(s, k.name+".get", r)
		}
	}
	return nil
}
