// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const hour = time.Hour

// keys seeds where the keys of a scene are.
func (s *scene) keys() {
	s.kind = keyType
	s.project = s.w.Sim.SeedProject("payments")
	s.account = s.w.Sim.SeedServiceAccount(s.project, "worker", "member")
}

// key is the configuration of an API key.
func (s *scene) key(more ...values) values {
	return joined(append([]values{{"project_id": s.project, "service_account_id": s.account, "name": "worker"}}, more...)...)
}

// because is a reason to rotate.
func because(reason string) values {
	return values{"rotate_when_changed": map[string]string{"reason": reason}}
}

func (s *scene) id() string { return text(s.held.Attributes()["id"]) }

// keyScenes are API keys that are created, changed and destroyed.
var keyScenes = map[string]func(*scene){
	"key created": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.pass(hour)
		s.apply("nothing to do", s.key())
		s.destroy("destroy")
	},
	"key created with everything": func(s *scene) {
		s.keys()
		all := s.key(because("a"), values{"lifetime": "80d", "rotate_after": "40d", "overlap": "36h", "scopes": []string{"api.model.request", "api.all.read"}, "seal_recipients": []string{s.w.Recipient}})
		s.apply("create", all)
		s.pass(day)
		s.apply("nothing to do", all)
		s.destroy("destroy")
	},
	"key refused by validation": func(s *scene) {
		s.keys()
		for title, wrong := range (steps{
			{"rotate_after not shorter", values{"lifetime": "30d", "rotate_after": "30d"}},
			{"overlap cut short", values{"lifetime": "30d", "rotate_after": "29d", "overlap": "48h"}},
			{"lifetime alone", values{"lifetime": "30d"}},
			{"no scopes", values{"scopes": []string{}}},
			{"all and more", values{"scopes": []string{"all", "api.all.read"}}},
			{"an unusual scope", values{"scopes": []string{"responses:write", "api.all.read", "model.request"}}},
			{"rotate_after in minutes", values{"rotate_after": "3m"}},
			{"an empty scope", values{"scopes": []string{""}}},
			{"lifetime too long", values{"lifetime": "366d"}},
			{"lifetime is no duration", values{"lifetime": "a month"}},
			{"overlap too long", values{"overlap": "9000h"}},
			{"no such storage", values{"secret_storage": "vault"}},
			{"a recipient that is none", values{"seal_recipients": []string{"age1nonsense"}}},
			{"no recipient", values{"seal_recipients": []string{}}},
			{"an empty name", values{"name": ""}},
			{"a name with edges", values{"name": " worker"}},
			{"a name of two lines", values{"name": "wor\nker"}},
			{"a path as parent", values{"project_id": "proj/1"}},
			{"an empty parent", values{"service_account_id": ""}},
		}).all() {
			s.plan(title, s.key(wrong))
		}
	},
	"key without recipients": func(s *scene) {
		s.keys()
		s.w.Setenv("ORGKEYS_SEAL_RECIPIENTS", "")
		s.apply("create", s.key())
	},
	"key of unknown parents": func(s *scene) {
		s.keys()
		s.applyLate("create", s.key(values{"project_id": protocol.Unknown, "service_account_id": protocol.Unknown}), s.key())
	},
	"key with unknown arguments": func(s *scene) {
		s.keys()
		late := values{"name": protocol.Unknown, "lifetime": protocol.Unknown, "rotate_after": protocol.Unknown, "overlap": protocol.Unknown,
			"scopes": protocol.Unknown, "rotate_when_changed": protocol.Unknown, "seal_recipients": protocol.Unknown, "secret_storage": protocol.Unknown}
		known := s.key(because("a"), values{"lifetime": "80d", "rotate_after": "40d", "overlap": "36h", "scopes": []string{"api.all.read"}})
		s.applyLate("create", s.key(late), known)
		s.pass(day)
		for _, name := range names(late) {
			s.plan("unknown "+name, joined(known, values{name: protocol.Unknown}))
		}
		s.applyLate("all unknown, and then the same", s.key(late), known)
		s.applyLate("all unknown, and then another reason", s.key(late), joined(known, because("b")))
	},
	"key with unknown parents later": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.plan("unknown project", s.key(values{"project_id": protocol.Unknown}))
		s.plan("unknown account", s.key(values{"service_account_id": protocol.Unknown}))
	},
	"key with scopes changed": func(s *scene) {
		s.keys()
		s.apply("create", s.key(values{"scopes": []string{"api.model.request"}}))
		s.pass(hour)
		s.apply("other scopes", s.key(values{"scopes": []string{"api.all.read"}}))
		s.apply("all scopes", s.key(values{"scopes": []string{"all"}}))
		s.apply("scopes again", s.key(values{"scopes": []string{"api.all.read"}}))
		s.apply("no scopes", s.key())
		s.apply("nothing to do", s.key())
	},
	"key with scopes refused": func(s *scene) {
		s.keys()
		s.apply("create", s.key(values{"scopes": []string{"api.model.request"}}))
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.NoKeyUpdate = 405 })
		s.apply("other scopes", s.key(values{"scopes": []string{"api.all.read"}}))
		s.apply("once more", s.key(values{"scopes": []string{"api.all.read"}}))
		s.apply("nothing to do", s.key(values{"scopes": []string{"api.all.read"}}))
	},
	"key with lifetime changed": func(s *scene) {
		s.keys()
		s.apply("create", s.key(values{"rotate_after": "10d", "lifetime": "30d"}))
		s.pass(2 * day)
		s.apply("longer", s.key(values{"rotate_after": "10d", "lifetime": "60d"}))
		s.apply("shorter", s.key(values{"rotate_after": "10d", "lifetime": "20d"}))
		s.apply("shorter than its age", s.key(values{"rotate_after": "1d", "lifetime": "2d"}))
		s.pass(hour)
		s.apply("removed", s.key(values{"rotate_after": "10d"}))
		s.apply("set", s.key(values{"rotate_after": "10d", "lifetime": "30d"}))
	},
	"key with lifetime refused": func(s *scene) {
		s.keys()
		s.apply("create", s.key(values{"rotate_after": "10d", "lifetime": "30d"}))
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.NoKeyUpdate = 404 })
		s.apply("longer", s.key(values{"rotate_after": "10d", "lifetime": "60d"}))
		s.apply("once more", s.key(values{"rotate_after": "10d", "lifetime": "60d"}))
	},
	"key with a shorter life than asked for": func(s *scene) {
		s.keys()
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.MaxKeyLifetime = 10 * day })
		s.apply("create, refused by a policy", s.key(values{"rotate_after": "10d", "lifetime": "30d"}))
		s.apply("create without lifetime, refused by a policy", s.key())
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.MaxKeyLifetime, p.ExpiryIgnored = 0, true })
		s.apply("create, lifetime ignored", s.key(values{"rotate_after": "10d", "lifetime": "30d"}))
	},
	"key replaced": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.account = s.w.Sim.SeedServiceAccount(s.project, "another", "member")
		s.apply("another account", s.key())
		s.project = s.w.Sim.SeedProject("search")
		s.account = s.w.Sim.SeedServiceAccount(s.project, "crawler", "member")
		s.apply("another project", s.key())
	},
	"key replaced that is not to be revoked": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.account = s.w.Sim.SeedServiceAccount(s.project, "another", "member")
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysDelete, Kind: simkit.StatusBefore, Status: 403})
		s.apply("another account", s.key())
	},
}
