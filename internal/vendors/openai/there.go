// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// What a replacement may move an object to, for [crud.Object.Parent]: an error that says that it is
// gone fails the plan, any other is left to the apply. What this process created is there, whatever a
// read says so soon.

func projectIsThere(ctx context.Context, c *api.Client, id types.String) error {
	if c.CreatedHere(id.ValueString()) {
		return nil
	}
	_, err := c.Project(ctx, id.ValueString(), time.Time{})
	return err
}

func groupIsThere(ctx context.Context, c *api.Client, id types.String) error {
	if c.CreatedHere(id.ValueString()) {
		return nil
	}
	_, err := listedGroup(ctx, c, id, time.Time{})
	return err
}

// listedGroup finds a group that many members ask for, in the list.
func listedGroup(ctx context.Context, c *api.Client, id types.String, created time.Time) (api.Group, error) {
	if list, err := c.Groups.All(ctx, ""); err == nil {
		if g, listed := c.Groups.In(list, id.ValueString()); listed {
			return *g, nil
		}
	}
	return c.Groups.Get(ctx, "", id.ValueString(), created)
}

// userIsThere looks for a user, for the object sake: in the list where many move to one.
func userIsThere(ctx context.Context, c *api.Client, sake string, id types.String) error {
	if c.Users.AskedFor("", id.ValueString(), sake) {
		if list, err := c.Users.All(ctx, ""); err == nil && list.ByID[id.ValueString()] != nil {
			return nil
		}
	}
	_, err := c.Users.Get(ctx, "", id.ValueString(), time.Time{})
	return err
}

// anybodyIsThere looks for a user or a service account. Not every organization lists its service
// accounts as users: where none is listed, an unknown id may be one.
func anybodyIsThere(ctx context.Context, c *api.Client, sake string, id types.String) error {
	if c.CreatedHere(id.ValueString()) {
		return nil
	}
	if list := c.Users.Peek(""); list != nil && !listsAccounts(list) {
		return nil
	}
	err := userIsThere(ctx, c, sake, id)
	if !apierr.IsGone(err) {
		return err
	}
	list, listErr := c.Users.All(ctx, "")
	if listErr == nil && listsAccounts(list) {
		return err
	}
	return listErr
}

func listsAccounts(users *api.List[*api.User]) bool {
	for _, u := range users.ByID {
		if u.ServiceAccount {
			return true
		}
	}
	return false
}

// addressIsThere looks for a user by the e-mail address.
func addressIsThere(ctx context.Context, c *api.Client, address types.String) error {
	_, member, err := memberByAddress(ctx, c, address.ValueString())
	if err == nil && !member {
		if list, listErr := c.Users.All(ctx, ""); listErr != nil || len(list.Incomplete) > 0 {
			return nil //nolint:nilerr // it may be one of those that the list lacks
		}
		err = &apierr.Gone{What: "user " + strconv.Quote(address.ValueString()), Why: "no user of the organization has this e-mail address", Never: true}
	}
	return err
}

// roleIsThere looks for a role of the organization, where project is "", or of a project, and then
// among those of the organization too.
func roleIsThere(ctx context.Context, c *api.Client, project string, id types.String) error {
	if c.CreatedHere(id.ValueString()) {
		return nil
	}
	all := c.Roles
	if project != "" {
		all = c.ProjectRoles
	}
	list, err := all.All(ctx, project)
	if err != nil || len(list.Incomplete) > 0 {
		return nil //nolint:nilerr // where roles cannot be listed, they may still be given
	}
	if _, listed := all.In(list, id.ValueString()); listed {
		return nil
	}
	_, err = all.Get(ctx, project, id.ValueString(), time.Time{})
	if project != "" && apierr.IsGone(err) && roleIsThere(ctx, c, "", id) == nil {
		return nil
	}
	return err
}
