// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

// hidden is what stands for the part of a secret that is not shown.
var hidden = pattern.Lazy(`\.{2,}|[*…•]+`)

// Ends are the ends of a secret that a vendor shows as shown, such as "key-ab...x7Q" or
// "key-ab***yz"; ok is false for another form.
func Ends(shown string) (start, end string, ok bool) {
	shown = strings.TrimSpace(shown)
	gaps := hidden().FindAllStringIndex(shown, -1)
	if len(gaps) == 0 {
		return "", "", false
	}
	return shown[:gaps[0][0]], shown[gaps[len(gaps)-1][1]:], true
}

// Fits reports whether text can be the secret that a vendor shows as shown: both visible ends
// are compared. What shows no end or is of another form rules nothing out.
func Fits(text Text, shown string) bool {
	start, end, ok := Ends(shown)
	return !ok || len(start)+len(end) <= len(text.plain) &&
		strings.HasPrefix(text.plain, start) && strings.HasSuffix(text.plain, end)
}
