// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package elevenlabs_test

import (
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs"
	elevenlabssim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

const keyType = "orgkeys_elevenlabs_api_key"

// row is the vendor's kind of key in the table of promises.
var row = vendortest.Row{
	Name: "ElevenLabs API key",
	Type: keyType,
	Can:  elevenlabs.APIKeyCan,
	Start: func(t testing.TB, _ int) *vendortest.World {
		t.Helper()
		return open(t, elevenlabssim.Policy{Enterprise: true})
	},
	Operations: map[vendortest.Operation]string{
		vendortest.Mint: elevenlabssim.OpCreateKey, vendortest.List: elevenlabssim.OpListAccounts, vendortest.Get: elevenlabssim.OpListKeys,
		vendortest.Edit: elevenlabssim.OpUpdateKey, vendortest.Revoke: elevenlabssim.OpDeleteKey,
	},
	Own: []vendortest.Own{
		{Name: "permissions", Effect: keyresource.InPlace, Whole: true, Values: []any{[]string{"all"}, []string{"text_to_speech"}, []string{"text_to_speech", "voices_read"}}},
		{Name: "character_limit", Effect: keyresource.InPlace, Whole: true, Values: []any{nil, int64(1000), int64(5000)}},
		{Name: "disabled", Effect: keyresource.InPlace, Whole: true, Values: []any{nil, false, true}},
		{Name: "allowed_ips", Effect: keyresource.InPlace, Whole: true, Values: []any{nil, []string{"8.8.4.0/24", "8.8.8.8/32"}, []string{"8.8.8.8/32"}}},
	},
	Creation: 2, // with a list, since no answer shows a key; those that end together share one
	Oddities: []vendortest.Oddity{
		{Text: "updates have to name more", Apply: policy(func(p *elevenlabssim.Policy) { p.OldUpdates = true })},
		{Text: "all is a list", Apply: policy(func(p *elevenlabssim.Policy) { p.AllListed = true })},
		{Text: "creation times are not shown", Apply: policy(func(p *elevenlabssim.Policy) { p.NoCreated = true })},
		{Text: "refusals are plain texts", Apply: policy(func(p *elevenlabssim.Policy) { p.PlainDetail = true })},
	},
}

func policy(set func(*elevenlabssim.Policy)) func(*vendortest.World) {
	return func(w *vendortest.World) {
		if sim, ok := w.Sim.(*keys); ok {
			sim.SetPolicy(set)
		}
	}
}

// open begins a world with two service accounts, of which the first is the configured one.
func open(t testing.TB, policy elevenlabssim.Policy) *vendortest.World {
	t.Helper()
	w := acctest.Open(t)
	sim := elevenlabssim.Start(t, elevenlabssim.Options{Clock: w.Simulated, Policy: policy})
	w.Attach("elevenlabs", sim)
	return w.For(sim.Engine, &keys{sim, sim.SeedAccount("narrator"), sim.SeedAccount("stranger")})
}

// keys are those of the service account that is configured.
type keys struct {
	*elevenlabssim.Server
	account, stranger string
}

func (k *keys) Arguments() map[string]any { return map[string]any{"service_account_id": k.account} }
func (k *keys) Owner() string             { return k.account }

func (k *keys) Keys() []vendortest.Key {
	var out []vendortest.Key
	for _, key := range k.Server.Keys() {
		own := map[string]any{"permissions": key.Permissions, "allowed_ips": key.AllowedIPs, "disabled": key.Disabled}
		if key.CharacterLimit > 0 {
			own["character_limit"] = key.CharacterLimit
		}
		out = append(out, vendortest.Key{ID: key.ID, Name: key.Name, Owner: key.AccountID, Own: own, CreatedAt: key.At, Works: !key.Disabled})
	}
	return out
}

func (k *keys) Use(id string)           { k.UseKey(id) }
func (k *keys) Revoke(id string)        { k.DeleteKey(id) }
func (k *keys) EndAt(string, time.Time) { panic("keys never expire") }

func (k *keys) Stranger(like vendortest.Key, rename func(string) string, _ bool) string {
	id, _ := k.SeedKey(elevenlabssim.Key{AccountID: k.stranger, Name: rename(like.Name), Permissions: []string{"all"}})
	return id
}

func TestVendorPromises(t *testing.T)   { t.Parallel(); vendortest.Promises(t, row) }
func TestVendorCallBounds(t *testing.T) { t.Parallel(); vendortest.CallBounds(t, row) }

// TestVendorFuzz and TestVendorLives are what `make fuzz` plays longer.
func TestVendorFuzz(t *testing.T)  { t.Parallel(); vendortest.Fuzz(t, row, game(t)) }
func TestVendorLives(t *testing.T) { t.Parallel(); vendortest.Lives(t, row, game(t)) }

func game(t *testing.T) vendortest.Game {
	t.Helper()
	g := vendortest.FromEnvironment(t)
	g.Part = 24 // a look at each; `make fuzz` plays them all
	return g
}
