// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

// rows are OpenAI's kinds of keys in the table of promises.
var rows = []vendortest.Row{
	{
		Name: "OpenAI API key",
		Type: keyType,
		Can:  openai.APIKeyCan,
		Start: func(t testing.TB, maxPage int) *vendortest.World {
			t.Helper()
			w := acctest.New(t, openaisim.Options{MaxPage: maxPage})
			return w.For(w.Sim.Engine, &keysAt{w: w})
		},
		Operations: map[vendortest.Operation]string{
			vendortest.Mint: openaisim.OpServiceAccountKeysCreate, vendortest.List: openaisim.OpAPIKeysList,
			vendortest.Get: openaisim.OpAPIKeysGet, vendortest.Edit: openaisim.OpAPIKeysUpdate,
			vendortest.Revoke: openaisim.OpAPIKeysDelete, vendortest.Parent: openaisim.OpProjectsGet,
		},
		Own: []vendortest.Own{{
			Name: "scopes", Effect: keyresource.InPlace, Hidden: true,
			Values: []any{nil, []string{"all"}, []string{"api.model.request"}, []string{"api.all.read", "api.model.request"}},
		}},
		Losses: []string{"the project is archived", "the account is deleted"},
		Oddities: []vendortest.Oddity{
			{Text: "key updates answer 404", NoEdits: true, Apply: policy(func(p *openaisim.Policy) { p.NoKeyUpdate = 404 })},
			{Text: "key updates answer 405", NoEdits: true, Apply: policy(func(p *openaisim.Policy) { p.NoKeyUpdate = 405 })},
			{Text: "key updates are ignored", NoEdits: true, Apply: policy(func(p *openaisim.Policy) { p.KeyUpdateIgnored = true })},
			{Text: "expired keys are in no list", EndedUnlisted: true, Apply: policy(func(p *openaisim.Policy) { p.ExpiredKeysUnlisted = true })},
			{Text: "expired keys are gone", EndedUnlisted: true, Apply: policy(func(p *openaisim.Policy) { p.ExpiredKeysGone = true })},
		},
		Spellings: spellings,
	}, {
		Name: "OpenAI admin key", Apart: true,
		Type: "orgkeys_openai_admin_key",
		Can:  openai.AdminKeyCan,
		Start: func(t testing.TB, maxPage int) *vendortest.World {
			t.Helper()
			w := acctest.New(t, openaisim.Options{MaxPage: maxPage})
			return w.For(w.Sim.Engine, &adminKeysAt{w: w})
		},
		Operations: map[vendortest.Operation]string{
			vendortest.Mint: openaisim.OpAdminAPIKeysCreate, vendortest.List: openaisim.OpAdminAPIKeysList,
			vendortest.Get: openaisim.OpAdminAPIKeysGet, vendortest.Revoke: openaisim.OpAdminAPIKeysDelete,
		},
		Spellings: spellings,
	},
}

var (
	spellings = []vendortest.Oddity{stores(openaisim.NamesLower), stores(openaisim.NamesDecomposed), stores(openaisim.NamesTrimmed)}
)

func stores(rule openaisim.NameRule) vendortest.Oddity {
	return vendortest.Oddity{
		Text:  "the server stores names " + string(rule),
		Apply: policy(func(p *openaisim.Policy) { p.StoredNames = rule }),
	}
}

// policy sets switches of the simulator below a world.
func policy(set func(*openaisim.Policy)) func(*vendortest.World) {
	return func(w *vendortest.World) {
		switch sim := w.Sim.(type) {
		case *keysAt:
			sim.w.Sim.SetPolicy(set)
		case *adminKeysAt:
			sim.w.Sim.SetPolicy(set)
		}
	}
}

// keysAt are the keys of the service account that is configured.
type keysAt struct {
	w                *acctest.World
	project, account string
}

var (
	_ vendortest.Places = &keysAt{}
	_ vendortest.Access = &keysAt{}
)

func (k *keysAt) New() {
	k.project = k.w.Sim.SeedProject("p")
	k.account = k.w.Sim.SeedServiceAccount(k.project, "a", "member")
}

func (k *keysAt) Lose(way int) {
	if way == 0 {
		k.w.Sim.ArchiveProject(k.project)
		return
	}
	k.w.Sim.DeleteServiceAccount(k.account)
}

func (k *keysAt) SetAccess(access bool) { k.w.Sim.SetOwnerAccess(k.account, access) }

func (k *keysAt) Arguments() map[string]any {
	return map[string]any{"project_id": k.project, "service_account_id": k.account}
}

func (k *keysAt) Owner() string { return k.account }

func (k *keysAt) Keys() []vendortest.Key {
	archived := map[string]bool{}
	for _, project := range k.w.Sim.Projects() {
		archived[project.ID] = project.Archived
	}
	var out []vendortest.Key
	for _, key := range k.w.Sim.Keys() {
		scopes := key.Scopes
		if scopes == nil {
			scopes = []string{"all"}
		}
		out = append(out, vendortest.Key{
			ID: key.ID, Name: key.Name, Owner: key.OwnerID, Gone: archived[key.ProjectID], Own: map[string]any{"scopes": scopes},
			CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt, Ended: key.Expired, Works: key.Usable,
		})
	}
	return out
}

func (k *keysAt) Valid(secret string) bool       { return k.w.Sim.Valid(secret) }
func (k *keysAt) Use(id string)                  { k.w.Sim.UseKey(id) }
func (k *keysAt) Revoke(id string)               { k.w.Sim.RevokeKey(id) }
func (k *keysAt) EndAt(id string, end time.Time) { k.w.Sim.ExpireKeyAt(id, end) }

func (k *keysAt) Stranger(like vendortest.Key, rename func(string) string, user bool) string {
	spec := openaisim.KeySpec{ProjectID: k.project, Name: rename(like.Name)}
	if !user {
		spec.AccountID = k.w.Sim.SeedServiceAccount(k.project, "stranger", "member")
	}
	id, _ := k.w.Sim.SeedKey(spec)
	return id
}

// adminKeysAt are the admin keys of the organization: they have no owner of their own.
type adminKeysAt struct{ w *acctest.World }

func (k *adminKeysAt) Arguments() map[string]any { return map[string]any{} }
func (k *adminKeysAt) Owner() string             { return "" }

func (k *adminKeysAt) Keys() []vendortest.Key {
	var out []vendortest.Key
	for _, key := range k.w.Sim.AdminKeys() {
		out = append(out, vendortest.Key{
			ID: key.ID, Name: key.Name,
			CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt, Ended: key.Expired, Works: !key.Expired,
		})
	}
	return out
}

func (k *adminKeysAt) Valid(secret string) bool       { return k.w.Sim.ValidAdminKey(secret) }
func (k *adminKeysAt) Use(id string)                  { k.w.Sim.UseKey(id) }
func (k *adminKeysAt) Revoke(id string)               { k.w.Sim.RevokeKey(id) }
func (k *adminKeysAt) EndAt(id string, end time.Time) { k.w.Sim.ExpireKeyAt(id, end) }

func (k *adminKeysAt) Stranger(like vendortest.Key, rename func(string) string, _ bool) string {
	id, _ := k.w.Sim.SeedAdminKey(openaisim.AdminKeySpec{Name: rename(like.Name)})
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
	eachRow(t, func(t *testing.T, row vendortest.Row) { vendortest.Fuzz(t, row, game(t, row)) })
}

func TestVendorLives(t *testing.T) {
	t.Parallel()
	eachRow(t, func(t *testing.T, row vendortest.Row) { vendortest.Lives(t, row, game(t, row)) })
}

// game plays the kind of key that most people have with more seeds than another one;
// `make fuzz` plays them all.
func game(t *testing.T, row vendortest.Row) vendortest.Game {
	t.Helper()
	g := vendortest.FromEnvironment(t)
	g.Part = 4
	if row.Type != keyType {
		g.Part = 16
	}
	return g
}

func eachRow(t *testing.T, play func(*testing.T, vendortest.Row)) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.Name, func(t *testing.T) { t.Parallel(); play(t, row) })
	}
}

// keyAt is a key as the server stores it, live or expired.
func keyAt(sim *openaisim.Server, id string) (openaisim.Key, bool) {
	for _, key := range sim.Keys() {
		if key.ID == id {
			return key, true
		}
	}
	return openaisim.Key{}, false
}

// text is an attribute's text, "" for none.
func text(v any) string {
	s, _ := v.(string)
	return s
}
