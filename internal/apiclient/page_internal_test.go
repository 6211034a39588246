// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
	"strconv"
	"testing"
)

// A walk that begins again because rows moved has read nothing twice that counts; one that is too large is
// refused, however often it begins.
func TestTheBoundOfAWalkThatBeginsAgain(t *testing.T) {
	t.Parallel()
	const page = maxList / 4
	for pages, fits := range map[int]bool{4: true, 5: false} {
		moves := 0
		walk := Walk[string]{
			Name: "list things", Size: 1, IDOf: func(s string) string { return s },
			Get: func(ctx context.Context, after string, _ int) (Page[string], error) {
				if !budgetOf(ctx).take(page) {
					return Page[string]{}, errBudget
				}
				at, _ := strconv.Atoi(after)
				moved := at == pages-1 && moves < 2
				if moved {
					moves++
				}
				next := strconv.Itoa(at + 1)
				return Page[string]{Items: []string{next}, More: at < pages-1, Last: next, Moved: moved}, nil
			},
		}
		rows := 0
		var failed error
		for _, err := range Pages(t.Context(), walk) {
			if failed = err; err == nil {
				rows++
			}
		}
		if errors.Is(failed, ErrListTooLarge) == fits || fits && (rows != pages || moves != 2) {
			t.Errorf("%d pages: %d rows, moved %d times, %v", pages, rows, moves, failed)
		}
	}
}
