// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// rotationScenes are API keys that rotate.
var rotationScenes = map[string]func(*scene){
	"key rotated by age": func(s *scene) {
		s.keys()
		config := s.key(values{"lifetime": "80d", "rotate_after": "40d"})
		s.apply("create", config)
		s.pass(40 * day)
		s.plan("due", config)
		s.plan("due later", s.key(values{"lifetime": "80d", "rotate_after": "50d"}))
		s.plan("due no more", s.key(values{"lifetime": "80d"}))
		s.apply("rotate", config)
		s.apply("nothing to do", config)
		s.pass(25 * hour)
		s.apply("the overlap is over", config)
		s.plan("due sooner", s.key(values{"lifetime": "80d", "rotate_after": "1d"}))
		s.destroy("destroy")
	},
	"key rotated by name": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.apply("rename", s.key(values{"name": "new worker"}))
		s.apply("nothing to do", s.key(values{"name": "new worker"}))
	},
	"key rotated by reason": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.apply("a first reason", s.key(because("a")))
		s.apply("another reason", s.key(because("b")))
		s.apply("nothing to do", s.key(because("b")))
		s.apply("another one in the overlap", s.key(because("c")))
		s.apply("no reason", s.key())
		s.destroy("destroy in the overlap")
	},
	"key rotated for several reasons": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a"), values{"lifetime": "80d", "rotate_after": "40d"}))
		s.pass(41 * day)
		s.apply("rotate", s.key(because("b"), values{"lifetime": "80d", "rotate_after": "40d", "name": "new worker", "scopes": []string{"api.all.read"}, "overlap": "1h"}))
	},
	"key rotated without overlap": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a"), values{"overlap": "0s"}))
		s.apply("rotate", s.key(because("b"), values{"overlap": "0s"}))
		s.apply("nothing to do", s.key(because("b"), values{"overlap": "0s"}))
	},
	"key rotated where an account has one key": func(s *scene) {
		s.keys()
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.OneKeyPerAccount = true })
		s.apply("create", s.key(because("a"), values{"overlap": "0s"}))
		s.apply("rotate", s.key(because("b"), values{"overlap": "0s"}))
		s.apply("rotate with an overlap", s.key(because("c")))
	},
	"key rotated after it expired": func(s *scene) {
		s.keys()
		config := s.key(values{"lifetime": "30d", "rotate_after": "20d"})
		s.apply("create", config)
		s.pass(31 * day)
		s.refresh("refresh")
		s.apply("rotate", config)
	},
	"key rotated after it was revoked outside": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a")))
		s.apply("rotate", s.key(because("b")))
		s.w.Sim.RevokeKey(s.id())
		s.apply("the current key is gone", s.key(because("b")))
	},
	"key rotated and its end refused": func(s *scene) {
		s.keys()
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.NoKeyUpdate = 405 })
		s.apply("create", s.key(because("a")))
		s.apply("rotate", s.key(because("b")))
		s.apply("nothing to do", s.key(because("b")))
		s.pass(25 * hour)
		s.apply("the overlap is over", s.key(because("b")))
	},
	"key rotated and its end ignored": func(s *scene) {
		s.keys()
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.KeyUpdateIgnored = true })
		s.apply("create", s.key(because("a")))
		s.apply("rotate", s.key(because("b")))
		s.pass(25 * hour)
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.NoServiceAccountKeyDelete = true })
		s.apply("the overlap is over, and nothing ends the old key", s.key(because("b")))
	},
	"key rotated and its overlap over": func(s *scene) {
		s.keys()
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.NoKeyUpdate = 405 })
		s.apply("create", s.key(because("a")))
		s.apply("rotate", s.key(because("b")))
		s.pass(25 * hour)
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysDelete, Kind: simkit.StatusBefore, Status: 403})
		s.apply("the old key cannot be revoked", s.key(because("b")))
		s.w.Sim.ClearFaults()
		s.stale("once more, without a refresh", s.key(because("b")))
	},
	"key rotated beside longer and shorter lives": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a"), values{"lifetime": "30d", "rotate_after": "20d"}))
		s.w.Sim.ExpireKeyAt(s.id(), s.w.Clock.Now().Add(10*day))
		s.apply("its life was shortened", s.key(because("a"), values{"lifetime": "30d", "rotate_after": "20d"}))
		s.w.Sim.ExpireKeyAt(s.id(), s.w.Clock.Now().Add(90*day))
		s.apply("its expiry was postponed", s.key(because("a"), values{"lifetime": "30d", "rotate_after": "20d"}))
		old := s.id()
		s.apply("rotate", s.key(because("b"), values{"lifetime": "30d", "rotate_after": "20d"}))
		s.refresh("the old key runs out")
		s.w.Sim.ExpireKeyAt(old, s.w.Clock.Now().Add(90*day))
		s.refresh("the old key's life was lengthened")
		s.w.Sim.ExpireKeyAt(old, s.w.Clock.Now().Add(hour))
		s.refresh("the old key's life was shortened")
	},
	"key whose rotation fails": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a")))
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.StatusBefore, Status: 403})
		s.apply("the new key is refused", s.key(because("b")))
		s.w.Sim.ClearFaults()
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.CutAfter, Times: 1})
		s.apply("the answer is lost", s.key(because("b")))
		s.apply("nothing to do", s.key(because("b")))
	},
}
