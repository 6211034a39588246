// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"golang.org/x/time/rate"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

// pacer gives every request of the process its turn. The server publishes neither
// its limits nor how much is left, so the pace is learned: a refusal makes all
// requests pause together and spaces those of its endpoint out, success lets the
// spacing shrink again.
type pacer struct {
	clock   clock.Clock
	ceiling rate.Limit // per endpoint, 0 = none

	mu       sync.Mutex
	pause    time.Time // nothing is sent before
	endpoint map[string]*pace
}

type pace struct {
	limiter *rate.Limiter // the configured ceiling
	spacing time.Duration // learned; 0 = none
	next    time.Time
	good    int // answers since the last change of spacing
}

const (
	firstSpacing = time.Second
	maxSpacing   = 16 * time.Second
	// shrinkAfter is how many good answers in a row halve the spacing.
	shrinkAfter = 8
	maxPause    = 5 * time.Minute
)

func newPacer(c clock.Clock, perMinute int64) *pacer {
	return &pacer{clock: c, ceiling: rate.Limit(float64(perMinute) / 60), endpoint: map[string]*pace{}}
}

func (p *pacer) of(endpoint string) *pace {
	one, ok := p.endpoint[endpoint]
	if !ok {
		one = &pace{}
		if p.ceiling > 0 {
			one.limiter = rate.NewLimiter(p.ceiling, 1)
		}
		p.endpoint[endpoint] = one
	}
	return one
}

// wait returns when the endpoint's next request may be sent, or with ctx's error.
func (p *pacer) wait(ctx context.Context, endpoint string) error {
	reserved := false
	for {
		p.mu.Lock()
		now := p.clock.Now()
		one := p.of(endpoint)
		until := p.pause
		if one.next.After(until) {
			until = one.next
		}
		if !reserved && one.limiter != nil && !until.After(now) {
			reserved = true
			until = now.Add(one.limiter.ReserveN(now, 1).DelayFrom(now))
			if until.After(now) {
				p.mu.Unlock()
				if err := p.sleep(ctx, endpoint, until.Sub(now)); err != nil {
					return err
				}
				continue
			}
		}
		if !until.After(now) {
			if one.spacing > 0 {
				one.next = now.Add(one.spacing)
			}
			p.mu.Unlock()
			return ctx.Err()
		}
		p.mu.Unlock()
		if err := p.sleep(ctx, endpoint, until.Sub(now)); err != nil {
			return err
		}
	}
}

func (p *pacer) sleep(ctx context.Context, endpoint string, d time.Duration) error {
	if d >= time.Second {
		tflog.SubsystemInfo(ctx, subsystem, "waiting for the server's rate limit", map[string]any{
			"operation": endpoint, "wait": d.Round(time.Millisecond).String(),
		})
	}
	return p.clock.Sleep(ctx, d)
}

// refused notes a 429; after is what the server asked for, 0 when it said nothing.
func (p *pacer) refused(endpoint string, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	one := p.of(endpoint)
	one.good = 0
	one.spacing = min(max(2*one.spacing, firstSpacing), maxSpacing)
	pause := after
	if pause <= 0 {
		pause = one.spacing + jitter(one.spacing)
	}
	pause = min(pause, maxPause)
	if until := now.Add(pause); until.After(p.pause) {
		p.pause = until
	}
}

// answered notes that the endpoint took a request.
func (p *pacer) answered(endpoint string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.of(endpoint)
	if one.spacing == 0 {
		return
	}
	if one.good++; one.good >= shrinkAfter {
		one.good = 0
		if one.spacing /= 2; one.spacing < firstSpacing/2 {
			one.spacing = 0
		}
	}
}

// headroom slows an endpoint down when the server says that little is left:
// remaining requests until reset from now.
func (p *pacer) headroom(endpoint string, remaining int, reset time.Duration) {
	if remaining > 0 || reset <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.of(endpoint)
	if until := p.clock.Now().Add(min(reset, maxPause)); until.After(one.next) {
		one.next = until
	}
}
