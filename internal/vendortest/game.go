// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"
)

// Game says which seeds are played. The zero value plays the first ones.
type Game struct {
	For  time.Duration // random seeds for so long, 0 = fixed ones
	Seed *uint64       // this one alone
	Part int           // one in so many of the fixed ones, 0 = all
}

// FromEnvironment is the game that ORGKEYS_FUZZTIME (random seeds for that time) or
// ORGKEYS_FUZZSEED (one seed again) ask for.
func FromEnvironment(t *testing.T) Game {
	t.Helper()
	var g Game
	if given := os.Getenv("ORGKEYS_FUZZSEED"); given != "" {
		g.Seed = new(uint64)
		if _, err := fmt.Sscan(given, g.Seed); err != nil {
			t.Fatal(err)
		}
	} else if given := os.Getenv("ORGKEYS_FUZZTIME"); given != "" {
		limit, err := time.ParseDuration(given)
		if err != nil {
			t.Fatal(err)
		}
		g.For = limit
	}
	return g
}

// seeds gives the first seed, and says of each that follows whether it is played too.
func (g Game) seeds(t *testing.T, fixed uint64) (first uint64, more func(seed uint64) bool) {
	t.Helper()
	switch {
	case g.Seed != nil:
		return *g.Seed, func(seed uint64) bool { return seed == *g.Seed }
	case g.For > 0:
		ctx, cancel := context.WithTimeout(t.Context(), g.For)
		t.Cleanup(cancel)
		return rand.Uint64N(1 << 48), func(uint64) bool { return ctx.Err() == nil && !t.Failed() }
	}
	part := max(g.Part, 1)
	if testing.Short() {
		part *= 4
	}
	fixed = max(fixed/uint64(part), 1)
	return 0, func(seed uint64) bool { return seed < fixed }
}

// shrink drops steps as long as the sequence still fails.
func shrink[S any](steps []S, fails func([]S) bool) []S {
	for size := max(len(steps)/2, 1); ; {
		shorter := false
		for at := 0; at < len(steps); {
			tried := slices.Delete(slices.Clone(steps), at, min(at+size, len(steps)))
			if fails(tried) {
				steps, shorter = tried, true
				continue
			}
			at += size
		}
		if size == 1 && !shorter {
			return steps
		}
		size = max(size/2, 1)
	}
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }
