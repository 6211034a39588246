// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// settingKind is a setting of a project or of the organization, without an id of its own.
type settingKind struct {
	name   string // of its operations: "project_spend_limit"
	noun   string // "spend limit"
	path   string
	object string // the field object of answers, "" = none
	// usual is what is there as long as nobody has set anything; nil = nothing, a 404.
	usual map[string]any
	takes []string
	// set gives the fields that a write changes.
	set func(f simkit.Fields) (map[string]any, *simkit.Problem)
	// allows refuses what a write would set; nil = nothing.
	allows func(s *Server, c *call, set map[string]any) *simkit.Problem
	// deleted is the field object of the answer to a delete, "" = there is no delete.
	deleted string
}

// settingKinds are all of them: a new kind adds its file and one line here.
func settingKinds() []*settingKind {
	return slices.Concat(spendLimitKinds, retentionKinds, []*settingKind{modelPermissionKind, hostedToolKind, serviceTierKind})
}

func settingRoutes() []route {
	var out []route
	for _, k := range settingKinds() {
		out = append(out, route{http.MethodGet, k.path, k.name + ".get", k.get}, route{http.MethodPost, k.path, k.name + ".update", k.update})
		if k.deleted != "" {
			out = append(out, route{http.MethodDelete, k.path, k.name + ".delete", k.remove})
		}
	}
	return out
}

// settingPlace is where a setting is stored.
type settingPlace struct {
	kind    string
	org     *organization
	project string // "" = the organization's
}

// place is where the request's setting is, once its project is there.
func (k *settingKind) place(s *Server, c *call) (settingPlace, *simkit.Problem) {
	if strings.Contains(k.path, "{project_id}") {
		if _, bad := s.activeProject(c); bad != nil {
			return settingPlace{}, bad
		}
	}
	return settingPlace{k.name, c.org, c.Path("project_id")}, nil
}

// has is the setting as it is, nil for none.
func (k *settingKind) has(s *Server, at settingPlace) map[string]any {
	if set, ok := s.store.settings[at]; ok {
		return set
	}
	return normal(k.usual)
}

func (k *settingKind) show(fields map[string]any) any {
	shown := maps.Clone(fields)
	if k.object != "" {
		shown["object"] = k.object
	}
	return shown
}

func (k *settingKind) none() *simkit.Problem {
	return simkit.Refused(http.StatusNotFound, "No %s is set", k.noun)
}

func (k *settingKind) get(s *Server, c *call) (any, *simkit.Problem) {
	at, bad := k.place(s, c)
	if bad != nil {
		return nil, bad
	}
	has := k.has(s, at)
	if len(has) == 0 {
		return nil, k.none()
	}
	return k.show(has), nil
}

func (k *settingKind) update(s *Server, c *call) (any, *simkit.Problem) {
	f, bad := s.readBody(c, false, k.takes...)
	if bad != nil {
		return nil, bad
	}
	at, bad := k.place(s, c)
	if bad != nil {
		return nil, bad
	}
	changed, bad := k.set(f)
	if bad != nil {
		return nil, bad
	}
	if k.allows != nil {
		if bad := k.allows(s, c, normal(changed)); bad != nil {
			return nil, bad
		}
	}
	return k.show(s.store.set(at, k.has(s, at), changed)), nil
}

func (st *store) set(at settingPlace, has, changed map[string]any) map[string]any {
	now := maps.Clone(has)
	maps.Copy(now, normal(changed))
	if st.settings == nil {
		st.settings = map[settingPlace]map[string]any{}
	}
	st.settings[at] = now
	return now
}

func (k *settingKind) remove(s *Server, c *call) (any, *simkit.Problem) {
	at, bad := k.place(s, c)
	if bad != nil {
		return nil, bad
	}
	if len(k.has(s, at)) == 0 {
		return nil, k.none()
	}
	delete(s.store.settings, at)
	return map[string]any{"object": k.deleted, "deleted": true}, nil
}

// settingOf is the kind of the setting that a request is about, nil for none.
func settingOf(c *call) *settingKind {
	name, _, _ := strings.Cut(c.Operation, ".")
	for _, k := range settingKinds() {
		if k.name == name {
			return k
		}
	}
	return nil
}

// Setting is a setting of the first organization, as the simulator stores it.
type Setting struct {
	Kind    string         `json:"kind"` // "project_spend_limit", as in the names of its operations
	Project string         `json:"project,omitempty"`
	Fields  map[string]any `json:"fields"` // as answers show them
}

// Setting returns the fields of a setting of the first organization, nil for none.
func (s *Server) Setting(kind, project string) map[string]any {
	s.Lock()
	defer s.Unlock()
	k := settingCalled(kind)
	return maps.Clone(k.has(s, settingPlace{kind, s.store.organizations[0], project}))
}

// ChangeSetting sets fields of a setting of the first organization from outside.
func (s *Server) ChangeSetting(o Setting) {
	s.Lock()
	defer s.Unlock()
	at := settingPlace{o.Kind, s.store.organizations[0], o.Project}
	s.store.set(at, settingCalled(o.Kind).has(s, at), o.Fields)
}

// RemoveSetting makes a setting of the first organization what it was at the start.
func (s *Server) RemoveSetting(kind, project string) {
	s.Lock()
	defer s.Unlock()
	delete(s.store.settings, settingPlace{settingCalled(kind).name, s.store.organizations[0], project})
}

// settings are all that somebody has set in the first organization.
func (s *Server) settings() []Setting {
	s.Lock()
	defer s.Unlock()
	out := []Setting{}
	for at, fields := range s.store.settings {
		if at.org == s.store.organizations[0] {
			out = append(out, Setting{at.kind, at.project, maps.Clone(fields)})
		}
	}
	slices.SortFunc(out, func(a, b Setting) int { return strings.Compare(a.Kind+"/"+a.Project, b.Kind+"/"+b.Project) })
	return out
}

func settingCalled(name string) *settingKind {
	for _, k := range settingKinds() {
		if k.name == name {
			return k
		}
	}
	panic("openaisim: no such setting: " + name)
}
