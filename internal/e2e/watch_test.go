// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/leak"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

// arguments are the command lines of all processes below this one, read while they run.
var arguments = sync.OnceValue(func() *watcher {
	w := &watcher{seen: map[string]bool{}, news: make(chan struct{})}
	go func() {
		self := fmt.Sprint(os.Getpid())
		for clock.System().Sleep(context.Background(), 2*time.Millisecond) == nil {
			w.below(self)
		}
	}()
	return w
})

// A process that lives for less than two milliseconds can be missed. The programs that
// come near a secret cannot: [recorded] writes down what those are started with.
type watcher struct {
	mu   sync.Mutex
	seen map[string]bool
	news chan struct{} // closed at the next new one
}

func (w *watcher) below(pid string) {
	threads, _ := filepath.Glob(filepath.Join("/proc", pid, "task", "*", "children"))
	for _, thread := range threads {
		children, err := os.ReadFile(thread)
		if err != nil {
			continue // it has ended meanwhile
		}
		for child := range strings.FieldsSeq(string(children)) {
			if line, err := os.ReadFile(filepath.Join("/proc", child, "cmdline")); err == nil && len(line) > 0 {
				w.note(strings.ReplaceAll(string(line), "\x00", " "))
			}
			w.below(child)
		}
	}
}

func (w *watcher) note(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.seen[line] {
		w.seen[line] = true
		close(w.news)
		w.news = make(chan struct{})
	}
}

func (w *watcher) lines() (lines []string, news <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.seen)), w.news
}

// until waits for a command line that contains the text.
func (w *watcher) until(t *testing.T, text string) {
	t.Helper()
	for {
		lines, news := w.lines()
		if slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, text) }) {
			return
		}
		select {
		case <-news:
		case <-t.Context().Done():
			t.Fatalf("no process was started with %q", text)
		}
	}
}

// watch fails the test for every secret of its world that was in a command line.
func watch(t *testing.T, w *acctest.World) {
	t.Helper()
	watcher := arguments()
	t.Cleanup(func() {
		lines, _ := watcher.lines()
		for _, line := range lines {
			for _, one := range leak.In([]byte(line), "a command line", w.Secrets()) {
				t.Error("LEAK:", one)
			}
		}
		for _, program := range []string{"terraform-provider-orgkeys", "-dev-listen-address"} {
			if !t.Failed() && !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, program) }) {
				t.Errorf("the watch has seen no process with %q, so it proves nothing", program)
			}
		}
	})
}

// recorded is a folder for PATH in which the named programs write down their arguments
// before they become the real ones. The file lies where the leak scan finds it.
func recorded(t *testing.T, c *acctest.CLI, programs map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, program := range programs {
		script := fmt.Sprintf("#!/bin/sh\nprintf '%%s\\n' \"$0 $*\" >>'%s'\nexec '%s' \"$@\"\n",
			filepath.Join(c.Dir, "started-"+name+".txt"), program)
		if err := os.WriteFile(filepath.Join(folder, name), []byte(script), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	return folder
}

// The watch itself must be able to find something.
func TestWatchFindsASecretInArguments(t *testing.T) {
	t.Parallel()
	secret := "sk-svcacct-sim-fake-" + rand.Text()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "sh -c 'read -r line' below \"$1\"; :", "above", secret)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	watcher := arguments()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	watcher.until(t, "below "+secret) // a grandchild
	_ = stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	lines, _ := watcher.lines()
	if found := leak.In([]byte(strings.Join(lines, "\n")), "a command line", []string{secret}); len(found) == 0 {
		t.Error("the leak scan does not find the secret in the command lines")
	}
}
