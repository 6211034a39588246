// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import "testing"

// A simulator that is read for days keeps the latest requests, and no id that it only invented.
func TestBounds(t *testing.T) {
	t.Parallel()
	e := New(API{Name: "bounds", IDFields: []string{"id"}}, Options[struct{}]{}).Engine
	for i := range maxJournal + 1 {
		e.record(Entry{Status: i})
	}
	if n := len(e.journal); n != maxJournal/2+1 || e.journal[n-1].Status != maxJournal {
		t.Errorf("%d entries", n)
	}
	kept := len(e.Issuer.used)
	page := Page{}
	e.fill(&page, map[string]any{"id": "key_1"}, 100)
	if len(page.Rows) != 100 || len(e.Issuer.used) != kept {
		t.Errorf("%d rows, %d ids are kept", len(page.Rows), len(e.Issuer.used)-kept)
	}
}
