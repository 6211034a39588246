// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"errors"
	"strings"
	"unicode"
)

// Placeholder stands for a secret that a plan cannot open: nobody can take it for a key.
// Where it comes back as a credential or identity, the secret is not yet known.
const Placeholder = "orgkeys-placeholder-not-a-secret"

// stem is the part of it by which a text that was cut or changed is recognised.
const stem = "orgkeys-placeholder"

// IsPlaceholder reports whether text is [Placeholder], whatever blanks are around it.
func IsPlaceholder(text string) bool { return strings.TrimFunc(text, invisible) == Placeholder }

// CheckPlaceholder refuses [Placeholder] and what holds it among other characters, or
// encoded: there is no telling what that will be. The error continues "The credential …".
func CheckPlaceholder(text string) error {
	switch {
	case IsPlaceholder(text):
		return errors.New("is the placeholder of orgkeys_unsealed: the secret is not known in this phase, so the text was neither sent nor used. Give the value in a run that can open it")
	case !holdsPlaceholder(text, deepest):
		return nil
	}
	return errors.New("holds the placeholder of orgkeys_unsealed among other characters, or encoded: the secret is not known in this phase, so the text was neither sent nor used. Give the value of orgkeys_unsealed alone, without prefix, quotes or encoding")
}

var (
	stemForms = Forms(stem)
	stemBare  = letters(stem)
)

func holdsPlaceholder(text string, depth int) bool {
	for view := (view{text: text}); ; {
		if strings.Contains(letters(view.text), stemBare) {
			return true
		}
		if !view.unescape() {
			break
		}
	}
	unbroken := strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, text)
	for _, form := range stemForms {
		if strings.Contains(unbroken, form) {
			return true
		}
	}
	plain := decoded(unbroken)
	return plain != "" && depth > 0 && holdsPlaceholder(plain, depth-1)
}

// letters are the letters of text, in lower case: what stands between them may change.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// invisible are blanks and the marks that editors leave.
func invisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}
