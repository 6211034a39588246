// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

// rows are keys of a team whose secrets are chosen, and keys of no team on a proxy that
// forbids that.
var rows = []vendortest.Row{
	row("LiteLLM key of a team", litellmsim.Policy{}, func(sim *keysAt) vendortest.Sim { return &teamKeys{sim} }),
	row("LiteLLM key, its secret chosen by the proxy", litellmsim.Policy{NotChosen: true}, func(sim *keysAt) vendortest.Sim { return sim }),
}

func row(name string, policy litellmsim.Policy, sim func(*keysAt) vendortest.Sim) vendortest.Row {
	r := vendortest.Row{
		Name: name, Type: keyType, Can: litellm.KeyCan,
		Start: func(t testing.TB, maxPage int) *vendortest.World {
			t.Helper()
			return vendorWorld(t, policy, maxPage, func(at *keysAt) vendortest.Sim {
				at.SeedKey(litellmsim.Key{Alias: "a neighbour"})
				return sim(at)
			})
		},
		Operations: map[vendortest.Operation]string{
			vendortest.Mint: litellmsim.OpCreateKey, vendortest.List: litellmsim.OpListKeys, vendortest.Get: litellmsim.OpGetKey,
			vendortest.Edit: litellmsim.OpUpdateKey, vendortest.Revoke: litellmsim.OpDeleteKey, vendortest.Parent: litellmsim.OpGetTeam,
		},
		Own: []vendortest.Own{
			{Name: "max_budget", Effect: keyresource.InPlace, Whole: true, Values: []any{nil, 5.5, 50.0}},
			{Name: "models", Effect: keyresource.InPlace, Whole: true, Values: []any{nil, []string{"a"}, []string{"a", "b"}}},
			{Name: "metadata", Effect: keyresource.InPlace, Whole: true, Values: []any{nil, map[string]string{"a": "1"}, map[string]string{"a": "2", "b": "1"}}},
		},
		Rotation: 6,
	}
	if !policy.NotChosen {
		r.Losses = []string{"the team is deleted"}
		return r
	}
	r.Oddities = []vendortest.Oddity{{Text: "an older proxy", Apply: func(w *vendortest.World) {
		if at, ok := w.Sim.(*keysAt); ok {
			at.SetPolicy(func(p *litellmsim.Policy) { p.Older, p.NaiveTimes, p.PythonErrors = true, true, true })
		}
	}}}
	return r
}

func vendorWorld(t testing.TB, policy litellmsim.Policy, maxPage int, sim func(*keysAt) vendortest.Sim) *vendortest.World {
	t.Helper()
	w := acctest.Open(t)
	proxy := litellmsim.Start(t, litellmsim.Options{Clock: w.Simulated, Policy: policy, MaxPage: maxPage})
	w.Attach("litellm", proxy)
	return w.For(proxy.Engine, sim(&keysAt{Server: proxy}))
}

// keysAt are the keys of no team.
type keysAt struct {
	*litellmsim.Server
	team string
}

func (k *keysAt) Arguments() map[string]any { return map[string]any{} }
func (k *keysAt) Owner() string             { return k.team }

func (k *keysAt) Keys() []vendortest.Key {
	var out []vendortest.Key
	now := k.Clock().Now()
	for _, key := range k.Server.Keys() {
		ended := !key.ExpiresAt.IsZero() && !now.Before(key.ExpiresAt)
		metadata := map[string]any{}
		for name, value := range key.Metadata {
			if name != "orgkeys" {
				metadata[name] = value
			}
		}
		marker, _ := key.Metadata["orgkeys"].(map[string]any)
		mark := keyseries.Mark{}
		mark.Series, _ = marker["series"].(string)
		mark.Nonce, _ = marker["nonce"].(string)
		out = append(out, vendortest.Key{
			ID: key.ID, Name: key.Alias, Mark: mark, Owner: key.TeamID,
			Own:       map[string]any{"max_budget": key.Settings["max_budget"], "models": key.Settings["models"], "metadata": metadata},
			CreatedAt: key.Exact, ExpiresAt: key.ExpiresAt, Ended: ended, Works: !ended && !key.Blocked,
		})
	}
	return out
}

func (k *keysAt) Use(id string) {
	k.Change(id, func(key *litellmsim.Key) { key.Spend, key.LastActive = 1, k.Clock().Now() })
}
func (k *keysAt) Revoke(id string) { k.DeleteKey(id) }
func (k *keysAt) EndAt(id string, end time.Time) {
	k.Change(id, func(key *litellmsim.Key) { key.ExpiresAt = end })
}

// Stranger has an alias of its own: no two keys have the same.
func (k *keysAt) Stranger(like vendortest.Key, _ func(string) string, user bool) string {
	stranger := litellmsim.Key{
		Alias: fmt.Sprint("stranger-", len(k.Server.Keys())), TeamID: k.SeedTeam("strangers"),
		Metadata: map[string]any{"orgkeys": map[string]any{"series": like.Mark.Series, "nonce": like.Mark.Nonce}},
	}
	if user {
		stranger.TeamID, stranger.UserID = k.team, "user-ann"
	}
	id, _ := k.SeedKey(stranger)
	return id
}

// teamKeys are those of the team that is configured.
type teamKeys struct{ *keysAt }

var _ vendortest.Places = &teamKeys{}

func (k *teamKeys) New()                      { k.team = k.SeedTeam("t") }
func (k *teamKeys) Lose(int)                  { k.DeleteTeam(k.team) }
func (k *teamKeys) Arguments() map[string]any { return map[string]any{"team_id": k.team} }

func TestVendorPromises(t *testing.T) {
	t.Parallel()
	eachRow(t, vendortest.Promises)
}

func TestVendorCallBounds(t *testing.T) {
	t.Parallel()
	eachRow(t, vendortest.CallBounds)
}

// TestVendorFuzz and TestVendorLives are what `make fuzz` plays longer.
func TestVendorFuzz(t *testing.T) {
	t.Parallel()
	eachRow(t, func(t *testing.T, row vendortest.Row) { vendortest.Fuzz(t, row, game(t)) })
}

func TestVendorLives(t *testing.T) {
	t.Parallel()
	eachRow(t, func(t *testing.T, row vendortest.Row) { vendortest.Lives(t, row, game(t)) })
}

func game(t *testing.T) vendortest.Game {
	t.Helper()
	g := vendortest.FromEnvironment(t)
	g.Part = 24 // a look at each; `make fuzz` plays them all
	return g
}

func eachRow(t *testing.T, play func(*testing.T, vendortest.Row)) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.Name, func(t *testing.T) { t.Parallel(); play(t, row) })
	}
}
