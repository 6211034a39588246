// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Workspace is a workspace as the API shows it.
type Workspace struct {
	ID, Name, Slug, Description string
	CreatedAt                   time.Time
}

type wireWorkspace struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Slug        string  `json:"slug"`
	Description *string `json:"description"`
	CreatedAt   *string `json:"created_at"`
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
	return &Workspace{w.ID, w.Name, w.Slug, textOf(w.Description), created}, err
}

// aboutWorkspace is a request about one workspace and its answer; asked is an id or a slug, "" where
// the server chooses the id.
func (c *Client) aboutWorkspace(ctx context.Context, r apiclient.Request, asked string) (out *Workspace, err error) {
	_, err = send(ctx, c, r, func(w *wireWorkspace) error {
		if asked != "" && w.Slug != asked {
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
	w, err := apiclient.WhileYoung(ctx, c.http, created, func() (*Workspace, error) {
		return c.aboutWorkspace(ctx, apiclient.Request{
			Operation: apiclient.Operation{Name: "read workspace", Kind: apiclient.Read}, Method: http.MethodGet, Path: apiclient.Path("workspaces", id),
		}, id)
	})
	return apiclient.ValueOf(w, listed(id, err))
}

// ListedWorkspace is [Client.Workspace], from the list from the second object on for whose
// sake one is asked for.
func (c *Client) ListedWorkspace(ctx context.Context, sake, id string, created time.Time) (Workspace, error) {
	if c.workspaces.Several("", sake) {
		list, err := c.Workspaces(ctx)
		if err != nil {
			return Workspace{}, err
		}
		if w, there := list.ByID[id]; there {
			return *w, nil
		}
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
			w, err := c.aboutWorkspace(ctx, apiclient.Request{Operation: op, Method: http.MethodPost, Path: "/workspaces"}, "")
			if err == nil {
				c.minted.Store(w.ID, c.Now())
			}
			return w, err
		},
		List: func(ctx context.Context) (*List[*Workspace], error) {
			return c.workspaces.Fresh(ctx, "", c.listWorkspaces())
		},
		Facts:   func(w *Workspace) (string, string, time.Time) { return w.ID, w.Name, w.CreatedAt },
		Command: func(id string) string { return id },
	}))
}

// UpdateWorkspace changes what fields name.
func (c *Client) UpdateWorkspace(ctx context.Context, id string, fields map[string]any) (Workspace, error) {
	defer c.workspaces.Drop("")
	return apiclient.ValueOf(apiclient.Changed("workspace "+id, func() (*Workspace, error) {
		return c.aboutWorkspace(ctx, apiclient.Request{
			Operation: apiclient.Operation{Name: "update workspace", Kind: apiclient.Update, Body: apiclient.SameBody(fields)}, Method: http.MethodPatch, Path: apiclient.Path("workspaces", id),
		}, id)
	}, func() error {
		_, err := c.Workspace(ctx, id, time.Time{})
		return err
	}))
}

// DeleteWorkspace deletes a workspace, which the API refuses while keys of it work. One that is not there
// before is an error: the management key may be another organization's, where none of its workspaces is.
func (c *Client) DeleteWorkspace(ctx context.Context, id string) error {
	if _, err := c.Workspace(ctx, id, time.Time{}); err != nil {
		return err
	}
	defer c.workspaces.Drop("")
	_, err := apiclient.JSON(ctx, c.http, apiclient.Request{
		Operation: apiclient.Operation{Name: opDeleteWorkspace, Kind: apiclient.Update, Ack: true}, Method: http.MethodDelete, Path: apiclient.Path("workspaces", id),
	}, apiclient.Anything[deleted])
	return apiclient.Deleted(ctx, c.http, "workspace "+id, err, func(ctx context.Context) (bool, error) {
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

// Assignment says which guardrail a key has.
type Assignment struct {
	KeyHash     string `json:"key_hash"`
	GuardrailID string `json:"guardrail_id"`
}

// guardrail is "" for a key without an assignment.
func (a *Assignment) guardrail() string {
	if a == nil {
		return ""
	}
	return a.GuardrailID
}

// Assignments gives the guardrails of all keys, by hash, from the list that this process
// remembers. It is empty where the server answers 404 twice, as it does for other empty lists.
func (c *Client) Assignments(ctx context.Context) (*List[*Assignment], error) {
	request := apiclient.Request{
		Operation: apiclient.Operation{Name: "list guardrail assignments", Kind: apiclient.Read}, Method: http.MethodGet, Path: "/guardrails/assignments/keys",
		Query: url.Values{"limit": {""}},
	}
	read := func(_ context.Context, a *Assignment) (*Assignment, error) { return a, nil }
	return c.assignments.All(ctx, "", func(ctx context.Context, note func(string)) iter.Seq2[*Assignment, error] {
		return func(yield func(*Assignment, error) bool) {
			some := false
			for a, err := range pages(c, request, listSize, read, func(a *Assignment) string { return a.KeyHash })(ctx, note) {
				if !some && apierr.IsNotFound(err) {
					return
				}
				some = true
				if !yield(a, err) {
					return
				}
			}
		}
	})
}

// GuardrailOf is the guardrail of a key, "" for none, as [Client.Assignments] last read it
// or [Client.Assign] has set it since; known is false where neither did.
func (c *Client) GuardrailOf(hash string) (id string, known bool) {
	if list := c.assignments.Peek(""); list != nil {
		return list.ByID[hash].guardrail(), true
	}
	assigned, known := c.assigned.Load(hash)
	id, _ = assigned.(string)
	return id, known
}

// Assign gives a key a guardrail, in place of the one it has. With "" it takes away the
// one it has. [apierr.Gone] as for [Client.Key].
func (c *Client) Assign(ctx context.Context, workspaceID, hash, guardrailID string) error {
	defer c.assignments.Drop("")
	path := []string{"guardrails", guardrailID, "assignments", "keys"}
	name := "assign guardrail"
	if guardrailID == "" {
		has, err := c.guardrailNow(ctx, hash)
		if err != nil || has == "" {
			return err
		}
		name, path[1] = "take guardrail away", has
		path = append(path, "remove")
	}
	there := false
	answer, err := apiclient.Changed("API key "+hash, func() (*assigned, error) {
		return apiclient.JSON(ctx, c.http, apiclient.Request{
			Operation: apiclient.Operation{Name: name, Kind: apiclient.Update, Body: apiclient.SameBody(map[string]any{"key_hashes": []string{hash}})},
			Method:    http.MethodPost, Path: apiclient.Path(path...),
		}, apiclient.Anything[assigned])
	}, func() error {
		_, err := c.Key(ctx, workspaceID, hash, c.bornAt(hash))
		there = err == nil
		return err
	})
	if there && apierr.IsNotFound(err) && guardrailID != "" {
		err = apierr.Hinted(err, "The organization of the management key has no guardrail "+guardrailID+". Check guardrail_id and openrouter.management_key.")
	}
	if err == nil && answer.none() {
		// Perhaps a request that was repeated, whose first one did it.
		var has string
		if has, err = c.guardrailNow(ctx, hash); err == nil && has != guardrailID {
			err = &apierr.Error{Operation: name, Message: "the server answered that it assigned guardrail " + guardrailID + " to no key", Hint: "Check guardrail_id."}
		}
	}
	if err == nil {
		c.assigned.Store(hash, guardrailID)
	}
	return err
}

// assigned is the answer to an assignment.
type assigned struct {
	Count apiclient.Number `json:"assigned_count"`
}

// none says that no key was assigned.
func (a *assigned) none() bool {
	count, shown := a.Count.Count()
	return shown && count == 0
}

// guardrailNow is the guardrail that a key has, "" for none, which one list alone does not show.
func (c *Client) guardrailNow(ctx context.Context, hash string) (id string, err error) {
	for look := 0; look < 2 && id == "" && err == nil; look++ {
		c.assignments.Drop("")
		var list *List[*Assignment]
		if list, err = c.Assignments(ctx); err == nil {
			id = list.ByID[hash].guardrail()
		}
	}
	return id, err
}
