// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"errors"
	"strings"
	"testing"
)

type wireRow string

func (r wireRow) RawJSON() string { return string(r) }

// A row that is left out is named by its id, where it shows one.
func TestRowsThatAreLeftOut(t *testing.T) {
	t.Parallel()
	var notes []string
	rows([]wireRow{`{"id":"proj_1"}`, `{"id":7}`, `{"id":"a/b"}`, ``}, func(*wireRow) (int, error) { return 0, errors.New("bad") }, func(why string) { notes = append(notes, why) })
	if got := strings.Join(notes, "; "); got != "row proj_1 was left out: bad; a row was left out: bad; a row was left out: bad; a row was left out: bad" {
		t.Error(got)
	}
}
