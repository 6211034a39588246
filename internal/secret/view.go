// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"html"
	"strconv"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

// escaped is one character as it is written in URLs, JSON, Go and HTML, or a line break with the blanks after
// it: long texts in base64 have some.
var escaped = pattern.Lazy(`(?:[\r\n]|\\[rn])+[ \t]*|%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\["'/\\]|&(?:amp|lt|gt|quot|apos|#[0-9]{2,3}|#x[0-9A-Fa-f]{2});`)

// deepest is how often a text is taken to have been escaped.
const deepest = 3

// view is a text with its escapes undone and its line breaks left out, which knows where each byte stood.
type view struct {
	text  string
	at    []span // by byte of text; nil while text is as written
	depth int
}

// unescape undoes one more layer of escapes; false when there is none.
func (v *view) unescape() bool {
	if v.depth == deepest || !strings.ContainsAny(v.text, "%\\&\r\n") {
		return false
	}
	escapes := escaped().FindAllStringIndex(v.text, -1)
	if escapes == nil {
		return false
	}
	v.depth++
	var b strings.Builder
	var at []span
	last := 0
	for _, one := range append(escapes, []int{len(v.text), len(v.text)}) {
		for i := last; i < one[0]; i++ {
			at = append(at, v.raw(span{i, i + 1}))
		}
		b.WriteString(v.text[last:one[0]])
		character := undone(v.text[one[0]:one[1]])
		for range len(character) {
			at = append(at, v.raw(span{one[0], one[1]}))
		}
		b.WriteString(character)
		last = one[1]
	}
	v.text, v.at = b.String(), at
	return true
}

// raw is where a part of the view stood in the text as written.
func (v *view) raw(part span) span {
	if v.at == nil {
		return part
	}
	return span{v.at[part.start].start, v.at[part.end-1].end}
}

func undone(escape string) string {
	switch {
	case escape == "", escape[0] == '\r', escape[0] == '\n', escape[0] == '\\' && (escape[1] == 'r' || escape[1] == 'n'):
		return ""
	case escape[0] == '&':
		return html.UnescapeString(escape)
	case len(escape) == 2:
		return escape[1:]
	}
	code, err := strconv.ParseUint(strings.TrimLeft(escape, `%\xu`), 16, 16)
	if err != nil {
		return escape
	}
	if escape[1] == 'u' {
		return string(rune(code))
	}
	return string([]byte{byte(code & 0xff)})
}
