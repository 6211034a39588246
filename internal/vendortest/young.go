// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// configuredOnce is a stage with a place for keys, and the configuration of one.
func configuredOnce(t *testing.T, row Row) (*Stage, Settings) {
	w := row.Start(t, 0)
	if places, ok := w.Sim.(Places); ok {
		places.New()
	}
	config := With(Settings{"name": "x", "overlap": "1h", "rotate_when_changed": map[string]string{"why": "a"}}, w.Sim.Arguments())
	for _, own := range row.Own {
		if own.Values[0] != nil {
			config[own.Name] = own.Values[0]
		}
	}
	return Begin(t, w, row.Type), config
}

// young: a server shows a new key only after a while, in lists, reads and deletes. It stays in state
// meanwhile, rotates no further, and a destroy revokes it.
func young(t *testing.T, row Row) {
	const lag = 25 * time.Second
	begin := func() (s *Stage, config Settings, ours func() int) {
		s, config = configuredOnce(t, row)
		for _, operation := range row.operations(List, Get) {
			for _, kind := range []simkit.FaultKind{simkit.StaleList, simkit.StaleGet} {
				s.Engine.Inject(simkit.Fault{Operation: operation, Kind: kind, LagTime: lag})
			}
		}
		before := len(s.Sim.Keys())
		return s, config, func() int { return len(s.Sim.Keys()) - before }
	}
	s, config, ours := begin()
	id := s.Apply(config)["id"]
	Same(t, "the key in state", s.Attributes()["id"], id)
	config = With(config, Settings{"rotate_when_changed": map[string]string{"why": "z"}})
	if err := s.Try(config); err != nil {
		t.Fatal(err)
	}
	next := s.Apply(config)["id"]
	if got := s.Attributes(); got["id"] != next || next == id || ours() != 2 {
		t.Errorf("after a rotation the server has %d keys, and the state %v", ours(), got)
	}

	s, config, ours = begin()
	for _, operation := range row.operations(Revoke) {
		s.Engine.Inject(simkit.Fault{Operation: operation, Kind: simkit.NotFoundBefore, For: lag})
	}
	if err := s.Try(config); err != nil {
		t.Fatal(err)
	}
	plan, err := s.State.Plan(t.Context(), nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CarryAll(plan, nil); err != nil || ours() != 0 {
		t.Errorf("%v, and the server has %d keys after the destroy", err, ours())
	}
}
