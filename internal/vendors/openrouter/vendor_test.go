// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

const guardrail, otherGuardrail = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"

// row is the vendor's kind of key in the table of promises.
var row = vendortest.Row{
	Name: "OpenRouter API key",
	Type: keyType,
	Can:  openrouter.APIKeyCan,
	Start: func(t testing.TB, maxPage int) *vendortest.World {
		t.Helper()
		w := open(t, openroutersim.Options{MaxPage: maxPage})
		if sim, ok := w.Sim.(*keysIn); ok {
			sim.SeedGuardrail(guardrail)
			sim.SeedGuardrail(otherGuardrail)
		}
		return w
	},
	Operations: map[vendortest.Operation]string{
		vendortest.Mint: openroutersim.OpCreateKey, vendortest.List: openroutersim.OpListKeys, vendortest.Get: openroutersim.OpGetKey,
		vendortest.Edit: openroutersim.OpUpdateKey, vendortest.Revoke: openroutersim.OpDeleteKey, vendortest.Parent: openroutersim.OpGetWorkspace,
	},
	Own: []vendortest.Own{
		{Name: "limit", Effect: keyresource.InPlace, Whole: true, Values: []any{nil, 5.0, 50.0}},
		{Name: "include_byok_in_limit", Effect: keyresource.InPlace, Whole: true, Values: []any{nil, true, false}},
		{Name: "guardrail_id", Effect: keyresource.InPlace, Whole: true, Values: []any{nil, guardrail, otherGuardrail}},
	},
	Oddities: []vendortest.Oddity{
		{Text: "expired keys are gone", EndedUnlisted: true, Apply: policy(func(p *openroutersim.Policy) { p.ExpiredHidden = true })},
		{Text: "keys are stamped with a user", Apply: policy(func(p *openroutersim.Policy) { p.CreatorShown = true })},
		{Text: "an unknown workspace has no keys", Apply: policy(func(p *openroutersim.Policy) { p.UnknownWorkspaceEmpty = true })},
		{Text: "strict updates, secrets inside", Apply: policy(func(p *openroutersim.Policy) { p.ImmutableRefused, p.SecretInside = true, true })},
	},
}

// open begins a world without a workspace of its own.
func open(t testing.TB, o openroutersim.Options) *vendortest.World {
	t.Helper()
	w := acctest.Open(t)
	o.Clock = w.Simulated
	sim := openroutersim.Start(t, o)
	w.Attach("openrouter", sim)
	return w.For(sim.Engine, &keysIn{Server: sim})
}

// policy sets switches of the simulator below a world.
func policy(set func(*openroutersim.Policy)) func(*vendortest.World) {
	return func(w *vendortest.World) {
		if sim, ok := w.Sim.(*keysIn); ok {
			sim.SetPolicy(set)
		}
	}
}

// keysIn are the keys of the workspace that is configured.
type keysIn struct {
	*openroutersim.Server
	workspace string
	places    int
}

var _ vendortest.Places = &keysIn{}

func (k *keysIn) New() {
	k.places++
	k.workspace = k.SeedWorkspace("w", fmt.Sprintf("w-%d", k.places))
}

func (k *keysIn) Lose(int)                  { k.DeleteWorkspace(k.workspace) }
func (k *keysIn) Arguments() map[string]any { return map[string]any{"workspace_id": k.workspace} }
func (k *keysIn) Owner() string             { return k.workspace }

func (k *keysIn) Keys() []vendortest.Key {
	var out []vendortest.Key
	now := k.Clock().Now()
	for _, key := range k.Server.Keys() {
		ended := !key.ExpiresAt.IsZero() && !now.Before(key.ExpiresAt)
		out = append(out, vendortest.Key{
			ID: key.ID, Name: key.Name, Owner: key.WorkspaceID,
			Own:       map[string]any{"limit": key.Limit, "include_byok_in_limit": key.Byok, "guardrail_id": key.GuardrailID},
			CreatedAt: key.Born(), ExpiresAt: key.ExpiresAt, Ended: ended, Works: !ended && !key.Disabled,
		})
	}
	return out
}

func (k *keysIn) Use(id string)    { k.UseKey(id) }
func (k *keysIn) Revoke(id string) { k.DeleteKey(id) }

func (k *keysIn) EndAt(id string, end time.Time) {
	k.Change(id, func(key *openroutersim.Key) { key.ExpiresAt = end })
}

func (k *keysIn) Stranger(like vendortest.Key, rename func(string) string, user bool) string {
	key := openroutersim.Key{Name: rename(like.Name), WorkspaceID: k.SeedWorkspace("s", "s-"+like.ID[:8])}
	if user {
		key.WorkspaceID, key.Creator = k.workspace, "user_stranger"
	}
	id, _ := k.SeedKey(key)
	return id
}

func TestVendorPromises(t *testing.T)   { t.Parallel(); vendortest.Promises(t, row) }
func TestVendorCallBounds(t *testing.T) { t.Parallel(); vendortest.CallBounds(t, row) }
func TestVendorFuzz(t *testing.T)       { t.Parallel(); vendortest.Fuzz(t, row, game(t)) }
func TestVendorLives(t *testing.T)      { t.Parallel(); vendortest.Lives(t, row, game(t)) }

// game plays a part of the fixed seeds: `make fuzz` goes on.
func game(t *testing.T) vendortest.Game {
	t.Helper()
	g := vendortest.FromEnvironment(t)
	g.Part = 24
	return g
}
