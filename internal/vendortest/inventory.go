// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"fmt"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
)

// inventory: the inventory over all vendors shows every key of a series as ours, and a key
// that carries a copy of its marker as somebody else's.
func inventory(t *testing.T, row Row) {
	s := newSingle(t, row)
	s.keys["a"].overlap = "7d"
	s.applied()
	s.due()
	s.applied()
	ours := s.ours()
	s.w.Advance(time.Hour)
	current, _ := s.key(s.id("a"))
	stranger := s.w.Sim.Stranger(current, func(name string) string { return name }, false)
	found, incomplete := s.inventory()
	if row.Apart {
		if len(found) > 0 {
			t.Errorf("%d keys are in the inventory, which leaves this kind out", len(found))
		}
		return
	}
	if len(ours) != 2 || len(incomplete) > 0 {
		t.Fatalf("%d keys of the series, want 2; the inventory lacks: %v", len(ours), incomplete)
	}
	for id, key := range ours {
		got := found[id]
		want := fmt.Sprint(key.series(), true, key.plain(), false)
		if shown := fmt.Sprint(got["series"], got["managed"], got["name"], got["owner_type"] == "user"); shown != want {
			t.Errorf("key %s is shown with series, managed, name, of a user: %s; want %s", id, shown, want)
		}
		if end := text(got["expires_at"]); (end == "") != key.ExpiresAt.IsZero() {
			t.Errorf("key %s is shown to end at %q, and ends at %s", id, end, key.ExpiresAt)
		}
	}
	if got := found[stranger]; got == nil || got["managed"] != false {
		t.Errorf("a key with a copied marker is shown as %v", got)
	}
}

// inventory asks orgkeys_api_keys: the rows by their ids, and why some may be missing.
func (s *single) inventory() (found map[string]map[string]any, incomplete []any) {
	s.t.Helper()
	p, err := protocol.Start(s.t.Context(), s.w.Serve)
	if err != nil {
		s.t.Fatal(err)
	}
	said, err := p.Configure(s.t.Context(), nil)
	if failed := protocol.Failure(said); err != nil || failed != nil {
		s.t.Fatal(err, failed)
	}
	answer, err := p.Data(s.t.Context(), "orgkeys_api_keys", nil)
	if failed := protocol.Failure(answer.Diagnostics); err != nil || failed != nil {
		s.t.Fatal(err, failed)
	}
	attributes := protocol.Attributes(answer.Value)
	rows, _ := attributes["api_keys"].([]any)
	incomplete, _ = attributes["incomplete"].([]any)
	found = map[string]map[string]any{}
	for _, one := range rows {
		if row, ok := one.(map[string]any); ok {
			found[text(row["id"])] = row
		}
	}
	return found, incomplete
}
