// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest_test

import (
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

// A stage applies, plans, destroys and imports one resource of a type.
func TestStage(t *testing.T) {
	t.Parallel()
	row := rows()[0]
	s := vendortest.Begin(t, row.Start(t, 0), row.Type)
	config := vendortest.With(s.Sim.Arguments(), vendortest.Settings{"name": "x"})
	vendortest.Same(t, "quiet", s.Quiet(config), false)
	id, _ := s.Apply(config)["id"].(string)
	keys := s.Sim.Keys()
	vendortest.Same(t, "key", []any{len(keys), keys[1].ID}, []any{2, id}) // beside the neighbour
	s.Said()
	s.Sim.Revoke(id)
	vendortest.Same(t, "quiet", s.Quiet(config), false)
	s.Has(id, "gone")
	s.Apply(nil)
	vendortest.Same(t, "left", []any{len(s.Sim.Keys()), s.Attributes()}, []any{1, vendortest.Settings(nil)})
	_, _, err := s.Import(row.Type, id)
	s.Refused(err, id)
}
