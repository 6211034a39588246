// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

// Sentence is the text of an error as the detail of a diagnostic: it begins with a capital
// letter, unless with a name that is spelled otherwise, and ends with a full stop, unless with a
// command that is to be copied.
func Sentence(text string) string {
	text = strings.TrimSpace(text)
	first, _, _ := strings.Cut(text, " ")
	if r, size := utf8.DecodeRuneInString(text); unicode.IsLower(r) && !properName().MatchString(first) {
		text = string(unicode.ToUpper(r)) + text[size:]
	}
	return stopped(text)
}

// stopped is a text with a full stop, unless it ends with a command.
func stopped(text string) string {
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") || strings.HasSuffix(text, "!") || command().MatchString(text) {
		return text
	}
	return text + "."
}

var (
	// properName is the first word where it is a name: api.example.com, base_url, key-1, "quoted".
	properName = pattern.Lazy(`[^\pL,;:.']|[.:]\S`)
	// command is a last line that is one, or has one at its end.
	command = pattern.Lazy("(^|: |\n)\\s*(terraform|tofu|curl|age|age-keygen|export|printf|DELETE) [^\n]*$")
)
