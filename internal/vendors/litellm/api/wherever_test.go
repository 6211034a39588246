// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/api"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
)

// A key whose team is not known comes from a remembered list only where that shows it and its
// team, and only until an own write.
func TestKeyWherever(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		before func(s *litellmsim.Server, c *api.Client, team, hash string) error
		asked  int // of the proxy, for each of the two
		gone   bool
	}{
		"remembered": {},
		"after an own change": {before: func(_ *litellmsim.Server, c *api.Client, team, hash string) error {
			_, err := c.UpdateKey(t.Context(), team, hash, map[string]any{"max_budget": 3})
			return err
		}, asked: 1},
		"after an own delete": {before: func(_ *litellmsim.Server, c *api.Client, team, hash string) error {
			return c.RevokeKey(t.Context(), team, hash, time.Time{})
		}, asked: 1, gone: true},
		"without its team": {before: func(s *litellmsim.Server, c *api.Client, team, _ string) error {
			s.Inject(simkit.Fault{Operation: litellmsim.OpListKeys, Kind: simkit.Altered, Omit: []string{"team_id"}, Times: 1})
			_, err := c.FreshKeys(t.Context(), team)
			return err
		}, asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := begin(t, litellmsim.Options{})
			team := s.SeedTeam("a")
			hash, _ := s.SeedKey(litellmsim.Key{Alias: "x", TeamID: team})
			_, err := c.Keys(t.Context(), team)
			if err == nil && one.before != nil {
				err = one.before(s, c, team, hash)
			}
			if err != nil {
				t.Fatal(err)
			}
			s.ResetJournal()
			byAlias, aliasErr := c.AliasWherever(t.Context(), "x")
			lists := s.Count(litellmsim.OpListKeys)
			byHash, hashErr := c.KeyWherever(t.Context(), hash)
			if lists != one.asked || !one.gone && s.Count(litellmsim.OpGetKey) > one.asked {
				t.Errorf("asked %d times by alias and %d times by hash, want %d", lists, s.Count(litellmsim.OpGetKey), one.asked)
			}
			if one.gone {
				if !apierr.IsGone(aliasErr) || !apierr.IsGone(hashErr) {
					t.Errorf("got %v and %v", aliasErr, hashErr)
				}
			} else if aliasErr != nil || hashErr != nil || byAlias.Hash != hash || byHash.TeamID != team {
				t.Errorf("got %+v, %v and %+v, %v", byAlias, aliasErr, byHash, hashErr)
			}
		})
	}
}

// Two keys of one alias are refused wherever they are, what is nowhere is not found, and case tells aliases apart.
func TestAliasWherever(t *testing.T) {
	t.Parallel()
	s, c := begin(t, litellmsim.Options{})
	team, other := s.SeedTeam("a"), s.SeedTeam("b")
	s.SeedKey(litellmsim.Key{Alias: "twin", TeamID: team})
	s.SeedKey(litellmsim.Key{Alias: "twin", TeamID: other})
	for _, id := range []string{team, other, ""} {
		if _, err := c.Keys(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.AliasWherever(t.Context(), "twin"); err == nil || !strings.Contains(err.Error(), `both have the alias "twin"`) {
		t.Errorf("got %v", err)
	}
	hash, _ := s.SeedKey(litellmsim.Key{Alias: "Prod"})
	s.SeedKey(litellmsim.Key{Alias: "prod", TeamID: team})
	if _, err := c.FreshKeys(t.Context(), team); err != nil {
		t.Fatal(err)
	}
	if got, err := c.AliasWherever(t.Context(), "Prod"); err != nil || got.Hash != hash {
		t.Errorf("got %+v, %v of a key whose alias differs from another's in case", got, err)
	}
	_, err := c.AliasWherever(t.Context(), "none")
	if gone, ok := apierr.AsGone(err); !ok || !gone.Never {
		t.Errorf("got %v", err)
	}
}
