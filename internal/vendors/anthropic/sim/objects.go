// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// Key is a key as the simulator stores it, whatever its status.
type Key struct {
	simkit.Object
	Name        string
	Status      string // active, inactive or archived
	WorkspaceID string // "" = of the organization
	Principal   string // id of a user or a service account, "" = none
	Admin       bool   // the key may use the Admin API
	ExpiresAt   time.Time
	HintHidden  bool // partial_key_hint is null
	hint        string
	plain       simkit.Plain
}

// Workspace is a workspace as the simulator stores it. Requests are read into it.
type Workspace struct {
	simkit.Object `json:"-"`
	Name          string            `json:"name"`
	Color         string            `json:"display_color"`
	ExternalKeyID string            `json:"external_key_id"` // "" = null
	Tags          map[string]string `json:"tags"`
	Residency     Residency         `json:"data_residency"`
	Default       bool              `json:"-"`
	ArchivedAt    time.Time         `json:"-"`
}

// Residency says where a workspace's data are stored and processed.
type Residency struct {
	Geo     string          `json:"workspace_geo"`
	Default string          `json:"default_inference_geo"`
	Allowed json.RawMessage `json:"allowed_inference_geos"` // a list or "unrestricted"
}

func (k *Key) status(now time.Time) string {
	if k.Status != "archived" && !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) {
		return "expired"
	}
	return k.Status
}

// byPlain is the key of a plaintext, nil = none.
func (s *Server) byPlain(plain string) *Key {
	return simkit.ByPlain(s.keys.All, plain, func(k *Key) simkit.Plain { return k.plain })
}

func (s *Server) listKeys(c *simkit.Call) (any, *simkit.Problem) {
	asked := c.Query("status")
	return page(c, s.keys.Newest(), func(k *Key) bool {
		status := k.status(c.Now)
		return (asked == status || asked == "" && (status != "archived" || !s.InForce().ArchivedHidden)) &&
			(!c.HasQuery("workspace_id") || c.Query("workspace_id") == k.WorkspaceID)
	}, s.showKey, "status", "workspace_id", "created_by_user_id")
}

func (s *Server) updateKey(c *simkit.Call) (any, *simkit.Problem) {
	if _, bad := c.ReadFields(simkit.Reading{}, "name", "status"); bad != nil {
		return nil, bad
	}
	k, bad := s.keys.Find(c)
	if bad != nil {
		return nil, bad
	}
	asked := struct{ Name, Status string }{k.Name, k.Status}
	wrong := json.Unmarshal(c.Body, &asked) != nil
	switch present := k.status(c.Now); {
	case wrong, asked.Name == "", len(asked.Name) > 500, !slices.Contains([]string{"active", "inactive", "archived"}, asked.Status):
		return nil, simkit.BadRequest("", "name or status: Input is not valid")
	case present == "archived" && s.InForce().ArchivedKept:
		return s.showKey(k), nil
	case present == "archived", present == "expired" && asked.Status != "archived":
		return nil, usual(400, "")
	}
	k.Name, k.Status = asked.Name, asked.Status
	return s.showKey(k), nil
}

// showKey is a key as answers have it. Only scope names the default workspace.
func (s *Server) showKey(k *Key) any {
	out := map[string]any{
		"type": "api_key", "id": k.ID, "name": k.Name, "status": k.status(s.Clock().Now()), "partial_key_hint": k.hint,
		"created_at": stamp(k.Exact), "created_by": map[string]any{"type": "user", "id": "user_sim"}, "workspace_id": simkit.OrNull(k.WorkspaceID),
	}
	if k.WorkspaceID == s.workspaces.All[0].ID {
		out["workspace_id"] = nil
	}
	if k.HintHidden {
		out["partial_key_hint"] = nil
	}
	if s.InForce().Legacy {
		return out
	}
	out["expires_at"], out["principal"], out["scope"] = stamp(k.ExpiresAt), nil, map[string]any{"type": "organization"}
	switch {
	case strings.HasPrefix(k.Principal, "user_"):
		out["principal"] = map[string]any{"type": "user_actor", "user_id": k.Principal}
	case k.Principal != "":
		out["principal"] = map[string]any{"type": "service_account_actor", "service_account_id": k.Principal}
	}
	if k.WorkspaceID != "" {
		out["scope"] = map[string]any{"type": "workspace", "workspace_id": k.WorkspaceID}
	}
	return out
}

func stamp(at time.Time) any { return simkit.Stamp(at, "2006-01-02T15:04:05.000000Z") }

func (s *Server) addWorkspace(w Workspace) *Workspace {
	w.Object = s.Issuer.Object("wrkspc_", s.Clock().Now())
	for to, usual := range map[*string]string{&w.Residency.Geo: "us", &w.Residency.Default: "global", &w.Color: "#6C5BB9"} {
		*to = cmp.Or(*to, usual)
	}
	if w.Residency.Allowed == nil {
		w.Residency.Allowed = json.RawMessage(`"unrestricted"`)
	}
	s.workspaces.All = append(s.workspaces.All, &w)
	return &w
}

func (s *Server) listWorkspaces(c *simkit.Call) (any, *simkit.Problem) {
	return page(c, s.workspaces.Newest(), func(w *Workspace) bool {
		return (w.ArchivedAt.IsZero() || c.Query("include_archived") == "true") &&
			(!w.Default || c.Query("include_default") == "true" && !s.InForce().DefaultHidden)
	}, showWorkspace, "include_archived", "include_default")
}

func (s *Server) createWorkspace(c *simkit.Call) (any, *simkit.Problem) {
	w, bad := asked(c, Workspace{Tags: map[string]string{}})
	if bad != nil {
		return nil, bad
	}
	return showWorkspace(s.addWorkspace(w)), nil
}

var color = regexp.MustCompile(`^(#[0-9A-Fa-f]{6})?$`)

// asked is a workspace with what a request sends. What is written once is refused later on.
func asked(c *simkit.Call, before Workspace) (Workspace, *simkit.Problem) {
	f, bad := c.ReadFields(simkit.Reading{}, "name", "tags", "data_residency", "external_key_id", "display_color")
	if bad != nil {
		return before, bad
	}
	w := before
	w.Residency.Allowed = slices.Clone(before.Residency.Allowed) // reading writes into it
	if f.Has("tags") {
		w.Tags = map[string]string{} // all are replaced, but the vendor's own
	}
	wrong := json.Unmarshal(c.Body, &w) != nil || w.Name == "" || len(w.Name) > 255 || !color.MatchString(w.Color) ||
		strings.Contains(string(w.Residency.Allowed), `["unrestricted"`) || before.ID != "" && before.Residency.Geo != w.Residency.Geo || before.ExternalKeyID != "" && before.ExternalKeyID != w.ExternalKeyID
	var allowed []string
	if f.Has("data_residency") && json.Unmarshal(w.Residency.Allowed, &allowed) == nil && w.Residency.Default != "" {
		wrong = wrong || allowed != nil && !slices.Contains(allowed, w.Residency.Default)
	}
	for tag := range w.Tags {
		wrong = wrong || strings.HasPrefix(tag, "anthropic")
	}
	if wrong {
		return before, usual(400, "")
	}
	for tag, value := range before.Tags {
		if strings.HasPrefix(tag, "anthropic") {
			w.Tags[tag] = value
		}
	}
	return w, nil
}

// write changes a workspace; one that is archived stays as it is.
func (s *Server) write(c *simkit.Call, change func(*Workspace) *simkit.Problem) (any, *simkit.Problem) {
	w, bad := s.workspaces.Find(c)
	switch {
	case bad != nil:
	case !w.ArchivedAt.IsZero() && s.InForce().ArchivedKept:
	case !w.ArchivedAt.IsZero(), w.Default:
		bad = usual(400, "")
	default:
		bad = change(w)
	}
	if bad != nil {
		return nil, bad
	}
	return showWorkspace(w), nil
}

func (s *Server) updateWorkspace(c *simkit.Call) (any, *simkit.Problem) {
	return s.write(c, func(w *Workspace) (bad *simkit.Problem) {
		*w, bad = asked(c, *w)
		return bad
	})
}

func (s *Server) archiveWorkspace(c *simkit.Call) (any, *simkit.Problem) {
	return s.write(c, func(w *Workspace) *simkit.Problem { s.archive(w); return nil })
}

// archive archives a workspace with its keys.
func (s *Server) archive(w *Workspace) {
	w.ArchivedAt = s.Clock().Now()
	for _, k := range s.keys.All {
		if k.WorkspaceID == w.ID {
			k.Status = "archived"
		}
	}
}

func showWorkspace(w *Workspace) any {
	return map[string]any{
		"type": "workspace", "id": w.ID, "name": w.Name, "display_color": w.Color, "external_key_id": simkit.OrNull(w.ExternalKeyID),
		"tags": w.Tags, "data_residency": w.Residency, "compartment_id": "cmpt_" + w.ID,
		"created_at": stamp(w.Exact), "archived_at": stamp(w.ArchivedAt),
	}
}

// What a test does and sees without the API.

// DefaultWorkspace is the id of the default workspace.
func (s *Server) DefaultWorkspace() string { return s.Workspaces()[0].ID }

// SeedWorkspace adds a workspace and returns its id.
func (s *Server) SeedWorkspace(name string) string {
	s.Lock()
	defer s.Unlock()
	return s.addWorkspace(Workspace{Name: name, Tags: map[string]string{}}).ID
}

// SeedKey adds a key as a user creates one in the Console.
func (s *Server) SeedKey(k Key) (id, plain string) {
	s.Lock()
	defer s.Unlock()
	plain = s.Issuer.Secret("sk-ant-api03")
	k.Object = s.Issuer.Object("apikey_", s.Clock().Now())
	k.plain, k.hint = simkit.Hashed(plain), plain[:21]+"..."+plain[len(plain)-4:]
	if k.Status == "" {
		k.Status = "active"
	}
	s.keys.All = append(s.keys.All, &k)
	return k.ID, plain
}

// SeedSample fills the organization.
func (s *Server) SeedSample() {
	s.SeedKey(Key{Name: "billing", WorkspaceID: s.SeedWorkspace("Payments"), Principal: "svac_billing"})
	s.SeedKey(Key{Name: "playground", Principal: "user_member"})
	s.SeedKey(Key{Name: "forgotten", WorkspaceID: s.DefaultWorkspace(), Status: "inactive"})
}

// Change changes a key.
func (s *Server) Change(id string, change func(*Key)) { s.keys.Change(s.Engine, id, change) }

// ArchiveWorkspace archives a workspace with its keys.
func (s *Server) ArchiveWorkspace(id string) { s.workspaces.Change(s.Engine, id, s.archive) }

// ChangeWorkspace changes a workspace past the API.
func (s *Server) ChangeWorkspace(id string, change func(*Workspace)) {
	s.workspaces.Change(s.Engine, id, change)
}

// Keys returns all keys in order of creation.
func (s *Server) Keys() []Key { return s.keys.Copies(s.Engine) }

// Workspaces returns all workspaces, the default one first.
func (s *Server) Workspaces() []Workspace { return s.workspaces.Copies(s.Engine) }

// Summaries are all keys that were not archived, as every simulator shows its own.
func (s *Server) Summaries() (all []simkit.Summary) {
	for _, k := range s.Keys() {
		if k.Status != "archived" {
			all = append(all, simkit.Summary{ID: k.ID, Name: k.Name, ExpiresAt: k.ExpiresAt, Works: k.status(s.Clock().Now()) == "active"})
		}
	}
	return all
}

// Valid reports whether a plaintext is that of a key that works now.
func (s *Server) Valid(plain string) bool {
	s.Lock()
	defer s.Unlock()
	k := s.byPlain(plain)
	return k != nil && k.status(s.Clock().Now()) == "active"
}
