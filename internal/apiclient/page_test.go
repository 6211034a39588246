// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

// A walk whose rows moved between its pages begins again and misses none; one whose rows
// never rest goes on and says so.
func TestPagesThatMove(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		moves int // how often
		want  []string
		notes int
	}{
		"once":   {moves: 1, want: []string{"a", "b", "c", "d"}},
		"always": {moves: 100, want: []string{"a", "b", "d"}, notes: 1},
	} {
		rows, moved, notes := []string{"a", "b", "c", "d"}, 0, 0
		walk := apiclient.Walk[string]{
			Name: "list things", Size: 2, IDOf: func(s string) string { return s }, Note: func(string) { notes++ },
			Get: func(_ context.Context, after string, size int) (apiclient.Page[string], error) {
				at, _ := strconv.Atoi(after)
				if at > 0 && moved < c.moves {
					moved++ // as if a row before had been deleted
					return apiclient.Page[string]{Items: rows[at+1:], Moved: true}, nil
				}
				end := min(at+size, len(rows))
				return apiclient.Page[string]{Items: rows[at:end], More: end < len(rows), Last: strconv.Itoa(end)}, nil
			},
		}
		var got []string
		for one, err := range apiclient.Pages(t.Context(), walk) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, one)
		}
		if !slices.Equal(got, c.want) || notes != c.notes {
			t.Errorf("%s: got %v with %d notes, want %v with %d", name, got, notes, c.want, c.notes)
		}
	}
}
