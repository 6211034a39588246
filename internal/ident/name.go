// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package ident

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// SameName compares two names as users see them: Terraform turns every string into
// composed letters, an API may show them decomposed.
func SameName(a, b string) bool { return norm.NFC.String(a) == norm.NFC.String(b) }

// leastCut is the shortest name that is taken for a longer one that was cut.
const leastCut = 16

// MayBecome says whether a server that trims names, changes their case, decomposes or
// cuts them may show ours as shown.
func MayBecome(ours, shown string) bool {
	shown = bare(strings.TrimRight(shown, "\ufffd")) // a cut may go through a letter
	for _, form := range []string{bare(ours), bare(strings.ToLower(ours)), bare(strings.ToUpper(ours))} {
		if shown == form || len([]rune(shown)) >= leastCut && strings.HasPrefix(form, shown) {
			return true
		}
	}
	return false
}

// IsStem says whether shown is ours without its last parts, as "acme-prod" is of "acme-prod-eu": more
// likely a neighbour's name than ours cut by a server. A blank may be where a server cuts and trims.
func IsStem(ours, shown string) bool {
	rest, begins := strings.CutPrefix(bare(strings.ToLower(ours)), bare(strings.ToLower(shown)))
	return begins && rest != "" && strings.ContainsAny(rest[:1], "-_./")
}

// bare is a name in decomposed letters, with single blanks between words.
func bare(name string) string { return norm.NFD.String(strings.Join(strings.Fields(name), " ")) }
