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

func TestRun(t *testing.T) {
	t.Parallel()
	ready := filepath.Join(t.TempDir(), "ready.sh")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := &signalled{done: make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-real", "-seed", "7", "-control", "127.0.0.1:0", "-ready-file", ready, "-clock-offset", "-48h", "-sample"}, out, io.Discard)
	}()
	select {
	case <-out.done:
	case err := <-ended:
		t.Fatalf("ended: %v", err)
	}
	info, err := os.Stat(ready)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("ready file: %v, %v", info, err)
	}
	text, err := os.ReadFile(ready)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		values[name] = value
	}
	for _, part := range []string{"SIMULATOR", "fake", string(text), "8 requests a minute"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the banner lacks %q: %s", part, out.String())
		}
	}

	for i := range 9 {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, values["ORGKEYS_OPENAI_BASE_URL"]+"/organization/projects", nil)
		r.Header.Set("Authorization", "Bearer "+values["OPENAI_ADMIN_KEY"])
		answer, err := http.DefaultClient.Do(r)
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
	answer, err := http.Get(values["OPENAISIM_CONTROL"] + "/state")
	if err != nil {
		t.Fatal(err)
	}
	state, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK || err != nil {
		t.Errorf("control answers %d, %v", answer.StatusCode, err)
	}
	for _, seeded := range []string{"nightly-batch", "report-generator"} {
		if !strings.Contains(string(state), seeded) {
			t.Errorf("the sample lacks %s", seeded)
		}
	}

	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if _, err := os.Stat(ready); !os.IsNotExist(err) {
		t.Errorf("the ready file is left behind: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"all interfaces": {"-listen", "0.0.0.0:0"}, "no host": {"-listen", ":0"}, "other host": {"-listen", "192.0.2.1:0"},
		"open control": {"-control", "[::]:0"}, "no port": {"-listen", "127.0.0.1"}, "unknown flag": {"-nope"}, "argument": {"serve"},
		"ready file": {"-ready-file", filepath.Join(t.TempDir(), "missing", "x")},
	} {
		ctx, stop := context.WithCancel(t.Context())
		stop() // ends a run that should not have begun
		if err := run(ctx, args, io.Discard, io.Discard); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
