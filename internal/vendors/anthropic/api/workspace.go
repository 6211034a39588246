// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"net/http"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Workspace is a workspace as the API shows it.
type Workspace struct {
	ID, Name, DisplayColor, ExternalKeyID string

	Tags, Residency any // as JSON has them, nil where the API shows none
	CreatedAt       time.Time
	Archived        bool
}

func (w *Workspace) id() string { return w.ID }

type wireWorkspace struct {
	ID, Name      string
	DisplayColor  string `json:"display_color"`
	ExternalKeyID string `json:"external_key_id"`
	Tags          any
	Residency     any     `json:"data_residency"`
	CreatedAt     *string `json:"created_at"`
	ArchivedAt    *string `json:"archived_at"`
}

func (c *Client) workspaceOf(w *wireWorkspace) (*Workspace, error) {
	if w.ID == "" {
		return nil, errNoID
	}
	created, err := c.http.Moment("created_at", w.CreatedAt)
	return &Workspace{w.ID, w.Name, w.DisplayColor, w.ExternalKeyID, w.Tags, w.Residency, created, w.ArchivedAt != nil && *w.ArchivedAt != ""}, err
}

// of is workspaceOf for the answer about the one that was asked for.
func (c *Client) of(asked string) func(*wireWorkspace) (*Workspace, error) {
	return func(w *wireWorkspace) (*Workspace, error) {
		if err := apiclient.SameID(asked, w.ID); err != nil {
			return nil, err
		}
		return c.workspaceOf(w)
	}
}

// Workspace reads one workspace, archived or not: alone, or from the list from the second one
// on. created may be zero.
func (c *Client) Workspace(ctx context.Context, id string, created time.Time) (Workspace, error) {
	if w, there, err := c.Workspaces.Listed(ctx, id); there || err != nil {
		return apiclient.ValueOf(w, err)
	}
	return apiclient.ValueOf(apiclient.Confirmed(ctx, c.http, created, func() (*Workspace, error) { return c.getWorkspace(ctx, id) }))
}

func (c *Client) getWorkspace(ctx context.Context, id string) (*Workspace, error) {
	return ask(ctx, c, reading("workspace"), http.MethodGet, workspacesPath+apiclient.Path(id), c.of(id))
}

// CreateWorkspace creates a workspace. After an unknown outcome it adopts the one that the
// request made.
func (c *Client) CreateWorkspace(ctx context.Context, name string, fields map[string]any) (Workspace, apiclient.Recovered, error) {
	return apiclient.MadeOf(apiclient.CreateNamed(ctx, c.http, apiclient.Named[*Workspace]{
		Noun: "workspace", Name: name, Command: func(id string) string { return id },
		Send: func(ctx context.Context, op apiclient.Operation) (*Workspace, error) {
			defer c.Workspaces.Drop()
			op.Body = apiclient.SameBody(fields)
			return ask(ctx, c, op, http.MethodPost, workspacesPath, c.workspaceOf)
		},
		Learn: func(w *Workspace) { c.http.Created(w.CreatedAt) },
		List:  c.Workspaces.Fresh,
		Facts: func(w *Workspace) (string, string, time.Time) { return w.ID, w.Name, w.CreatedAt },
	}))
}

// UpdateWorkspace changes what fields name.
func (c *Client) UpdateWorkspace(ctx context.Context, id string, fields map[string]any) (Workspace, error) {
	defer c.Workspaces.Drop()
	w, err := apiclient.Changed("workspace "+id, func() (*Workspace, error) {
		return ask(ctx, c, updating("workspace", fields), http.MethodPost, workspacesPath+apiclient.Path(id), c.of(id))
	}, func() (*Workspace, error) { return c.getWorkspace(ctx, id) })
	return apiclient.ValueOf(w, c.ifDefault(ctx, id, err))
}

// ifDefault gives the refusal of a change its hint where it may be about the default workspace. No answer tells it from
// the others, but a list can leave it out, as it can a young one.
func (c *Client) ifDefault(ctx context.Context, id string, err error) error {
	if apierr.Status(err) != http.StatusBadRequest {
		return err
	}
	whole := true
	for w, listErr := range c.ordinary(ctx, func(string) { whole = false }) {
		if listErr != nil || w.ID == id {
			return err
		}
	}
	if !whole {
		return err
	}
	return apierr.Hinted(err, "The list of workspaces does not show it. If it is the default workspace, the API neither changes nor archives it: take it out of state (a removed block with destroy = false, or terraform state rm).")
}

const (
	opArchive   = "archive workspace"
	archivePath = "/archive"
)

// ArchiveWorkspace archives a workspace; one that is archived already is success, after a look.
func (c *Client) ArchiveWorkspace(ctx context.Context, id string) error {
	defer c.Workspaces.Drop()
	answer, err := ask(ctx, c, apiclient.Operation{Name: opArchive, Kind: apiclient.Update, Ack: true}, http.MethodPost, workspacesPath+apiclient.Path(id)+archivePath, c.of(id))
	look := func(ctx context.Context) (bool, error) {
		w, err := c.getWorkspace(ctx, id)
		return err == nil && w.Archived, err
	}
	if err == nil && answer != nil && !answer.Archived {
		return apiclient.Unsaid(ctx, c.http, opArchive, "workspace "+id, look)
	}
	if !apiclient.Unclear(err) {
		return err
	}
	archived, lookErr := look(ctx)
	if lookErr != nil || archived {
		return lookErr
	}
	return apiclient.StillThere("workspace "+id, c.ifDefault(ctx, id, err))
}
