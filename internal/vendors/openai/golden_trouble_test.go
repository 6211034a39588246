// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// refused answers every call of an operation with a status.
func (s *scene) refused(operation string, status int) {
	s.w.Sim.ClearFaults()
	s.w.Sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: status})
}

// troubleScenes are API keys in trouble.
var troubleScenes = map[string]func(*scene){
	"key not created": func(s *scene) {
		s.keys()
		s.refused(openaisim.OpServiceAccountKeysCreate, 403)
		s.apply("refused", s.key())
		s.w.Sim.ClearFaults()
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.CutAfter, Times: 1})
		s.apply("the answer is lost", s.key())
		s.destroy("destroy")
	},
	"key that may have been created": func(s *scene) {
		s.keys()
		s.w.Sim.Inject(
			simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.CutAfter},
			simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StatusBefore, Status: 403},
		)
		s.apply("all answers are lost", s.key())
		s.w.Sim.ClearFaults()
		s.apply("the next apply", s.key())
	},
	"key beside leftovers of a killed create": func(s *scene) {
		s.keys()
		s.seeded(openaisim.KeySpec{Name: "worker (ok-k3v6zq2mda.x5b7qd2k)"})
		s.apply("create", s.key())
	},
	"key gone outside": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.w.Sim.RevokeKey(s.id())
		s.apply("it was revoked", s.key())
		s.w.Sim.DeleteServiceAccount(s.account)
		s.apply("its account was deleted", s.key())
		s.account = s.w.Sim.SeedServiceAccount(s.project, "another", "member")
		s.apply("create", s.key())
		s.w.Sim.ArchiveProject(s.project)
		s.apply("its project was archived", s.key())
	},
	"key gone outside without a refresh": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a")))
		s.w.Sim.RevokeKey(s.id())
		s.stale("rotate", s.key(because("b")))
		s.w.Sim.RevokeKey(s.id())
		s.stale("destroy", nil)
	},
	"key of another organization": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.w.Setenv("OPENAI_ADMIN_KEY", s.w.Sim.NewOrganization())
		s.refresh("refresh")
		s.stale("destroy", nil)
	},
	"key not revoked": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a")))
		s.apply("rotate", s.key(because("b")))
		s.refused(openaisim.OpAPIKeysDelete, 403)
		s.destroy("refused")
		s.w.Sim.ClearFaults()
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.NoServiceAccountKeyDelete = true })
		s.destroy("an older organization: expired in place")
	},
	"key not revoked by an older organization": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.NoServiceAccountKeyDelete, p.NoKeyUpdate = true, 405 })
		s.destroy("destroy")
	},
	"key not read": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		for _, status := range []int{400, 401, 403} {
			s.refused(openaisim.OpAPIKeysList, status)
			s.refresh("refused")
		}
		s.w.Sim.ClearFaults()
		s.w.Setenv("OPENAI_ADMIN_KEY", "")
		s.plan("no admin key", s.key())
	},
	"key whose owner has no access": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.w.Sim.SetOwnerAccess(s.account, false)
		s.refresh("refresh")
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.OwnerAccessRefused = true })
		s.refresh("the list may lack it")
	},
	"key renamed outside": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.refresh("refresh")
		s.w.Sim.RenameKey(s.id(), "another name")
		s.apply("nothing to do", s.key())
	},
	"key under a wrong clock": func(s *scene) {
		s.keys()
		config := s.key(values{"lifetime": "80d", "rotate_after": "1d"})
		s.apply("create", config)
		s.pass(2 * day)
		s.w.Clock.Advance(hour)
		s.apply("an hour off", config)
		s.w.Sim.SetDate(simkit.NoDate)
		s.apply("no time at all", config)
	},
	"key without private state": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a")))
		s.apply("rotate", s.key(because("b")))
		s.held.Private = nil
		s.stale("without a refresh", s.key(because("b")))
		s.apply("with one", s.key(because("b")))
		s.held.Private = []byte(`{"series":"WzFd"}`) // [1]
		s.refresh("private state of another form")
	},
}
