// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// admin is the configuration of an admin key.
func admin(more ...values) values {
	return joined(append([]values{{"name": "pipeline"}}, more...)...)
}

// seededAdmin is an admin key that was there before Terraform.
func (s *scene) seededAdmin(spec openaisim.AdminKeySpec) string {
	id, _ := s.w.Sim.SeedAdminKey(spec)
	return id
}

// adminScenes are admin keys.
var adminScenes = map[string]func(*scene){
	"admin key created": func(s *scene) {
		s.kind = adminType
		config := admin(values{"lifetime": "80d", "rotate_after": "40d", "overlap": "36h"})
		s.apply("create", config)
		s.pass(hour)
		s.apply("nothing to do", config)
		s.destroy("destroy")
	},
	"admin key refused by validation": func(s *scene) {
		s.kind = adminType
		s.plan("rotate_after alone", admin(values{"rotate_after": "40d"}))
		s.plan("lifetime alone", admin(values{"lifetime": "40d"}))
		s.plan("rotate_after not shorter", admin(values{"lifetime": "40d", "rotate_after": "41d"}))
		s.plan("overlap cut short", admin(values{"lifetime": "40d", "rotate_after": "39d", "overlap": "3d"}))
		s.plan("unknown arguments", admin(values{"name": protocol.Unknown, "lifetime": protocol.Unknown, "rotate_after": protocol.Unknown, "overlap": protocol.Unknown}))
	},
	"admin key rotated": func(s *scene) {
		s.kind = adminType
		s.apply("create", admin(because("a")))
		s.apply("another reason", admin(because("b")))
		s.apply("nothing to do", admin(because("b")))
		s.pass(25 * hour)
		s.apply("the overlap is over", admin(because("b")))
		s.apply("nothing to do", admin(because("b")))
		s.apply("a lifetime", admin(because("b"), values{"lifetime": "80d", "rotate_after": "40d", "overlap": "0s"}))
		s.destroy("destroy")
	},
	"admin key rotated by age": func(s *scene) {
		s.kind = adminType
		config := admin(values{"lifetime": "80d", "rotate_after": "40d"})
		s.apply("create", config)
		s.pass(40 * day)
		s.apply("due", config)
		s.destroy("destroy in the overlap")
	},
	"admin key with unknown arguments": func(s *scene) {
		s.kind = adminType
		s.apply("create", admin(because("a")))
		s.plan("unknown lifetime", admin(because("a"), values{"lifetime": protocol.Unknown}))
		s.plan("unknown reason", admin(values{"rotate_when_changed": protocol.Unknown}))
	},
	"admin key in use": func(s *scene) {
		s.kind = adminType
		s.w.Setenv("ORGKEYS_SEAL_IDENTITY", s.w.Identity)
		s.apply("create", admin(because("a"), values{"secret_storage": "state"}))
		s.w.Setenv("OPENAI_ADMIN_KEY", text(s.held.Attributes()["value"]))
		s.apply("rotate", admin(because("b"), values{"secret_storage": "state", "overlap": "1h"}))
		s.pass(2 * hour)
		s.apply("the overlap is over", admin(because("b"), values{"secret_storage": "state", "overlap": "1h"}))
		s.destroy("destroy")
	},
	"admin key in use and imported": func(s *scene) {
		s.kind = adminType
		s.adopt("import", s.w.Sim.AdminKeyID())
		s.apply("a trigger is recorded", admin(because("a"), values{"name": "Bootstrap"}))
		s.apply("rotate", admin(because("b"), values{"name": "Bootstrap", "overlap": "0s"}))
		s.destroy("destroy")
	},
	"admin key imported": func(s *scene) {
		s.kind = adminType
		s.adopt("import", s.seededAdmin(openaisim.AdminKeySpec{Name: "pipeline", ExpiresAt: s.start.Add(50 * day)}))
		s.apply("nothing to do", admin())
		s.apply("another name and lifetime", admin(values{"name": "robot", "lifetime": "80d", "rotate_after": "40d"}))
		s.pass(40 * day)
		s.apply("due", admin(values{"name": "robot", "lifetime": "80d", "rotate_after": "40d"}))
		s.held = nil
		s.adopt("no such key", "key_none")
	},
	"admin key gone outside": func(s *scene) {
		s.kind = adminType
		s.apply("create", admin())
		s.refresh("refresh")
		s.w.Sim.RevokeKey(s.id())
		s.apply("it was revoked", admin())
	},
	"admin key of another organization": func(s *scene) {
		s.kind = adminType
		s.apply("create", admin())
		s.refresh("refresh")
		s.w.Setenv("OPENAI_ADMIN_KEY", s.w.Sim.NewOrganization())
		s.refresh("refresh")
		s.stale("destroy", nil)
	},
	"admin key of an older state": func(s *scene) {
		s.kind = adminType
		s.apply("create", admin(because("a")))
		s.refresh("refresh")
		before := *s.held
		s.pass(hour)
		s.apply("rotate", admin(because("b")))
		s.held = &before
		s.plan("the older state, no reason", admin(because("a")))
		s.apply("the older state, another reason", admin(because("c")))
		s.destroy("destroy")
	},
	"admin key not created, not revoked": func(s *scene) {
		s.kind = adminType
		s.refused(openaisim.OpAdminAPIKeysCreate, 403)
		s.apply("refused", admin())
		s.w.Sim.ClearFaults()
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAdminAPIKeysCreate, Kind: simkit.CutAfter, Times: 1})
		s.apply("the answer is lost", admin())
		s.refused(openaisim.OpAdminAPIKeysDelete, 403)
		s.destroy("refused")
		s.refused(openaisim.OpAdminAPIKeysList, 403)
		s.refresh("refused")
	},
	"admin key moved": func(s *scene) {
		s.kind = adminType
		s.move("from another provider", "openai_admin_api_key", values{"id": s.seededAdmin(openaisim.AdminKeySpec{Name: "pipeline"}), "value": "sk-fake-fake"})
		s.apply("nothing to do", admin())
	},
}
