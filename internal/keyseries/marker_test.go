// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

const series = "k3v6zq2mda"

// nonce is the fixed nonce of an attempt of a test.
func nonce(attempt int) string {
	return strings.Repeat("abcdefghijklmnopqrstuvwxyz"[attempt%26:][:1], 8)
}

func TestMarkRoundTrip(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"payments", "", " ", "two  spaces ", "ключ 🔑 клиента", "a (ok-k3v6zq2mda.aaaaaaa2)", "(ok-k3v6zq2mda.aaaaaaa2)",
		"payments (ok-", "line\nbreak", "invalid \xff byte", "ends with a space ", `quote " and \`,
	} {
		for _, nonce := range []string{"aaaaaaaa", "22222222", "x5b7qd2k"} {
			mark := keyseries.Mark{Series: series, Nonce: nonce}
			gotName, gotMark, ok := keyseries.Read(mark.Show(name))
			if !ok || gotName != name || gotMark != mark {
				t.Errorf("Read(Show(%q, %s)) = %q, %+v, %v", name, nonce, gotName, gotMark, ok)
			}
		}
	}
	if got, want := (keyseries.Mark{Series: series, Nonce: "x5b7qd2k"}).Show("payments"), "payments (ok-k3v6zq2mda.x5b7qd2k)"; got != want {
		t.Errorf("Show = %q, want %q: the form is published, keys of older versions carry it", got, want)
	}
}

func TestForeignNamesAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "payments", "payments (staging)",
		"payments (ok-k3v6zq2mda.aaaaaaa2) ",  // something follows
		"payments (ok-k3v6zq2mda.aaaaaaa2)\n", // a line end is something, too
		"payments(ok-k3v6zq2mda.aaaaaaa2)",    // no space
		"payments (ok-k3v6zq2mda)",            // no nonce
		"payments (ok-k3v6zq2mda.)",
		"payments (ok-k3v6zq2mda.1)", // an attempt number of before
		"payments (ok-k3v6zq2mda.999999999)",
		"payments (ok-k3v6zq2mda.aaaaaaa)",   // too short
		"payments (ok-k3v6zq2mda.aaaaaaaa2)", // too long
		"payments (ok-k3v6zq2md.aaaaaaa2)",
		"payments (ok-k3v6zq2mdaa.aaaaaaa2)",
		"payments (ok-K3V6ZQ2MDA.aaaaaaa2)", // another alphabet
		"payments (ok-k3v6zq2mda.AAAAAAA2)",
		"payments (ok-k3v6zq2md1.aaaaaaa2)",
		"payments (ok-k3v6zq2mda.aaaaaaa1)",
		"payments (OK-k3v6zq2mda.aaaaaaa2)",
	} {
		got, mark, ok := keyseries.Read(name)
		if ok || got != name || mark != (keyseries.Mark{}) {
			t.Errorf("Read(%q) = %q, %+v, %v: not a mark of ours", name, got, mark, ok)
		}
	}
}

func TestOnlyTheOutermostMarkIsRead(t *testing.T) {
	t.Parallel()
	outer := keyseries.Mark{Series: "zzzzzzzzzz", Nonce: "aaaaaaa7"}
	name, mark, ok := keyseries.Read(outer.Show("payments (ok-k3v6zq2mda.aaaaaaa2)"))
	if !ok || mark != outer || name != "payments (ok-k3v6zq2mda.aaaaaaa2)" {
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
	for _, seed := range []string{"payments", "payments (ok-k3v6zq2mda.aaaaaaa2)", "a\nb", "\xff", " (ok-aaaaaaaaaa.22222222)", "x (ok-k3v6zq2mda.99999999999999999999)"} {
		f.Add(seed, uint64(1))
	}
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	f.Fuzz(func(t *testing.T, text string, random uint64) {
		// A name that reads as ours shows as it was read: nothing is lost or made up.
		if name, mark, ok := keyseries.Read(text); ok && mark.Show(name) != text {
			t.Errorf("Read(%q) = %q, %+v, which shows as %q", text, name, mark, mark.Show(name))
		} else if !ok && name != text {
			t.Errorf("Read(%q) changed a foreign name to %q", text, name)
		}
		mark := keyseries.Mark{Series: series}
		for range 8 {
			mark.Nonce += string(alphabet[random%32])
			random /= 32
		}
		if name, got, ok := keyseries.Read(mark.Show(text)); !ok || name != text || got != mark {
			t.Errorf("Show and Read of %q give %q, %+v, %v", text, name, got, ok)
		}
	})
}

func shown(attempt int) string {
	return keyseries.Mark{Series: series, Nonce: nonce(attempt)}.Show("payments")
}
