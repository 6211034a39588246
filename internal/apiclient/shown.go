// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"errors"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// ErrMasked is the error for something else in the place of a new secret.
var ErrMasked = errors.New("the value in the place of the secret is no secret: a gateway may have masked it")

// leastSecret is shorter than any secret of a key.
const leastSecret = 8

// CheckSecret says what is wrong with the secret in the answer to a create of the object
// with that id: that there is none, or something in its place ([ErrMasked]).
func CheckSecret(value, id string) error {
	switch {
	case value == "":
		return errors.New("it has no secret")
	case len(value) < leastSecret, strings.ContainsAny(value, "*…•["), strings.Contains(value, "..."),
		strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }), value == id:
		return ErrMasked
	}
	return nil
}

// longestShown is longer than both ends of a secret that an answer shows.
const longestShown = 24

// Redacted is what an answer shows of a secret, nothing where it shows all of it.
func Redacted(shown string) string {
	hides := strings.ContainsAny(shown, "*…•") || strings.Contains(shown, "..")
	if !hides && (len(shown) > longestShown || secret.Scrub(shown) != shown) {
		return ""
	}
	return shown
}
