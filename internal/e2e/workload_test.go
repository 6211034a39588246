// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

// workload is a service that uses the key all the time and looks into Vault for a new
// one after every pollEvery requests, as if it did so once a minute. When Vault has
// nothing to say it goes on with the key it has.
type workload struct {
	t *testing.T
	s *site

	mu    sync.Mutex
	seen  tally
	moved chan struct{} // closed after the next step
}

const pollEvery = 20

type tally struct {
	polls, failedPolls int
	requests, refused  int
	key                string // in use
	keys               int    // different ones so far
}

// work starts a workload that is ended with the test.
func work(t *testing.T, s *site) *workload {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	o := &workload{t: t, s: s, moved: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return o
}

func (o *workload) run(ctx context.Context) {
	var key string
	for ctx.Err() == nil {
		polled, _, err := o.s.v.read(ctx)
		if err == nil {
			key = polled
		}
		o.step(ctx, func(seen *tally) {
			seen.polls++
			if err != nil {
				seen.failedPolls++
			} else if seen.key != polled {
				seen.key = polled
				seen.keys++
			}
		})
		if key == "" { // nothing to work with yet
			_ = clock.System().Sleep(ctx, time.Millisecond)
			continue
		}
		for range pollEvery {
			admitted := o.use(ctx, key)
			o.step(ctx, func(seen *tally) {
				seen.requests++
				if !admitted {
					seen.refused++
				}
			})
			_ = clock.System().Sleep(ctx, time.Millisecond) // the pace of a service, not a wait
		}
	}
}

// use is one request of the workload, and whether the vendor takes the key for it. Only one
// simulator has an inference side; the others are asked whether the key works.
func (o *workload) use(ctx context.Context, key string) bool {
	if o.s.w.Sim == nil {
		return o.s.sim.Valid(key)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.s.sim.URL()+"/models", http.NoBody)
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK
}

// step counts, but nothing that the end of the test has broken off.
func (o *workload) step(ctx context.Context, count func(*tally)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	count(&o.seen)
	close(o.moved)
	o.moved = make(chan struct{})
}

func (o *workload) tally() tally {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seen
}

// until waits for the workload to have come so far.
func (o *workload) until(what string, reached func(tally) bool) {
	o.t.Helper()
	if !o.comes(reached) {
		o.t.Fatalf("the workload never came to this: %s; %s", what, o.tally())
	}
}

func (o *workload) comes(reached func(tally) bool) bool {
	limit, cancel := context.WithTimeout(o.t.Context(), time.Minute)
	defer cancel()
	for {
		o.mu.Lock()
		seen, moved := o.seen, o.moved
		o.mu.Unlock()
		if reached(seen) {
			return true
		}
		select {
		case <-moved:
		case <-limit.Done():
			return false
		}
	}
}

// pollsAgain waits until the workload has polled and used what it found at least once.
func (o *workload) pollsAgain() {
	o.t.Helper()
	from := o.tally().polls
	o.until("two more polls", func(seen tally) bool { return seen.polls >= from+2 })
}

func (s tally) String() string {
	return fmt.Sprintf("%d requests with %d keys, %d refused; %d polls, %d without an answer",
		s.requests, s.keys, s.refused, s.polls, s.failedPolls)
}
