// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package seal

import (
	"regexp"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

var (
	ageArmor = pattern.Lazy(`(?s)-----BEGIN (AGE ENCRYPTED FILE)-----(.*?)-----END (AGE ENCRYPTED FILE)-----`)
	// breaks are line breaks and indentation, or what is left of them in a text that was
	// quoted on its way.
	breaks = pattern.Lazy(`(?:\s|\\r|\\n|\\t|\x{feff})+`)
	packed = pattern.Lazy(`^[A-Za-z0-9+/]+={0,2}$`)
)

// column is the length of a line of armor.
const column = 64

// mend gives armor back the line breaks that it lost on its way, and takes indentation
// and byte order marks from it. What is not one block of base64 stays as it is.
func mend(text string, armor *regexp.Regexp) string {
	plain := trim(text)
	parts := armor.FindStringSubmatch(plain)
	if parts == nil || parts[1] != parts[3] {
		return plain
	}
	before, after, _ := strings.Cut(plain, parts[0])
	body := breaks().ReplaceAllString(parts[2], "")
	if breaks().ReplaceAllString(before+after, "") != "" || !packed().MatchString(body) {
		return plain
	}
	var b strings.Builder
	b.WriteString("-----BEGIN " + parts[1] + "-----\n")
	for len(body) > column {
		b.WriteString(body[:column] + "\n")
		body = body[column:]
	}
	b.WriteString(body + "\n-----END " + parts[1] + "-----")
	return b.String()
}
