// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
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

// One 404 to a list is not believed, two are; a page that is larger than the server allows is
// asked for again in the usual size, and a smaller one that is refused is not.
func TestPagesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		size, most int
		missing    int // answers with a 404 before the list
		asked      int
		status     int // of the error
	}{
		"one 404":       {size: 100, most: 100, missing: 1, asked: 2},
		"two":           {size: 100, most: 100, missing: 2, asked: 2, status: http.StatusNotFound},
		"too large":     {size: 1000, most: 100, asked: 2},
		"all too large": {size: 1000, most: 10, asked: 2, status: http.StatusBadRequest},
		"refused":       {size: 100, most: 10, asked: 1, status: http.StatusBadRequest},
		"both":          {size: 1000, most: 100, missing: 1, asked: 3},
	} {
		asked := 0
		walk := apiclient.Walk[string]{
			Name: "list things", Size: c.size, IDOf: func(s string) string { return s },
			Get: func(_ context.Context, _ string, size int) (apiclient.Page[string], error) {
				asked++
				switch {
				case asked <= c.missing:
					return apiclient.Page[string]{}, &apierr.Error{Status: http.StatusNotFound}
				case size > c.most:
					return apiclient.Page[string]{}, &apierr.Error{Status: http.StatusBadRequest}
				}
				return apiclient.Page[string]{Items: []string{"a"}}, nil
			},
		}
		status, rows := 0, 0
		for _, err := range apiclient.Pages(t.Context(), walk) {
			if status = apierr.Status(err); err == nil {
				rows++
			}
		}
		if asked != c.asked || status != c.status || (rows == 1) != (c.status == 0) {
			t.Errorf("%s: asked %d times, %d rows, status %d, want %d and %d", name, asked, rows, status, c.asked, c.status)
		}
	}
}

// A page that is answered with another one's body once leads nowhere, and is not believed.
func TestPageOfAnotherPage(t *testing.T) {
	t.Parallel()
	for name, crossed := range map[string]int{"once": 1, "always": 1 << 20} {
		pages := map[string]apiclient.Page[string]{
			"":  {Items: []string{"a", "b"}, More: true, Last: "b"},
			"b": {Items: []string{"c"}},
		}
		walk := apiclient.Walk[string]{
			Name: "list things", Size: 2, IDOf: func(s string) string { return s },
			Get: func(_ context.Context, after string, _ int) (apiclient.Page[string], error) {
				if after != "" && crossed > 0 {
					crossed--
					after = ""
				}
				return pages[after], nil
			},
		}
		var got []string
		var last error
		for one, err := range apiclient.Pages(t.Context(), walk) {
			if last = err; err == nil {
				got = append(got, one)
			}
		}
		if stuck := errors.Is(last, apiclient.ErrListStuck); stuck != (name == "always") || !stuck && !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("%s: got %v, %v", name, got, last)
		}
	}
}
