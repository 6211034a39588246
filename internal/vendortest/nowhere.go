// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// nowhere: a series that is to move to what does not exist keeps its keys, because the plan fails
// and not the create after their end; a move to what exists is carried out.
func nowhere(t *testing.T, row Row) {
	w := row.Start(t, 0)
	places, ok := w.Sim.(Places)
	if !ok {
		return // nowhere to move to
	}
	places.New()
	s := Begin(t, w, row.Type)
	there := maps.Clone(w.Sim.Arguments())
	if len(there) == 0 {
		return
	}
	config := func(arguments map[string]any) Settings {
		all := Settings{"name": "moving"}
		maps.Copy(all, arguments)
		return all
	}
	id := s.Apply(config(there))["id"]
	keys := len(w.Sim.Keys())
	ours := func() (found []Key) {
		for _, key := range w.Sim.Keys() {
			if key.Owner == w.Sim.Owner() {
				found = append(found, key)
			}
		}
		return found
	}
	for name, value := range there {
		wrong := maps.Clone(there)
		wrong[name] = fmt.Sprint(value, "0")
		if err := s.Try(config(wrong)); err == nil || !strings.Contains(err.Error(), "does not exist") {
			t.Errorf("%s of another place that does not exist: %v", name, err)
		}
		Same(t, "the key in state", s.Attributes()["id"], id)
		if left := ours(); len(left) != 1 || !left[0].Works || left[0].ID != id {
			t.Fatalf("%s of another place that does not exist left the keys %v", name, left)
		}
	}
	places.New()
	s.Apply(config(w.Sim.Arguments()))
	if moved := ours(); len(moved) != 1 || !moved[0].Works || moved[0].ID == id || len(w.Sim.Keys()) != keys {
		t.Errorf("moved to another place, the keys are %v", w.Sim.Keys())
	}
}
