// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const unsealedType = "orgkeys_unsealed"

// runScenes are what lives for one run: ephemeral keys, opened secrets, the action.
var runScenes = map[string]func(*scene){
	"ephemeral key": func(s *scene) {
		s.keys()
		s.run("open and close", keyType, s.key(), nil)
		s.run("a lifetime and scopes", keyType, s.key(values{"lifetime": "2h", "scopes": []string{"api.all.read"}}), nil)
		s.run("wrong arguments", keyType, s.key(values{"lifetime": "400d", "scopes": []string{}, "name": ""}), nil)
		s.run("it cannot be revoked", keyType, s.key(), func() { s.refused(openaisim.OpAPIKeysDelete, 403) })
		s.run("it is gone", keyType, s.key(), func() {
			s.w.Sim.ClearFaults()
			all := s.w.Sim.Keys()
			s.w.Sim.RevokeKey(all[len(all)-1].ID)
		})
		s.refused(openaisim.OpServiceAccountKeysCreate, 403)
		s.run("refused", keyType, s.key(), nil)
		s.w.Setenv("OPENAI_ADMIN_KEY", "")
		s.run("no admin key", keyType, s.key(), nil)
	},
	"unsealed": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.refresh("refresh")
		sealed := values{"sealed_value": s.held.Attributes()["sealed_value"], "redacted_value": s.held.Attributes()["redacted_value"]}
		open := func(title string, more values) { s.run(title, unsealedType, joined(sealed, more), nil) }
		open("no identity", nil)
		open("no identity, null", values{"when_locked": "null"})
		open("no identity, placeholder", values{"when_locked": "placeholder"})
		open("an identity", values{"identity": s.w.Identity})
		open("of another key", values{"identity": s.w.Identity, "redacted_value": "sk-svcacct...!!!"})
		open("another identity", values{"identity": s.identity().String()})
		open("no identity at all", values{"identity": "nonsense"})
		open("a placeholder", values{"identity": secret.Placeholder})
		open("a placeholder, null", values{"identity": secret.Placeholder, "when_locked": "null"})
		open("damaged", values{"identity": s.w.Identity, "sealed_value": "-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n-----END AGE ENCRYPTED FILE-----"})
		open("no such choice", values{"when_locked": "never"})
		s.run("null", unsealedType, nil, nil)
		s.run("null, null", unsealedType, values{"when_locked": "null"}, nil)
		s.w.Setenv("ORGKEYS_SEAL_IDENTITY", s.w.Identity)
		open("the provider's identity", nil)
	},
	"revoke action": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.act("revoke", values{"project_id": s.project, "key_id": s.id()})
		s.act("once more", values{"project_id": s.project, "key_id": s.id()})
		s.act("no such project", values{"project_id": "proj_none", "key_id": s.id()})
		s.act("wrong ids", values{"project_id": "a/b", "key_id": ""})
		s.apply("the next apply", s.key())
		s.refused(openaisim.OpAPIKeysDelete, 403)
		s.act("refused", values{"project_id": s.project, "key_id": s.id()})
		s.refused(openaisim.OpAPIKeysGet, 403)
		s.act("the look before is refused", values{"project_id": s.project, "key_id": s.id()})
	},
}
