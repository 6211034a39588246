// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
)

// signalled is a writer that tells when the banner is out.
type signalled struct {
	bytes.Buffer
	done chan struct{}
}

func (s *signalled) Write(p []byte) (int, error) {
	n, err := s.Buffer.Write(p)
	close(s.done)
	return n, err
}

// running is a simulator in the background, with what it prints and exports.
type running struct {
	banner string
	ready  string
	values map[string]string
	stop   func() error
}

func start(t *testing.T, args ...string) (running, error) {
	t.Helper()
	r := running{ready: filepath.Join(t.TempDir(), "ready.sh"), values: map[string]string{}}
	ctx, stop := context.WithCancel(t.Context())
	out := &signalled{done: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, append(args, "-ready-file", r.ready), out, io.Discard) }()
	select {
	case <-out.done:
	case err := <-ended:
		stop()
		return r, err
	}
	r.stop = func() error {
		http.DefaultClient.CloseIdleConnections()
		stop()
		return <-ended
	}
	r.banner = out.String()
	info, err := os.Stat(r.ready)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("ready file: %v, %v", info, err)
	}
	text, err := os.ReadFile(r.ready)
	if err != nil || !strings.Contains(r.banner, string(text)) {
		t.Fatalf("the banner lacks the exports: %v", err)
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		r.values[name] = value
	}
	return r, nil
}

func (r running) state(t *testing.T) string {
	t.Helper()
	answer, err := http.Get(r.values["SIMULATOR_CONTROL"] + "/state")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	state, err := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK || err != nil {
		t.Errorf("control answers %d, %v", answer.StatusCode, err)
	}
	return string(state)
}

func TestEveryVendor(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, v := range simulators.All {
		var sizes []int
		for _, sample := range []string{"-sample=false", "-sample"} {
			r, err := start(t, "-vendor", v.Name, "-control", "127.0.0.1:0", sample)
			if err != nil {
				t.Fatalf("%s: %v", v.Name, err)
			}
			if !strings.Contains(r.banner, "A SIMULATOR of the "+v.API) || !strings.HasPrefix(r.values[v.AddressEnv], "http://127.0.0.1:") || !strings.Contains(r.values[v.KeyEnv], "-sim-") {
				t.Errorf("%s: %s", v.Name, r.banner)
			}
			sizes = append(sizes, len(r.state(t)))
			if err := r.stop(); err != nil {
				t.Errorf("%s: ended with %v", v.Name, err)
			}
		}
		if sizes[1] <= sizes[0] {
			t.Errorf("%s: the sample is empty", v.Name)
		}
		for _, name := range []string{v.Name, v.AddressEnv, v.KeyEnv} {
			if seen[name] {
				t.Errorf("%s stands twice in the table", name)
			}
			seen[name] = true
		}
	}
}

// Not in parallel: another test would get the port that this one gives back.
func TestFixedPort(t *testing.T) {
	first, err := start(t)
	if err != nil {
		t.Fatal(err)
	}
	address, _, _ := strings.Cut(strings.TrimPrefix(first.values["ORGKEYS_OPENAI_BASE_URL"], "http://"), "/")
	if _, err := start(t, "-listen", address); err == nil || !strings.Contains(err.Error(), "choose another port") {
		t.Errorf("a port in use: %v", err)
	}
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	again, err := start(t, "-listen", address)
	if err != nil || again.values["ORGKEYS_OPENAI_BASE_URL"] != first.values["ORGKEYS_OPENAI_BASE_URL"] {
		t.Fatalf("got %s, %v; want %s", again.values["ORGKEYS_OPENAI_BASE_URL"], err, address)
	}
	if err := again.stop(); err != nil {
		t.Error(err)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	r, err := start(t, "-real", "-seed", "7", "-control", "127.0.0.1:0", "-clock-offset", "-48h", "-sample")
	if err != nil {
		t.Fatalf("ended: %v", err)
	}
	for _, part := range []string{"fake", "8 requests a minute"} {
		if !strings.Contains(r.banner, part) {
			t.Errorf("the banner lacks %q: %s", part, r.banner)
		}
	}

	for i := range 9 {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, r.values["ORGKEYS_OPENAI_BASE_URL"]+"/organization/projects", nil)
		request.Header.Set("Authorization", "Bearer "+r.values["OPENAI_ADMIN_KEY"])
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		want := http.StatusOK
		if i == 8 {
			want = http.StatusTooManyRequests
		}
		if answer.StatusCode != want {
			t.Errorf("request %d: %d, want %d", i, answer.StatusCode, want)
		}
		date, err := http.ParseTime(answer.Header.Get("Date"))
		if behind := time.Since(date); err != nil || behind < 47*time.Hour || behind > 49*time.Hour {
			t.Errorf("the clock is %s behind: %v", behind, err)
		}
	}
	state := r.state(t)
	for _, seeded := range []string{"nightly-batch", "report-generator"} {
		if !strings.Contains(state, seeded) {
			t.Errorf("the sample lacks %s", seeded)
		}
	}

	if err := r.stop(); err != nil {
		t.Errorf("ended with %v", err)
	}
	if _, err := os.Stat(r.ready); !os.IsNotExist(err) {
		t.Errorf("the ready file is left behind: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"all interfaces": {"-listen", "0.0.0.0:0"}, "no host": {"-listen", ":0"}, "other host": {"-listen", "192.0.2.1:0"},
		"open control": {"-control", "[::]:0"}, "no port": {"-listen", "127.0.0.1"}, "unknown flag": {"-nope"}, "argument": {"serve"}, "vendor": {"-vendor", "nobody"},
		"ready file": {"-ready-file", filepath.Join(t.TempDir(), "missing", "x")},
	} {
		ctx, stop := context.WithCancel(t.Context())
		stop() // ends a run that should not have begun
		if err := run(ctx, args, io.Discard, io.Discard); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
