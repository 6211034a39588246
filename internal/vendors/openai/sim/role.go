// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

var (
	organizationRoles = []string{"owner", "reader"}
	projectRoles      = []string{"owner", "member", "viewer"}

	roleKind        = newRoleKind("roles", "/organization/roles", "organization", organizationRoles)
	projectRoleKind = newRoleKind("project_roles", "/projects/{project_id}/roles", "project", projectRoles)
)

// newRoleKind are the roles of the organization or of a project, with those that are predefined.
func newRoleKind(name, path, place string, predefined []string) *recordKind {
	kind := &recordKind{
		name: name, noun: "role", path: path, wildcard: "role_id", prefix: "role_",
		object: "role", deleted: "role.deleted", next: true, most: 1000, usual: 1000,
		takes: []string{"role_name", "permissions", "description"}, changes: []string{"role_name", "permissions", "description"},
		spell: shortRole,
	}
	kind.create = func(_ *Server, _ *call, f simkit.Fields) (map[string]any, string, *simkit.Problem) {
		if _, bad := f.RequiredText("role_name"); bad != nil {
			return nil, "", bad
		}
		fields, bad := roleFields(f)
		if bad == nil && fields["permissions"] == nil {
			bad = simkit.BadRequest("permissions", "permissions is required")
		}
		if _, there := fields["description"]; !there && bad == nil {
			fields["description"] = nil
		}
		if bad == nil {
			fields["resource_type"], fields["predefined_role"] = "api."+place, false
		}
		return fields, "", bad
	}
	kind.update = func(_ *Server, _ *call, r *record, f simkit.Fields) (map[string]any, *simkit.Problem) {
		if r.fields["predefined_role"] == true {
			return nil, predefinedRole(r)
		}
		return roleFields(f)
	}
	kind.mayDelete = func(_ *Server, _ *call, r *record) *simkit.Problem {
		if r.fields["predefined_role"] == true {
			return predefinedRole(r)
		}
		return nil
	}
	kind.afterDelete = func(s *Server, r *record) {
		s.store.records = slices.DeleteFunc(s.store.records, func(o *record) bool { return o.kind.isAssignment() && o.org == r.org && o.ID == r.ID })
	}
	kind.rows = func(s *Server, c *call, parent string, stored []*record) []*record {
		return append(predefinedRoles(kind, c.org, parent, place, predefined), stored...)
	}
	kind.answer = func(s *Server, _ string, r *record, shown map[string]any) map[string]any {
		shown["id"] = s.longRole(r.ID, r.parent, r.org)
		return shown
	}
	return kind
}

func predefinedRoles(kind *recordKind, org *organization, parent, place string, names []string) []*record {
	var out []*record
	for n, name := range names { // older than everything else
		out = append(out, &record{Object: simkit.Object{ID: "role-api-" + place + "-" + name, At: time.Unix(int64(n), 0)}, kind: kind, org: org, parent: parent, fields: map[string]any{
			"name": name, "description": "Predefined", "permissions": []any{"api." + place + ".read"}, "resource_type": "api." + place, "predefined_role": true,
		}})
	}
	return out
}

// shortRole is the short form of the id of a predefined role.
func shortRole(id string) string {
	short, _, _ := strings.Cut(id, "__")
	return short
}

// longRole is the id of a role as answers show it. parent begins with the project, or is "".
func (s *Server) longRole(id, project string, org *organization) string {
	place, after, _ := strings.Cut(strings.TrimPrefix(id, "role-api-"), "-")
	if !s.InForce().LongRoleIDs || after == "" || !strings.HasPrefix(id, "role-api-") {
		return id
	}
	where, _, _ := strings.Cut(project, "/")
	if place == "organization" {
		where = org.id
	}
	return id + "__api-" + place + "__" + where
}

func predefinedRole(r *record) *simkit.Problem {
	return simkit.BadRequest("", "The role %s is predefined and cannot be changed", r.ID)
}

// roleFields reads what a request sets of a role.
func roleFields(f simkit.Fields) (map[string]any, *simkit.Problem) {
	out := map[string]any{}
	if f.Has("role_name") && !f.IsNull("role_name") {
		name, bad := f.RequiredText("role_name")
		if bad != nil {
			return nil, bad
		}
		out["name"] = name
	}
	if f.Has("description") {
		var text *string
		if json.Unmarshal(f["description"], &text) != nil {
			return nil, simkit.BadRequest("description", "description must be a string or null")
		}
		out["description"] = nil
		if text != nil && *text != "" {
			out["description"] = *text
		}
	}
	if f.Has("permissions") && !f.IsNull("permissions") {
		var permissions []string
		if json.Unmarshal(f["permissions"], &permissions) != nil {
			return nil, simkit.BadRequest("permissions", "permissions must be a list of strings")
		}
		out["permissions"] = permissions
	}
	return out, nil
}

// role finds a role that can be given in a project, or in the organization where project is "".
func (st *store) role(org *organization, project, id string) (*record, bool) {
	kind, place, names := st.kind("roles"), "organization", organizationRoles
	if project != "" {
		kind, place, names = st.kind("project_roles"), "project", projectRoles
	}
	return simkit.Find(append(predefinedRoles(kind, org, project, place, names), st.of(kind.name, org, project)...), shortRole(id))
}

var assignmentKinds = []*recordKind{
	newAssignmentKind("user_roles", "/organization/users/{user_id}/roles"),
	newAssignmentKind("group_roles", "/organization/groups/{group_id}/roles"),
	newAssignmentKind("project_user_roles", "/projects/{project_id}/users/{user_id}/roles"),
	newAssignmentKind("project_group_roles", "/projects/{project_id}/groups/{group_id}/roles"),
}

func (k *recordKind) isAssignment() bool { return strings.HasSuffix(k.deleted, ".role.deleted") }

// holder is who has an assigned role.
func (r *record) holder() string { return r.parent[strings.LastIndex(r.parent, "/")+1:] }

// newAssignmentKind are the roles that users or groups have in the organization or in a project.
func newAssignmentKind(name, path string) *recordKind {
	word := "user"
	if strings.Contains(path, "{group_id}") {
		word = "group"
	}
	return &recordKind{
		name: name, noun: "role assignment", path: path, wildcard: "role_id",
		deleted: word + ".role.deleted", next: true, most: 1000, usual: 1000,
		takes: []string{"role_id"}, spell: shortRole,
		within: func(s *Server, c *call) *simkit.Problem {
			_, there := s.store.principal(c.org, c.Path("user_id"))
			if word == "group" {
				_, there = simkit.Find(s.store.of("groups", c.org, ""), c.Path("group_id"))
			}
			if !there {
				return notFound(word, c.Path(word+"_id"))
			}
			return nil
		},
		create: func(s *Server, c *call, f simkit.Fields) (map[string]any, string, *simkit.Problem) {
			id, bad := f.RequiredText("role_id")
			if bad != nil {
				return nil, "", bad
			}
			project, who := c.Path("project_id"), c.Path(word+"_id")
			role, ok := s.store.role(c.org, project, id)
			if !ok {
				return nil, "", notFound("role", id)
			}
			parent := strings.TrimPrefix(project+"/"+who, "/")
			if _, there := simkit.Find(s.store.of(name, c.org, parent), role.ID); there {
				return nil, "", simkit.BadRequest("role_id", "The role %s is already assigned", id)
			}
			return map[string]any{}, role.ID, nil
		},
		rows: func(s *Server, c *call, parent string, stored []*record) []*record {
			if word == "group" {
				return stored
			}
			project, who := c.Path("project_id"), c.Path("user_id")
			for _, member := range s.store.records {
				if member.kind.name != "group_users" || member.org != c.org || member.ID != who {
					continue
				}
				group := strings.TrimPrefix(project+"/"+member.parent, "/")
				for _, r := range s.store.of(strings.Replace(name, "user", "group", 1), c.org, group) {
					stored = append(stored, &record{Object: r.Object, kind: r.kind, org: r.org, parent: parent, fields: map[string]any{
						"assignment_sources": []any{map[string]any{"principal_id": member.parent, "principal_type": "group"}},
					}})
				}
			}
			return stored
		},
		mayDelete: func(_ *Server, _ *call, r *record) *simkit.Problem {
			if r.fields["assignment_sources"] != nil {
				return simkit.BadRequest("", "The role %s is inherited and cannot be removed here", r.ID)
			}
			return nil
		},
		answer: func(s *Server, operation string, r *record, _ map[string]any) map[string]any {
			return s.assigned(r, word, strings.HasSuffix(operation, ".create"))
		},
	}
}

// assigned is an assigned role as answers show it; the answer to the create has another form.
func (s *Server) assigned(r *record, word string, created bool) map[string]any {
	project, _, inProject := strings.Cut(r.parent, "/")
	if !inProject {
		project = ""
	}
	shown := map[string]any{"id": s.longRole(r.ID, project, r.org)}
	if role, ok := s.store.role(r.org, project, r.ID); ok {
		maps.Copy(shown, role.fields)
	}
	if created {
		shown["object"] = "role"
		return map[string]any{"object": word + ".role", "role": shown, word: s.holderOf(r, word)}
	}
	maps.Copy(shown, map[string]any{
		"created_at": nil, "updated_at": nil, "created_by": nil, "created_by_user_obj": nil, "metadata": nil, "assignment_sources": nil,
	})
	maps.Copy(shown, r.fields)
	return shown
}

// holderOf is who has an assigned role, in the form of the answer to its create.
func (s *Server) holderOf(r *record, word string) any {
	if word == "user" {
		u, _ := simkit.Find(s.store.everybody(r.org), r.holder())
		return u.kind.show(s, "users.get", u)
	}
	g, _ := simkit.Find(s.store.of("groups", r.org, ""), r.holder())
	return map[string]any{"object": "group", "id": g.ID, "name": g.fields["name"], "created_at": g.At.Unix(), "scim_managed": g.fields["is_scim_managed"]}
}
