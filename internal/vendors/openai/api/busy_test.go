// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func (w *world) readKey() error {
	_, err := w.client.Key(w.t.Context(), w.project, w.key, time.Time{})
	return err
}

func TestRetryAfterIsObeyed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		header      http.Header
		least, most time.Duration
	}{
		{"seconds", http.Header{"Retry-After": {"20"}}, 20 * time.Second, 21 * time.Second},
		{"fractions", http.Header{"Retry-After": {"2.5"}}, 2500 * time.Millisecond, 3 * time.Second},
		{"milliseconds", http.Header{"Retry-After-Ms": {"7500"}, "Retry-After": {"8"}}, 7500 * time.Millisecond, 8 * time.Second},
		{"date", http.Header{"Retry-After": {start.Add(42 * time.Second).Format(http.TimeFormat)}}, 41 * time.Second, 43 * time.Second},
		{"a date gone by", http.Header{"Retry-After": {start.Add(-time.Hour).Format(http.TimeFormat)}}, time.Second, 2 * time.Second},
		{"none", http.Header{}, time.Second, 2 * time.Second},
		{"nonsense", http.Header{"Retry-After": {"soon"}}, time.Second, 2 * time.Second},
		{"negative", http.Header{"Retry-After": {"-5"}}, time.Second, 2 * time.Second},
		{"long", http.Header{"Retry-After": {"1500"}}, 5 * time.Minute, 5*time.Minute + time.Second},
	} {
		for _, skew := range []time.Duration{0, time.Hour, -time.Hour} {
			t.Run(fmt.Sprint(c.name, skew), func(t *testing.T) {
				t.Parallel()
				w := begin(t, openaisim.Options{}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
					resp, err := next.RoundTrip(r)
					if err == nil && resp.StatusCode == http.StatusTooManyRequests {
						for name, values := range c.header {
							resp.Header[name] = values
						}
					}
					return resp, err
				}))
				w.clock.Advance(skew)
				w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysGet, Kind: simkit.StatusBefore, Status: 429, Times: 1})
				ok(t, w.readKey())
				entries := w.sent(openaisim.OpAPIKeysGet)
				if waited := entries[1].Time.Sub(entries[0].Time); waited < c.least || waited > c.most {
					t.Errorf("waited %s, want %s to %s", waited, c.least, c.most)
				}
			})
		}
	}
}

// 503 may carry Retry-After too.
func TestRetryAfterOf503(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: 503, RetryAfter: 30 * time.Second, Times: 1})
	ok(t, w.readKey())
	if slept := w.clock.Slept(); slept != 30*time.Second {
		t.Errorf("waited %s, want 30s", slept)
	}
}

// Who asks to wait until a moment means it by its own clock, whose ever that is.
func TestRetryAfterByTheClockOfAStranger(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{time.Hour, -time.Hour} {
		answered := false
		w := begin(t, openaisim.Options{}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
			if answered {
				return next.RoundTrip(r)
			}
			answered = true
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{
				"Date":        {start.Add(skew).Format(http.TimeFormat)},
				"Retry-After": {start.Add(skew + 30*time.Second).Format(http.TimeFormat)},
			}, Body: http.NoBody, Request: r}, nil
		}))
		ok(t, w.readKey())
		if slept := w.clock.Slept(); slept != 30*time.Second {
			t.Errorf("waited %s, want 30s", slept)
		}
	}
}

// A server that asks to wait is only busy, whatever it calls that: it is waited for until the busy timeout.
func TestManyRetryAftersOf503(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 503, 529} {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: status, RetryAfter: 10 * time.Second, Times: 20})
		ok(t, w.readKey())
		if slept := w.clock.Slept(); slept != 200*time.Second {
			t.Errorf("%d: waited %s, want 200s", status, slept)
		}
		w.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: status, RetryAfter: 10 * time.Second})
		contains(t, failure(t, w.readKey(), apierr.Refused).Hint, "busy_timeout")
	}
}

// A server in trouble that asks for short waits only is asked less and less often, and such an answer is
// not one that lets requests go faster.
func TestShortRetryAftersOf503(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]http.Header{
		"a second":      {"Retry-After": {"1"}},
		"a millisecond": {"Retry-After-Ms": {"1"}},
	} {
		for _, status := range []int{408, 429, 503, 522} {
			t.Run(fmt.Sprint(name, status), func(t *testing.T) {
				t.Parallel()
				w := begin(t, openaisim.Options{}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
					resp, err := next.RoundTrip(r)
					if err == nil && resp.StatusCode == status {
						maps.Copy(resp.Header, header)
					}
					return resp, err
				}))
				if status != 429 {
					w.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: 429, Times: 1})
					ok(t, w.readKey())
					w.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: status, Times: 20})
					for range 3 {
						ok(t, w.readKey())
					}
					entries := w.sent(openaisim.OpAPIKeysGet)
					if apart := entries[len(entries)-1].Time.Sub(entries[len(entries)-2].Time); apart != time.Second {
						t.Errorf("the last reads are %s apart, want the second that the 429 taught", apart)
					}
					w.sim.ResetJournal()
				}
				w.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: status})
				contains(t, failure(t, w.readKey(), apierr.Refused).Hint, "busy_timeout")
				if n := len(w.sent(openaisim.OpAPIKeysGet)); n < 100 || n > 250 {
					t.Errorf("%d requests in half an hour, want up to 250", n)
				}
			})
		}
	}
}

// One refusal holds back everything, also what another endpoint is about to send.
func TestPauseIsShared(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		pauseIsShared(t, status)
	}
}

func pauseIsShared(t *testing.T, status int) {
	t.Helper()
	g := newGate()
	w := begin(t, openaisim.Options{}, func(cfg *api.Config) { cfg.Clock = g })
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysGet, Kind: simkit.StatusBefore, Status: status, RetryAfter: time.Minute, Times: 1})
	done := make(chan error, 2)
	go func() { done <- w.readKey() }()
	if d := <-g.asleep; d != time.Minute {
		t.Errorf("the refused request waits %s, want a minute", d)
	}
	g.Advance(20 * time.Second)
	go func() {
		_, err := w.client.ConfirmProject(t.Context(), w.project, time.Time{})
		done <- err
	}()
	if d := <-g.asleep; d != 40*time.Second {
		t.Errorf("another request waits %s, want the 40 seconds that are left", d)
	}
	w.count(openaisim.OpProjectsGet, 0)
	w.count(openaisim.OpAPIKeysGet, 1)
	g.Advance(40 * time.Second)
	close(g.wake)
	for range 2 {
		ok(t, <-done)
	}
}

func TestQuotaIsFinal(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded", "project_spend_limit_exceeded"} {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: 429, Code: code})
		contains(t, failure(t, w.readKey(), apierr.Refused).Hint, "waiting does not help")
		_, err := w.mint()
		contains(t, failure(t, err, apierr.Refused).Hint, "waiting does not help")
		w.count("", 2)
		if slept := w.clock.Slept(); slept > 2*time.Second {
			t.Errorf("%s: waited %s", code, slept)
		}
	}
}

func TestBusyTimeout(t *testing.T) {
	t.Parallel()
	for _, deadline := range []time.Duration{0, 10 * time.Minute} {
		w := begin(t, openaisim.Options{}, func(cfg *api.Config) { cfg.BusyTimeout = deadline })
		if deadline == 0 {
			deadline = 30 * time.Minute
		}
		w.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: 429})
		_, err := w.mint()
		failed := failure(t, err, apierr.Refused)
		contains(t, failed.Hint, "server is busy", "requests_per_minute")
		contains(t, failed.Error(), "HTTP 429")
		if slept := w.clock.Slept(); slept < deadline-time.Minute || slept > deadline {
			t.Errorf("waited %s, want about %s", slept, deadline)
		}
		if n, most := w.sim.Count(""), int(deadline/(15*time.Second))+6; n > most {
			t.Errorf("%d requests in %s, want at most %d: the spacing grows to 16 seconds", n, deadline, most)
		}
	}
}

// A revocation may wait longer than busy_timeout says: its error does not give that value to
// busy_timeout, and says from where on raising it would help.
func TestBusyBeyondTheBusyTimeout(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simkit.Fault{
		"keeps refusing":     {Kind: simkit.StatusBefore, Status: 429},
		"asks for too long":  {Kind: simkit.StatusBefore, Status: 429, RetryAfter: 4 * time.Minute},
		"asks for more time": {Kind: simkit.StatusBefore, Status: 429, RetryAfter: 2 * time.Minute},
	} {
		w := begin(t, openaisim.Options{}, func(cfg *api.Config) { cfg.BusyTimeout = 10 * time.Second })
		fault.Operation = openaisim.OpAPIKeysDelete
		w.sim.Inject(fault)
		hint := failure(t, w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{}), apierr.Refused).Hint
		contains(t, hint, "the 3m that a revocation or a look after a lost answer may wait", "raise busy_timeout above 3m")
		if strings.Contains(hint, "openai.busy_timeout (") {
			t.Errorf("%s: %s", name, hint)
		}
	}
}

// A change that was carried out, and whose next try gets no turn because the server asked another request to
// wait, may be done.
func TestLostWithoutAnotherTurn(t *testing.T) {
	t.Parallel()
	answered := false
	var w *world
	w = begin(t, openaisim.Options{}, func(cfg *api.Config) { cfg.BusyTimeout = time.Minute }, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		switch {
		case r.Method == http.MethodGet:
			return &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"3600"}}, Body: http.NoBody, Request: r}, nil
		case answered:
			return next.RoundTrip(r)
		}
		answered = true
		resp, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		_ = resp.Body.Close()
		_ = w.readKey()
		resp.Body = io.NopCloser(strings.NewReader(`{"cut`))
		return resp, nil
	}))
	err := w.client.SetKeyScopes(t.Context(), w.project, w.key, []string{"api.model.read"})
	if hint := failure(t, err, apierr.Refused).Hint; !apierr.MayBeDone(err) || strings.Contains(hint, "Nothing was sent") {
		t.Errorf("got %v: %s", err, hint)
	}
}

// The real server lets about eight requests a minute through and says nothing else.
func TestPaceIsLearned(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{PerMinute: 8})
	const reads = 60
	for range reads {
		ok(t, w.readKey())
	}
	if n := w.sim.Count(openaisim.OpAPIKeysGet); n > reads+reads/3 {
		t.Errorf("%d requests for %d reads: most should wait instead of being refused", n, reads)
	}
	if took := w.clock.Slept(); took > 20*time.Minute {
		t.Errorf("took %s, the limit allows for seven minutes", took)
	}
}

func TestCeiling(t *testing.T) {
	t.Parallel()
	const perMinute = 6
	w := begin(t, openaisim.Options{PerMinute: perMinute}, func(cfg *api.Config) { cfg.RequestsPerMinute = perMinute })
	for range 20 {
		ok(t, w.readKey())
		_, err := w.client.ConfirmProject(t.Context(), w.project, time.Time{})
		ok(t, err)
	}
	for _, operation := range []string{openaisim.OpAPIKeysGet, openaisim.OpProjectsGet} {
		entries := w.sent(operation)
		for i, e := range entries {
			if e.Throttled {
				t.Errorf("request %d was refused", i)
			}
			within := 0
			for _, other := range entries[i:] {
				if other.Time.Sub(e.Time) < time.Minute-time.Millisecond {
					within++
				}
			}
			if within > perMinute {
				t.Errorf("%s: %d requests within a minute, the ceiling is %d", operation, within, perMinute)
			}
		}
	}
	// Endpoints do not wait for each other: 20 reads of each take 19 intervals.
	if slept := w.clock.Slept(); slept < 189*time.Second || slept > 195*time.Second {
		t.Errorf("took %s, want 190s", slept)
	}
}

// memory is a simulator without sockets, for bubbles of fake time: there the real
// clock stands for the client's and the simulator's, and many waits run at once.
func memory(t *testing.T, o openaisim.Options, change ...configure) *world {
	t.Helper()
	sim := openaisim.New(o)
	w := &world{t: t, sim: sim}
	w.project = sim.SeedProject("payments")
	w.account = sim.SeedServiceAccount(w.project, "ci", "member")
	w.key, _ = sim.SeedKey(openaisim.KeySpec{AccountID: w.account, Name: "first"})
	cfg := api.Config{
		BaseURL: "https://api.example.com/v1", AdminKey: secret.New(sim.AdminKey()),
		Transport: tripper(func(r *http.Request) (*http.Response, error) {
			if r.Body == nil {
				r.Body = http.NoBody
			}
			answer := httptest.NewRecorder()
			sim.ServeHTTP(answer, r)
			return answer.Result(), nil
		}),
	}
	for _, one := range change {
		one(&cfg)
	}
	client, err := api.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	return w
}

func TestCeilingWithManyAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := memory(t, openaisim.Options{PerMinute: 6}, func(cfg *api.Config) { cfg.RequestsPerMinute = 6 })
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if err := w.readKey(); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		entries := w.sent(openaisim.OpAPIKeysGet)
		if len(entries) != 20 {
			t.Errorf("%d requests, want 20", len(entries))
		}
		for i := 1; i < len(entries); i++ {
			if apart := entries[i].Time.Sub(entries[i-1].Time); apart < 10*time.Second-time.Millisecond {
				t.Errorf("requests %d and %d are %s apart, want ten seconds", i-1, i, apart)
			}
		}
	})
}

func TestManyAtOnceAgainstTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := memory(t, openaisim.Options{PerMinute: 8})
		const each = 40
		began := clock.System().Now()
		var group sync.WaitGroup
		for range each {
			group.Go(func() {
				if _, err := w.mint(); err != nil {
					t.Error(err)
				}
			})
			group.Go(func() {
				if err := w.readKey(); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		took := clock.System().Now().Sub(began)
		if n := len(w.sim.Keys()); n != each+1 {
			t.Errorf("%d keys, want the seeded one and %d", n, each)
		}
		// The limit itself asks for four minutes.
		if took > 15*time.Minute || w.sim.Count("") > 4*each {
			t.Errorf("took %s and %d requests for %d calls", took, w.sim.Count(""), 2*each)
		}
		t.Logf("%d calls took %s and %d requests", 2*each, took, w.sim.Count(""))
	})
}

// A refresh of thirty projects, as many objects at once as Terraform asks for, where
// each endpoint takes eight requests a minute and says nothing about it.
func TestRefreshAtEightAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := memory(t, openaisim.Options{}, func(cfg *api.Config) {
			next := cfg.Transport
			cfg.Transport = tripper(func(r *http.Request) (*http.Response, error) {
				_ = clock.System().Sleep(r.Context(), 100*time.Millisecond) // the way there
				return next.RoundTrip(r)
			})
		})
		type one struct{ project, account, key string }
		var all []one
		for range 30 {
			o := one{project: w.sim.SeedProject("p")}
			o.account = w.sim.SeedServiceAccount(o.project, "a", "member")
			o.key, _ = w.sim.SeedKey(openaisim.KeySpec{AccountID: o.account, Name: "k"})
			all = append(all, o)
		}
		w.sim.SetLimits(8, 0)
		began := clock.System().Now()
		slots := make(chan struct{}, 10) // -parallelism
		var group sync.WaitGroup
		read := func(what func(o one) error) {
			for _, o := range all {
				group.Go(func() {
					slots <- struct{}{}
					defer func() { <-slots }()
					if err := what(o); err != nil {
						t.Error(err)
					}
				})
			}
		}
		read(func(o one) error {
			_, err := w.client.Project(t.Context(), o.project, time.Time{})
			return err
		})
		read(func(o one) error {
			_, err := w.client.ServiceAccount(t.Context(), o.project, o.account, time.Time{})
			return err
		})
		read(func(o one) error {
			list, err := w.client.Keys(t.Context(), o.project)
			if err == nil && len(list.ByID) != 1 {
				t.Errorf("%d keys", len(list.ByID))
			}
			return err
		})
		group.Wait()
		refused := 0
		for _, entry := range w.sim.Journal() {
			if entry.Throttled {
				refused++
			}
		}
		took := clock.System().Now().Sub(began)
		t.Logf("%d requests, %d of them refused, in %s", len(w.sim.Journal()), refused, took)
		// Two endpoints have thirty requests each: the limit itself asks for 165 seconds.
		if refused > 8 || took > 6*time.Minute {
			t.Errorf("%d requests were refused and it took %s", refused, took)
		}
	})
}

func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		operation string
		do        func(context.Context, *world) error
	}{
		"read": {openaisim.OpAPIKeysGet, func(ctx context.Context, w *world) error {
			_, err := w.client.Key(ctx, w.project, w.key, time.Time{})
			return err
		}},
		"mint": {openaisim.OpServiceAccountKeysCreate, func(ctx context.Context, w *world) error {
			_, err := w.client.MintKey(ctx, w.project, w.account, api.MintRequest{Name: "x"})
			return err
		}},
		"create": {openaisim.OpProjectsCreate, func(ctx context.Context, w *world) error {
			_, _, err := w.client.CreateProject(ctx, api.ProjectSettings{Name: "x"})
			return err
		}},
		"end": {openaisim.OpAPIKeysUpdate, func(ctx context.Context, w *world) error {
			_, err := w.client.EndKeyAt(ctx, w.project, w.key, start.Add(time.Hour))
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate()
			w := begin(t, openaisim.Options{}, func(cfg *api.Config) { cfg.Clock = g })
			w.know()
			w.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: 429})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error, 1)
			go func() { done <- c.do(ctx, w) }()
			<-g.asleep
			cancel()
			err := <-done
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want it to say that it was cancelled", err)
			}
			if name != "read" {
				_ = failure(t, err, apierr.NotSent) // a 429 surely did nothing
			}
			w.count("", 1)
		})
	}
}
