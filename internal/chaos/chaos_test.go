// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package chaos_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const (
	// killsPerLife is how many trials a life has.
	killsPerLife = 4
	// shortSettle is how long the provider under test waits for a lost attempt to show up,
	// so that a hundred kills fit in twenty minutes.
	shortSettle = "2s"
)

// Kills at random moments lose no key without a word, cost no stranger's key and no key in
// use, and leave no provider behind. make test runs two lives with fixed seeds, make chaos a
// hundred kills with new ones.
func TestAccChaos(t *testing.T) {
	acctest.Terraform(t)
	lives, seed := number(t, "ORGKEYS_CHAOS_KILLS", 2*killsPerLife)/killsPerLife, number(t, "ORGKEYS_CHAOS_SEED", 0)
	if seed == 0 {
		seed = 1
		if os.Getenv("ORGKEYS_CHAOS_KILLS") != "" {
			seed = int(time.Now().UnixNano() % 1e9)
		}
	}
	binary := build(t)
	f := &figures{}
	began := time.Now()
	t.Run("lives", func(t *testing.T) {
		for i := range lives {
			t.Run(strconv.Itoa(seed+i), func(t *testing.T) {
				t.Parallel()
				l := newLife(t, f, uint64(seed+i), binary) //nolint:gosec // positive
				if err := l.run(); err != nil {
					t.Error(err)
				}
			})
		}
	})
	t.Logf("%d lives from seed %d in %s\n%s", lives, seed, time.Since(began).Round(time.Second), f)
	for _, one := range f.broken {
		t.Error(one)
	}
	if len(f.broken) > 0 {
		t.Log("play one life again: make chaos KILLS=4 CHAOSSEED=<seed>")
	}
	if f.counted[inFlight] == 0 {
		t.Error("no kill hit a request in flight, so nothing is proved")
	}
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is not a positive number: %q", name, text)
	}
	return n
}

// build builds the provider with a short settling time, or as it is released.
func build(t *testing.T) string {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "terraform-provider-orgkeys")
	args := []string{"build", "-o", binary}
	if os.Getenv("ORGKEYS_CHAOS_REAL") == "" {
		args = append(args, "-ldflags", fmt.Sprintf("-X main.settle=%s", shortSettle))
	}
	cmd := exec.CommandContext(context.Background(), "go", append(args, ".")...)
	cmd.Dir = strings.TrimSpace(string(root))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return binary
}

func folderOf(binary string) string { return filepath.Dir(binary) }
