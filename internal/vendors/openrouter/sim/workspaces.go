// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// Workspace is a workspace as the simulator stores it.
type Workspace struct {
	simkit.Object
	Name        string
	Slug        string
	Description string // "" = null
	Default     bool
	UpdatedAt   time.Time
	guardrail   string // its own, beside those that are assigned to keys
}

var slugs = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)

func (s *Server) addWorkspace(w Workspace) *Workspace {
	w.Object = s.Issuer.ObjectWithID(s.uuid(), s.Clock().Now())
	w.guardrail = s.uuid()
	s.workspaces = append(s.workspaces, &w)
	return &w
}

// workspaceID is the id of a workspace as answers write it: as a UUID it may be asked for in capitals.
func (s *Server) workspaceID(asked string) (id string, known bool) {
	id = strings.ToLower(asked)
	_, known = simkit.Find(s.workspaces, id)
	return id, known
}

// workspace is the one that a request names by id or slug.
func (s *Server) workspace(c *simkit.Call) (*Workspace, *simkit.Problem) {
	for _, w := range s.workspaces {
		if strings.EqualFold(w.ID, c.Path("id")) || w.Slug == c.Path("id") {
			return w, nil
		}
	}
	return nil, notFound()
}

func (s *Server) listWorkspaces(c *simkit.Call) (any, *simkit.Problem) {
	return page(c, s.workspaces, func(w *Workspace) any { return s.showWorkspace(w) })
}

// page is an answer to a list with offset and limit.
func page[T simkit.Listed](c *simkit.Call, all []T, show func(T) any, filters ...string) (any, *simkit.Problem) {
	if bad := c.CheckQuery(append(filters, "offset", "limit")...); bad != nil {
		return nil, bad
	}
	skip, bad := number(c, "offset", 0, 0, 1<<30)
	if bad != nil {
		return nil, bad
	}
	limit, bad := number(c, "limit", 50, 1, 100)
	if bad != nil {
		return nil, bad
	}
	p, _ := simkit.NewPage(c, all, simkit.Window{Skip: skip, Limit: limit}, func(T) bool { return true }, show)
	return map[string]any{"data": p.Rows, "total_count": p.Total}, nil
}

func (s *Server) createWorkspace(c *simkit.Call) (any, *simkit.Problem) {
	f, bad := c.ReadFields(simkit.Reading{}, "name", "slug", "description")
	if bad != nil {
		return nil, bad
	}
	for _, name := range []string{"name", "slug"} {
		if _, bad := f.RequiredText(name); bad != nil {
			return nil, bad
		}
	}
	var w Workspace
	if bad := s.changeWorkspace(&w, f); bad != nil {
		return nil, bad
	}
	c.Status = http.StatusCreated
	return map[string]any{"data": s.showWorkspace(s.addWorkspace(w))}, nil
}

func (s *Server) changeWorkspace(w *Workspace, f simkit.Fields) *simkit.Problem {
	for name, into := range map[string]*string{"name": &w.Name, "slug": &w.Slug} {
		if f.Has(name) {
			text, bad := f.Text(name)
			if bad != nil {
				return bad
			}
			*into = text
		}
	}
	if f.Has("description") {
		text, bad := f.NullableText("description")
		if bad != nil {
			return bad
		}
		w.Description = text
	}
	taken := func(o *Workspace) bool { return o.ID != w.ID && o.Slug == w.Slug }
	if len(w.Name) > 100 || len(w.Slug) > 50 || !slugs.MatchString(w.Slug) || len(w.Description) > 500 || slices.ContainsFunc(s.workspaces, taken) {
		return usual(http.StatusBadRequest, "")
	}
	return nil
}

func (s *Server) getWorkspace(c *simkit.Call) (any, *simkit.Problem) {
	w, bad := s.workspace(c)
	if bad == nil && c.Stale(w) {
		bad = notFound()
	}
	if bad != nil {
		return nil, bad
	}
	return map[string]any{"data": s.showWorkspace(w)}, nil
}

func (s *Server) updateWorkspace(c *simkit.Call) (any, *simkit.Problem) {
	f, bad := c.ReadFields(simkit.Reading{}, "name", "slug", "description")
	if bad != nil {
		return nil, bad
	}
	w, bad := s.workspace(c)
	if bad != nil {
		return nil, bad
	}
	next := *w
	if bad := s.changeWorkspace(&next, f); bad != nil {
		return nil, bad
	}
	next.UpdatedAt = c.Now
	*w = next
	return map[string]any{"data": s.showWorkspace(w)}, nil
}

func (s *Server) deleteWorkspace(c *simkit.Call) (any, *simkit.Problem) {
	w, bad := s.workspace(c)
	switch {
	case bad != nil:
		return nil, bad
	case w.Default:
		return nil, simkit.Refused(http.StatusForbidden, "The default workspace cannot be deleted")
	case slices.ContainsFunc(s.keys, func(k *Key) bool { return k.WorkspaceID == w.ID && !k.Disabled && !k.ended(c.Now) }):
		return nil, simkit.Refused(http.StatusBadRequest, "Workspace has active API keys")
	}
	s.workspaces = slices.DeleteFunc(s.workspaces, func(o *Workspace) bool { return o == w })
	s.keys = slices.DeleteFunc(s.keys, func(k *Key) bool { return k.WorkspaceID == w.ID })
	return map[string]any{"deleted": true}, nil
}

func (s *Server) showWorkspace(w *Workspace) map[string]any {
	return map[string]any{
		"id": w.ID, "name": w.Name, "slug": w.Slug, "description": simkit.OrNull(w.Description),
		"created_at": s.stamp(w.At), "updated_at": s.stamp(w.UpdatedAt), "created_by": administrator,
		"default_guardrail_id": w.guardrail, "default_text_model": nil, "default_image_model": nil, "default_provider_sort": nil,
		"io_logging_api_key_ids": nil, "io_logging_sampling_rate": 1,
		"is_data_discount_logging_enabled": false, "is_observability_broadcast_enabled": false, "is_observability_io_logging_enabled": false,
	}
}
