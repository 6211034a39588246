// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package anthropic_test

import (
	"cmp"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	anthropicsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

func TestAdoptedKeys(t *testing.T) {
	t.Parallel()
	server := func(text, unlisted string, ownerType, owner any, p policy) vendortest.AdoptedServer {
		return vendortest.AdoptedServer{
			Text: text, Unlisted: unlisted, Owner: [2]any{ownerType, owner},
			Begin: func(t *testing.T) *vendortest.AdoptedWorld {
				t.Helper()
				w := begin(t, keyType, p)
				w.ArchiveWorkspace(w.SeedWorkspace("Gone"))
				return &vendortest.AdoptedWorld{
					Stage: w.Stage, Sim: keys{w.Server},
					Place: keyinventory.Place{ID: w.workspace, Name: "Payments"}, Elsewhere: keyinventory.Place{ID: w.DefaultWorkspace(), Name: "Default"},
				}
			},
		}
	}
	vendortest.Adopted(t, vendortest.AdoptedRow{
		Type: keyType, Noun: "API key", Action: "orgkeys_anthropic_revoke_key", Env: "ANTHROPIC_ADMIN_KEY", Unread: "ANTHROPIC_API_KEY", CannotManage: "cannot manage anything",
		Servers: []vendortest.AdoptedServer{
			server("usual", "", "service_account", "svac_1", policy{}),
			server("that lists no archived keys", "archived", "service_account", "svac_1", policy{ArchivedHidden: true}),
			server("older", "archived", "organization", nil, policy{Legacy: true, ArchivedHidden: true, DefaultHidden: true, WrongKey401: true}),
		},
		Operations: map[vendortest.Operation]string{vendortest.List: anthropicsim.OpListKeys, vendortest.Get: anthropicsim.OpGetKey, vendortest.Edit: anthropicsim.OpUpdateKey},
		On:         "active", Off: "inactive", Dead: []string{"archived", "expired"},
		Ends: map[string]string{"deactivate": "inactive", "archive": "archived"}, Last: "archive", Final: "Archiving is final",
		Place: "workspace", PlaceID: "workspace_id", Places: []string{anthropicsim.OpGetWorkspace, anthropicsim.OpListWorkspaces}, PlaceType: workspaceType,
		Moves: []string{"ippontech/anthropic_api_key", "jianyuan/anthropic_api_key"},
		Hint:  "partial_key_hint", End: "expires_at", Others: []string{"created_by", "principal", "scope", "workspace_id"},
		Apart: true, MayBe: "Give an Admin key, which no list shows",
		NotThere: func(id string) []string {
			return []string{"nothing has the id " + id, `"` + anthropicsim.Organization + `" (12345678-`}
		},
	})
}

// keys are the simulator's, as promises need them.
type keys struct{ *anthropicsim.Server }

func (k keys) Seed(n vendortest.NewKey) (id, plain string) {
	return k.SeedKey(key{Name: n.Name, Admin: n.Admin, ExpiresAt: n.End, Principal: n.User, WorkspaceID: n.PlaceID})
}

func (k keys) Stored() (all []vendortest.AdoptedKey) {
	for _, one := range k.Keys() {
		all = append(all, vendortest.AdoptedKey{ID: one.ID, Name: one.Name, Status: one.Status})
	}
	return all
}

func (k keys) Set(id, name, status string) {
	k.Change(id, func(one *key) { one.Name, one.Status = cmp.Or(name, one.Name), cmp.Or(status, one.Status) })
}

func (k keys) Die(id, status string) {
	k.Change(id, func(one *key) {
		if status == "expired" {
			one.ExpiresAt = one.Exact
			return
		}
		one.Status = status
	})
}

func (k keys) HideHint(id string, hidden bool) {
	k.Change(id, func(one *key) { one.HintHidden = hidden })
}

// What a destroy does is the configuration's, also for a key of which nothing else is known.
func TestUnknownKind(t *testing.T) {
	t.Parallel()
	w := begin(t, keyType, policy{})
	w.Inject(simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"principal": map[string]any{"type": "robot_actor"}}, Omit: []string{"created_at"}})
	got := w.Apply(settings{"id": w.key, "on_destroy": "archive"})
	same(t, "state", []any{got["owner_type"], got["created_at"], got["on_destroy"]}, []any{nil, nil, "archive"})
	names, _ := w.List(keyType, nil)
	same(t, "listed", names, []string{"billing"})
}

// Whom a key acts for is also known from the older form, which is that of created_by.
func TestOlderPrincipal(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"user", "service_account"} {
		w := begin(t, keyType, policy{})
		w.Inject(simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"principal": map[string]any{"type": kind, "id": "id_1"}}})
		got := w.Apply(settings{"id": w.key})
		same(t, "owner", []any{got["owner_type"], got["owner_id"], w.Says("belongs to a user")}, []any{kind, "id_1", kind == "user"})
	}
}
