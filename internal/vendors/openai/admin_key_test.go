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
