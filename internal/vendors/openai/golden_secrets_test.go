// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"filippo.io/age"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// identity is a second pair of keys, behind the first in the order of recipients.
func (s *scene) identity() *age.X25519Identity {
	s.t.Helper()
	for {
		identity, err := age.GenerateX25519Identity()
		s.fail(err)
		if identity.Recipient().String() > s.w.Recipient {
			return identity
		}
	}
}

// secretScenes are secrets that are sealed, sealed again, and stored in state.
var secretScenes = map[string]func(*scene){
	"key sealed again": func(s *scene) {
		s.keys()
		other := s.identity().Recipient().String()
		to := func(recipients ...string) values { return s.key(values{"seal_recipients": recipients}) }
		s.apply("create", s.key())
		s.apply("another recipient in the resource, no identity", to(s.w.Recipient, other))
		s.w.Setenv("ORGKEYS_SEAL_IDENTITY", s.w.Identity)
		s.apply("an identity", to(s.w.Recipient, other))
		s.apply("nothing to do", to(s.w.Recipient, other))
		s.apply("a recipient goes", to(s.w.Recipient))
		s.w.Setenv("ORGKEYS_SEAL_RECIPIENTS", s.w.Recipient+"\n"+other)
		s.apply("another recipient in the environment", s.key())
		s.apply("all are others", to(other))
		s.apply("without an identity that opens it", to(s.w.Recipient))
	},
	"key sealed again in a rotation": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a")))
		s.apply("rotate", s.key(because("b"), values{"seal_recipients": []string{s.identity().Recipient().String()}}))
	},
	"key stored in state": func(s *scene) {
		s.keys()
		stored, sealed := s.key(values{"secret_storage": "state"}), s.key(values{"secret_storage": "sealed"})
		s.apply("create", stored)
		s.apply("nothing to do", stored)
		s.apply("sealed", sealed)
		s.apply("stored in state again, no identity", stored)
		s.w.Setenv("ORGKEYS_SEAL_IDENTITY", s.w.Identity)
		s.apply("stored in state again", stored)
		s.w.Setenv("ORGKEYS_SEAL_RECIPIENTS", "")
		s.apply("sealed to no recipients", sealed)
		s.destroy("destroy")
	},
	"key stored in state by a rotation": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a")))
		s.apply("rotate", s.key(because("b"), values{"secret_storage": "state"}))
		s.apply("rotate back", s.key(because("c")))
	},
	"key with another secret in state": func(s *scene) {
		s.keys()
		s.w.Setenv("ORGKEYS_SEAL_IDENTITY", s.w.Identity)
		s.apply("create", s.key())
		first := s.held
		s.held = nil
		s.apply("create another", s.key())
		s.refresh("refresh")
		s.held.Value = s.graft("sealed_value", first.Value, s.held.Value)
		s.refresh("its ciphertext is the other one's")
	},
	"key with unknown storage": func(s *scene) {
		s.keys()
		s.w.Setenv("ORGKEYS_SEAL_IDENTITY", secret.Placeholder)
		s.apply("create", s.key())
	},
}
