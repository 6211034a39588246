// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"errors"
	"strings"

	vendor "github.com/openai/openai-go/v3"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

// Role is a set of permissions in the organization or in a project.
type Role struct {
	ID, Name    string
	Description *string  // "" = none, nil = not shown
	Permissions []string // nil = not shown
	Predefined  bool     // the vendor's own, which nobody changes
}

// Facts are those by which a lost create is found again; a predefined role is never what a create
// made.
func (r Role) Facts() (id, name string) {
	if r.Predefined {
		return r.ID, ""
	}
	return r.ID, r.Name
}

func roleOf(string) reader[vendor.Role, Role] {
	return func(w *vendor.Role) (Role, error) {
		if w == nil || w.ID == "" {
			return Role{}, errors.New("it has no role id")
		}
		r := Role{w.ID, w.Name, optional(w.JSON.Description, w.Description), w.Permissions, w.PredefinedRole}
		if r.Permissions == nil && w.JSON.Permissions.Valid() {
			r.Permissions = []string{}
		}
		return r, nil
	}
}

// SameRole says that two ids are of one role: those of predefined roles come in a short form and in
// a long one, with "__" and the place they hold in behind it.
func SameRole(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+"__") || strings.HasPrefix(b, a+"__")
}

// roleNames are the fields of a role in requests, by their names in answers.
var roleNames = map[string]string{"name": "role_name"}

// RoleFields gives fields the names that requests about roles have for them.
func RoleFields(fields map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range fields {
		if other, renamed := roleNames[name]; renamed {
			name = other
		}
		out[name] = value
	}
	return out
}

// Assignment is a role that a user, a service account or a group has.
type Assignment struct {
	Role
	// Direct: it was given to this very one, and not to a group that it is in.
	Direct bool
	Source string // where an inherited one comes from: "group group_abc123"
}

// inherited is in the keys of assignments that are not direct.
const inherited = " inherited from "

func (a Assignment) key() string {
	if a.Direct {
		return a.ID
	}
	return a.ID + inherited + a.Source
}

func (a Assignment) inheritedOnly() string {
	if a.Direct {
		return ""
	}
	return "it is only" + inherited + a.Source + " now"
}

// assignmentOf reads an assigned role; the last part of the parent is who has it.
func assignmentOf(parent string) reader[vendor.AdminOrganizationUserRoleListResponse, Assignment] {
	principal := parent[strings.LastIndex(parent, "/")+1:]
	return func(w *vendor.AdminOrganizationUserRoleListResponse) (Assignment, error) {
		if w == nil || w.ID == "" {
			return Assignment{}, errors.New("it has no role id")
		}
		a := Assignment{Role: Role{w.ID, w.Name, optional(w.JSON.Description, w.Description), w.Permissions, w.PredefinedRole}, Direct: len(w.AssignmentSources) == 0}
		for _, source := range w.AssignmentSources {
			a.Direct = a.Direct || source.PrincipalID == principal
			a.Source = strings.TrimSpace(source.PrincipalType + " " + source.PrincipalID)
		}
		return a, nil
	}
}

// UserParent and GroupParent are the parents of the assignments of a user or service account, and
// of a group: in the organization, or below [InProject] in a project.
func UserParent(id string) string { return "users/" + id }

// GroupParent is described at [UserParent].
func GroupParent(id string) string { return "groups/" + id }

// InProject is the parent in a project.
func InProject(project, parent string) string { return project + "/" + parent }

func (c *Client) addRoles() {
	const roles = "/roles"
	parts := func(parent string) string { return apiclient.Path(strings.Split(parent, "/")...) }
	role := kind[vendor.Role, Role]{
		noun: "role", path: at("/organization" + roles), read: roleOf, id: func(r Role) string { return r.ID }, same: SameRole, size: 1000,
	}
	c.Roles = newObjects(c, role)
	role.noun, role.path, role.project = "project role", below("/projects", roles), inProject
	c.ProjectRoles = newObjects(c, role)

	assignment := kind[vendor.AdminOrganizationUserRoleListResponse, Assignment]{
		noun: "role assignment", path: func(parent string) string { return "/organization" + parts(parent) + roles },
		root: func(parent, _ string) string { _, id, _ := strings.Cut(parent, "/"); return id },
		read: assignmentOf, id: func(a Assignment) string { return a.ID }, key: Assignment.key, same: SameRole,
		lost: Assignment.inheritedOnly, added: (*Added).roleID, size: 1000, byList: true,
	}
	c.Assignments = newObjects(c, assignment)
	assignment.noun, assignment.path = "project role assignment", func(parent string) string { return "/projects" + parts(parent) + roles }
	assignment.project = func(parent string) string { id, _, _ := strings.Cut(parent, "/"); return id }
	assignment.root = func(parent, _ string) string { return parent[strings.LastIndex(parent, "/")+1:] }
	assignment.roles = func(parent, _ string) string {
		if strings.Contains(parent, "/"+GroupParent("")) {
			return parent
		}
		return ""
	}
	c.ProjectAssignments = newObjects(c, assignment)
}
