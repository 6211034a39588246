// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory_test

import (
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
)

func gone(id string) error {
	return &apierr.Gone{What: "key " + id, Why: "it was revoked"}
}

// ofCreator is a key of the organization's that a user created.
func ofCreator(r *keyinventory.Row) {
	r.Key.OwnerID = ""
	r.Owner = keyinventory.Owner{Type: keyinventory.OwnedByUser, ID: "u1", Name: "Jo"}
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	refused := &apierr.Error{Operation: "call", Message: "not for you", Status: 403, Hint: "It stays in state. Use another credential.", Unmanaged: "Use another credential."}
	for name, c := range map[string]struct {
		room, key string // r1 and k1 if none is given; "-" = no room
		prepare   func(*vendor)
		progress  []string
		said      []string
		calls     []string
		revoked   []string
	}{
		"a key of a team": {
			progress: []string{`Revoking key k1 ("ledger (ok-k3v6zq2mda.x5b7qd2k)") of team…`},
			calls:    []string{"key k1", "revoke k1 in r1"}, revoked: []string{"k1"},
		},
		"a user's key whose names would act on a terminal": {
			key: "k2", progress: []string{`Revoking key k2 ("red\x1b[31m\n") of Jo\n\x1b[2J…`},
			calls: []string{"key k2", "revoke k2 in r1"}, revoked: []string{"k2"},
		},
		"a key whose owner is not told": {
			key: "k3", progress: []string{`Revoking key k3 ("by hand")…`}, calls: []string{"key k3", "revoke k3 in r1"}, revoked: []string{"k3"},
		},
		"a key of which no room is asked for": {
			room: "-", key: "k3", progress: []string{`Revoking key k3 ("by hand")…`}, calls: []string{"key k3", "revoke k3 in r1"}, revoked: []string{"k3"},
		},
		"no such key in any room": {
			room: "-", key: "k9", calls: []string{"key k9"},
			said: []string{"ERROR: Unable to revoke API key k9: Key k9 of room  was not found: it was revoked. Nothing was revoked. Check key_id, and that it is the id of a room's key. If another key was meant, it still works."},
		},
		"no such key": {
			key: "k9", calls: []string{"key k9"},
			said: []string{"ERROR: Unable to revoke API key k9: Key k9 of room r1 was not found: it was revoked. Nothing was revoked. Check room_id, key_id, and that it is the id of a room's key. If another key was meant, it still works."},
		},
		"a look that fails": {
			prepare: func(v *vendor) { v.fails["key"] = refused }, calls: []string{"key k1"},
			said: []string{"ERROR: Unable to revoke API key k1: Use another credential.\n\nCall: not for you (HTTP 403 Forbidden). Nothing was revoked."},
		},
		"a revocation that fails": {
			prepare:  func(v *vendor) { v.fails["revoke"] = refused },
			progress: []string{`Revoking key k1 ("ledger (ok-k3v6zq2mda.x5b7qd2k)") of team…`}, calls: []string{"key k1", "revoke k1 in r1"},
			said: []string{"ERROR: Unable to revoke API key k1: Use another credential.\n\nCall: not for you (HTTP 403 Forbidden). The key may still work: invoke the action again once the cause is removed."},
		},
		"no connection for the key": {
			prepare: func(v *vendor) { v.fails["bind"] = refused }, calls: []string{"key k1"},
			said: []string{"ERROR: Unable to revoke API key k1: Use another credential.\n\nCall: not for you (HTTP 403 Forbidden). Nothing was revoked."},
		},
		"the key that the provider works with": {
			prepare: func(v *vendor) { v.guarded = "k1" }, calls: []string{"key k1"},
			said: []string{"ERROR: Unable to revoke API key k1: The provider works with this key itself. Nothing was revoked."},
		},
		"another key of such a provider": {
			prepare: func(v *vendor) { v.guarded = "k3" }, progress: []string{`Revoking key k1 ("ledger (ok-k3v6zq2mda.x5b7qd2k)") of team…`},
			calls: []string{"key k1", "revoke k1 in r1"}, revoked: []string{"k1"},
		},
		"an id that leads elsewhere": {
			key:  "../k1",
			said: []string{`AttributeName("key_id"): ERROR: Invalid key_id: key_id contains a path separator. Nothing was revoked. Give the id as the API shows it, such as room_1 or key_1.`},
		},
		"the secret of a key": {
			key:  "sk-svcacct-fake-0123456789",
			said: []string{`AttributeName("key_id"): ERROR: Invalid key_id: key_id looks like the secret of a key, and was not sent: the key has an id of its own, which inventories show beside redacted_value. Where ids are hashes, it is the SHA-256 of the secret in lower-case hex, as printf %s "$SECRET" | sha256sum prints it (shasum -a 256 on macOS). Nothing was revoked. Give the id as the API shows it, such as room_1 or key_1.`},
		},
		"a place that leads elsewhere": {
			room: "r1\n",
			said: []string{`AttributeName("room_id"): ERROR: Invalid room_id: room_id has leading or trailing white space or invisible characters: remove them. Nothing was revoked. Give the id as the API shows it, such as room_1 or key_1.`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(key("k1", ledger1, day), key("k2", "red\x1b[31m\n", day, ofUser("Jo\n\x1b[2J")), key("k3", "by hand", day, ownerless))
			if c.prepare != nil {
				c.prepare(v)
			}
			config := map[string]any{"room_id": "r1", "key_id": "k1"}
			if c.room != "" {
				config["room_id"] = c.room
			}
			if c.room == "-" {
				delete(config, "room_id")
			}
			if c.key != "" {
				config["key_id"] = c.key
			}
			progress, said := serve(t, v).invoke(config)
			same(t, "progress", progress, c.progress)
			same(t, "said", said, c.said)
			same(t, "calls", v.journal, c.calls)
			same(t, "revoked", v.revoked, c.revoked)
		})
	}
}
