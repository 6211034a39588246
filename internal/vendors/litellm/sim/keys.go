// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// Key is a key as the simulator stores it, by its hash.
type Key struct {
	simkit.Object
	Alias, TeamID, UserID string
	Blocked, AutoRotate   bool
	Admin                 bool           // it may manage keys
	Viewer                bool           // it may see all keys, and list those of no other user by name
	AdminOf               string         // the team that its user, UserID, is an admin of: it may manage that team's keys and the user's
	Settings              map[string]any // what was sent of the fields in settings
	Metadata              map[string]any
	ExpiresAt             time.Time // zero = never
	LastActive            time.Time
	Spend                 float64
	DeletedAt             time.Time // zero = it is no archive row
	shown                 string
}

// settings are the fields that a key stores as they are sent; null clears.
var settings = []string{
	"models", "max_budget", "soft_budget", "budget_duration", "tpm_limit", "rpm_limit", "max_parallel_requests", "allowed_routes",
	"budget_id", "model_max_budget", "organization_id", "object_permission", "permissions",
}

func (k *Key) ended(now time.Time) bool { return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) }

func decode(raw json.RawMessage, into any) bool { return json.Unmarshal(raw, into) == nil }

// generate creates a key, on either of the two ways.
func (s *Server) generate(c *simkit.Call) (any, *simkit.Problem) {
	f, bad := c.ReadFields(simkit.Reading{Lenient: true})
	if bad != nil {
		return nil, bad
	}
	k := &Key{Metadata: map[string]any{}, Settings: map[string]any{}}
	account := strings.HasPrefix(c.Request.URL.Path, BasePath+"/key/service-account/")
	if decode(f["team_id"], &k.TeamID); account && k.TeamID == "" {
		return nil, simkit.BadRequest("", "team_id is required for service account keys. Please specify `team_id` in the request body.")
	}
	if _, known := simkit.Find(s.teams, k.TeamID); k.TeamID != "" && !known {
		return nil, simkit.BadRequest("", "Team doesn't exist in db. Team=%s. Create team via `/team/new`", k.TeamID)
	}
	if k.TeamID != "" && !s.governs(c, k) {
		return nil, notAllowed()
	}
	if caller, ok := simkit.Find(s.keys, c.CredentialID); ok && !account && !caller.Admin {
		k.UserID = caller.UserID
	}
	if k.UserID == "" && !account {
		k.UserID = s.InForce().DefaultUser
	}
	plain := ""
	if decode(f["key"], &plain); plain != "" {
		switch {
		case s.InForce().NotChosen:
			return nil, simkit.Refused(http.StatusForbidden, "Custom API key values are disabled by your administrator. Keys must be auto-generated.")
		case !strings.HasPrefix(plain, "sk-") || len(plain) < 16:
			return nil, simkit.BadRequest("key", "Invalid key format. LiteLLM Virtual Key must start with 'sk-'")
		}
	}
	if !f.Has("duration") || f.IsNull("duration") {
		f["duration"] = json.RawMessage(`"-1"`)
	}
	if bad := s.change(k, f, c.Now); bad != nil {
		return nil, bad
	}
	if plain == "" || s.InForce().ChosenDropped {
		plain = s.Issuer.Secret("sk")
	}
	if _, there := simkit.Find(s.keys, hashOf(plain)); there {
		return nil, usual(http.StatusInternalServerError, "")
	}
	s.add(k, plain)
	out := s.row(k)
	out["key"], out["token_id"], out["duration"] = plain, k.ID, nil
	for _, inner := range []string{"spend", "status", "last_active", "auto_rotate"} {
		delete(out, inner)
	}
	return out, nil
}

func (s *Server) add(k *Key, plain string) {
	s.Issuer.Issued(plain)
	k.Object, k.shown = s.Issuer.ObjectWithID(hashOf(plain), s.Clock().Now()), masked(plain)
	s.keys = append(s.keys, k)
}

// change writes what creates and updates share; what is not sent stays.
func (s *Server) change(k *Key, f simkit.Fields, now time.Time) *simkit.Problem {
	var duration string
	if f.Has("duration") && decode(f["duration"], &duration) {
		d, bad := span(duration)
		if bad == nil {
			d, bad = s.ceiling(d)
		}
		if bad != nil {
			return bad
		}
		if k.ExpiresAt = (time.Time{}); d > 0 {
			k.ExpiresAt = now.Add(d)
		}
	}
	if bad := s.rename(k, f); bad != nil {
		return bad
	}
	for _, name := range settings {
		var value any
		switch {
		case !f.Has(name):
			continue
		case !decode(f[name], &value), name == "budget_duration" && value == "":
			return simkit.BadRequest(name, "Invalid %s", name)
		}
		k.Settings[name] = value
	}
	if f.Has("metadata") {
		k.Metadata = map[string]any{}
		decode(f["metadata"], &k.Metadata)
	}
	if f.Has("blocked") {
		k.Blocked = string(f["blocked"]) == "true"
	}
	return nil
}

func (s *Server) rename(k *Key, f simkit.Fields) *simkit.Problem {
	var alias string
	if !f.Has("key_alias") || !decode(f["key_alias"], &alias) {
		return nil
	}
	if s.InForce().LowerAliases {
		alias = strings.ToLower(alias)
	}
	if prefix := s.InForce().AliasPrefix; !s.InForce().PrefixedOnce || !strings.HasPrefix(alias, prefix) {
		alias = prefix + alias
	}
	if alias == k.Alias {
		return nil
	}
	if pattern := s.InForce().AliasPattern; pattern != "" && !regexp.MustCompile("^(?:"+pattern+")$").MatchString(alias) {
		return &simkit.Problem{Status: http.StatusBadRequest, Type: "bad_request_error", Param: "key_alias", Message: "Invalid key_alias format. Must be matched by " + pattern}
	}
	if strings.TrimSpace(alias) == "" || alias == "-" {
		return simkit.BadRequest("key_alias", "Invalid key_alias format. Must be 2-255 characters")
	}
	if slices.ContainsFunc(s.keys, func(o *Key) bool { return o != k && o.Alias == alias }) {
		return simkit.BadRequest("key_alias", "Key with alias '%s' already exists. Unique key aliases across all keys are required.", alias)
	}
	k.Alias = alias
	return nil
}

func (s *Server) info(c *simkit.Call) (any, *simkit.Problem) {
	hash := c.Query("key")
	if hash == "" {
		hash = c.CredentialID
	}
	all := s.keys
	if policy := s.InForce(); !policy.Older && !policy.InfoForgets {
		all = slices.Concat(s.keys, s.archive)
	}
	k, ok := simkit.Find(all, hash)
	if !ok || c.Stale(k) {
		return nil, usual(http.StatusNotFound, "")
	}
	if !s.governs(c, k) {
		return nil, notAllowed()
	}
	return s.about(k), nil
}

func (s *Server) about(k *Key) map[string]any {
	info := s.row(k)
	delete(info, "token")
	return map[string]any{"key": k.ID, "info": info}
}

func (s *Server) other(c *simkit.Call, id string) any {
	for _, k := range slices.Backward(s.keys) {
		if k.ID == id || id == "" && k.ID != object(c) {
			return s.about(k)
		}
	}
	return nil
}

func (s *Server) list(c *simkit.Call) (any, *simkit.Problem) {
	number := func(name string, otherwise, most int) (int, *simkit.Problem) {
		if !c.HasQuery(name) {
			return otherwise, nil
		}
		n, err := strconv.Atoi(c.Query(name))
		if err != nil || n < 1 || n > most {
			return 0, &simkit.Problem{Status: http.StatusUnprocessableEntity, Param: name, Message: "Input should be less than or equal to " + strconv.Itoa(most)}
		}
		return n, nil
	}
	page, bad := number("page", 1, 1<<30)
	size, bad2 := number("size", 10, 100)
	if bad != nil || bad2 != nil {
		return nil, &simkit.Problem{Status: http.StatusUnprocessableEntity, Param: "size", Message: "Input should be less than or equal to 100"}
	}
	if s.maxPage > 0 {
		size = min(size, s.maxPage)
	}
	if caller, ok := simkit.Find(s.keys, c.CredentialID); ok && !caller.Admin && c.HasQuery("user_id") && c.Query("user_id") != caller.UserID {
		return nil, simkit.Refused(http.StatusForbidden, "You are not authorized to check another user's keys")
	}
	all := slices.Clone(s.keys)
	if c.Query("status") == "deleted" && !s.InForce().Older {
		all = slices.Clone(s.archive)
	}
	if c.Query("sort_order") != "asc" {
		slices.Reverse(all)
	}
	p, _ := simkit.NewPage(c, all, simkit.Window{Skip: (page - 1) * size, Limit: size}, func(k *Key) bool {
		return s.sees(c, k) && (!c.HasQuery("team_id") || k.TeamID == c.Query("team_id")) && (!c.HasQuery("user_id") || k.UserID == c.Query("user_id"))
	}, func(k *Key) any {
		if c.Query("return_full_object") != "true" {
			return k.ID
		}
		row := s.row(k)
		row["org_id"] = row["organization_id"]
		delete(row, "organization_id")
		if s.InForce().Older { // no budget is looked up, and each field that is not of the key is null
			delete(row, "budget_id")
			row["soft_budget"], row["litellm_budget_table"] = nil, nil
		}
		return row
	})
	return map[string]any{"keys": p.Rows, "total_count": p.Total, "current_page": page, "total_pages": (p.Total + size - 1) / size}, nil
}

// sees reports whether a list shows a key, its team aside: an admin of a team gets their own keys and, where they ask for
// these, all of the team whatever their alias.
func (s *Server) sees(c *simkit.Call, k *Key) bool {
	named := !c.HasQuery("key_alias") || k.Alias == c.Query("key_alias")
	caller, ok := simkit.Find(s.keys, c.CredentialID)
	if !ok || caller.AdminOf == "" {
		return named
	}
	return named && k.UserID == caller.UserID || c.Query("include_team_keys") == "true" && k.TeamID == caller.AdminOf
}

// governs reports whether the caller may manage a key.
func (s *Server) governs(c *simkit.Call, k *Key) bool {
	caller, ok := simkit.Find(s.keys, c.CredentialID)
	return !ok || caller.Admin || caller.AdminOf != "" && k.TeamID == caller.AdminOf || caller.UserID != "" && k.UserID == caller.UserID
}

func notAllowed() *simkit.Problem {
	return simkit.Refused(http.StatusForbidden, "You are not allowed to access this key. Your role=internal_user")
}

func (s *Server) update(c *simkit.Call) (any, *simkit.Problem) {
	f, bad := c.ReadFields(simkit.Reading{Lenient: true})
	if bad != nil {
		return nil, bad
	}
	k, ok := simkit.Find(s.keys, object(c))
	if !ok || s.InForce().HashedAgain {
		return nil, simkit.Refused(http.StatusNotFound, "Team not found, passed team_id=None")
	}
	if !s.governs(c, k) {
		return nil, notAllowed()
	}
	switch {
	case f.IsNull("duration"):
		f["duration"] = json.RawMessage(`"-1"`)
	case string(f["duration"]) == `"-1"` && s.InForce().EndNulled:
		delete(f, "duration")
	}
	next := *k
	next.Settings = maps.Clone(k.Settings)
	kept := s.keys
	s.keys = slices.DeleteFunc(slices.Clone(s.keys), func(o *Key) bool { return o == k }) // it is no rival of its own alias
	bad = s.change(&next, f, c.Now)
	if s.keys = kept; bad != nil {
		return nil, bad
	}
	*k = next
	out := s.row(k)
	delete(out, "token")
	out["key"] = k.ID
	return out, nil
}

func (s *Server) remove(c *simkit.Call) (any, *simkit.Problem) {
	k, ok := simkit.Find(s.keys, object(c))
	if !ok {
		return nil, simkit.Refused(http.StatusNotFound, "{'error': 'No keys found'}")
	}
	if !s.governs(c, k) {
		return nil, notAllowed()
	}
	s.bury(k)
	return map[string]any{"deleted_keys": []string{k.ID}}, nil
}

// bury moves a key to the archive.
func (s *Server) bury(k *Key) {
	s.keys = slices.DeleteFunc(s.keys, func(o *Key) bool { return o == k })
	k.DeletedAt = s.Clock().Now()
	s.archive = append(s.archive, k)
}

// row is a key as answers have it.
func (s *Server) row(k *Key) map[string]any {
	out := map[string]any{
		"token": k.ID, "key_alias": simkit.OrNull(k.Alias), "key_name": k.shown, "expires": s.stamp(k.ExpiresAt), "spend": k.Spend,
		"user_id": simkit.OrNull(k.UserID), "team_id": simkit.OrNull(k.TeamID), "metadata": k.Metadata, "blocked": simkit.OrNull(k.Blocked),
		"models": []string{}, "budget_id": nil, "model_max_budget": map[string]any{}, "permissions": map[string]any{}, "created_at": s.stamp(k.Exact), "created_by": "default_user_id",
		"auto_rotate": k.AutoRotate, "last_active": s.stamp(k.LastActive), "litellm_budget_table": nil,
	}
	for name, value := range k.Settings {
		if value != nil || name != "models" {
			out[name] = value
		}
	}
	if soft := out["soft_budget"]; soft != nil { // which is of a budget that the key gets of its own
		out["budget_id"], out["litellm_budget_table"] = "budget-of-"+k.ID, map[string]any{"soft_budget": soft}
	}
	if of, theirs := out["budget_id"].(string); theirs { // a create may name the budget of another key
		for _, other := range s.keys {
			if soft := other.Settings["soft_budget"]; soft != nil && of == "budget-of-"+other.ID {
				out["litellm_budget_table"] = map[string]any{"soft_budget": soft}
			}
		}
	}
	delete(out, "soft_budget")
	if s.InForce().NoKeyName {
		delete(out, "key_name")
	}
	if !k.DeletedAt.IsZero() {
		out["deleted_at"], out["deleted_by"] = s.stamp(k.DeletedAt), "default_user_id"
	}
	if now := s.Clock().Now(); !s.InForce().Older {
		switch {
		case !k.DeletedAt.IsZero():
			out["status"] = "deleted"
		case k.Blocked:
			out["status"] = "revoked"
		case k.ended(now):
			out["status"] = "expired"
		default:
			out["status"] = "active"
		}
	}
	return out
}
