// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest_test

import (
	"testing"
	"time"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit/toysim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest/toy"
)

// The toy vendor's rows: what no row of a real vendor has yet.
func rows() []vendortest.Row {
	return []vendortest.Row{
		row("keys with an end that can be moved", func(*toy.Variant, *toysim.Policy) {}),
		row("keys with an end from the mint on, of proven mints", func(v *toy.Variant, p *toysim.Policy) {
			v.Can.End, p.Expiry = keyseries.AtMint, toysim.ExpiryAtCreate
			v.Can.LastUse, p.UseYesNo = keyseries.UseYesNo, true
			v.Can.Proof = keyseries.ByMint
		}),
		row("keys without an end, renamed in place, of hidden use", func(v *toy.Variant, p *toysim.Policy) {
			v.Can.End, p.Expiry = keyseries.Never, toysim.ExpiryNever
			v.Can.LastUse, p.LastUseHidden = keyseries.UseHidden, true
			v.Can.Name.Renames = true
		}),
	}
}

func row(name string, change func(*toy.Variant, *toysim.Policy)) vendortest.Row {
	variant, policy := toy.Usual(), toysim.Policy{Extras: true}
	change(&variant, &policy)
	return vendortest.Row{
		Name: "toy: " + name,
		Type: "orgkeys_toy_key",
		Can:  variant.Can,
		Start: func(t testing.TB, maxPage int) *vendortest.World {
			t.Helper()
			return start(t, variant, policy, maxPage)
		},
		Operations: map[vendortest.Operation]string{
			vendortest.Mint: toysim.OpCreate, vendortest.List: toysim.OpList, vendortest.Get: toysim.OpGet,
			vendortest.Edit: toysim.OpUpdate, vendortest.Revoke: toysim.OpDelete,
		},
		Own: []vendortest.Own{
			{Name: "limit", Effect: keyresource.InPlace, Whole: true, Values: []any{nil, int64(5), int64(50)}},
			{Name: "scopes", Effect: keyresource.InPlace, Whole: true, Hidden: true, Values: []any{nil, []string{"read"}, []string{"read", "write"}}},
			{Name: "tier", Effect: keyresource.Rotates, Values: []any{nil, "fast", "slow"}},
			{Name: "region", Effect: keyresource.InPlace, Values: []any{nil, "north", "south"}},
		},
	}
}

func start(t testing.TB, variant toy.Variant, policy toysim.Policy, maxPage int) *vendortest.World {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	simulated, own := simkit.NewClock(began), clock.NewFake(began)
	own.OnSleep = simulated.Advance
	sim := toysim.Start(t, toysim.Options{Clock: simulated, Policy: policy, MaxPage: maxPage})
	sim.SeedKey("a neighbour", "somebody else") // by which the organization is recognised
	env := map[string]string{
		toy.RootKeyEnv: sim.RootKey(), toy.BaseURLEnv: sim.URL(), "ORGKEYS_SEAL_RECIPIENTS": identity.Recipient().String(),
	}
	var attempt time.Duration
	return &vendortest.World{
		Sim: &keys{sim}, Engine: sim.Engine, Clock: own, AttemptTimeout: &attempt,
		Serve: func() (tfprotov6.ProviderServer, error) {
			return provider.NewServer("test", provider.Options{
				Clock: own, Getenv: func(name string) string { return env[name] }, AttemptTimeout: attempt,
				Vendors: []vendorblock.Block{toy.Block(variant)},
			})()
		},
		Setenv:    func(name, value string) { env[name] = value },
		Recipient: identity.Recipient().String(), Identity: identity.String(),
		Secrets: func() []string { return append(sim.Secrets(), identity.String()) },
	}
}

const owner = "ci"

// keys are those of one owner, who is below nothing.
type keys struct{ *toysim.Server }

func (k *keys) Arguments() map[string]any { return map[string]any{"owner": owner} }
func (k *keys) Owner() string             { return owner }

func (k *keys) Keys() []vendortest.Key {
	var out []vendortest.Key
	now := k.Clock().Now()
	for _, key := range k.Server.Keys() {
		ended := !key.ExpiresAt.IsZero() && !now.Before(key.ExpiresAt)
		out = append(out, vendortest.Key{
			ID: key.ID, Name: key.Name, Owner: key.Owner,
			Own:       map[string]any{"limit": key.Limit, "scopes": key.Scopes, "tier": key.Tier, "region": key.Region},
			CreatedAt: key.Born(), ExpiresAt: key.ExpiresAt, Ended: ended, Works: !ended,
		})
	}
	return out
}

func (k *keys) Use(id string)                  { k.UseKey(id) }
func (k *keys) Revoke(id string)               { k.DeleteKey(id) }
func (k *keys) EndAt(id string, end time.Time) { k.ExpireKeyAt(id, end) }

func (k *keys) Stranger(like vendortest.Key, rename func(string) string, _ bool) string {
	id, _ := k.SeedKey(rename(like.Name), "a stranger")
	return id
}

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
	for _, row := range rows() {
		t.Run(row.Name, func(t *testing.T) { t.Parallel(); play(t, row) })
	}
}
