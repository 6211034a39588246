// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

// epoch2000 is when a bubble of fake time begins.
var epoch2000 = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

var epoch = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// turns is how long n turns take.
func turns(t *testing.T, p *pacer, c *clock.Fake, endpoint string, n int) time.Duration {
	t.Helper()
	before := c.Now()
	for range n {
		if err := p.wait(t.Context(), endpoint, limit{}); err != nil {
			t.Fatal(err)
		}
		p.land(endpoint)
	}
	return c.Now().Sub(before)
}

// refuse is a refusal of a request sent just now.
func refuse(p *pacer, c *clock.Fake, after time.Duration) {
	c.Advance(time.Nanosecond)
	p.refused("a", c.Now(), after)
}

func TestPacerLearns(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(epoch)
	p := newPacer(c, 0, "vendor")
	if took := turns(t, p, c, "a", 100); took != 0 {
		t.Errorf("100 turns of an idle endpoint took %s", took)
	}
	// Each refusal after an answer doubles the spacing, up to a bound.
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 16} {
		p.answered("a")
		refuse(p, c, 0)
		turns(t, p, c, "a", 1)
		if took := turns(t, p, c, "a", 3); took != 3*want*time.Second {
			t.Errorf("three turns took %s, want %s each", took, want*time.Second)
		}
	}
	// Answers halve it again, to next to nothing; the refusals have made the pacer patient.
	for want := 8 * time.Second; want > minSpacing/4; want /= 2 {
		for range maxPatience {
			p.answered("a")
		}
		turns(t, p, c, "a", 1) // still at the old pace
		if took := turns(t, p, c, "a", 2); took != 2*max(want, minSpacing) {
			t.Errorf("two turns took %s, want %s each", took, want)
		}
	}
	// A refusal in between begins the count again.
	refuse(p, c, 0)
	for range maxPatience - 1 {
		p.answered("a")
	}
	refuse(p, c, 0)
	for range maxPatience - 1 {
		p.answered("a")
	}
	turns(t, p, c, "a", 1)
	if took := turns(t, p, c, "a", 1); took != 4*minSpacing {
		t.Errorf("a turn took %s, want %s", took, 4*minSpacing)
	}
}

// Of an endpoint that nothing is known of few requests fly at once, soon more.
func TestPacerStartsSlowly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(clock.System(), 0, "vendor")
		flying, most := 0, 0
		var mu sync.Mutex
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				if err := p.wait(t.Context(), "a", limit{}); err != nil {
					t.Error(err)
				}
				p.mu.Lock()
				early := p.endpoint["a"].answers < growEvery
				p.mu.Unlock()
				mu.Lock()
				if flying++; early {
					most = max(most, flying)
				}
				mu.Unlock()
				_ = clock.System().Sleep(t.Context(), time.Second)
				mu.Lock()
				flying--
				mu.Unlock()
				p.answered("a")
				p.land("a")
			})
		}
		group.Wait()
		if most != slowStart {
			t.Errorf("%d requests flew at first, want %d", most, slowStart)
		}
		if took := clock.System().Now().Sub(epoch2000); took > 15*time.Second {
			t.Errorf("a hundred requests of a second took %s", took)
		}
	})
}

// Requests that were on their way together are refused together: that is one refusal.
func TestPacerCountsOneBurstOnce(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(epoch)
	p := newPacer(c, 0, "vendor")
	sent := c.Now()
	for range 10 {
		c.Advance(time.Millisecond)
		p.refused("a", sent, 0)
	}
	turns(t, p, c, "a", 1)
	if took := turns(t, p, c, "a", 1); took != firstSpacing {
		t.Errorf("a turn took %s, want %s", took, firstSpacing)
	}
}

// Refused again after a pause: then the minute is what the server counts, and what it
// took in the last one tells how much it gives.
func TestPacerFindsTheMinute(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(epoch)
	p := newPacer(c, 0, "vendor")
	for range 50 { // long ago
		p.answered("a")
	}
	c.Advance(2 * time.Minute)
	for range 8 {
		p.answered("a")
	}
	refuse(p, c, 0)
	refuse(p, c, 0)
	turns(t, p, c, "a", 1)
	if took := turns(t, p, c, "a", 1); took != time.Minute/8 {
		t.Errorf("a turn took %s, want an eighth of a minute", took)
	}
	// Another endpoint gets its own eight at once, and then goes at the same pace.
	if took := turns(t, p, c, "b", 8); took != 0 {
		t.Errorf("another endpoint's first eight took %s", took)
	}
	if took := turns(t, p, c, "b", 2); took != time.Minute/4 {
		t.Errorf("its next two took %s, want an eighth of a minute each", took)
	}
}

func TestPacerPausesAllButSpacesOne(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(epoch)
	p := newPacer(c, 0, "vendor")
	refuse(p, c, 30*time.Second)
	p.answered("a")
	refuse(p, c, 10*time.Second) // a shorter wish does not shorten the pause
	if took := turns(t, p, c, "b", 1); took.Round(time.Millisecond) != 30*time.Second {
		t.Errorf("another endpoint waited %s, want 30s", took)
	}
	if took := turns(t, p, c, "b", 10); took != 0 {
		t.Errorf("another endpoint is spaced out by %s", took)
	}
	refuse(p, c, 24*time.Hour)
	if took := turns(t, p, c, "a", 1); took != maxPause {
		t.Errorf("paused for %s, want at most %s", took, maxPause)
	}
}

func TestPacerHeadroom(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(epoch)
	p := newPacer(c, 0, "vendor")
	p.headroom("a", 1, time.Minute)
	p.headroom("a", 0, 0)
	p.headroom("a", 0, -time.Second)
	if took := turns(t, p, c, "a", 1); took != 0 {
		t.Errorf("waited %s although something was left", took)
	}
	p.headroom("a", 0, 20*time.Second)
	if took := turns(t, p, c, "b", 1); took != 0 {
		t.Errorf("another endpoint waited %s", took)
	}
	if took := turns(t, p, c, "a", 1); took != 20*time.Second {
		t.Errorf("waited %s, want 20s", took)
	}
}

func TestPacerSpacesManyAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(clock.System(), 0, "vendor")
		p.refused("a", clock.System().Now(), 5*time.Second)
		began := clock.System().Now()
		var mu sync.Mutex
		var at []time.Duration
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				if err := p.wait(t.Context(), "a", limit{}); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				at = append(at, clock.System().Now().Sub(began))
			})
		}
		group.Wait()
		for i, d := range at {
			if d != time.Duration(5+i)*time.Second {
				t.Errorf("turn %d came after %s, want one each second after the pause", i, d)
			}
		}
	})
}

func TestPacerStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, perMinute := range []int64{0, 1} {
		p := newPacer(clock.NewFake(epoch), perMinute, "vendor")
		if err := p.wait(ctx, "a", limit{}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		p.refused("a", epoch, time.Minute)
		if err := p.wait(ctx, "a", limit{}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}

// A wait that would end after the limit is none: for its own turn only of a call that was
// refused, for a pause that the server asked for of any.
func TestPacerLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		asked  time.Duration // of another endpoint; 0 = only refused
		until  time.Duration // 0 = not refused
		left   time.Duration // of the error, 0 = waits
		paused bool          // by the server's word
	}{
		"in time, refused":             {20 * time.Second, 21 * time.Second, 0, true},
		"too late, refused":            {20 * time.Second, 19 * time.Second, 20 * time.Second, true},
		"in time, not refused":         {30 * time.Second, 0, 0, true},
		"too late, not refused":        {31 * time.Second, 0, 31 * time.Second, true},
		"longer than we pause":         {time.Hour, 0, time.Hour, true},
		"longer than we pause, within": {time.Hour, 2 * time.Hour, 0, true},
		"own pace, not refused":        {0, 0, 0, false},
		"own pace, too late":           {0, time.Second / 2, time.Second, false},
	} {
		fake := clock.NewFake(epoch)
		p := newPacer(fake, 0, "vendor")
		p.refused("b", epoch, c.asked)
		l := limit{patience: 30 * time.Second}
		if c.until > 0 {
			l = limit{until: epoch.Add(c.until)}
		}
		err := p.wait(t.Context(), "a", l)
		var late *tooLongError
		switch {
		case c.left == 0 && err != nil, c.left > 0 && !errors.As(err, &late):
			t.Errorf("%s: got %v", name, err)
		case late != nil && (late.asked != c.paused || late.left < c.left || late.left > c.left*5/4 || !errors.Is(err, errBusy) || fake.Slept() != 0):
			t.Errorf("%s: got %+v after %s", name, late, fake.Slept())
		}
	}
}

// A turn that comes after the caller's deadline is not waited for.
func TestTurnBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	for _, asked := range []bool{true, false} {
		fake := clock.NewFake(epoch)
		p := newPacer(fake, 0, "vendor")
		if asked {
			p.hold(2*time.Minute, 0)
		} else {
			p.headroom("a", 0, 2*time.Minute)
		}
		for _, deadline := range []time.Duration{time.Minute, time.Hour} {
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			err := p.wait(ctx, "a", limit{patience: 30 * time.Minute})
			var late *tooLongError
			switch {
			case deadline == time.Hour && (err != nil || fake.Slept() != 2*time.Minute):
				t.Errorf("asked %t: got %v after %s", asked, err, fake.Slept())
			case deadline == time.Minute && (!errors.As(err, &late) || late.asked != asked || late.left != 2*time.Minute || fake.Slept() != 0):
				t.Errorf("asked %t: got %v after %s", asked, err, fake.Slept())
			}
		}
	}
}

// A turn of the ceiling that comes too late is left to who can use it.
func TestTurnsThatAreNotTaken(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(epoch)
	p := newPacer(fake, 6, "vendor")
	turns(t, p, fake, "a", 1)
	for range 50 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		var late *tooLongError
		if err := p.wait(ctx, "a", limit{patience: time.Hour}); !errors.As(err, &late) {
			t.Fatal(err)
		}
		cancel()
	}
	if took := turns(t, p, fake, "a", 1); took != 10*time.Second {
		t.Errorf("the next turn came after %s, want 10s", took)
	}
}

// A try that would come after the caller's deadline is none: the answer before it is the error.
func TestTryBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	k := &call{Client: &Client{clock: clock.NewFake(epoch)}, stop: ctx}
	if !k.inTime(30*time.Minute) || k.inTime(2*time.Hour) {
		t.Error("the deadline of an hour does not count")
	}
}

func TestRateLimitHeaders(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(epoch)
	k := &call{Client: &Client{clock: c, pacer: newPacer(c, 0, "vendor")}, op: Operation{Name: "a"}}
	headers := http.Header{"X-Ratelimit-Remaining-Requests": {"0"}, "X-Ratelimit-Reset-Requests": {"6s"}}
	k.learn(&http.Response{StatusCode: 200, Header: headers})
	if took := turns(t, k.pacer, c, "a", 1); took != 6*time.Second {
		t.Errorf("waited %s, want what the server announced", took)
	}
	for _, odd := range []http.Header{
		{"X-Ratelimit-Remaining-Requests": {"0"}}, {"X-Ratelimit-Reset-Requests": {"6s"}},
		{"X-Ratelimit-Remaining-Requests": {"none"}, "X-Ratelimit-Reset-Requests": {"6s"}},
		{"X-Ratelimit-Remaining-Requests": {"0"}, "X-Ratelimit-Reset-Requests": {"soon"}},
	} {
		k.learn(&http.Response{StatusCode: 200, Header: odd})
	}
	if took := turns(t, k.pacer, c, "a", 1); took != 0 {
		t.Errorf("waited %s for headers that say nothing", took)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for failures, least := range map[int]time.Duration{1: 500, 2: 1000, 3: 2000, 4: 4000, 5: 8000, 6: 8000, 1000: 8000} {
		least *= time.Millisecond
		for range 100 {
			if d := backoff(failures); d < least || d > least+least/4 {
				t.Errorf("after %d failures %s, want %s to a quarter more", failures, d, least)
			}
		}
	}
}

func TestServerClock(t *testing.T) {
	t.Parallel()
	var s serverClock
	date := func(at time.Time) http.Header { return http.Header{"Date": {at.Format(http.TimeFormat)}} }
	for _, nothing := range []http.Header{{}, {"Date": {"yesterday"}}} {
		s.observe(nothing, epoch)
		if _, known := s.skew(); known || s.correction() != 0 {
			t.Errorf("%v taught the clock something", nothing)
		}
	}
	for _, c := range []struct{ off, correction time.Duration }{
		{0, 0}, {2 * time.Second, 0}, {-2 * time.Second, 0}, {3 * time.Second, 3 * time.Second},
		{-time.Hour, -time.Hour}, {time.Hour, time.Hour},
	} {
		s.observe(date(epoch.Add(c.off)), epoch)
		if skew, known := s.skew(); !known || skew != c.off || s.correction() != c.correction {
			t.Errorf("off by %s: skew %s, correction %s", c.off, skew, s.correction())
		}
	}
}

// Between the look and the claim another create may take the find: then it is none
// of ours, and ours is made again.
func TestFindThatIsClaimedMeanwhile(t *testing.T) {
	t.Parallel()
	c := &Client{clock: clock.NewFake(epoch), claims: map[string]bool{}}
	sends, seen := 0, 0
	made, how, err := CreateNamed(t.Context(), c, Named[string]{
		Noun: "thing", Name: "app", Command: func(id string) string { return id },
		Send: func(_ context.Context, op Operation) (string, error) {
			if sends++; sends == 1 {
				return "", &apierr.Error{Operation: op.Name, Outcome: apierr.Unknown, Sent: c.clock.Now()}
			}
			return "second", nil
		},
		List: func(context.Context) (*List[string], error) {
			return &List[string]{ByID: map[string]string{"first": "first"}}, nil
		},
		Facts: func(id string) (string, string, time.Time) {
			if seen++; seen == 2 { // once to compare, then to claim
				c.claim("first")
			}
			return id, "app", epoch
		},
	})
	if err != nil || how.Adopted || made != "second" || sends != 2 {
		t.Errorf("got %q (%+v) after %d sends, %v", made, how, sends, err)
	}
}

// A server that always answers with what another create of this run holds is not asked for ever.
func TestCreatesOfOneNameThatAreOne(t *testing.T) {
	t.Parallel()
	c := &Client{clock: clock.NewFake(epoch), claims: map[string]bool{"first": true}}
	sends := 0
	_, _, err := CreateNamed(t.Context(), c, Named[string]{
		Noun: "thing", Name: "app", Command: func(id string) string { return id },
		Send: func(context.Context, Operation) (string, error) {
			if sends++; sends > 10 {
				t.Fatal("it is created again and again")
			}
			return "first", nil
		},
		Facts: func(id string) (string, string, time.Time) { return id, "app", epoch },
	})
	if !apierr.IsUnknown(err) || !strings.Contains(err.Error(), "first") || sends != 2 {
		t.Errorf("got %v after %d sends", err, sends)
	}
}

func TestPagesThatGoInCircles(t *testing.T) {
	t.Parallel()
	next := map[string]string{"": "a", "a": "b", "b": "c", "c": "a"}
	calls := 0
	walk := Pages(t.Context(), Walk[string]{Name: "list", Size: 100, IDOf: func(s string) string { return s }, Get: func(_ context.Context, after string, _ int) (Page[string], error) {
		if calls++; calls > 10 {
			t.Fatal("the walk does not end")
		}
		return Page[string]{Items: []string{next[after]}, More: true, Last: next[after]}, nil
	}})
	var got []string
	var last error
	for one, err := range walk {
		if last = err; err == nil {
			got = append(got, one)
		}
	}
	if _, ok := apierr.As(last); !ok || len(got) != 3 {
		t.Errorf("got %v and %v, want three and an error", got, last)
	}
}

func TestPagesWithoutALastID(t *testing.T) {
	t.Parallel()
	walk := Pages(t.Context(), Walk[int]{Name: "list", Size: 100, IDOf: strconv.Itoa, Get: func(_ context.Context, after string, _ int) (Page[int], error) {
		n, _ := strconv.Atoi(after)
		return Page[int]{Items: []int{n + 1, n + 2}, More: n < 4}, nil
	}})
	n := 0
	for one, err := range walk {
		if n++; one != n || err != nil {
			t.Errorf("got %d, %v, want %d", one, err, n)
		}
	}
	if n != 6 {
		t.Errorf("%d items, want 6", n)
	}
}

func TestListWithoutEnd(t *testing.T) {
	t.Parallel()
	calls := 0
	walk := Pages(t.Context(), Walk[int]{Name: "list", Size: 100, IDOf: strconv.Itoa, Get: func(context.Context, string, int) (Page[int], error) {
		calls++
		return Page[int]{Items: []int{calls}, More: true}, nil
	}})
	var last error
	for _, err := range walk {
		last = err
	}
	if !errors.Is(last, ErrListTooLarge) || calls != maxPages+1 {
		t.Errorf("got %v after %d pages", last, calls)
	}
}

// A server that takes no notice of the cursor shows the same rows for ever, one that cuts
// its pages before it filters them shows none for a while.
func TestPagesThatShowNothingNew(t *testing.T) {
	t.Parallel()
	same := func(int) []string { return []string{"a", "b"} }
	late := func(rows int) func(int) []string {
		return func(page int) []string {
			if page < rows {
				return nil
			}
			return []string{strconv.Itoa(page)}
		}
	}
	for name, c := range map[string]struct {
		rows  func(page int) []string
		pages int // that there are, 0 = without end
		calls int
		got   int
		stuck bool
	}{
		"the same rows":           {same, 0, 2 * (maxKnown + 1), 2, true},
		"no rows":                 {late(1 << 20), 0, maxEmpty + 1, 0, true},
		"filtered after the cut":  {late(maxEmpty - 1), maxEmpty + 1, maxEmpty + 1, 2, false},
		"the same rows, and more": {func(page int) []string { return []string{"a", strconv.Itoa(page / maxKnown)} }, 12, 12, 1 + 12/maxKnown, false},
	} {
		calls := 0
		walk := Pages(t.Context(), Walk[string]{Name: "list", Size: 100, IDOf: func(s string) string { return s }, Get: func(context.Context, string, int) (Page[string], error) {
			calls++
			return Page[string]{Items: c.rows(calls - 1), More: calls != c.pages, Last: "cursor " + strconv.Itoa(calls)}, nil
		}})
		got := 0
		var last error
		for _, err := range walk {
			if last = err; err == nil {
				got++
			}
		}
		if errors.Is(last, ErrListStuck) != c.stuck || calls != c.calls || got != c.got {
			t.Errorf("%s: %d rows in %d pages, %v; want %d in %d", name, got, calls, last, c.got, c.calls)
		}
	}
}

func TestEmptyPageThatSaysMore(t *testing.T) {
	t.Parallel()
	walk := Pages(t.Context(), Walk[int]{Name: "list", Size: 100, IDOf: strconv.Itoa, Get: func(context.Context, string, int) (Page[int], error) { return Page[int]{More: true}, nil }})
	n := 0
	for _, err := range walk {
		if n++; err == nil {
			t.Error("no error")
		}
	}
	if n != 1 {
		t.Errorf("%d yields, want the error once", n)
	}
}

func TestSeveral(t *testing.T) {
	t.Parallel()
	c := NewCollection(strconv.Itoa)
	for _, one := range []struct {
		parent, id string
		want       bool
	}{
		{"p", "a", false}, {"p", "a", false}, {"q", "b", false}, {"p", "b", true}, {"p", "a", true}, {"q", "b", false},
	} {
		if got := c.Several(one.parent, one.id); got != one.want {
			t.Errorf("%v: got %t", one, got)
		}
	}
}

// A flight that began before a write of its own process is handed out, but never kept.
func TestCollectionUnderWrites(t *testing.T) {
	t.Parallel()
	c := NewCollection(strconv.Itoa)
	var mu sync.Mutex
	server := []int{}
	fetch := func(context.Context, func(string)) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			mu.Lock()
			now := append([]int(nil), server...)
			mu.Unlock()
			for _, one := range now {
				if !yield(one, nil) {
					return
				}
			}
		}
	}
	var group sync.WaitGroup
	for writer := range 4 {
		group.Go(func() {
			for i := range 50 {
				mine := writer*100 + i
				mu.Lock()
				server = append(server, mine)
				mu.Unlock()
				c.Drop("p")
				list, err := c.All(t.Context(), "p", fetch)
				if err != nil {
					t.Error(err)
					return
				}
				if _, has := list.ByID[strconv.Itoa(mine)]; !has {
					t.Errorf("a read after the write of %d does not show it", mine)
				}
			}
		})
	}
	group.Wait()
}

func TestDerive(t *testing.T) {
	t.Parallel()
	list := &List[int]{ByID: map[string]int{"1": 1, "2": 2}}
	calls := 0
	for range 3 {
		if got := list.Derive(func(m map[string]int) any { calls++; return len(m) }); got != 2 {
			t.Errorf("got %v", got)
		}
	}
	if calls != 1 {
		t.Errorf("computed %d times", calls)
	}
}

// A moment in a far future is a day at most: more is not waited for, and messages say how long.
func TestRetryAfterAFarMoment(t *testing.T) {
	t.Parallel()
	resp := &http.Response{Header: http.Header{"Retry-After": {"Fri, 31 Dec 9999 23:59:59 GMT"}}}
	if got := retryAfter(resp, time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)); got != 24*time.Hour {
		t.Errorf("got %s", got)
	}
}

// A wait is written in digits.
func TestRetryAfterThatIsNoNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"Infinity": 0, "inf": 0, "NaN": 0, "1e9": 0, "0x1p10": 0, "+Inf": 0, "-3": 0, "": 0, ".": 0,
		"3": 3 * time.Second, "1.5": 1500 * time.Millisecond, "99999999999": 24 * time.Hour,
	} {
		for header, unit := range map[string]time.Duration{"Retry-After": 1, "Retry-After-Ms": 1000} {
			want := want
			if text != "99999999999" { // which is more than a day in either unit
				want /= unit
			}
			resp := &http.Response{Header: http.Header{header: {text}}}
			if got := retryAfter(resp, epoch); got != want {
				t.Errorf("%s %q: got %s, want %s", header, text, got, want)
			}
		}
	}
}

// Three clocks that differ from one another are no clock: nothing is shortened by any of them.
func TestServerClockTorn(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		created, date time.Duration
		known         bool
	}{
		"machine and Date agree":     {time.Hour, time.Minute, true},
		"machine and objects agree":  {time.Minute, 2 * time.Hour, true},
		"Date and objects agree":     {time.Hour, time.Hour + time.Minute, true},
		"none agrees":                {time.Hour, 2 * time.Hour, false},
		"none agrees, on both sides": {-time.Hour, 2 * time.Hour, false},
	} {
		header := http.Header{"Date": {now.Add(c.date).Format(http.TimeFormat)}}
		var before, after serverClock
		before.created(now.Add(c.created), now)
		before.observe(header, now)
		after.observe(header, now)
		after.created(now.Add(c.created), now)
		for _, s := range []*serverClock{&before, &after} {
			if _, known := s.skew(); known != c.known {
				t.Errorf("%s: known is %v", name, known)
			}
		}
		after.created(now.Add(c.date), now) // the next object settles it
		if _, known := after.skew(); !known {
			t.Errorf("%s: not known again", name)
		}
	}
}
