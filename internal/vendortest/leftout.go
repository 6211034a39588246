// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// leftOut: an answer that leaves out when a key expires does not say that it never does. What is known stays in state,
// and nothing is said of it, whether lists leave it out or reads too; an inventory does not know.
func leftOut(t *testing.T, row Row) {
	if row.Can.End == keyseries.Never {
		return
	}
	s, config := configuredOnce(t, row)
	config = With(config, Settings{"lifetime": "48h", "rotate_after": "24h"})
	end := s.Apply(config)["expires_at"]
	hide := func(operations ...Operation) {
		for _, operation := range row.operations(operations...) {
			s.Engine.Inject(simkit.Fault{Operation: operation, Kind: simkit.Altered, Omit: []string{"expires_at", "expires", "info.expires"}})
		}
	}
	settled := func(when string) {
		t.Helper()
		s.Said()
		if plan, err := s.Plan(config); err != nil || !plan.Quiet() {
			t.Errorf("%s: a plan is not quiet, or %v", when, err)
		}
		if said := s.Said(); strings.Contains(said, "expire") {
			t.Errorf("%s: said %s", when, said)
		}
	}
	hide(List)
	settled("lists leave it out")
	if !row.Apart && !row.Can.NeverOmitted {
		got, err := s.Data("orgkeys_api_keys", Settings{"never_expires": true})
		incomplete, _ := got["incomplete"].([]any)
		if keys, _ := got["api_keys"].([]any); err != nil || len(keys) > 0 || len(incomplete) == 0 || !strings.Contains(text(incomplete[0]), "the API does not show the expiry of some keys") {
			t.Errorf("%v, an inventory has %v, incomplete %v", err, keys, incomplete)
		}
	}
	hide(Get)
	settled("reads leave it out too")
	if err := s.Try(config); err != nil {
		t.Fatal(err)
	}
	Same(t, "expiry", s.Attributes()["expires_at"], end)

	s.Engine.ClearFaults()
	hide(List)
	s.Advance(25 * time.Hour)
	if err := s.Try(config); err != nil {
		t.Fatal(err)
	}
	hide(Get)
	settled("a key runs out")
	s.Advance(2 * time.Hour)
	if err := s.Try(config); err != nil {
		t.Fatal(err)
	}
	settled("after the overlap")
	working := 0
	for _, key := range s.Sim.Keys() {
		if key.Works && strings.HasPrefix(key.Name, "x") {
			working++
		}
	}
	Same(t, "keys that work", working, 1)
}
