// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// userKind are the users of an organization. Its service accounts are listed among them.
var userKind = &recordKind{
	name: "users", noun: "user", path: "/organization/users", wildcard: "user_id", prefix: "user-",
	object: "organization.user", deleted: "organization.user.deleted",
	changes: []string{"role", "role_id", "technical_level", "developer_persona"},
	rows: func(s *Server, c *call, _ string, _ []*record) []*record {
		return s.store.everybody(c.org)
	},
	update: func(s *Server, _ *call, r *record, f simkit.Fields) (map[string]any, *simkit.Problem) {
		if !f.Has("role") {
			return nil, nil
		}
		role, bad := f.RequiredText("role")
		if bad == nil && role != "owner" && role != "reader" {
			bad = simkit.BadRequest("role", "role must be owner or reader")
		}
		if u, ok := simkit.Find(s.store.users, r.ID); ok && bad == nil {
			u.role = role
		}
		return map[string]any{"role": role}, bad
	},
	answer: addedAt,
	afterDelete: func(s *Server, r *record) {
		s.store.users = slices.DeleteFunc(s.store.users, func(u *user) bool { return u.ID == r.ID })
	},
}

func addedAt(_ *Server, _ string, r *record, shown map[string]any) map[string]any {
	shown["added_at"] = r.At.Unix()
	return shown
}

// everybody are the users and service accounts of an organization, as answers show them.
func (st *store) everybody(org *organization) []*record {
	out := []*record{}
	show := func(o simkit.Object, name string, email any, role string, account bool) {
		out = append(out, &record{Object: o, kind: st.kind("users"), org: org, fields: map[string]any{
			"name": name, "email": email, "role": role, "is_service_account": account, "is_scim_managed": false,
		}})
	}
	for _, u := range st.users {
		if role := "reader"; u.org == org {
			if u.role == "owner" {
				role = "owner"
			}
			show(u.Object, u.name, u.email, role, false)
		}
	}
	for _, a := range st.accounts {
		if a.project.org == org {
			show(a.Object, a.name, nil, "reader", true)
		}
	}
	return append(out, st.of("users", org, "")...)
}

func (st *store) isOwner(org *organization, id string) bool {
	u, ok := simkit.Find(st.everybody(org), id)
	return ok && u.fields["role"] == "owner"
}

var projectUserKind = &recordKind{
	name: "project_users", noun: "project user", path: "/organization/projects/{project_id}/users", wildcard: "user_id",
	object: "organization.project.user", deleted: "organization.project.user.deleted", tellsID: true,
	takes: []string{"user_id", "email", "role"}, changes: []string{"role"},
	create: func(s *Server, c *call, f simkit.Fields) (map[string]any, string, *simkit.Problem) {
		role, bad := f.RequiredText("role")
		if bad != nil {
			return nil, "", bad
		}
		id, _ := f.NullableText("user_id")
		email, _ := f.NullableText("email")
		for _, u := range s.store.everybody(c.org) {
			if u.ID != id && (email == "" || u.fields["email"] != email) {
				continue
			}
			if _, there := simkit.Find(s.store.of("project_users", c.org, c.Path("project_id")), u.ID); there {
				return nil, "", simkit.BadRequest("", "User %s already exists in project", u.ID)
			}
			return map[string]any{"name": u.fields["name"], "email": u.fields["email"], "role": role}, u.ID, nil
		}
		return nil, "", simkit.Refused(http.StatusNotFound, "The user %s%s was not found in the organization", id, email)
	},
	update: func(s *Server, c *call, r *record, f simkit.Fields) (map[string]any, *simkit.Problem) {
		role, bad := f.RequiredText("role")
		if bad == nil && s.store.isOwner(c.org, r.ID) {
			bad = simkit.BadRequest("", "Organization owners cannot be changed in a project")
		}
		return map[string]any{"role": role}, bad
	},
	mayDelete: func(s *Server, c *call, r *record) *simkit.Problem {
		if s.store.isOwner(c.org, r.ID) {
			return simkit.BadRequest("", "Organization owners cannot be removed from a project")
		}
		return nil
	},
	answer: addedAt,
}

var projectGroupKind = &recordKind{
	name: "project_groups", noun: "project group", path: "/organization/projects/{project_id}/groups", wildcard: "group_id",
	object: "project.group", deleted: "project.group.deleted", created: true, next: true, most: 100, usual: 20,
	typed: "group_type", typical: "group",
	takes: []string{"group_id", "role"},
	create: func(s *Server, c *call, f simkit.Fields) (map[string]any, string, *simkit.Problem) {
		id, bad := f.RequiredText("group_id")
		role, worse := f.RequiredText("role")
		project := c.Path("project_id")
		known, roleThere := s.store.role(c.org, project, role)
		group, groupThere := simkit.Find(s.store.of("groups", c.org, ""), id)
		switch _, there := simkit.Find(s.store.of("project_groups", c.org, project), id); {
		case bad != nil:
			return nil, "", bad
		case worse != nil:
			return nil, "", worse
		case !groupThere:
			return nil, "", notFound("group", id)
		case !roleThere:
			return nil, "", notFound("role", role)
		case there:
			return nil, "", simkit.BadRequest("", "Group %s already exists in project", id)
		}
		s.store.addRecord(s.store.kind("project_group_roles"), c.org, project+"/"+id, known.ID, map[string]any{}, c.Now)
		fields := map[string]any{"project_id": project, "group_id": id, "group_name": group.fields["name"], "group_type": "group"}
		if is, shown := group.fields["group_type"]; shown {
			fields["group_type"] = is
		}
		return fields, id, nil
	},
	answer: func(_ *Server, _ string, _ *record, shown map[string]any) map[string]any {
		delete(shown, "id")
		return shown
	},
	afterDelete: func(s *Server, r *record) {
		s.store.records = slices.DeleteFunc(s.store.records, func(o *record) bool {
			return o.kind.name == "project_group_roles" && o.parent == r.parent+"/"+r.ID
		})
	},
}

// inviteLife is how long an invite waits to be accepted.
const inviteLife = 7 * 24 * time.Hour

var inviteKind = &recordKind{
	name: "invites", noun: "invite", path: "/organization/invites", wildcard: "invite_id", prefix: "invite-",
	object: "organization.invite", deleted: "organization.invite.deleted", created: true,
	takes: []string{"email", "role", "projects"},
	create: func(s *Server, c *call, f simkit.Fields) (map[string]any, string, *simkit.Problem) {
		email, bad := f.RequiredText("email")
		role, worse := f.RequiredText("role")
		projects := []any{map[string]any{"id": s.store.defaultProject(c.org).ID, "role": "member"}} // the legacy default
		if f.Has("projects") && json.Unmarshal(f["projects"], &projects) != nil {
			bad = simkit.BadRequest("projects", "projects must be a list")
		}
		switch {
		case bad != nil:
			return nil, "", bad
		case worse != nil:
			return nil, "", worse
		case role != "owner" && role != "reader":
			return nil, "", simkit.BadRequest("role", "role must be owner or reader")
		}
		for _, u := range s.store.everybody(c.org) {
			if known, _ := u.fields["email"].(string); strings.EqualFold(known, email) {
				return nil, "", simkit.BadRequest("email", "The user is already a member of the organization")
			}
		}
		for _, i := range s.store.of("invites", c.org, "") {
			if known, _ := i.fields["email"].(string); strings.EqualFold(known, email) && i.inviteStatus(c.Now) == "pending" {
				return nil, "", simkit.BadRequest("email", "The user is already invited to the organization")
			}
		}
		return map[string]any{
			"email": email, "role": role, "projects": projects, "status": "pending",
			"expires_at": simkit.ToSecond(c.Now).Add(inviteLife).Unix(), "accepted_at": nil,
		}, "", nil
	},
	mayDelete: func(_ *Server, _ *call, r *record) *simkit.Problem {
		if r.fields["status"] == "accepted" {
			return simkit.BadRequest("", "The invite was accepted and cannot be deleted")
		}
		return nil
	},
	answer: func(s *Server, _ string, r *record, shown map[string]any) map[string]any {
		shown["status"] = r.inviteStatus(s.Clock().Now())
		return shown
	},
}

func (r *record) inviteStatus(now time.Time) any {
	if r.fields["status"] == "pending" && now.Sub(r.At) >= inviteLife {
		return "expired"
	}
	return r.fields["status"]
}

func (st *store) defaultProject(org *organization) *project {
	for _, p := range st.projects {
		if p.org == org && p.isDefault {
			return p
		}
	}
	return nil
}
