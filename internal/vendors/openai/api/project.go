// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	vendor "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Project is a project of the organization. Projects are archived, never deleted.
type Project struct {
	ID            string
	Name          string
	Status        string // "active" or "archived"
	Archived      bool
	CreatedAt     time.Time
	ExternalKeyID string // "" = none, or not shown
	ShowsKey      bool
	Residency     string // "" = not shown
}

// ProjectSettings are what a project is created with; empty fields are left to the server.
type ProjectSettings struct {
	Name          string
	ExternalKeyID string
	Residency     string
}

const archivedStatus = "archived"

func idOfProject(p *Project) string { return p.ID }

func (c *Client) projectOf(p *vendor.Project) (*Project, error) {
	if p == nil || p.ID == "" {
		return &Project{}, errors.New("it has no project id")
	}
	m := moments{http: c.http}
	out := &Project{
		ID: p.ID, Name: p.Name, Status: p.Status, CreatedAt: m.at("created_at", p.JSON.CreatedAt, p.CreatedAt),
		ExternalKeyID: p.ExternalKeyID, ShowsKey: p.JSON.ExternalKeyID.Raw() != "", Residency: string(p.Residency),
		Archived: p.Status == archivedStatus || p.Status == "" && p.ArchivedAt != 0, // some leave the status out
	}
	if out.Residency == "" {
		// Organizations on the older contract call it geography.
		if geography, ok := p.JSON.ExtraFields["geography"]; ok {
			out.Residency = text([]byte(geography.Raw()))
		}
	}
	if out.Status == "" {
		out.Status = map[bool]string{true: archivedStatus, false: "active"}[out.Archived]
	}
	return out, m.err
}

// CreateProject creates a project. After an unknown outcome it adopts the project
// that the request made.
func (c *Client) CreateProject(ctx context.Context, settings ProjectSettings) (Project, Recovered, error) {
	return apiclient.MadeOf(apiclient.CreateNamed(ctx, c.http, apiclient.Named[*Project]{
		Noun: "project", Name: settings.Name,
		Send: func(ctx context.Context, op apiclient.Operation) (*Project, error) {
			defer c.projects.Drop("")
			body := vendor.AdminOrganizationProjectNewParams{Name: settings.Name}
			if settings.ExternalKeyID != "" {
				body.ExternalKeyID = param.NewOpt(settings.ExternalKeyID)
			}
			body.Residency = vendor.ProjectResidency(settings.Residency)
			var p *Project
			_, err := call(ctx, c, op, func(ctx context.Context, via option.RequestOption) (*vendor.Project, error) {
				return c.admin.Organization.Projects.New(ctx, body, via)
			}, about("", &p, c.projectOf, idOfProject))
			return p, err
		},
		Learn: func(p *Project) { c.learn(p.ID, p.CreatedAt) },
		List: func(ctx context.Context) (*List[*Project], error) {
			return c.projects.Fresh(ctx, "", c.listProjects(false))
		},
		Facts:   func(p *Project) (string, string, time.Time) { return p.ID, p.Name, p.CreatedAt },
		Command: func(id string) string { return id },
	}))
}

// learn takes note of an object of the organization, or an account, that was just created.
func (c *Client) learn(id string, created time.Time) {
	c.http.Created(created)
	c.created.Store(id, c.Now())
}

// CreatedHere says that this process created an object that others are below.
func (c *Client) CreatedHere(id string) bool {
	_, ours := c.created.Load(id)
	return ours
}

// born is when an object was created, as the caller knows it or else by this process; zero where neither is the case.
// Not every answer shows it.
func (c *Client) born(id string, known time.Time) time.Time {
	if at, ours := c.created.Load(id); ours && known.IsZero() {
		known, _ = at.(time.Time)
	}
	return known
}

// Project reads one project. An archived one is an [apierr.Gone]; one that this
// organization has never had is an error, because then the admin key is another
// organization's. created, if known, lets a 404 right after creation be retried.
func (c *Client) Project(ctx context.Context, id string, created time.Time) (Project, error) {
	listed, there, err := c.projects.Listed(ctx, "", id, id, c.listProjects(false))
	if err != nil {
		return Project{}, err
	}
	if there && !listed.Archived { // a list is asked for active ones only
		c.sightings.saw()
		return *listed, nil
	}
	p, err := c.ConfirmProject(ctx, id, created)
	if err != nil {
		return Project{}, err
	}
	if p.Archived {
		return p, &apierr.Gone{What: "project " + id, Why: "it was archived, which cannot be undone through the API"}
	}
	return p, nil
}

// ConfirmProject finds out for certain whether a project is active or archived; it
// is an error when the organization does not have it at all.
func (c *Client) ConfirmProject(ctx context.Context, id string, created time.Time) (Project, error) {
	if known, ok := c.archived.Load(id); ok {
		p, _ := known.(*Project)
		return apiclient.ValueOf(p, nil)
	}
	// Every object of an archived project comes here: one flight answers all.
	result := c.confirming.DoChan(id, func() (any, error) {
		p, err := c.confirmProject(context.WithoutCancel(ctx), id, created)
		switch {
		case err != nil:
		case p.Archived:
			c.archived.Store(id, p)
		default:
			c.active.Store(id, true)
		}
		return p, err
	})
	select {
	case <-ctx.Done():
		return Project{}, ctx.Err()
	case r := <-result:
		p, _ := r.Val.(*Project)
		if r.Err == nil {
			c.sightings.saw()
		}
		return apiclient.ValueOf(p, r.Err)
	}
}

// knows says that this process has found a project in the organization. It may be archived by now.
func (c *Client) knows(id string) bool {
	if _, active := c.active.Load(id); active {
		return true
	}
	list := c.projects.Peek("")
	return list != nil && list.ByID[id] != nil
}

func (c *Client) confirmProject(ctx context.Context, id string, created time.Time) (*Project, error) {
	created = c.born(id, created) // whoever asks about something in it may not know
	p, err := apiclient.WhileYoung(ctx, c.http, created, func() (p *Project, err error) {
		_, err = call(ctx, c, apiclient.Operation{Name: "read project", Kind: apiclient.Read}, func(ctx context.Context, via option.RequestOption) (*vendor.Project, error) {
			return c.admin.Organization.Projects.Get(ctx, id, via)
		}, about(id, &p, c.projectOf, idOfProject))
		return p, err
	})
	if err == nil {
		return p, nil
	}
	if status := apierr.Status(err); status != http.StatusNotFound && status != http.StatusBadRequest {
		return nil, err
	}
	for one, listErr := range c.Projects(ctx, true, ignored) {
		if listErr != nil {
			return nil, listErr
		}
		if one.ID == id {
			return one, nil
		}
	}
	return nil, c.absent(id, err)
}

// absent is the error for a project that this organization does not have.
func (c *Client) absent(id string, err error) error {
	return apierr.With(err, func(e *apierr.Error) {
		e.Message = fmt.Sprintf("project %s does not exist in the organization of this admin key, not even as an archived one", id)
		e.Hint = "Projects are never deleted, so this is most likely another organization's admin key, or a mistyped project id. Nothing was removed from state. Check openai.admin_key (or OPENAI_ADMIN_KEY) and the id."
		e.Unmanaged = "Projects are never deleted, so this is most likely another organization's admin key, or a mistyped project id. Check openai.admin_key (or OPENAI_ADMIN_KEY) and the id."
	})
}

// ActiveProjects gives all projects that are not archived, from the list this process
// remembers.
func (c *Client) ActiveProjects(ctx context.Context) (*List[*Project], error) {
	return c.projects.All(ctx, "", c.listProjects(false))
}

// Projects walks all projects, with the archived ones only if asked for; note gets
// why some may be missing.
func (c *Client) Projects(ctx context.Context, archived bool, note Note) iter.Seq2[*Project, error] {
	parent := ""
	if archived {
		parent = "archived too" // another list than the one that is remembered
	}
	return c.projects.Walk(ctx, parent, note, c.listProjects(archived))
}

// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func (c *Client) listProjects(archived bool) apiclient.Fetch[*Project] {
	return func(ctx context.Context, note func(string)) iter.Seq2[*Project, error] {
		const name = "list projects"
		return apiclient.Pages(ctx, apiclient.Walk[*Project]{Name: name, Size: pageSize, IDOf: idOfProject, Note: note, Get: func(ctx context.Context, after string, size int) (apiclient.Page[*Project], error) {
			query := vendor.AdminOrganizationProjectListParams{Limit: param.NewOpt(int64(size))}
			if archived {
				query.IncludeArchived = param.NewOpt(true)
			}
			if after != "" {
				query.After = param.NewOpt(after)
			}
			answer, err := call(ctx, c, apiclient.Operation{Name: name, Kind: apiclient.Read}, func(ctx context.Context, via option.RequestOption) (*conversationPage[vendor.Project], error) {
				return c.admin.Organization.Projects.List(ctx, query, via)
			}, usableList)
			return pageOf(answer, err, c.projectOf, note)
		}})
	}
}

// UpdateProject changes name and external key; nil leaves a setting alone.
func (c *Client) UpdateProject(ctx context.Context, id string, created time.Time, name, externalKeyID *string) (Project, error) {
	defer c.projects.Drop("")
	body := vendor.AdminOrganizationProjectUpdateParams{}
	if name != nil {
		body.Name = param.NewOpt(*name)
	}
	if externalKeyID != nil {
		body.ExternalKeyID = param.NewOpt(*externalKeyID)
	}
	send := func() (p *Project, err error) {
		_, err = call(ctx, c, apiclient.Operation{Name: "update project", Kind: apiclient.Update}, func(ctx context.Context, via option.RequestOption) (*vendor.Project, error) {
			return c.admin.Organization.Projects.Update(ctx, id, body, via)
		}, about(id, &p, c.projectOf, idOfProject))
		return p, err
	}
	return apiclient.Changed("project "+id, func() (Project, error) {
		return apiclient.ValueOf(apiclient.WhileYoung(ctx, c.http, c.born(id, created), send))
	}, func() (Project, error) { return c.ConfirmProject(ctx, id, created) })
}

// ArchiveProject archives a project for good; one already archived is success.
func (c *Client) ArchiveProject(ctx context.Context, id string) error {
	defer c.projects.Drop("")
	const name = "archive project"
	answer, err := call(ctx, c, apiclient.Operation{Name: name, Kind: apiclient.Update, Ack: true}, func(ctx context.Context, via option.RequestOption) (*vendor.Project, error) {
		return c.admin.Organization.Projects.Archive(ctx, id, via)
	}, acknowledged(id, func(p *vendor.Project) string { return p.ID }))
	look := func(ctx context.Context) (bool, error) {
		p, err := c.ConfirmProject(ctx, id, time.Time{})
		return p.Archived, err
	}
	if apierr.Status(err) == http.StatusBadRequest {
		archived, lookErr := look(ctx)
		if archived || lookErr != nil {
			return lookErr
		}
		return err
	}
	if err == nil && answer != nil && answer.Status != "" && answer.Status != archivedStatus {
		return apiclient.Unsaid(ctx, c.http, name, "project "+id, look)
	}
	return apiclient.Deleted(ctx, c.http, "project "+id, err, look)
}

// listed judges a failed list of something inside a project. Only the archived
// project makes it gone: a 404 may as well be about the cursor. created is as for [absence].
func (c *Client) listed(ctx context.Context, projectID, what string, created time.Time, err error) error {
	judged := c.child(ctx, projectID, what, absence{created: created}, err)
	if gone, ok := apierr.AsGone(judged); ok && gone.Why == "" {
		return err
	}
	return judged
}

// unseen is why an object is not there: one that was never seen may never have been.
func unseen(created time.Time, gone, never string) absence {
	if created.IsZero() {
		return absence{why: never, never: true}
	}
	return absence{why: gone, created: created}
}

// absence is why something is not there, and whether it was never seen.
type absence struct {
	why     string
	never   bool
	created time.Time // when it was created, if known: its project may be as young
}

// child judges a failed call on something inside a project: it is gone only when
// the project was confirmed, as archived or (on 404) as active.
func (c *Client) child(ctx context.Context, projectID, what string, why absence, err error) error {
	status := apierr.Status(err)
	if status != http.StatusNotFound && status != http.StatusBadRequest {
		return err
	}
	p, confirmErr := c.ConfirmProject(ctx, projectID, why.created)
	switch {
	case confirmErr != nil:
		return confirmErr
	case p.Archived:
		return &apierr.Gone{What: what, Why: "its project " + projectID + " was archived"}
	case status == http.StatusNotFound:
		return &apierr.Gone{What: what, Why: why.why, Never: why.never}
	default:
		return err
	}
}
