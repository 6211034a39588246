// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package ident checks the identifiers that users type and that end up in
// request paths.
package ident

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// ErrSecret is the error for a secret in place of an id: it would stand in addresses, which proxies and servers log.
var ErrSecret = errors.New("looks like the secret of a key, and was not sent: the key has an id of its own, which inventories show beside redacted_value. Where ids are hashes, it is the SHA-256 of the secret in lower-case hex, as printf %s \"$SECRET\" | sha256sum prints it (shasum -a 256 on macOS)")

// Check says what is wrong with id as one path element: ids are opaque, but an
// empty one, a separator, a dot-dot or a control character would name another object.
func Check(id string) error {
	switch {
	case id == "":
		return errors.New("is empty")
	case secret.IsAPIKey(id):
		return ErrSecret
	case strings.ContainsAny(id, "/\\"):
		return errors.New("contains a path separator")
	case id == "." || strings.Contains(id, ".."):
		return errors.New("contains \"..\" or is a single dot")
	case strings.TrimFunc(id, blank) != id:
		return errors.New("has leading or trailing white space or invisible characters: remove them")
	case strings.ContainsFunc(id, blank):
		return errors.New("contains white space or invisible characters")
	case strings.ContainsAny(id, "?#%&"):
		return errors.New("contains one of ? # % &")
	}
	return nil
}

// CheckName is [Check] for a name that stands for an id: all that people can see may be in it.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("is empty")
	case secret.IsAPIKey(name):
		return ErrSecret
	case strings.TrimFunc(name, blank) != name:
		return errors.New("has leading or trailing white space or invisible characters: remove them")
	case strings.ContainsFunc(name, func(r rune) bool { return r != ' ' && blank(r) }):
		return errors.New("contains invisible characters")
	}
	return nil
}

// blank are the characters that nobody sees in an id.
func blank(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

// Split takes an import id apart: names[i] is what its i-th part means, outermost
// first, joined with "/".
func Split(id string, names []string) ([]string, error) {
	form := "<" + strings.Join(names, ">/<") + ">"
	parts := strings.Split(id, "/")
	if len(parts) != len(names) {
		return nil, fmt.Errorf("the import id must have the form %s, got %q", form, id)
	}
	for i, part := range parts {
		if err := Check(part); err != nil {
			return nil, fmt.Errorf("the import id must have the form %s, but its %s %q %w", form, names[i], part, err)
		}
	}
	return parts, nil
}
