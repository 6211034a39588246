// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package elevenlabs_test

import (
	"strings"
	"testing"

	elevenlabssim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

// An inventory says of each account only why its own keys are missing, and nothing of a whole one.
func TestGapsOfAccounts(t *testing.T) {
	t.Parallel()
	world := open(t, elevenlabssim.Policy{})
	sim, ok := world.Sim.(*keys)
	if !ok {
		t.Fatal("no simulator")
	}
	s := vendortest.Begin(t, world, keyType)
	broken := map[string]string{}
	for _, account := range []string{sim.account, sim.stranger} {
		id, _ := sim.SeedKey(elevenlabssim.Key{AccountID: account, Name: "x"})
		sim.Change(id, func(k *elevenlabssim.Key) { k.At = k.At.AddDate(30, 0, 0) })
		broken[account] = id
	}
	whole := sim.SeedAccount("whole")
	sim.SeedKey(elevenlabssim.Key{AccountID: whole, Name: "x"})
	answer, err := s.Process().Data(t.Context(), keyType+"s", nil)
	vendortest.Same(t, "warnings", []any{len(answer.Diagnostics), err}, []any{2, nil})
	for _, one := range answer.Diagnostics {
		for account, id := range broken {
			if strings.Contains(one.Summary, account) != strings.Contains(one.Detail, id) || strings.Contains(one.Summary, whole) {
				t.Errorf("%s: %s", one.Summary, one.Detail)
			}
		}
	}
}
