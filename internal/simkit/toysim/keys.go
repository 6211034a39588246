// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package toysim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

func (s *Server) key(c *simkit.Call) (*Key, *simkit.Problem) {
	k, ok := simkit.Find(s.keys, c.Path("id"))
	if !ok {
		return nil, simkit.Refused(http.StatusNotFound, "Not Found")
	}
	return k, nil
}

func (s *Server) list(c *simkit.Call) (any, *simkit.Problem) {
	known := map[Paging][]string{PagesByCursor: {"limit", "after"}, PagesByNumber: {"limit", "page"}, PagesNone: nil}
	if bad := c.CheckQuery(known[s.InForce().Paging]...); bad != nil {
		return nil, bad
	}
	w := simkit.Window{After: c.Query("after"), Limit: max(1, len(s.keys))}
	if s.InForce().Paging != PagesNone {
		page, bad := number(c, "page", 1, 1<<20)
		if bad != nil {
			return nil, bad
		}
		if w.Limit, bad = number(c, "limit", 20, 100); bad != nil {
			return nil, bad
		}
		w.Skip = (page - 1) * w.Limit
	}
	p, found := simkit.NewPage(c, s.keys, w, func(*Key) bool { return true }, func(k *Key) any { return s.show(k) })
	if !found {
		return nil, simkit.BadRequest("after", "after is not the id of a key")
	}
	return map[string]any{"keys": p.Rows, "more": p.More}, nil
}

// number reads a query parameter from 1 to the largest.
func number(c *simkit.Call, name string, otherwise, largest int) (int, *simkit.Problem) {
	if !c.HasQuery(name) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(c.Query(name))
	if err != nil || n < 1 || n > largest {
		return 0, simkit.BadRequest(name, "%s must be a number from 1 to %d", name, largest)
	}
	return n, nil
}

func (s *Server) create(c *simkit.Call) (any, *simkit.Problem) {
	known := []string{"name", "owner", "expires_at"}
	if s.InForce().Expiry == ExpiryNever {
		known = known[:2]
	}
	f, bad := c.ReadFields(simkit.Reading{}, s.known(known, settable)...)
	if bad != nil {
		return nil, bad
	}
	name, bad := s.name(f, nil)
	if bad != nil {
		return nil, bad
	}
	owner, bad := f.NullableText("owner")
	if bad != nil {
		return nil, bad
	}
	expiry, bad := moment(c, f)
	if bad != nil {
		return nil, bad
	}
	extras, bad := s.extras(f, Extras{})
	if bad != nil {
		return nil, bad
	}
	secret, bad := s.chosen(f)
	if bad != nil {
		return nil, bad
	}
	k, bad := s.room(owner)
	if bad != nil {
		return nil, bad
	}
	if k != nil {
		secret = s.renew(k, secret)
	} else {
		k, secret = s.add(Key{Name: name, Owner: owner, ExpiresAt: expiry, Extras: extras}, secret)
	}
	out := s.show(k)
	out["secret"] = secret
	return out, nil
}

// name reads the name of a key, which may be an existing one.
func (s *Server) name(f simkit.Fields, of *Key) (string, *simkit.Problem) {
	name, bad := f.RequiredText("name")
	if bad != nil {
		return "", bad
	}
	if letters, longest := []rune(name), s.InForce().LongestName; longest > 0 && len(letters) > longest {
		if !s.InForce().NamesCut {
			return "", simkit.BadRequest("name", "name is longer than %d characters", longest)
		}
		name = string(letters[:longest])
	}
	taken := func(k *Key) bool { return k != of && k.Name == name }
	if s.InForce().UniqueNames && slices.ContainsFunc(s.keys, taken) {
		return "", simkit.Refused(http.StatusConflict, "A key has this name")
	}
	return name, nil
}

// moment reads expires_at; null and not sent are the zero time.
func moment(c *simkit.Call, f simkit.Fields) (time.Time, *simkit.Problem) {
	const name = "expires_at"
	if !f.Has(name) || f.IsNull(name) {
		return time.Time{}, nil
	}
	var at time.Time
	if err := json.Unmarshal(f[name], &at); err != nil || !at.After(c.Now) {
		return at, simkit.BadRequest(name, "%s must be a moment to come", name)
	}
	return simkit.ToSecond(at), nil
}

func (s *Server) get(c *simkit.Call) (any, *simkit.Problem) {
	k, bad := s.key(c)
	if bad == nil && c.Stale(k) {
		bad = simkit.Refused(http.StatusNotFound, "Not Found")
	}
	if bad != nil {
		return nil, bad
	}
	return s.show(k), nil
}

func (s *Server) update(c *simkit.Call) (any, *simkit.Problem) {
	known := []string{"name", "expires_at"}
	if s.InForce().Expiry != ExpiryLater {
		known = known[:1]
	}
	f, bad := c.ReadFields(simkit.Reading{}, s.known(known, changeable)...)
	if bad != nil {
		return nil, bad
	}
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	name := k.Name
	if f.Has("name") {
		if name, bad = s.name(f, k); bad != nil {
			return nil, bad
		}
	}
	expiry, bad := moment(c, f)
	if bad != nil {
		return nil, bad
	}
	extras, bad := s.extras(f, k.Extras)
	if bad != nil {
		return nil, bad
	}
	k.Name, k.Extras = name, extras
	if f.Has("expires_at") {
		k.ExpiresAt = expiry
	}
	return s.show(k), nil
}

func (s *Server) delete(c *simkit.Call) (any, *simkit.Problem) {
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	s.remove(k)
	return nil, nil
}

// show is a key as answers have it.
func (s *Server) show(k *Key) map[string]any {
	out := map[string]any{"id": k.ID, "name": k.Name, "owner": k.Owner}
	if !s.InForce().CreatedHidden {
		out["created_at"] = k.At
	}
	switch {
	case s.InForce().LastUseHidden:
	case s.InForce().UseYesNo:
		out["used"] = !k.LastUsedAt.IsZero()
	default:
		out["last_used_at"] = orNull(k.LastUsedAt)
	}
	if s.InForce().Expiry != ExpiryNever {
		out["expires_at"] = orNull(k.ExpiresAt)
	}
	s.showExtras(out, k)
	return out
}

func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
