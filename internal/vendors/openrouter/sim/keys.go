// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// keysPage is how many keys a page has, whatever is asked for.
const keysPage = 100

// Key is a key as the simulator stores it, live or expired.
type Key struct {
	simkit.Object
	Name        string
	WorkspaceID string
	Creator     string // "" = none
	Disabled    bool
	Limit       float64 // USD, 0 = none
	LimitReset  string  // "" = never
	Byok        bool    // other providers' keys count towards the limit
	GuardrailID string  // "" = none
	ExpiresAt   time.Time
	UpdatedAt   time.Time
	Usage       float64 // USD; moves on with every read once it is not 0
	label       string
	plain       simkit.Plain
}

func (k *Key) ended(now time.Time) bool { return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) }

// addKey stores a key and returns it with its plaintext.
func (s *Server) addKey(k Key) (*Key, string) {
	plain := s.Issuer.Secret("sk-or-v1")
	k.Object = s.Issuer.ObjectWithID(s.hex64(), s.Clock().Now())
	k.plain, k.label = simkit.Hashed(plain), masked(plain)
	s.keys = append(s.keys, &k)
	return &k, plain
}

func (s *Server) removeKey(k *Key) {
	s.keys = slices.DeleteFunc(s.keys, func(o *Key) bool { return o == k })
	s.deleted = append(s.deleted, k.ID)
}

// byPlain is the key of a plaintext, nil = none.
func (s *Server) byPlain(plain string) *Key {
	return simkit.ByPlain(s.keys, plain, func(k *Key) simkit.Plain { return k.plain })
}

// key is the key that a request is about.
func (s *Server) key(c *simkit.Call) (*Key, *simkit.Problem) {
	k, ok := simkit.Find(s.keys, c.Path("hash"))
	if !ok || s.InForce().ExpiredHidden && k.ended(c.Now) {
		return nil, notFound()
	}
	return k, nil
}

func (s *Server) listKeys(c *simkit.Call) (any, *simkit.Problem) {
	if bad := c.CheckQuery("offset", "workspace_id", "include_disabled"); bad != nil {
		return nil, bad
	}
	skip, bad := number(c, "offset", 0, 0, 1<<30)
	if bad != nil {
		return nil, bad
	}
	id := s.workspaces[0].ID
	if c.HasQuery("workspace_id") {
		id = c.Query("workspace_id")
	}
	id, known := s.workspaceID(id)
	if !known && !s.InForce().UnknownWorkspaceEmpty {
		return nil, s.unknownWorkspace()
	}
	newest := slices.Clone(s.keys)
	slices.Reverse(newest)
	all := c.Query("include_disabled") == "true"
	p, _ := simkit.NewPage(c, newest, simkit.Window{Skip: skip, Limit: keysPage}, func(k *Key) bool {
		return k.WorkspaceID == id && (all || !k.Disabled) && (!s.InForce().ExpiredHidden || !k.ended(c.Now))
	}, func(k *Key) any { return s.showKey(k) })
	return map[string]any{"data": p.Rows}, nil
}

// unknownWorkspace refuses the id of a workspace that is not there.
func (s *Server) unknownWorkspace() *simkit.Problem {
	if s.InForce().UnknownWorkspace400 {
		return usual(http.StatusBadRequest, "")
	}
	return notFound()
}

// number reads a whole number of the query.
func number(c *simkit.Call, name string, otherwise, least, most int) (int, *simkit.Problem) {
	if !c.HasQuery(name) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(c.Query(name))
	if err != nil || n < least || n > most {
		return 0, simkit.BadRequest(name, "Invalid request parameters: %s", name)
	}
	return n, nil
}

func (s *Server) createKey(c *simkit.Call) (any, *simkit.Problem) {
	f, bad := c.ReadFields(simkit.Reading{}, "name", "workspace_id", "expires_at", "limit", "limit_reset", "include_byok_in_limit", "creator_user_id")
	if bad != nil {
		return nil, bad
	}
	k := Key{WorkspaceID: s.workspaces[0].ID}
	if s.InForce().CreatorShown {
		k.Creator = s.managers[simkit.Bearer(c.Request)]
	}
	if _, bad = f.RequiredText("name"); bad == nil {
		bad = s.change(&k, f)
	}
	if bad == nil {
		k.ExpiresAt, bad = moment(c, f)
	}
	if bad == nil && f.Has("creator_user_id") {
		k.Creator, bad = f.NullableText("creator_user_id")
	}
	if bad == nil && f.Has("workspace_id") {
		k.WorkspaceID, bad = f.Text("workspace_id")
	}
	if bad != nil {
		return nil, bad
	}
	known := false
	if k.WorkspaceID, known = s.workspaceID(k.WorkspaceID); !known {
		return nil, s.unknownWorkspace()
	}
	made, plain := s.addKey(k)
	c.Status = http.StatusCreated
	shown := s.showKey(made)
	if s.InForce().SecretInside {
		shown["key"] = plain
		return map[string]any{"data": shown}, nil
	}
	return map[string]any{"data": shown, "key": plain}, nil
}

// moment reads expires_at: UTC, with seconds, to come; null and not sent are the zero time.
func moment(c *simkit.Call, f simkit.Fields) (time.Time, *simkit.Problem) {
	const name = "expires_at"
	text, bad := f.NullableText(name)
	if bad != nil || text == "" {
		return time.Time{}, bad
	}
	at, err := time.Parse("2006-01-02T15:04:05.999999999Z", text)
	if err != nil || !at.After(c.Now) {
		return at, simkit.BadRequest(name, "%s must be a UTC moment with seconds that is to come", name)
	}
	return at, nil
}

// change writes the fields that creates and updates share; what is not sent stays.
func (s *Server) change(k *Key, f simkit.Fields) *simkit.Problem {
	if f.Has("name") {
		name, bad := f.Text("name")
		if bad != nil {
			return bad
		}
		if letters, longest := []rune(name), s.InForce().LongestName; longest > 0 && len(letters) > longest {
			name = string(letters[:longest])
		}
		k.Name = name
	}
	if f.Has("limit_reset") {
		reset, bad := f.NullableText("limit_reset")
		if bad != nil || !slices.Contains([]string{"", "daily", "weekly", "monthly"}, reset) {
			return usual(http.StatusBadRequest, "")
		}
		k.LimitReset = reset
	}
	for name, into := range map[string]any{"limit": &k.Limit, "disabled": &k.Disabled, "include_byok_in_limit": &k.Byok} {
		switch {
		case f.IsNull(name) && name == "limit":
			k.Limit = 0
		case f.IsNull(name), f.Has(name) && json.Unmarshal(f[name], into) != nil, k.Limit < 0:
			return simkit.BadRequest(name, "Invalid request parameters: %s", name)
		}
	}
	return nil
}

func (s *Server) getKey(c *simkit.Call) (any, *simkit.Problem) {
	k, bad := s.key(c)
	if bad == nil && c.Stale(k) {
		bad = notFound()
	}
	if bad != nil {
		return nil, bad
	}
	return map[string]any{"data": s.showKey(k)}, nil
}

func (s *Server) updateKey(c *simkit.Call) (any, *simkit.Problem) {
	fixed := []string{"expires_at", "workspace_id", "creator_user_id"}
	f, bad := c.ReadFields(simkit.Reading{}, append(fixed, "name", "disabled", "limit", "limit_reset", "include_byok_in_limit")...)
	if bad != nil {
		return nil, bad
	}
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	for _, name := range fixed {
		if f.Has(name) && s.InForce().ImmutableRefused {
			return nil, simkit.BadRequest(name, "Invalid request parameters: %s", name)
		}
	}
	next := *k
	if bad := s.change(&next, f); bad != nil {
		return nil, bad
	}
	next.UpdatedAt = c.Now
	*k = next
	return map[string]any{"data": s.showKey(k)}, nil
}

func (s *Server) deleteKey(c *simkit.Call) (any, *simkit.Problem) {
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	s.removeKey(k)
	return map[string]any{"deleted": true}, nil
}

// showKey is a key as answers have it. The counters of a used key move on.
func (s *Server) showKey(k *Key) map[string]any {
	if k.Usage > 0 {
		k.Usage += 0.25
	}
	out := map[string]any{
		"hash": k.ID, "name": k.Name, "label": k.label, "disabled": k.Disabled,
		"limit": simkit.OrNull(k.Limit), "limit_remaining": simkit.OrNull(k.Limit), "limit_reset": simkit.OrNull(k.LimitReset),
		"include_byok_in_limit": k.Byok, "workspace_id": k.WorkspaceID, "creator_user_id": simkit.OrNull(k.Creator),
		"expires_at": s.stamp(k.ExpiresAt), "created_at": s.stamp(k.At), "updated_at": s.stamp(k.UpdatedAt),
	}
	counters(out, k.Usage)
	return out
}

func counters(out map[string]any, usage float64) {
	for _, kind := range []string{"usage", "byok_usage"} {
		for _, span := range []string{"", "_daily", "_weekly", "_monthly"} {
			out[kind+span] = 0.0
		}
	}
	out["usage"], out["usage_monthly"] = usage, usage
}
