// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
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

// An admin key that is its organization's only one has no neighbours. The provider works with it, so with
// another organization's admin key it does not leave the state, and no key is created there.
func TestTheOnlyAdminKeyInAnotherOrganization(t *testing.T) {
	t.Parallel()
	config := fields{"name": "automation"}
	begins := map[string]func(*testing.T, staff, *vendortest.Stage){
		"created": func(t *testing.T, s staff, w *vendortest.Stage) {
			t.Helper()
			w.Apply(config)
			s.w.Setenv("OPENAI_ADMIN_KEY", opened(t, s.w, fmt.Sprint(w.Attributes()["sealed_value"])))
			s.w.Sim.RevokeKey(s.w.Sim.AdminKeyID())
		},
		"imported": func(_ *testing.T, s staff, w *vendortest.Stage) { w.Adopt(s.w.Sim.AdminKeyID()) },
	}
	for name, begin := range begins {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStaff(t, openaisim.Options{})
			w := s.stage(t, "admin_key")
			begin(t, s, w)
			id := w.Attributes()["id"]
			if !w.Quiet(config) {
				w.Apply(config) // the look
			}
			own := s.w.Getenv("OPENAI_ADMIN_KEY")
			rotates := fields{"name": "automation", "rotate_when_changed": map[string]string{"why": "a"}}
			w.Apply(rotates) // recorded
			rotates["rotate_when_changed"] = map[string]string{"why": "b"}
			saved, err := w.Plan(rotates)
			if err != nil {
				t.Fatal(err)
			}
			s.w.Setenv("OPENAI_ADMIN_KEY", s.w.Sim.NewOrganization())
			w.Refused(w.Carry(saved, rotates), "another organization's admin key", "if it was revoked by hand")
			w.Refused(w.Try(config), "another organization's admin key", "if it was revoked by hand")
			if got := w.Attributes()["id"]; got != id || len(s.w.Sim.AdminKeys()) != 2 {
				t.Errorf("in state is %v, want %v; %d admin keys", got, id, len(s.w.Sim.AdminKeys()))
			}
			s.w.Setenv("OPENAI_ADMIN_KEY", own)
			w.Apply(rotates)
		})
	}
}

// And one that is revoked outside, where the provider works with another key, is gone.
func TestAnAdminKeyRevokedOutside(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{})
	w := s.stage(t, "admin_key")
	config := fields{"name": "automation"}
	id := w.Apply(config)["id"]
	w.Quiet(config)
	s.w.Sim.RevokeKey(fmt.Sprint(id))
	if got := w.Apply(config)["id"]; got == id {
		t.Errorf("in state is %v", got)
	}
}

// Plans promise no end of the key that the provider works with, of the current one and of a previous one.
func TestPlansSpareTheProvidersOwnKey(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{})
	w := s.stage(t, "admin_key")
	config := func(why, overlap string) fields {
		return fields{"name": "automation", "overlap": overlap, "rotate_when_changed": map[string]string{"why": why}}
	}
	w.Apply(config("a", "0s"))
	s.w.Setenv("OPENAI_ADMIN_KEY", opened(t, s.w, fmt.Sprint(w.Attributes()["sealed_value"])))
	if _, err := w.Plan(config("b", "0s")); err != nil {
		t.Fatal(err)
	}
	w.Has("is revoked at once (overlap = \"0s\"), but not while the provider uses it: give the provider another admin key first")
	w.Apply(config("b", "1h"))
	w.Has("the first apply after that revokes it, but not while the provider uses it: give the provider another admin key first")
	s.w.Advance(2 * time.Hour)
	w.Refused(w.Try(config("b", "1h")), "so it is not revoked", "Give the provider another admin key first",
		"is not revoked while the provider uses it", "The apply fails until the provider has another admin key")
}
