// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"errors"
	"time"

	vendor "github.com/openai/openai-go/v3"
)

const groupsPath = "/organization/groups"

// Group is a group of users and service accounts.
type Group struct {
	ID, Name  string
	Type      string // "group" or "tenant_group"; "" = not shown
	SCIM      bool   // managed by an identity provider
	CreatedAt time.Time
}

var errNoGroupID = errors.New("it has no group id")

func (c *Client) groupOf(string) reader[vendor.Group, Group] {
	return func(w *vendor.Group) (Group, error) {
		if w == nil || w.ID == "" {
			return Group{}, errNoGroupID
		}
		m := moments{http: c.http}
		scim := w.IsScimManaged
		if other, shown := w.JSON.ExtraFields["scim_managed"]; shown { // as role assignments call it
			scim = other.Raw() == "true"
		}
		return Group{ID: w.ID, Name: w.Name, Type: string(w.GroupType), SCIM: scim, CreatedAt: m.at("created_at", w.JSON.CreatedAt, w.CreatedAt)}, m.err
	}
}

// Facts are those by which a lost create is found again.
func (g Group) Facts() (id, name string, created time.Time) { return g.ID, g.Name, g.CreatedAt }

// GroupMember is a user or a service account in a group.
type GroupMember struct {
	ID, Name string
	Email    string // "" = none, as of a service account
}

func groupMemberOf(string) reader[vendor.OrganizationGroupUser, GroupMember] {
	return func(w *vendor.OrganizationGroupUser) (GroupMember, error) {
		if w == nil || w.ID == "" {
			return GroupMember{}, errors.New("it has no user id")
		}
		return GroupMember{w.ID, w.Name, w.Email}, nil
	}
}

func (c *Client) addGroups() {
	c.Groups = newObjects(c, kind[vendor.Group, Group]{
		noun: "group", path: at(groupsPath), read: c.groupOf, id: func(g Group) string { return g.ID }, size: 1000,
	})
	c.GroupMembers = newObjects(c, kind[vendor.OrganizationGroupUser, GroupMember]{
		noun: "group member", path: below(groupsPath, "/users"), root: func(group, _ string) string { return group },
		read: groupMemberOf, id: func(m GroupMember) string { return m.ID }, size: 1000, byList: true,
		added: func(a *Added) string { return a.UserID },
	})
}
