// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// live plays a life.
func live(ctx context.Context, t testing.TB, row Row, seed uint64, deeds []deed) (*saga, error) {
	t.Helper()
	x, err := newSaga(ctx, t, row, seed)
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
func checkLife(t *testing.T, row Row, kind string, seed uint64) (hit bool) {
	t.Helper()
	deeds := lifeOf(rand.New(rand.NewPCG(seed, 4)), row, kind)
	x, err := live(t.Context(), t, row, seed, deeds)
	if err == nil {
		return x.hit
	}
	short := shrink(deeds, func(tried []deed) bool {
		failed := false
		t.Run("shrink", func(t *testing.T) {
			if again, reason := live(t.Context(), t, row, seed, tried); reason != nil {
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

// Lives plays lives of each kind that the vendor's server can make hard.
func Lives(t *testing.T, row Row, g Game) {
	first, next := g.seeds(t, 25)
	played, hard := 0, map[string]int{}
	for seed := first; next(seed); seed++ {
		for _, kind := range kindsOf(row) {
			t.Run(fmt.Sprint(kind, " ", seed), func(t *testing.T) {
				if checkLife(t, row, kind, seed) {
					hard[kind]++
				}
			})
		}
		played++
	}
	enough := 5
	if g.For > 0 { // random lives, of which one in five comes to the rarest kinds
		enough = 40
	}
	for _, kind := range kindsOf(row) {
		t.Logf("%s: %6d lives, %d of them with: %s", row.Name, played, hard[kind], kind)
		if hard[kind] == 0 && played >= enough {
			t.Errorf("no life came to: %s", kind)
		}
	}
}
