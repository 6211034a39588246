// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// start has a fraction, because the server's moments have none.
var start = time.Date(2030, 1, 2, 3, 4, 5, 600_000_000, time.UTC)

// world is a simulator with one project, one account and one key, and a client
// whose waits move the simulator's clock too.
type world struct {
	t      *testing.T
	sim    *openaisim.Server
	clock  *clock.Fake
	client *api.Client

	project, account, key string
}

// configure changes what the client is made of.
type configure func(*api.Config)

func begin(t *testing.T, o openaisim.Options, change ...configure) *world {
	t.Helper()
	o.Clock = simkit.NewClock(start)
	w := &world{t: t, sim: openaisim.Start(t, o), clock: clock.NewFake(start)}
	w.clock.OnSleep = w.sim.Clock().Advance
	w.project = w.sim.SeedProject("payments")
	w.account = w.sim.SeedServiceAccount(w.project, "ci", "member")
	w.key, _ = w.sim.SeedKey(openaisim.KeySpec{AccountID: w.account, Name: "first"})
	w.client = w.connect(w.sim.AdminKey(), change...)
	return w
}

// connect makes another client of the same simulator. Its connections are used
// once, so that Go's transport repeats nothing by itself.
func (w *world) connect(adminKey string, change ...configure) *api.Client {
	w.t.Helper()
	cfg := api.Config{
		BaseURL: w.sim.URL(), AdminKey: secret.New(adminKey), Clock: w.clock,
		Transport: &http.Transport{DisableKeepAlives: true},
	}
	for _, one := range change {
		one(&cfg)
	}
	cfg.Transport = byContract(w.t, cfg.Transport)
	client, err := api.New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

func (w *world) advance(d time.Duration) {
	w.clock.Advance(d)
	w.sim.Clock().Advance(d)
}

// know lets the client see the server's clock once.
func (w *world) know() {
	w.t.Helper()
	_, err := w.client.ConfirmProject(w.t.Context(), w.project, time.Time{})
	ok(w.t, err)
	w.sim.ResetJournal()
}

func (w *world) mint() (api.MintedKey, error) {
	return w.client.MintKey(w.t.Context(), w.project, w.account, api.MintRequest{Name: "deploy"})
}

// sent are the requests for one operation so far.
func (w *world) sent(operation string) []simkit.Entry {
	var out []simkit.Entry
	for _, e := range w.sim.Journal() {
		if e.Operation == operation {
			out = append(out, e)
		}
	}
	return out
}

func (w *world) count(operation string, want int) {
	w.t.Helper()
	if got := w.sim.Count(operation); got != want {
		w.t.Errorf("%d requests for %s, want %d", got, operation, want)
	}
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// through puts a hand on the network.
func through(hand func(r *http.Request, next http.RoundTripper) (*http.Response, error)) configure {
	return func(cfg *api.Config) {
		next := cfg.Transport
		cfg.Transport = tripper(func(r *http.Request) (*http.Response, error) { return hand(r, next) })
	}
}

func impatient(cfg *api.Config) { cfg.AttemptTimeout = 400 * time.Millisecond }

// gate is a clock whose sleepers stay asleep until they are woken.
type gate struct {
	*clock.Fake
	asleep chan time.Duration
	wake   chan struct{}
}

func newGate() *gate {
	return &gate{Fake: clock.NewFake(start), asleep: make(chan time.Duration, 100), wake: make(chan struct{})}
}

func (g *gate) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	g.asleep <- d
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-g.wake:
		return nil
	}
}

// locked is text several goroutines write.
type locked struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// failure checks that err is an [apierr.Error] with that outcome.
func failure(t *testing.T, err error, outcome apierr.Outcome) *apierr.Error {
	t.Helper()
	failed, ok := apierr.As(err)
	if !ok {
		t.Fatalf("got %v (%T), want an apierr.Error", err, err)
	}
	if failed.Outcome != outcome {
		t.Errorf("outcome %d, want %d: %v", failed.Outcome, outcome, err)
	}
	return failed
}

func gone(t *testing.T, err error, why string) {
	t.Helper()
	g, ok := apierr.AsGone(err)
	if !ok {
		t.Fatalf("got %v, want it to be gone", err)
	}
	contains(t, g.Error(), why)
}

func notGone(t *testing.T, err error) {
	t.Helper()
	if _, ok := apierr.AsGone(err); ok || err == nil {
		t.Errorf("got %v, want an error that does not say gone", err)
	}
}

// quiet is for walks whose gaps do not matter.
func quiet(string) {}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not contain %q", text, part)
		}
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		var failed *apierr.Error
		if errors.As(err, &failed) {
			t.Fatalf("%v; hint: %s", err, failed.Hint)
		}
		t.Fatal(err)
	}
}

var errCertificate = x509.HostnameError{Certificate: &x509.Certificate{}, Host: "example.com"}
