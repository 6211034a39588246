// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

var projectRoutes = []route{
	{http.MethodGet, "/organization/projects", OpProjectsList, (*Server).listProjects},
	{http.MethodPost, "/organization/projects", OpProjectsCreate, (*Server).createProject},
	{http.MethodGet, "/organization/projects/{project_id}", OpProjectsGet, (*Server).getProject},
	{http.MethodPost, "/organization/projects/{project_id}", OpProjectsUpdate, (*Server).updateProject},
	{http.MethodPost, "/organization/projects/{project_id}/archive", OpProjectsArchive, (*Server).archiveProject},
}

var residencies = []string{
	"GLOBAL", "US_STORAGE_PROCESSING", "EU_STORAGE_PROCESSING",
	"JP_STORAGE", "JP_STORAGE_PROCESSING", "KR_STORAGE", "CA_STORAGE", "SG_STORAGE",
	"IN_STORAGE", "IN_STORAGE_PROCESSING", "AU_STORAGE", "AU_STORAGE_PROCESSING",
	"GB_STORAGE", "AE_STORAGE", "AE_STORAGE_PROCESSING",
}

// project finds the project of the path in the caller's organization.
func (s *Server) project(c *call) (*project, *simkit.Problem) {
	id := c.Path("project_id")
	p, ok := simkit.Find(s.store.projects, id)
	if !ok || p.org != c.org {
		return nil, projectNotFound(id)
	}
	return p, nil
}

// activeProject is project for everything below it, which an archived project refuses.
func (s *Server) activeProject(c *call) (*project, *simkit.Problem) {
	p, bad := s.project(c)
	if bad == nil && p.archived() {
		return nil, projectArchived(p.ID)
	}
	return p, bad
}

func (s *Server) listProjects(c *call) (any, *simkit.Problem) {
	if bad := s.checkQuery(c, "limit", "after", "include_archived"); bad != nil {
		return nil, bad
	}
	archived := false
	if text := c.Query("include_archived"); text != "" {
		if text != "true" && text != "false" {
			return nil, simkit.BadRequest("include_archived", "include_archived must be true or false, not %q", text)
		}
		archived = text == "true"
	}
	own := slices.DeleteFunc(slices.Clone(s.store.projects), func(p *project) bool { return p.org != c.org })
	return list(c, "project", own,
		func(p *project) bool { return archived || !p.archived() },
		func(p *project) any { return s.wireProject(p) })
}

func (s *Server) createProject(c *call) (any, *simkit.Problem) {
	f, bad := s.readBody(c, false, "name", "residency", "geography", "external_key_id")
	if bad != nil {
		return nil, bad
	}
	name, bad := f.RequiredText("name")
	if bad != nil {
		return nil, bad
	}
	residency, bad := f.NullableText("residency")
	if bad != nil {
		return nil, bad
	}
	if residency != "" && !slices.Contains(residencies, residency) {
		return nil, simkit.BadRequest("residency", "Unknown residency: %s", residency)
	}
	place, bad := geography(f)
	if bad != nil {
		return nil, bad
	}
	if residency != "" && place != "" {
		return nil, simkit.BadRequest("geography", "Only one of geography and residency can be given")
	}
	external, bad := f.NullableText("external_key_id")
	if bad != nil {
		return nil, bad
	}
	p := s.store.addProject(c.org, s.InForce().StoredNames.apply(name), c.Now)
	p.externalKey = external
	if !s.InForce().ResidencyIgnored {
		p.residency = cmp.Or(residency, residencyOf(place))
	}
	return s.wireProject(p), nil
}

func (s *Server) getProject(c *call) (any, *simkit.Problem) {
	p, bad := s.project(c)
	if bad != nil {
		return nil, bad
	}
	if c.Stale(p) || p.archived() && s.InForce().ProjectGetHidesArchived {
		return nil, projectNotFound(p.ID)
	}
	return s.wireProject(p), nil
}

func (s *Server) updateProject(c *call) (any, *simkit.Problem) {
	f, bad := s.readBody(c, false, "name", "geography", "external_key_id")
	if bad != nil {
		return nil, bad
	}
	if _, bad := geography(f); bad != nil {
		return nil, bad
	}
	name, bad := f.NullableText("name")
	if bad != nil {
		return nil, bad
	}
	external, bad := f.NullableText("external_key_id")
	if bad != nil {
		return nil, bad
	}
	p, bad := s.activeProject(c)
	if bad != nil {
		return nil, bad
	}
	if p.isDefault {
		return nil, simkit.BadRequest("", "The default project cannot be changed")
	}
	if name != "" {
		p.name = s.InForce().StoredNames.apply(name)
	}
	if f.Has("external_key_id") {
		p.externalKey = external
	}
	return s.wireProject(p), nil
}

func (s *Server) archiveProject(c *call) (any, *simkit.Problem) {
	if _, bad := s.readBody(c, true); bad != nil {
		return nil, bad
	}
	p, bad := s.project(c)
	switch {
	case bad != nil:
		return nil, bad
	case p.archived():
		return nil, simkit.BadRequest("", "The project %s is already archived", p.ID)
	case p.isDefault:
		return nil, simkit.BadRequest("", "The default project cannot be archived")
	}
	s.store.archive(p, c.Now)
	return s.wireProject(p), nil
}

// geography is the older way to say where a project's data is.
func geography(f simkit.Fields) (string, *simkit.Problem) {
	geography, bad := f.NullableText("geography")
	if bad == nil && geography != "" && residencyOf(geography) == "" {
		bad = simkit.BadRequest("geography", "Unknown geography: %s", geography)
	}
	return geography, bad
}

// residencyOf is the residency behind a geography, the one with processing where there are two.
func residencyOf(geography string) string {
	for _, suffix := range []string{"_STORAGE_PROCESSING", "_STORAGE", ""} {
		if slices.Contains(residencies, geography+suffix) {
			return geography + suffix
		}
	}
	return ""
}

func (s *Server) wireProject(p *project) wireProject {
	w := wireProject{
		ID: p.ID, Object: "organization.project", Name: p.name,
		CreatedAt: p.At.Unix(), Status: "active", Residency: p.residency,
	}
	if p.archived() {
		at := p.archivedAt.Unix()
		w.Status, w.ArchivedAt = "archived", &at
	}
	if p.externalKey != "" {
		w.ExternalKeyID = &p.externalKey
	}
	if s.InForce().Geography {
		w.Geography, _, _ = strings.Cut(p.residency, "_")
		w.Residency = ""
	}
	return w
}
