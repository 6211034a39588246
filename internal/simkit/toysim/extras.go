// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package toysim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// Extras are the further fields of a key, with [Policy.Extras].
type Extras struct {
	Note     string
	Disabled bool
	Limit    int64    // 0 = none
	Scopes   []string // no answer shows them; empty = everything
	Tier     string   // as the create says
	Region   string   // as written, else "home"
	Serial   string   // the server's
	Active   bool     // was activated
	hint     string
}

// changeable are the fields of [Extras] in updates, settable those in creates.
var (
	changeable = []string{"note", "disabled", "limit", "scopes", "region"}
	settable   = append(slices.Clone(changeable), "tier", "secret")
)

// known are the fields of a body: the usual ones and, if there are any, the further ones.
func (s *Server) known(usual, further []string) []string {
	if !s.InForce().Extras {
		return usual
	}
	return append(slices.Clone(usual), further...)
}

// extras reads the further fields of a body on top of what a key has.
func (s *Server) extras(f simkit.Fields, have Extras) (Extras, *simkit.Problem) {
	for name, into := range map[string]*string{"note": &have.Note, "tier": &have.Tier, "region": &have.Region} {
		if !f.Has(name) {
			continue
		}
		text, bad := f.NullableText(name)
		if bad != nil {
			return have, bad
		}
		*into = text
	}
	if f.Has("disabled") && !f.IsNull("disabled") && json.Unmarshal(f["disabled"], &have.Disabled) != nil {
		return have, simkit.BadRequest("disabled", "disabled must be true or false")
	}
	if f.Has("scopes") {
		have.Scopes = nil
		if json.Unmarshal(f["scopes"], &have.Scopes) != nil {
			return have, simkit.BadRequest("scopes", "scopes must be a list of strings")
		}
	}
	if f.Has("limit") && !s.InForce().LimitIgnored {
		have.Limit = 0
		if json.Unmarshal(f["limit"], &have.Limit) != nil || have.Limit < 0 {
			return have, simkit.BadRequest("limit", "limit must be a number or null")
		}
	}
	if have.Region == "" {
		have.Region = "home"
	}
	return have, nil
}

// chosen reads a secret that the caller chose; "" for none.
func (s *Server) chosen(f simkit.Fields) (string, *simkit.Problem) {
	if f.Has("secret") && s.InForce().SecretsOwn {
		return "", simkit.Refused(http.StatusUnprocessableEntity, "Secrets are chosen by the server")
	}
	secret, bad := f.Text("secret")
	if bad == nil && secret != "" && len(secret) < 16 {
		bad = simkit.BadRequest("secret", "secret must have at least 16 characters")
	}
	return secret, bad
}

// room refuses a further key of an owner, or finds the one that a create answers instead.
func (s *Server) room(owner string) (instead *Key, bad *simkit.Problem) {
	i := slices.IndexFunc(s.keys, func(k *Key) bool { return k.Owner == owner })
	switch {
	case i < 0:
		return nil, nil
	case s.InForce().OneEach:
		return nil, simkit.Refused(http.StatusForbidden, "The owner has a key")
	case s.InForce().SameKey:
		return s.keys[i], nil
	}
	return nil, nil
}

func (s *Server) activate(c *simkit.Call) (any, *simkit.Problem) {
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	k.Active = true
	return s.show(k), nil
}

// showExtras adds the further fields to an answer.
func (s *Server) showExtras(out map[string]any, k *Key) {
	if !s.InForce().Extras {
		return
	}
	out["note"], out["tier"], out["serial"], out["hint"] = k.Note, k.Tier, k.Serial, k.hint
	out["region"], out["limit"], out["disabled"] = k.Region, nil, k.Disabled
	if s.InForce().RegionInCapitals {
		out["region"] = strings.ToUpper(k.Region)
	}
	if k.Limit > 0 {
		out["limit"] = k.Limit
	}
}

// ChangeKey changes the further fields of a key.
func (s *Server) ChangeKey(id string, change func(*Extras)) {
	s.change(id, func(k *Key) { change(&k.Extras) })
}
