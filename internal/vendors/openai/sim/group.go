// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

var groupKind = &recordKind{
	name: "groups", noun: "group", path: "/organization/groups", wildcard: "group_id", prefix: "group_",
	deleted: "group.deleted", created: true, next: true, most: 1000, usual: 100,
	takes: []string{"name"}, changes: []string{"name"},
	create: func(_ *Server, _ *call, f simkit.Fields) (map[string]any, string, *simkit.Problem) {
		name, bad := groupName(f)
		return map[string]any{"name": name, "is_scim_managed": false, "group_type": "group"}, "", bad
	},
	update: func(_ *Server, _ *call, r *record, f simkit.Fields) (map[string]any, *simkit.Problem) {
		if r.fields["is_scim_managed"] == true {
			return nil, scimManaged(r)
		}
		name, bad := groupName(f)
		return map[string]any{"name": name}, bad
	},
	answer: func(_ *Server, operation string, _ *record, shown map[string]any) map[string]any {
		if operation == "groups.update" {
			delete(shown, "group_type")
		}
		return shown
	},
	mayDelete: func(_ *Server, _ *call, r *record) *simkit.Problem {
		if r.fields["is_scim_managed"] == true {
			return scimManaged(r)
		}
		return nil
	},
	afterDelete: func(s *Server, r *record) {
		s.store.records = slices.DeleteFunc(s.store.records, func(o *record) bool {
			return o.org == r.org && (o.kind.name == "group_users" && o.parent == r.ID || o.kind.name == "project_groups" && o.ID == r.ID || o.kind.isAssignment() && o.holder() == r.ID)
		})
	},
}

func groupName(f simkit.Fields) (string, *simkit.Problem) {
	name, bad := f.RequiredText("name")
	if bad == nil && utf8.RuneCountInString(name) > 255 {
		bad = simkit.BadRequest("name", "name must have at most 255 characters")
	}
	return name, bad
}

func scimManaged(r *record) *simkit.Problem {
	return simkit.BadRequest("", "The group %s is managed by the identity provider (SCIM) and cannot be changed", r.ID)
}

var groupMemberKind = &recordKind{
	name: "group_users", noun: "group user", path: "/organization/groups/{group_id}/users", wildcard: "user_id",
	deleted: "group.user.deleted", next: true, most: 1000, usual: 100, newestFirst: true,
	takes: []string{"user_id"},
	within: func(s *Server, c *call) *simkit.Problem {
		if _, ok := simkit.Find(s.store.of("groups", c.org, ""), c.Path("group_id")); !ok {
			return notFound("group", c.Path("group_id"))
		}
		return nil
	},
	create: func(s *Server, c *call, f simkit.Fields) (map[string]any, string, *simkit.Problem) {
		id, bad := f.RequiredText("user_id")
		if bad != nil {
			return nil, "", bad
		}
		if _, there := simkit.Find(s.store.of("group_users", c.org, c.Path("group_id")), id); there {
			return nil, "", simkit.BadRequest("user_id", "The user %s already exists in the group", id)
		}
		if g, _ := simkit.Find(s.store.of("groups", c.org, ""), c.Path("group_id")); g.fields["is_scim_managed"] == true {
			return nil, "", scimManaged(g)
		}
		fields, ok := s.store.principal(c.org, id)
		if !ok {
			return nil, "", simkit.Refused(http.StatusNotFound, "The user %s was not found", id)
		}
		return fields, id, nil
	},
	mayDelete: func(s *Server, c *call, _ *record) *simkit.Problem {
		if g, _ := simkit.Find(s.store.of("groups", c.org, ""), c.Path("group_id")); g.fields["is_scim_managed"] == true {
			return scimManaged(g)
		}
		return nil
	},
	answer: func(_ *Server, operation string, r *record, shown map[string]any) map[string]any {
		switch operation {
		case "group_users.create":
			return map[string]any{"object": "group.user", "user_id": r.ID, "group_id": r.parent}
		case "group_users.get":
			shown["picture"], shown["user_type"] = nil, "user"
		default:
			delete(shown, "is_service_account")
		}
		return shown
	},
}

// principal is what answers show of a user or a service account.
func (st *store) principal(org *organization, id string) (map[string]any, bool) {
	if u, ok := simkit.Find(st.everybody(org), id); ok {
		return map[string]any{"name": u.fields["name"], "email": u.fields["email"], "is_service_account": u.fields["is_service_account"] == true}, true
	}
	return nil, false
}
