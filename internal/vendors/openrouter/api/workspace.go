// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

// Workspace is a workspace as the API shows it.
type Workspace struct {
	ID, Name, Slug string
	Description    *string // "" = none, nil = not shown
	CreatedAt      time.Time
}

type wireWorkspace struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Slug        string  `json:"slug"`
	Description told    `json:"description"`
	CreatedAt   *string `json:"created_at"`
}

// told is a text of an answer: "" for null, nil where the answer does not have it.
type told struct{ text *string }

// UnmarshalJSON takes a text or null.
func (t *told) UnmarshalJSON(data []byte) error {
	t.text = new(string)
	return json.Unmarshal(data, t.text) // which leaves it as it is for null
}

const (
	opCreateWorkspace = "create workspace"
	opDeleteWorkspace = "delete workspace"
	listSize          = 100 // the largest page of lists other than that of keys
)

var errNoID = errors.New("it has no id")

func (c *Client) workspaceOf(_ context.Context, w *wireWorkspace) (*Workspace, error) {
	if w.ID == "" {
		return nil, errNoID
	}
	created, err := c.http.Moment("created_at", w.CreatedAt)
	c.noteYoung(w.ID, created)
	return &Workspace{w.ID, w.Name, w.Slug, w.Description.text, created}, err
}

var uuid = pattern.Lazy(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// Canonical is an id of a workspace or guardrail as answers write it: a UUID may be given in capitals.
func Canonical(id string) string {
	if !uuid().MatchString(id) {
		return id
	}
	return strings.ToLower(id)
}

// aboutWorkspace is a request about one workspace and its answer; asked is an id or a slug, "" where
// the server chooses the id. An answer without a slug may be about any.
func (c *Client) aboutWorkspace(ctx context.Context, r apiclient.Request, asked string) (out *Workspace, err error) {
	_, err = send(ctx, c, r, func(w *wireWorkspace) error {
		if asked != "" && w.Slug != asked && (w.Slug != "" || uuid().MatchString(asked)) {
			if err := apiclient.SameID(asked, w.ID); err != nil {
				return err
			}
		}
		out, err = c.workspaceOf(ctx, w)
		return err
	})
	return out, err
}

// Workspace reads one workspace by its id or slug. A 404 is an [apierr.Error]: nothing
// confirms that the organization is the right one. created may be zero.
func (c *Client) Workspace(ctx context.Context, id string, created time.Time) (Workspace, error) {
	id = Canonical(id)
	w, err := apiclient.Confirmed(ctx, c.http, created, func() (*Workspace, error) {
		return c.aboutWorkspace(ctx, apiclient.Request{
			Operation: apiclient.Operation{Name: "read workspace", Kind: apiclient.Read}, Method: http.MethodGet, Path: apiclient.Path("workspaces", id),
		}, id)
	})
	return apiclient.ValueOf(w, listed(id, err))
}

// ListedWorkspace is [Client.Workspace], from the list from the second object on for whose
// sake one is asked for.
func (c *Client) ListedWorkspace(ctx context.Context, sake, id string, created time.Time) (Workspace, error) {
	if w, there, err := c.workspaces.Listed(ctx, "", sake, id, c.listWorkspaces()); there || err != nil {
		return apiclient.ValueOf(w, err)
	}
	return c.Workspace(ctx, id, created)
}

func (c *Client) listWorkspaces() apiclient.Fetch[*Workspace] {
	request := apiclient.Request{
		Operation: apiclient.Operation{Name: "list workspaces", Kind: apiclient.Read}, Method: http.MethodGet, Path: "/workspaces",
		Query: url.Values{"limit": {""}},
	}
	return func(ctx context.Context, note func(string)) iter.Seq2[*Workspace, error] {
		return pages(c, request, listSize, c.workspaceOf, func(w *Workspace) string { return w.ID })(ctx, note)
	}
}

// Workspaces gives all workspaces, from the list that this process remembers.
func (c *Client) Workspaces(ctx context.Context) (*List[*Workspace], error) {
	return c.workspaces.All(ctx, "", c.listWorkspaces())
}

// WalkWorkspaces walks the workspaces page by page.
func (c *Client) WalkWorkspaces(ctx context.Context, note func(string)) iter.Seq2[*Workspace, error] {
	return c.workspaces.Walk(ctx, "", note, c.listWorkspaces())
}

// firstPages is how much of a list is read for a warning only.
const firstPages = 3

// FirstWorkspaces gives the workspaces as this process first saw them, at most three pages.
func (c *Client) FirstWorkspaces(ctx context.Context) apiclient.Look[*Workspace] {
	return c.workspaces.First(ctx, "", firstPages, c.listWorkspaces())
}

// CreateWorkspace creates a workspace. After an unknown outcome it adopts the one that the
// request made.
func (c *Client) CreateWorkspace(ctx context.Context, name string, fields map[string]any) (Workspace, apiclient.Recovered, error) {
	return apiclient.MadeOf(apiclient.CreateNamed(ctx, c.http, apiclient.Named[*Workspace]{
		Noun: "workspace", Name: name,
		Send: func(ctx context.Context, op apiclient.Operation) (*Workspace, error) {
			defer c.workspaces.Drop("")
			op.Body = apiclient.SameBody(fields)
			return c.aboutWorkspace(ctx, apiclient.Request{Operation: op, Method: http.MethodPost, Path: "/workspaces"}, "")
		},
		Learn: func(w *Workspace) { c.born.Store(w.ID, c.Now()) },
		List: func(ctx context.Context) (*List[*Workspace], error) {
			return c.workspaces.Fresh(ctx, "", c.listWorkspaces())
		},
		Facts:   func(w *Workspace) (string, string, time.Time) { return w.ID, w.Name, w.CreatedAt },
		Command: func(id string) string { return id },
	}))
}

// UpdateWorkspace changes what fields name. created may be zero.
func (c *Client) UpdateWorkspace(ctx context.Context, id string, created time.Time, fields map[string]any) (Workspace, error) {
	defer c.workspaces.Drop("")
	return apiclient.Changed("workspace "+id, func() (Workspace, error) {
		return apiclient.ValueOf(c.aboutWorkspace(ctx, apiclient.Request{
			Operation: apiclient.Operation{Name: "update workspace", Kind: apiclient.Update, Body: apiclient.SameBody(fields)}, Method: http.MethodPatch, Path: apiclient.Path("workspaces", id),
		}, id))
	}, func() (Workspace, error) { return c.Workspace(ctx, id, created) })
}

// DeleteWorkspace deletes a workspace, which the API refuses while keys of it work. One that is not there
// before is an error: the management key may be another organization's, where none of its workspaces is. created may be
// zero: a young one may be missing to a DELETE and in lists.
func (c *Client) DeleteWorkspace(ctx context.Context, id string, created time.Time) error {
	if _, err := c.Workspace(ctx, id, created); err != nil {
		return err
	}
	defer c.workspaces.Drop("")
	return c.remove(ctx, opDeleteWorkspace, "workspace "+id, apiclient.Path("workspaces", id), &created, func(ctx context.Context) (bool, error) {
		list, err := c.workspaces.Fresh(ctx, "", c.listWorkspaces())
		if err != nil {
			return false, err
		}
		_, there := list.ByID[id]
		if !there && len(list.Incomplete) > 0 {
			return false, &apierr.Error{
				Operation: opDeleteWorkspace, Message: "the list of workspaces may be incomplete, so it does not show that workspace " + id + " is gone: " + list.Incomplete[0],
				Hint: "It stays in state. Try again later; if it does not help, ask the vendor's support.",
			}
		}
		return !there, nil
	})
}
