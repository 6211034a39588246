// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// One 404 about an imported admin key does not have the provider revoke the key that it works with.
func TestOneNotFoundOfTheProvidersOwnKey(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{})
	w := s.stage(t, "admin_key")
	own := s.w.Sim.AdminKeyID()
	resource, err := w.Process().Resource(adminType)
	if err != nil {
		t.Fatal(err)
	}
	imported, err := resource.Import(t.Context(), own, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.State.State["x"] = &protocol.Instance{Current: &protocol.Held{Value: imported.Value, Private: imported.Private, Identity: imported.Identity}}
	w.Apply(fields{"name": "automation"})
	s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAdminAPIKeysGet, Kind: simkit.NotFoundBefore, Times: 1})
	w.Refused(w.Try(nil), "the provider itself seems to use admin key "+own)
	if len(s.w.Sim.AdminKeys()) != 1 {
		t.Error("the provider revoked its own key")
	}
}

// Where nothing of a secret is shown, any admin key may be the provider's own: the error says what to do by hand. That of
// a lost create is cleaned up all the same.
func TestAdminKeysWithoutRedactedValue(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{})
	w := s.stage(t, "admin_key")
	nothing := simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"redacted_value": ""}}
	for _, operation := range []string{openaisim.OpAdminAPIKeysGet, openaisim.OpAdminAPIKeysList} {
		nothing.Operation = operation
		s.w.Sim.Inject(nothing)
	}
	s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAdminAPIKeysCreate, Kind: simkit.StatusAfter, Times: 1})
	w.Apply(fields{"name": "automation"})
	if keys := len(s.w.Sim.AdminKeys()); keys != 2 { // the provider's is the other one
		t.Errorf("%d keys", keys)
	}
	resource, err := w.Process().Resource(adminType)
	if err != nil {
		t.Fatal(err)
	}
	own := s.w.Sim.AdminKeyID()
	imported, err := resource.Import(t.Context(), own, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.State.State["x"] = &protocol.Instance{Current: &protocol.Held{Value: imported.Value, Private: imported.Private, Identity: imported.Identity}}
	w.Refused(w.Try(nil), "shows nothing of the secret of admin key "+own, "If it is another one, delete it by hand", "DELETE", own)
}
