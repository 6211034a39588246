// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"golang.org/x/time/rate"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

// pacer gives every request of the process its turn. The server publishes neither
// its limits nor how much is left, so the pace is learned: a refusal makes all
// requests pause together and spaces those of its endpoint out, success lets the
// spacing shrink again, the more slowly the more often that was too bold.
type pacer struct {
	clock   clock.Clock
	vendor  string
	ceiling rate.Limit // per endpoint, 0 = none

	mu       sync.Mutex
	pause    time.Time // nothing is sent before
	asked    time.Time // until when the server asked to send nothing, which may be longer than we pause
	minute   int       // requests a minute that some endpoint was seen to take, 0 = not known
	endpoint map[string]*pace
}

// pace is what is known of one endpoint.
type pace struct {
	limiter *rate.Limiter // the configured ceiling
	spacing time.Duration // learned; 0 = none
	next    time.Time
	tight   time.Time // the server said that nothing is left before

	good     int           // answers since the last change of spacing
	patience int           // how many of them let the spacing shrink
	flying   int           // requests sent and not answered
	landed   chan struct{} // closed when one is
	answers  int
	sent     []time.Time // turns of the last minute, oldest first
	taken    []time.Time // answers of the last minute, oldest first
	refused  time.Time   // the last refusal that counted
	failing  bool        // no answer since
}

const (
	firstSpacing = time.Second
	// minSpacing stays once there was a refusal: without any, all that waits would go at
	// once and be refused together.
	minSpacing = time.Second / 64
	maxSpacing = 16 * time.Second
	// firstPatience good answers in a row halve the spacing; each refusal after that
	// doubles the number, up to maxPatience.
	firstPatience = 8
	// minutePatience is that of a pace taken from a whole minute's limit.
	minutePatience = 32
	maxPatience    = 128
	maxPause       = 5 * time.Minute
	// A bucket of unknown size is not tried with many requests at once: they would be
	// refused together. slowStart of them fly at first, one more for each growEvery
	// answers, until freeAfter.
	slowStart = 2
	growEvery = 8
	freeAfter = 32
	// leastMinute bounds what is concluded from few answers.
	leastMinute = 4
	// maxCount is how many requests within a minute are counted at most: more make no
	// spacing worth speaking of.
	maxCount = 120
)

func newPacer(c clock.Clock, perMinute int64, vendor string) *pacer {
	return &pacer{clock: c, vendor: vendor, ceiling: rate.Limit(float64(perMinute) / 60), endpoint: map[string]*pace{}}
}

func (p *pacer) of(endpoint string) *pace {
	one, ok := p.endpoint[endpoint]
	if !ok {
		one = &pace{landed: make(chan struct{})}
		if p.ceiling > 0 {
			one.limiter = rate.NewLimiter(p.ceiling, 1)
		}
		p.endpoint[endpoint] = one
	}
	return one
}

// wait returns when the endpoint's next request may be sent, or with ctx's error. A wait
// that would end after the limit, or ctx's deadline, is a [tooLongError] at once. The caller says
// [pacer.land] when it has its answer or will have none.
func (p *pacer) wait(ctx context.Context, endpoint string, l limit) error {
	reserved := false
	for ctx.Err() == nil {
		if tooLong := p.tooLong(ctx, l); tooLong != nil {
			return tooLong
		}
		rest := l.rest(ctx, p.clock.Now(), false)
		left, why, landed := p.turn(endpoint, &reserved, rest)
		switch {
		case left > 0 && left > rest:
			return &tooLongError{left: left, rest: rest}
		case landed != nil:
			select {
			case <-landed:
			case <-ctx.Done():
			}
			continue
		case left <= 0:
			return nil
		case left >= time.Second:
			tflog.SubsystemInfo(ctx, p.vendor, "waiting for the server's rate limit", map[string]any{
				"operation": endpoint, "wait": left.Round(time.Millisecond).String(), "why": why,
			})
		}
		if err := p.clock.Sleep(ctx, left); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// tooLong is an error where the server asked for a pause that ends after the limit.
func (p *pacer) tooLong(ctx context.Context, l limit) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	left, rest := p.asked.Sub(now), l.rest(ctx, now, true)
	if left <= 0 || left <= rest {
		return nil
	}
	return &tooLongError{left: left, rest: rest, asked: true}
}

// turn takes the endpoint's next turn, or says how long it has to wait and why, or
// whose landing it has to wait for. A turn of the ceiling that comes after rest is left to others.
func (p *pacer) turn(endpoint string, reserved *bool, rest time.Duration) (left time.Duration, why string, landed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	one := p.of(endpoint)
	until := now
	for _, bar := range []struct {
		at  time.Time
		why string
	}{
		{one.next, "requests of this kind are spaced out, because the server refused some"},
		{one.tight, "the server said that no more of them are left for now"},
		{p.pause, "the server refused a request, so all wait"},
	} {
		if bar.at.After(until) {
			until, why = bar.at, bar.why
		}
	}
	if !*reserved && one.limiter != nil && !until.After(now) {
		ours := one.limiter.ReserveN(now, 1)
		until, why = now.Add(ours.DelayFrom(now)), p.vendor+".requests_per_minute"
		if *reserved = until.Sub(now) <= rest; !*reserved {
			ours.CancelAt(now)
		}
	}
	if until.After(now) {
		return until.Sub(now), why, nil
	}
	if one.patience == 0 && one.answers < freeAfter && one.flying >= slowStart+one.answers/growEvery {
		return 0, "", one.landed
	}
	count(&one.sent, now)
	// What one endpoint was seen to take in a minute, others will not take more of.
	if one.patience == 0 && p.minute > 0 && len(one.sent) >= p.minute {
		one.atLeast(time.Minute / time.Duration(p.minute))
	}
	one.next = now.Add(one.spacing)
	one.flying++
	return 0, "", nil
}

// land ends the turn of a request.
func (p *pacer) land(endpoint string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.of(endpoint)
	one.flying--
	close(one.landed)
	one.landed = make(chan struct{})
}

// refused notes a 429 to a request of that moment; after is what the server asked
// for, 0 when it said nothing.
func (p *pacer) refused(endpoint string, sent time.Time, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	one := p.of(endpoint)
	// What was on its way when the server refused another says nothing new.
	if one.refused.IsZero() || sent.After(one.refused) {
		recent(&one.taken, now)
		if one.slower(now) {
			p.minute = max(len(one.taken), leastMinute)
		}
		if p.minute > 0 && len(one.taken) >= p.minute {
			one.atLeast(time.Minute / time.Duration(p.minute))
		}
	}
	if after <= 0 {
		p.pauseFor(now, one.spacing+jitter(one.spacing))
		return
	}
	p.held(now, after, 0)
}

// hold makes all requests wait as long as the server asked for, and least anyway.
func (p *pacer) hold(after, least time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held(p.clock.Now(), after, least)
}

func (p *pacer) held(now time.Time, after, least time.Duration) {
	if until := now.Add(after); until.After(p.asked) {
		p.asked = until
	}
	p.pauseFor(now, min(max(after, least), maxPause))
}

func (p *pacer) pauseFor(now time.Time, pause time.Duration) {
	if until := now.Add(pause); until.After(p.pause) {
		p.pause = until
	}
}

// slower spaces the endpoint's requests out after a refusal. It reports whether it has
// seen what the endpoint takes in a minute.
func (o *pace) slower(now time.Time) (seen bool) {
	switch {
	case o.failing && o.spacing >= firstSpacing:
		// Twice in a row, a second or more apart: no short bucket. What was taken within a
		// minute is all that a minute has.
		seen = true
		o.atLeast(max(2*o.spacing, time.Minute/time.Duration(max(len(o.taken), leastMinute))))
	case o.patience == 0:
		o.patience, o.spacing = firstPatience, firstSpacing
	default:
		o.patience = min(2*o.patience, maxPatience)
		o.spacing = min(2*o.spacing, maxSpacing)
	}
	o.good, o.failing, o.refused = 0, true, now
	return seen
}

// atLeast takes over a spacing taken from a whole minute's limit.
func (o *pace) atLeast(spacing time.Duration) {
	o.spacing = min(max(o.spacing, spacing), maxSpacing)
	o.patience = max(o.patience, minutePatience)
}

// answered notes that the endpoint took a request.
func (p *pacer) answered(endpoint string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one, now := p.of(endpoint), p.clock.Now()
	one.failing = false
	one.answers++
	count(&one.taken, now)
	if one.spacing == 0 {
		return
	}
	if one.good++; one.good >= one.patience {
		one.good = 0
		one.spacing = max(one.spacing/2, minSpacing)
	}
}

// count adds now to the moments of the last minute.
func count(moments *[]time.Time, now time.Time) {
	if recent(moments, now); len(*moments) < maxCount {
		*moments = append(*moments, now)
	}
}

// recent drops what is older than a minute.
func recent(moments *[]time.Time, now time.Time) {
	*moments = slices.DeleteFunc(*moments, func(at time.Time) bool { return now.Sub(at) > time.Minute })
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
	if until := p.clock.Now().Add(min(reset, maxPause)); until.After(one.tight) {
		one.tight = until
	}
}
