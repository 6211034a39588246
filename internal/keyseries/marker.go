// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

// Mark is what makes a key recognisable as one attempt of one series, even after the
// answer to its mint was lost. It is public, and anybody can copy it.
type Mark struct {
	Series string `json:"series"` // random, one per resource
	Nonce  string `json:"nonce"`  // random, one per attempt: two runs from one state share none
}

// Lengths in base32 characters: 50 and 40 random bits.
const (
	seriesLength = 10
	nonceLength  = 8
)

// Both forms in which a name carries a mark, see [NameRule.Plain].
var (
	marked = pattern.Lazy(`(?s)^(.*) \(ok-([a-z2-7]{10})\.([a-z2-7]{8})\)$`)
	plain  = pattern.Lazy(`(?s)^(.*)-ok-([a-z2-7]{10})-([a-z2-7]{8})$`)
)

var plainName = pattern.Lazy(`^[A-Za-z0-9-]+$`)

// NameRule is what a vendor allows as the name of a key.
type NameRule struct {
	Longest  int  // characters with the mark, 0 = not known to be limited
	Plain    bool // letters, digits and - only: the mark is written without others
	Unmarked bool // names carry no mark: the vendor stores it outside the name, see [Key.Mark]
	Unique   bool // no two keys have the same one: see [Yielder]
	Renames  bool // an existing key can be renamed: see [Editor]
}

// Show is the name under which the vendor knows an attempt: the user's name and the
// mark, such as "payments (ok-k3v6zq2mda.x5b7qd2k)".
func (r NameRule) Show(name string, mark Mark) string {
	switch {
	case r.Unmarked:
		return name
	case r.Plain:
		return fmt.Sprintf("%s-ok-%s-%s", name, mark.Series, mark.Nonce)
	default:
		return mark.Show(name)
	}
}

// Check is an error for a name that would not fit with its mark.
func (r NameRule) Check(name string) error {
	mark := utf8.RuneCountInString(r.Show("", Mark{Series: strings.Repeat("a", seriesLength), Nonce: strings.Repeat("a", nonceLength)}))
	if length := utf8.RuneCountInString(name); r.Longest > 0 && length+mark > r.Longest {
		return fmt.Errorf("the name has %d characters, and at most %d are possible: the API allows %d, and %d of them are needed for the marker by which the key is found again. Choose a shorter name", length, r.Longest-mark, r.Longest, mark)
	}
	if r.Plain && !plainName().MatchString(name) {
		return errors.New("the API allows only letters, digits and hyphens in the name of a key")
	}
	return nil
}

// NewSeries makes the random token of a new series.
func NewSeries() string { return token(seriesLength) }

func token(length int) string {
	random := make([]byte, 8)
	_, _ = rand.Read(random) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(random))[:length]
}

// Show writes a name with the mark in its usual form.
func (m Mark) Show(name string) string {
	return fmt.Sprintf("%s (ok-%s.%s)", name, m.Series, m.Nonce)
}

// Read takes a shown name apart. ok is false for a name that carries no mark of ours;
// name is then the whole of it.
func Read(shown string) (name string, mark Mark, ok bool) {
	parts := marked().FindStringSubmatch(shown)
	if parts == nil {
		parts = plain().FindStringSubmatch(shown)
	}
	if parts == nil {
		return shown, Mark{}, false
	}
	return parts[1], Mark{Series: parts[2], Nonce: parts[3]}, true
}
