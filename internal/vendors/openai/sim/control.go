// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"fmt"
	"time"
)

// What this vendor adds to the control handler of simkit:
//
//	GET  /_sim/state    projects, service_accounts, keys, deleted_keys, admin_keys
//	POST /_sim/seed     {"project": {"name"}}, {"service_account": {"project_id", "name", "role"}},
//	                    {"key": the fields of [KeySpec]} or {"admin_key": of [AdminKeySpec]}; answers the id, and the secret of a key
//	POST /_sim/outside  what somebody did in the dashboard: {"act", "id"} and what the act needs, see [outsideActs]

func (s *Server) state() map[string]any {
	return map[string]any{
		"projects": s.Projects(), "service_accounts": s.ServiceAccounts(), "keys": s.Keys(),
		"deleted_keys": s.DeletedKeys(), "admin_keys": s.AdminKeys(),
		"records": s.Records(""), "settings": s.settings(),
	}
}

func (s *Server) controlSeed(read func(into any)) map[string]any {
	var in struct {
		Project        *struct{ Name string }
		ServiceAccount *struct{ ProjectID, Name, Role string }
		Key            *KeySpec
		AdminKey       *AdminKeySpec
		Record         *Record
	}
	read(&in)
	var id, secret string
	switch {
	case in.Project != nil:
		return map[string]any{"id": s.SeedProject(in.Project.Name)}
	case in.ServiceAccount != nil:
		return map[string]any{"id": s.SeedServiceAccount(in.ServiceAccount.ProjectID, in.ServiceAccount.Name, in.ServiceAccount.Role)}
	case in.Record != nil:
		return map[string]any{"id": s.SeedRecord(*in.Record)}
	case in.Key != nil:
		id, secret = s.SeedKey(*in.Key)
	case in.AdminKey != nil:
		id, secret = s.SeedAdminKey(*in.AdminKey)
	default:
		panic("nothing to seed: project, service_account, key, admin_key or record is needed")
	}
	return map[string]any{"id": id, "secret": secret}
}

// outsideAct is what somebody does to one object, and what it takes.
type outsideAct struct {
	Act     string
	ID      string
	Name    string    // of rename_*
	Role    string    // of set_account_role
	Active  bool      // of set_owner_access
	At      time.Time // of expire_key, zero = never
	Scopes  []string  // of set_key_scopes
	Record  Record    // of change_record and remove_record
	Setting Setting   // of change_setting and remove_setting
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
	"change_record": func(s *Server, a outsideAct) {
		s.ChangeRecord(a.Record.Kind, a.Record.Parent, a.Record.ID, a.Record.Fields)
	},
	"remove_record":  func(s *Server, a outsideAct) { s.RemoveRecord(a.Record.Kind, a.Record.Parent, a.Record.ID) },
	"change_setting": func(s *Server, a outsideAct) { s.ChangeSetting(a.Setting) },
	"remove_setting": func(s *Server, a outsideAct) { s.RemoveSetting(a.Setting.Kind, a.Setting.Project) },
	"use_key":        func(s *Server, a outsideAct) { s.UseKey(a.ID) },
}

func (s *Server) controlOutside(read func(into any)) map[string]any {
	var in outsideAct
	read(&in)
	do, ok := outsideActs[in.Act]
	if !ok {
		panic(fmt.Sprintf("no such act: %q", in.Act))
	}
	do(s, in)
	return nil
}
