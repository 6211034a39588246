// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"strings"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// seeded is a key that was there before Terraform.
func (s *scene) seeded(spec openaisim.KeySpec) string {
	if spec.ProjectID == "" && spec.AccountID == "" {
		spec.AccountID = s.account
	}
	id, _ := s.w.Sim.SeedKey(spec)
	return s.project + "/" + id
}

// marked is a name with the marker of the current key's series and another attempt's nonce.
func (s *scene) marked() string {
	key, there := keyAt(s.w.Sim, s.id())
	if !there {
		s.t.Fatal("no key to copy the marker from")
	}
	return key.Name[:strings.LastIndex(key.Name, ".")] + ".aaaaaaaa)"
}

// adoptionScenes are keys that are imported or moved from other providers, and keys beside
// a series that no rotation of this state has left.
var adoptionScenes = map[string]func(*scene){
	"key imported": func(s *scene) {
		s.keys()
		s.adopt("import", s.seeded(openaisim.KeySpec{Name: "worker"}))
		s.apply("nothing to do", s.key())
		s.apply("a trigger is recorded", s.key(because("a")))
		s.apply("rotate without scopes", s.key(because("b")))
		s.apply("rotate", s.key(because("b"), values{"scopes": []string{"all"}}))
	},
	"key imported and changed": func(s *scene) {
		s.keys()
		s.adopt("import", s.seeded(openaisim.KeySpec{Name: "by hand", ExpiresAt: s.start.Add(50 * day)}))
		s.apply("another name, a lifetime and scopes", s.key(values{"lifetime": "80d", "rotate_after": "40d", "scopes": []string{"api.all.read"}}))
		s.pass(41 * day)
		s.apply("due", s.key(values{"lifetime": "80d", "rotate_after": "40d", "scopes": []string{"api.all.read"}}))
	},
	"key imported and destroyed": func(s *scene) {
		s.keys()
		s.adopt("import", s.seeded(openaisim.KeySpec{Name: "worker"}))
		s.destroy("destroy")
	},
	"key imported that is not to be": func(s *scene) {
		s.keys()
		s.adopt("a user's key", s.seeded(openaisim.KeySpec{ProjectID: s.project, UserName: "Ada Example", Name: "mine"}))
		s.adopt("no such key", s.project+"/key_none")
		s.adopt("no such project", "proj_none/key_none")
		s.adopt("half an id", s.project)
		s.adopt("a path", s.project+"/../key")
		s.w.Setenv("OPENAI_ADMIN_KEY", s.w.Sim.NewOrganization())
		s.adopt("another organization's", s.seeded(openaisim.KeySpec{Name: "worker"}))
	},
	"key imported of another series": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.pass(hour)
		other := s.seeded(openaisim.KeySpec{Name: s.marked()})
		s.adopt("import a later one of its series", other)
		s.apply("nothing to do", s.key())
	},
	"key with leftovers": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a")))
		s.apply("rotate", s.key(because("b")))
		s.pass(48 * hour)
		s.refresh("the overlap is over")
		s.seeded(openaisim.KeySpec{Name: s.marked(), CreatedAt: s.start.Add(-hour)})
		s.plan("an old one that nobody used", s.key(because("b")))
		used := s.marked()
		s.seeded(openaisim.KeySpec{Name: strings.Replace(used, ".aaaaaaaa", ".bbbbbbbb", 1), CreatedAt: s.start.Add(-hour), LastUsedAt: s.start})
		s.apply("one is revoked, the used one is not", s.key(because("b")))
		s.apply("one is left", s.key(because("b")))
		s.destroy("destroy")
	},
	"key with a copied marker": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.seeded(openaisim.KeySpec{ProjectID: s.project, UserName: "Ada Example", Name: s.marked()})
		s.refresh("refresh")
	},
	"key of an older state, the later key unused": func(s *scene) { older(s, false) },
	"key of an older state, the later key used":   func(s *scene) { older(s, true) },
	"key of an older state, without a refresh": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a")))
		s.refresh("refresh")
		before := *s.held
		s.pass(hour)
		s.apply("rotate", s.key(because("b")))
		s.held = &before
		s.stale("the older state and another reason", s.key(because("c")))
	},
	"key moved": func(s *scene) {
		s.keys()
		_, id, _ := strings.Cut(s.seeded(openaisim.KeySpec{Name: "worker"}), "/")
		s.move("from another provider", "openai_project_api_key", values{"id": id, "project_id": s.project, "value": "sk-fake-fake"})
		s.apply("nothing to do", s.key())
		s.held = nil
		s.move("from a type that does not fit", "openai_project_user", values{"id": id})
	},
}

// older is the life of a key whose state is put back to one from before a rotation.
func older(s *scene, used bool) {
	s.keys()
	s.apply("create", s.key(because("a")))
	s.refresh("refresh")
	before := *s.held
	s.pass(hour)
	s.apply("rotate", s.key(because("b")))
	if used {
		s.w.Sim.UseKey(s.id())
	}
	s.held = &before
	s.plan("the older state, no reason", s.key(because("a")))
	s.plan("the older state, the reason of the rotation", s.key(because("b")))
	s.apply("the older state, another reason", s.key(because("c")))
	s.destroy("destroy")
}
