// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// live plays a life.
func live(ctx context.Context, t testing.TB, seed uint64, deeds []deed) (*saga, error) {
	t.Helper()
	x, err := newSaga(ctx, t, seed)
	for _, one := range deeds {
		if err != nil {
			return x, err
		}
		err = one.do(ctx, x)
	}
	return x, err
}

// checkLife plays the life of one seed and prints the shortest failing form of it. It tells
// whether what makes the life hard happened.
func checkLife(t *testing.T, kind string, seed uint64) (hit bool) {
	t.Helper()
	deeds := lifeOf(rand.New(rand.NewPCG(seed, 4)), kind)
	x, err := live(t.Context(), t, seed, deeds)
	if err == nil {
		return x.hit
	}
	short := shrink(deeds, func(tried []deed) bool {
		failed := false
		t.Run("shrink", func(t *testing.T) {
			if again, reason := live(t.Context(), t, seed, tried); reason != nil {
				failed, x, err = true, again, reason
			}
		})
		return failed
	})
	texts := make([]string, 0, len(short))
	for _, one := range short {
		texts = append(texts, "  "+one.text)
	}
	for _, a := range x.actors {
		for _, said := range a.ws.Said {
			x.log = append(x.log, "  said to "+a.name+": "+said.Text)
		}
	}
	t.Errorf("%s, seed %d: %v\n\nThe shortest life that fails:\n%s\n\nWhat happened:\n%s", kind, seed, err, strings.Join(texts, "\n"), strings.Join(x.log, "\n"))
	return true
}

// TestLives plays lives of each kind with fixed seeds, or, with ORGKEYS_FUZZTIME, with random
// ones for that time. ORGKEYS_FUZZSEED plays one seed of each kind again.
func TestLives(t *testing.T) {
	t.Parallel()
	if given := os.Getenv("ORGKEYS_FUZZSEED"); given != "" {
		var seed uint64
		if _, err := fmt.Sscan(given, &seed); err != nil {
			t.Fatal(err)
		}
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			t.Run(kind, func(t *testing.T) { checkLife(t, kind, seed) })
		}
		return
	}
	ctx, seed, seeds, random := t.Context(), uint64(0), uint64(25), false
	if testing.Short() || slowed {
		seeds = 8
	}
	if given := os.Getenv("ORGKEYS_FUZZTIME"); given != "" {
		limit, err := time.ParseDuration(given)
		if err != nil {
			t.Fatal(err)
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
		seed, seeds, random = rand.Uint64N(1<<48), 1<<48, true
	}
	played, hard := 0, map[string]int{}
	for first := seed; seed < first+seeds && ctx.Err() == nil && (!random || !t.Failed()); seed++ {
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			t.Run(fmt.Sprint(kind, " ", seed), func(t *testing.T) {
				if checkLife(t, kind, seed) {
					hard[kind]++
				}
			})
		}
		played++
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		t.Logf("%6d lives, %d of them with: %s", played, hard[kind], kind)
		if hard[kind] == 0 {
			t.Errorf("no life came to: %s", kind)
		}
	}
}
