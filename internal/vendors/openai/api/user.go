// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"errors"
	"net/url"
	"time"

	vendor "github.com/openai/openai-go/v3"
)

// User is a user of the organization, or a service account where the API lists it as one.
type User struct {
	ID, Name, Email string // Email "" = none, as of a service account
	Role            string // "owner" or "reader"; "" = not shown
	ServiceAccount  bool
	SCIM            bool // managed by an identity provider
	AddedAt         time.Time
}

var errNoUserID = errors.New("it has no user id")

func (c *Client) userOf(string) reader[vendor.OrganizationUser, User] {
	return func(w *vendor.OrganizationUser) (User, error) {
		if w == nil || w.ID == "" {
			return User{}, errNoUserID
		}
		m := moments{http: c.http}
		return User{
			ID: w.ID, Name: cmp.Or(w.Name, w.User.Name), Email: cmp.Or(w.Email, w.User.Email), Role: w.Role,
			ServiceAccount: w.IsServiceAccount, SCIM: w.IsScimManaged, AddedAt: m.at("added_at", w.JSON.AddedAt, w.AddedAt),
		}, m.err
	}
}

// ProjectUser is a user in a project.
type ProjectUser struct {
	ID, Name, Email string // Email "" = not shown
	Role            string // "member" or "owner"
	AddedAt         time.Time
}

func (c *Client) projectUserOf(string) reader[vendor.ProjectUser, ProjectUser] {
	return func(w *vendor.ProjectUser) (ProjectUser, error) {
		if w == nil || w.ID == "" {
			return ProjectUser{}, errNoUserID
		}
		m := moments{http: c.http}
		return ProjectUser{w.ID, w.Name, w.Email, w.Role, m.at("added_at", w.JSON.AddedAt, w.AddedAt)}, m.err
	}
}

// ProjectGroup is a group in a project. Answers do not show its role.
type ProjectGroup struct{ ID, Name string }

func projectGroupOf(string) reader[vendor.ProjectGroup, ProjectGroup] {
	return func(w *vendor.ProjectGroup) (ProjectGroup, error) {
		if w == nil || w.GroupID == "" {
			return ProjectGroup{}, errNoGroupID
		}
		return ProjectGroup{w.GroupID, w.GroupName}, nil
	}
}

// Leave notes that a destroy took away a group's role in a project and left the group there, because of
// its other roles. It is for the [Objects.Turn] of the group.
func (c *Client) Leave(project, group string) { c.left.Store(row{project, group}, true) }

// WasLeft says so once, in the same turn.
func (c *Client) WasLeft(project, group string) bool {
	_, left := c.left.LoadAndDelete(row{project, group})
	return left
}

// Invite asks an e-mail address into the organization. Nothing changes it.
type Invite struct {
	ID, Email, Role                  string
	Status                           string // "pending", "accepted" or "expired"
	Projects                         []InviteProject
	ShowsProjects                    bool // the answer had the field
	CreatedAt, ExpiresAt, AcceptedAt time.Time
}

// InviteProject is a project that an invite leads to, and the role there.
type InviteProject struct{ ID, Role string }

// Facts are those by which a lost create is found again.
func (i Invite) Facts() (id, email string, created time.Time) { return i.ID, i.Email, i.CreatedAt }

func (c *Client) inviteOf(string) reader[vendor.Invite, Invite] {
	return func(w *vendor.Invite) (Invite, error) {
		if w == nil || w.ID == "" {
			return Invite{}, errors.New("it has no invite id")
		}
		m := moments{http: c.http}
		i := Invite{
			ID: w.ID, Email: w.Email, Role: string(w.Role), Status: string(w.Status), ShowsProjects: w.JSON.Projects.Valid(),
			CreatedAt: m.at("created_at", w.JSON.CreatedAt, w.CreatedAt), ExpiresAt: m.at("expires_at", w.JSON.ExpiresAt, w.ExpiresAt), AcceptedAt: m.at("accepted_at", w.JSON.AcceptedAt, w.AcceptedAt),
		}
		for _, p := range w.Projects {
			i.Projects = append(i.Projects, InviteProject{p.ID, p.Role})
		}
		return i, m.err
	}
}

func (c *Client) addUsers() {
	c.Users = newObjects(c, kind[vendor.OrganizationUser, User]{
		noun: "user", path: at("/organization/users"), read: c.userOf, id: func(u User) string { return u.ID }, size: pageSize,
	})
	c.ProjectUsers = newObjects(c, kind[vendor.ProjectUser, ProjectUser]{
		noun: "project user", path: below("/organization/projects", "/users"), project: inProject,
		read: c.projectUserOf, id: func(u ProjectUser) string { return u.ID }, added: func(a *Added) string { return a.ID }, size: pageSize, byList: true,
	})
	c.ProjectGroups = newObjects(c, kind[vendor.ProjectGroup, ProjectGroup]{
		noun: "project group", path: below("/organization/projects", "/groups"), project: inProject,
		roles: func(project, group string) string { return InProject(project, GroupParent(group)) },
		also:  url.Values{"group_type": {"tenant_group"}}, // which a read of the usual type answers with 404
		read:  projectGroupOf, id: func(g ProjectGroup) string { return g.ID }, added: func(a *Added) string { return a.GroupID }, size: pageSize, byList: true,
	})
	c.Invites = newObjects(c, kind[vendor.Invite, Invite]{
		noun: "invite", path: at("/organization/invites"), read: c.inviteOf, id: func(i Invite) string { return i.ID }, size: pageSize,
	})
}
