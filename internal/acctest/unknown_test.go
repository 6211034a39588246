// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
)

// Every argument of every resource may be an output of something that the same apply creates: its plan
// stays unknown, whatever the default is, of a creation and of a change.
func TestEveryArgumentMayBeUnknown(t *testing.T) {
	t.Parallel()
	o := newOrganizations(t)
	rows := o.endings(t)
	for _, kind := range o.resources(t) {
		row := rows[kind]
		ws, err := o.Workspace(t.Context(), kind, true)
		if err != nil {
			t.Fatal(err)
		}
		l := losing{t, ws, row}
		l.unknown("creation", o.resource(t, kind).Schema)
		if l.create() {
			l.unknown("change", o.resource(t, kind).Schema)
		}
	}
}

// unknown plans with each argument unknown in turn.
func (l losing) unknown(of string, schema *tfprotov6.Schema) {
	l.Helper()
	for _, attribute := range schema.Block.Attributes {
		if !attribute.Required && !attribute.Optional {
			continue
		}
		if _, err := l.Plan(l.Context(), l.want(map[string]any{attribute.Name: protocol.Unknown}), false); err != nil {
			l.Errorf("%s with an unknown %s, planned for a %s: %v", l.TypeName(), attribute.Name, of, err)
		}
	}
}
