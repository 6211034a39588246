// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
)

// The fault meets the creation of the key, the last of the objects, and must have fired.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	journal := []simkit.Entry{{Operation: "projects.create"}, {Operation: "keys.create"}, {Operation: "keys.update"}}
	if got := lastCreate(journal); got != "keys.create" {
		t.Errorf("the key is created by %q", got)
	}
	if recovery(journal) == nil {
		t.Error("a story without a lost answer passes")
	}
	journal[1].Fault = simkit.CutAfter
	if err := recovery(journal); err != nil {
		t.Error(err)
	}
}

// Where the server ends the old key, the demo waits for that and needs no apply, which would fail here.
func TestExpiryByTheServer(t *testing.T) {
	t.Parallel()
	start := time.Date(2030, time.January, 2, 3, 4, 5, 600_000_000, time.UTC)
	its := simkit.NewClock(start)
	sim := litellmsim.New(litellmsim.Options{Clock: its})
	until := start.Add(overlap)
	_, first := sim.SeedKey(litellmsim.Key{Alias: "old", ExpiresAt: until.Truncate(time.Second).Add(time.Second)})
	_, second := sim.SeedKey(litellmsim.Key{Alias: "new", ExpiresAt: start.Add(90 * 24 * time.Hour)})
	fake := clock.NewFake(start)
	fake.OnSleep = its.Advance
	d := &demo{ctx: t.Context(), sim: sim, clock: fake}
	if err := d.expire(first, second, until); err != nil {
		t.Error(err)
	}
	created := []simkit.Summary{{ExpiresAt: start.Add(90 * 24 * time.Hour)}, {}}
	if end := serverEnd(created, until); !end.IsZero() {
		t.Errorf("the server ends a key that was created so at %v", end)
	}
}

func TestShortened(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"/key/generate": "/key/generate", "/v1/places/p_1/keys/k_1": "…/p_1/keys/k_1", "/v1/places/p_1/keys/key_GqxO1PtjN17Z3f7B1CDZDWy9": "…/p_1/keys/key_GqxO1P…"} {
		if got := shortened(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestWrapped(t *testing.T) {
	t.Parallel()
	word := strings.Repeat("é", 39)
	for text, want := range map[string]string{
		"short":                               "short",
		word + " " + word + "!":               word + " " + word + "!", // 80 columns
		"━━ " + word + " " + word:             "━━ " + word + "\n" + word,
		"  " + word + " " + word + " x\nnext": "  " + word + "\n  " + word + " x\nnext",
		"  " + word + word + word:             "  " + word + word + word, // no space to break at
	} {
		if got := wrapped(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// The demo waits as long as the overlap of every story that has one.
func TestStoriesOverlap(t *testing.T) {
	t.Parallel()
	entries, err := stories.ReadDir("stories")
	if err != nil {
		t.Fatal(err)
	}
	rotating := 0
	for _, entry := range entries {
		text, err := os.ReadFile("stories/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "var.rotate ") {
			continue
		}
		rotating++
		if want := `overlap             = "` + overlap.String() + `"`; !strings.Contains(string(text), want) {
			t.Errorf("%s: want %s", entry.Name(), want)
		}
	}
	if rotating < 4 {
		t.Errorf("only %d stories rotate a key", rotating)
	}
}
