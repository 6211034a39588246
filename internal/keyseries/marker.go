// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"
)

// Mark is what makes a key recognisable as one attempt of one series, even after the
// answer to its mint was lost. It is public, and anybody can copy it.
type Mark struct {
	Series string // random, one per resource
	Nonce  string // random, one per attempt: two runs from one state share none
}

// Lengths in base32 characters: 50 and 40 random bits.
const (
	seriesLength = 10
	nonceLength  = 8
)

var marked = regexp.MustCompile(`(?s)^(.*) \(ok-([a-z2-7]{10})\.([a-z2-7]{8})\)$`)

// NewSeries makes the random token of a new series.
func NewSeries() string { return token(seriesLength) }

func token(length int) string {
	random := make([]byte, 8)
	_, _ = rand.Read(random) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(random))[:length]
}

// Show is the name under which the vendor knows an attempt: the user's name and the
// mark, such as "payments (ok-k3v6zq2mda.x5b7qd2k)".
func (m Mark) Show(name string) string {
	return fmt.Sprintf("%s (ok-%s.%s)", name, m.Series, m.Nonce)
}

// Read takes a shown name apart. ok is false for a name that carries no mark of ours;
// name is then the whole of it.
func Read(shown string) (name string, mark Mark, ok bool) {
	parts := marked.FindStringSubmatch(shown)
	if parts == nil {
		return shown, Mark{}, false
	}
	return parts[1], Mark{Series: parts[2], Nonce: parts[3]}, true
}
