// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

// limits are how busy a server may be.
var limits = []struct {
	name                 string
	perMinute, perSecond int
}{
	{"no limit", 0, 0},
	{"10 a second", 0, 10},
	{"8 a minute and endpoint", 8, 0},
}

func pages(n int) int { return (n + 99) / 100 }

// A plan costs the pages of the key lists, a list for each project and the pages of
// the project list; accounts, which the API tells per project too, cost as much again.
func TestCallsOfAPlan(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ projects, keys, most int }{
		{1, 1, 3},
		{1, 500, 10},
		{1, 30, 10},
		{10, 1000, pages(1000) + 10 + pages(10) + 10 + 2},
		{150, 300, pages(300) + 150 + pages(150) + 150 + 2},
	} {
		t.Run(fmt.Sprintf("%d keys in %d projects", size.keys, size.projects), func(t *testing.T) {
			t.Parallel()
			f := newFleet(t)
			f.apply(size.projects, size.keys)
			f.sim.ResetJournal()
			f.plan()
			if calls, _ := f.calls(); calls > size.most {
				t.Errorf("%d calls, want at most %d", calls, size.most)
			}
		})
	}
}

// One project among thousands, and one among thousands that were archived.
func TestCallsInALargeOrganization(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.apply(1, 0)
	for i := range 10_000 {
		id := f.sim.SeedProject(fmt.Sprint("other-", i))
		if i%2 == 0 {
			f.sim.ArchiveProject(id)
		}
	}
	f.accounts = nil
	f.sim.ResetJournal()
	f.plan()
	if calls, _ := f.calls(); calls > 2 {
		t.Errorf("%d calls for one project, want at most 2", calls)
	}
}

func TestArchivedProjectsCostNothing(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.apply(5, 5)
	for i := range 3_000 {
		f.sim.ArchiveProject(f.sim.SeedProject(fmt.Sprint("old-", i)))
	}
	f.sim.ResetJournal()
	f.plan()
	if calls, _ := f.calls(); calls > pages(5)+5+pages(5)+5+2 {
		t.Errorf("%d calls: archived projects cost pages", calls)
	}
}

// Thirty accounts with a key each, in one project and in thirty, where the API takes
// eight requests a minute and endpoint: everything is read, and next to nothing refused.
func TestPlanAtEightAMinute(t *testing.T) {
	t.Parallel()
	for _, projects := range []int{1, 30} {
		t.Run(fmt.Sprint(projects, " projects"), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(t)
				f.apply(projects, 30)
				f.sim.SetLimits(8, 0)
				f.sim.ResetJournal()
				began := clock.System().Now()
				f.plan()
				calls, refused := f.calls()
				took := clock.System().Now().Sub(began)
				t.Logf("%d calls, %d refused, %s", calls, refused, took)
				if refused > 5 || took > 10*time.Minute {
					t.Errorf("%d of %d calls were refused in %s, want at most 5", refused, calls, took)
				}
			})
		})
	}
}

// Creating them takes what the limit asks for, and nothing fails.
func TestApplyAtEightAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		f.sim.SetLimits(8, 0)
		f.apply(3, 40)
		if n := len(f.sim.Keys()); n != 40 {
			t.Errorf("%d keys, want 40", n)
		}
	})
}

// TestTable measures what BENCHMARKS.md shows; ORGKEYS_BENCH names the file it writes the
// whole table to. Time is fake where the server limits, so that hours pass at once. Beside
// the provider runs the [naive] client.
func TestTable(t *testing.T) {
	sizes := []struct{ projects, keys int }{{1, 1}, {1, 100}}
	var table strings.Builder
	if path := os.Getenv("ORGKEYS_BENCH"); path != "" {
		sizes = append(sizes, []struct{ projects, keys int }{{1, 500}, {10, 500}, {100, 5000}}...)
		defer func() {
			if err := os.WriteFile(path, []byte(table.String()), 0o600); err != nil {
				t.Error(err)
			}
		}()
	}
	table.WriteString("| keys | projects | server takes | | calls | refused | time | naive: calls | refused | time | fewer calls |\n|---:|---:|---|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, size := range sizes {
		for _, limit := range limits {
			var plan, apply [2]measured
			for i := range 2 {
				bubble(t, limit.perMinute+limit.perSecond > 0, func(t *testing.T) {
					f := newFleet(t)
					var one interface {
						apply(projects, keys int)
						plan()
					} = f
					if i == 1 {
						one = &naive{fleet: f}
					}
					f.sim.SetLimits(limit.perMinute, limit.perSecond)
					apply[i] = f.measure(func() { one.apply(size.projects, size.keys) })
					f.sim.SetLimits(limit.perMinute, limit.perSecond) // full buckets
					plan[i] = f.measure(one.plan)
				})
			}
			for _, row := range []struct {
				what string
				got  [2]measured
			}{{"plan", plan}, {"apply", apply}} {
				ours, naive := row.got[0], row.got[1]
				fmt.Fprintf(&table, "| %d | %d | %s | %s | %d | %d | %s | %d | %d | %s | %.1f× |\n", size.keys, size.projects, limit.name, row.what,
					ours.calls, ours.refused, ours.took, naive.calls, naive.refused, naive.took, float64(naive.calls)/float64(ours.calls))
			}
			if ours := plan[0]; size.keys >= 100 && ours.calls*10 > plan[1].calls {
				t.Errorf("%d keys in %d projects: %d calls, naive %d", size.keys, size.projects, ours.calls, plan[1].calls)
			}
		}
	}
}

// bubble runs something in fake time, or in real time.
func bubble(t *testing.T, fake bool, run func(*testing.T)) {
	t.Helper()
	if fake {
		synctest.Test(t, run)
		return
	}
	run(t)
}

type measured struct {
	calls, refused int
	took           time.Duration
}

func (f *fleet) measure(run func()) measured {
	f.sim.ResetJournal()
	began := clock.System().Now()
	run()
	took := clock.System().Now().Sub(began)
	calls, refused := f.calls()
	return measured{calls, refused, rounded(took)}
}

func rounded(d time.Duration) time.Duration {
	if d > time.Minute {
		return d.Round(time.Second)
	}
	return d.Round(10 * time.Millisecond)
}
