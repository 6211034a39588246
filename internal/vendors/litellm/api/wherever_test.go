// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
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

// What a list or a message asks beside itself ends with its caller.
func TestQuestionsEndWithTheirCaller(t *testing.T) {
	t.Parallel()
	for operation, do := range map[string]func(context.Context, *api.Client) error{
		litellmsim.OpGetKey: func(ctx context.Context, c *api.Client) error {
			_, err := c.FreshKeys(ctx, "")
			return err
		},
		litellmsim.OpHealth: func(ctx context.Context, c *api.Client) error {
			_, err := c.Key(ctx, "", strings.Repeat("0", 64), time.Time{})
			return err
		},
	} {
		s, c := begin(t, litellmsim.Options{})
		s.SeedKey(litellmsim.Key{UserID: "user-ci", Metadata: map[string]any{api.MarkerEntry: map[string]any{}}})
		ctx, cancel := context.WithCancel(t.Context())
		s.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 429, Notify: cancel})
		before := s.Clock().Now()
		err := do(ctx, c)
		if waited := s.Clock().Now().Sub(before); err == nil || waited > 10*time.Second {
			t.Errorf("%s: %v after %s", operation, err, waited)
		}
		if _, failed := apierr.As(err); !failed {
			t.Errorf("%s: got %v", operation, err)
		}
		s.ClearFaults()
		if err := do(t.Context(), c); operation == litellmsim.OpGetKey && err != nil {
			t.Errorf("after that: %v", err)
		}
	}
}

// A list that cannot tell whose user a key has is incomplete: the key may be an attempt's.
func TestUserThatIsNotKnown(t *testing.T) {
	t.Parallel()
	s, c := begin(t, litellmsim.Options{})
	hash, _ := s.SeedKey(litellmsim.Key{UserID: "user-ci", Metadata: map[string]any{api.MarkerEntry: map[string]any{}}})
	s.Inject(simkit.Fault{Operation: litellmsim.OpGetKey, Kind: simkit.StatusBefore, Status: 503})
	for range 2 { // the second is within the pause after the first
		list, err := c.FreshKeys(t.Context(), "")
		if err != nil || list.ByID[hash] == nil || len(list.Incomplete) != 1 || !strings.Contains(list.Incomplete[0], hash) {
			t.Fatalf("got %+v, %v", list, err)
		}
	}
	s.ClearFaults()
	s.Clock().Advance(time.Minute)
	if err := c.Sleep(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if list, err := c.FreshKeys(t.Context(), ""); err != nil || len(list.Incomplete) != 0 {
		t.Errorf("got %+v, %v", list, err)
	}
}
