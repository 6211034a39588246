// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package ident_test

import (
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

const composed, decomposed = "Zahlungen \u00fcber Br\u00fccken", "Zahlungen u\u0308ber Bru\u0308cken"

func TestSameName(t *testing.T) {
	t.Parallel()
	if !ident.SameName(composed, decomposed) || !ident.SameName(decomposed, composed) || !ident.SameName("a", "a") {
		t.Error("one name in two forms is taken for two")
	}
	for _, other := range []string{"", "Zahlungen uber Brucken", composed + " ", strings.ToLower(composed)} {
		if ident.SameName(composed, other) {
			t.Errorf("%q is taken for %q", other, composed)
		}
	}
}

func TestMayBecome(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Br\u00fccke ", 20)
	for _, c := range []struct{ ours, shown string }{
		{composed, composed},
		{composed, decomposed},
		{composed, strings.ToLower(decomposed)},
		{composed, strings.ToUpper(composed)},
		{" a  b ", "a b"},
		{"a b", " a b "},
		{long, string([]rune(long)[:64])},
		{long, strings.ToLower(strings.TrimSpace(long))[:64]},
		{long, strings.ToValidUTF8(long[:59], "\ufffd")},
	} {
		if !ident.MayBecome(c.ours, c.shown) {
			t.Errorf("%q is not seen in %q", c.ours, c.shown)
		}
	}
	for _, c := range []struct{ ours, shown string }{
		{"app", "App"}, {"app", "ap"}, {"app", "app2"}, {"app", ""}, {long, long[:10]}, {long, "x" + long[:40]},
	} {
		if ident.MayBecome(c.ours, c.shown) {
			t.Errorf("%q is taken for %q", c.shown, c.ours)
		}
	}
}

func TestIsStem(t *testing.T) {
	t.Parallel()
	for ours, stems := range map[string][]string{
		"acme-platform-prod-eu": {"acme-platform-prod", "Acme-Platform"},
		"Payments Team.Europe":  {"Payments Team", " payments  team "},
	} {
		for _, shown := range stems {
			if !ident.IsStem(ours, shown) {
				t.Errorf("%q is no stem of %q", shown, ours)
			}
		}
		for _, shown := range []string{ours, strings.ToUpper(ours), ours[:17], ours + "-2", "x"} {
			if ident.IsStem(ours, shown) {
				t.Errorf("%q is a stem of %q", shown, ours)
			}
		}
	}
}
