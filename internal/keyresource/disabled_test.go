// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// A key that is disabled without being asked to is said to be so when it is found, and in
// every plan after that; nothing is said of one that is disabled as configured.
func TestDisabled(t *testing.T) {
	t.Parallel()
	type model struct{ Disabled types.Bool }
	argument := keyresource.Disabled(func(m *model) *types.Bool { return &m.Disabled }, "", func(key keyseries.Key) (disabled, told bool) {
		disabled, told = key.Own.(bool)
		return disabled, told
	})
	for name, c := range map[string]struct {
		own          any
		before       types.Bool
		shown        any
		found, later bool
	}{
		"works":              {false, types.BoolValue(false), types.BoolValue(false), false, false},
		"found disabled":     {true, types.BoolValue(false), types.BoolValue(true), true, false},
		"disabled before":    {true, types.BoolValue(true), types.BoolValue(true), false, true},
		"nothing is known":   {nil, types.BoolNull(), nil, false, false},
		"not the user's way": {"by the vendor", types.BoolValue(false), nil, false, false},
	} {
		key, model := keyseries.Key{ID: "key_1", Own: c.own}, &model{c.before}
		var shown any
		if value := argument.Shown(key); value != nil {
			shown = value
		}
		found, _ := argument.Notice(key, model)
		later, _ := argument.Left(model)
		if shown != c.shown || (found != "") != c.found || (later != "") != c.later {
			t.Errorf("%s: shown %v, found %q, later %q", name, shown, found, later)
		}
	}
}
