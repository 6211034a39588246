// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"regexp"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

const series = "k3v6zq2mda"

func TestMarkRoundTrip(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"payments", "", " ", "two  spaces ", "ключ 🔑 клиента", "a (ok-k3v6zq2mda.1)", "(ok-k3v6zq2mda.1)",
		"payments (ok-", "line\nbreak", "invalid \xff byte", "ends with a space ", `quote " and \`,
	} {
		for _, attempt := range []int{1, 9, 10, 999_999_999} {
			mark := keyseries.Mark{Series: series, Attempt: attempt}
			gotName, gotMark, ok := keyseries.Read(mark.Show(name))
			if !ok || gotName != name || gotMark != mark {
				t.Errorf("Read(Show(%q, %d)) = %q, %+v, %v", name, attempt, gotName, gotMark, ok)
			}
		}
	}
	if got, want := (keyseries.Mark{Series: series, Attempt: 1}).Show("payments"), "payments (ok-k3v6zq2mda.1)"; got != want {
		t.Errorf("Show = %q, want %q: the form is published, keys of older versions carry it", got, want)
	}
}

func TestForeignNamesAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "payments", "payments (staging)",
		"payments (ok-k3v6zq2mda.1) ",  // something follows
		"payments (ok-k3v6zq2mda.1)\n", // a line end is something, too
		"payments(ok-k3v6zq2mda.1)",    // no space
		"payments (ok-k3v6zq2mda)",     // no attempt
		"payments (ok-k3v6zq2mda.0)",   // attempts begin with 1
		"payments (ok-k3v6zq2mda.01)",  // and have one spelling
		"payments (ok-k3v6zq2mda.-1)",
		"payments (ok-k3v6zq2mda.1000000000)", // more than any series has
		"payments (ok-k3v6zq2md.1)",           // too short
		"payments (ok-k3v6zq2mdaa.1)",         // too long
		"payments (ok-K3V6ZQ2MDA.1)",          // another alphabet
		"payments (ok-k3v6zq2md1.1)",
		"payments (OK-k3v6zq2mda.1)",
	} {
		got, mark, ok := keyseries.Read(name)
		if ok || got != name || mark != (keyseries.Mark{}) {
			t.Errorf("Read(%q) = %q, %+v, %v: not a mark of ours", name, got, mark, ok)
		}
	}
}

func TestOnlyTheOutermostMarkIsRead(t *testing.T) {
	t.Parallel()
	outer := keyseries.Mark{Series: "zzzzzzzzzz", Attempt: 7}
	name, mark, ok := keyseries.Read(outer.Show("payments (ok-k3v6zq2mda.1)"))
	if !ok || mark != outer || name != "payments (ok-k3v6zq2mda.1)" {
		t.Errorf("got %q, %+v, %v", name, mark, ok)
	}
}

func TestNewSeriesIsUniqueAndWellFormed(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[a-z2-7]{10}$`)
	seen := map[string]bool{}
	for range 10_000 {
		s := keyseries.NewSeries()
		if !form.MatchString(s) {
			t.Fatalf("series %q has a form that Read does not know", s)
		}
		if seen[s] {
			t.Fatalf("series %q came twice", s)
		}
		seen[s] = true
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"payments", "payments (ok-k3v6zq2mda.1)", "a\nb", "\xff", " (ok-aaaaaaaaaa.2)", "x (ok-k3v6zq2mda.99999999999999999999)"} {
		f.Add(seed, 1)
	}
	f.Fuzz(func(t *testing.T, text string, attempt int) {
		// A name that reads as ours shows as it was read: nothing is lost or made up.
		if name, mark, ok := keyseries.Read(text); ok && mark.Show(name) != text {
			t.Errorf("Read(%q) = %q, %+v, which shows as %q", text, name, mark, mark.Show(name))
		} else if !ok && name != text {
			t.Errorf("Read(%q) changed a foreign name to %q", text, name)
		}
		attempt = 1 + int(uint32(attempt)%999_999_999) //nolint:gosec // any attempt there can be
		mark := keyseries.Mark{Series: series, Attempt: attempt}
		if name, got, ok := keyseries.Read(mark.Show(text)); !ok || name != text || got != mark {
			t.Errorf("Show and Read of %q give %q, %+v, %v", text, name, got, ok)
		}
	})
}
