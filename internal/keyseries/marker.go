// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Mark is what makes a key recognisable as one attempt of one series, even after the
// answer to its mint was lost.
type Mark struct {
	Series  string // random, one per resource
	Attempt int    // 1, 2, 3 … within the series
}

// seriesLength is in base32 characters: 50 random bits.
const seriesLength = 10

var marked = regexp.MustCompile(`(?s)^(.*) \(ok-([a-z2-7]{10})\.([1-9][0-9]{0,8})\)$`)

// NewSeries makes the random token of a new series.
func NewSeries() string {
	random := make([]byte, 8)
	_, _ = rand.Read(random) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(random))[:seriesLength]
}

// Show is the name under which the vendor knows an attempt: the person's name and
// the mark, such as "payments (ok-k3v6zq2mda.1)".
func (m Mark) Show(name string) string {
	return fmt.Sprintf("%s (ok-%s.%d)", name, m.Series, m.Attempt)
}

// Read takes a shown name apart. ok is false for a name that carries no mark of ours;
// name is then the whole of it.
func Read(shown string) (name string, mark Mark, ok bool) {
	parts := marked.FindStringSubmatch(shown)
	if parts == nil {
		return shown, Mark{}, false
	}
	attempt, err := strconv.Atoi(parts[3])
	if err != nil {
		return shown, Mark{}, false
	}
	return parts[1], Mark{Series: parts[2], Attempt: attempt}, true
}
