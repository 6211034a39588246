// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

// firstPages bounds the lists that are read for the sake of a warning.
const firstPages = 3

// FirstProjects gives the active projects as this process first saw them, at most
// three pages. One look has to do; a failed one is remembered too.
func (c *Client) FirstProjects(ctx context.Context) apiclient.Look[*Project] {
	return c.projects.First(ctx, "", firstPages, c.listProjects(false))
}

// FirstServiceAccounts is [Client.FirstProjects] for the accounts of one project. A
// project that this process created is not looked at.
func (c *Client) FirstServiceAccounts(ctx context.Context, projectID string) apiclient.Look[*ServiceAccount] {
	if c.CreatedHere(projectID) {
		return apiclient.Look[*ServiceAccount]{}
	}
	return c.accounts.First(ctx, projectID, firstPages, c.listAccounts(projectID))
}
