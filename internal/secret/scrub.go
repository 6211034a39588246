// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

// shapes are what keys look like that this process does not know.
var shapes = pattern.Lazy(`(?i:AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+)` +
	`|(?s:-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z))` +
	`|\bsk-[A-Za-z0-9_-]{8,}` +
	`|\bsk_[0-9a-f]{40,}` +
	`|sk-[A-Za-z0-9_-]*[A-Za-z0-9]{16,}[A-Za-z0-9_-]*`) // whatever stands before it

// bearer is a credential that somebody repeats: words such as "Bearer authentication"
// have no digit.
var bearer = pattern.Lazy(`(?i)\b(bearer|basic)((?:\s|%20|\+|:)+)([A-Z0-9._~+/=-]*[0-9][A-Z0-9._~+/=-]*)`)

// Scrub replaces in s every secret that this process knows, whatever stands beside it
// and however it is encoded, and everything that looks like a key, a bearer token or a
// private key. It is the last net under text from outside the provider, such as a
// server's message.
func Scrub(s string) string {
	s = known.scrub(s)
	lower := strings.ToLower(s) // most messages hold none of these words
	if strings.Contains(lower, "sk-") || strings.Contains(lower, "sk_") || strings.Contains(lower, "secret-key-") || strings.Contains(lower, "private key") {
		s = shapes().ReplaceAllString(s, redacted)
	}
	if strings.Contains(lower, "bearer") || strings.Contains(lower, "basic") {
		s = bearer().ReplaceAllString(s, "$1$2"+redacted)
	}
	return s
}

// Shown is [Scrub] and [Printable]: the form in which text reaches a reader.
func Shown(s string) string { return Printable(Scrub(s)) }

// ShownLine is [Shown] for what is one line: a name, a summary.
func ShownLine(s string) string { return PrintableLine(Scrub(s)) }

// Printable escapes what would act on a terminal instead of being read: control
// characters but the line break, marks that turn the direction of text, and what is not
// UTF-8.
func Printable(s string) string { return escape(s, func(r rune) bool { return r == '\n' }) }

// PrintableLine is [Printable] for what is one line: a name, a summary.
func PrintableLine(s string) string { return escape(s, func(rune) bool { return false }) }

func escape(s string, allowed func(rune) bool) string {
	var b strings.Builder
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r), unicode.Is(unicode.Zs, r), r == '\u200c', r == '\u200d', allowed(r):
			b.WriteRune(r) // the joiners are part of words and emoji
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// longestID bounds an id that is only shown.
const longestID = 80

// HarmlessID is a server's id for a request, for messages and logs: letters, digits and
// "-_.:" of it, and nothing of an id that holds a secret.
func HarmlessID(id string) string {
	if Scrub(id) != id {
		return redacted
	}
	id = strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.:", r)) {
			return r
		}
		return -1
	}, id)
	return id[:min(len(id), longestID)]
}
