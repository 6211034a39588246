// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package bench holds what the provider promises about calls, waiting and memory: tests
// of the bounds, and benchmarks of what a person waits for.
package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// mostMemory is what the provider may need for the largest configuration measured.
const mostMemory = 150 << 20

// BenchmarkCLI applies and plans with a real CLI and the provider as a real process. It
// reports calls, refused calls, and the provider's own time and peak memory.
func BenchmarkCLI(b *testing.B) {
	for _, size := range []struct{ projects, keys int }{{1, 1}, {1, 100}, {1, 500}, {10, 500}, {100, 5000}} {
		for _, perSecond := range []int{0, 10} {
			if perSecond > 0 && size.keys > 500 {
				continue // minutes of nothing but waiting: TestTable tells it without
			}
			limit := "unthrottled"
			if perSecond > 0 {
				limit = fmt.Sprintf("%d-a-second", perSecond)
			}
			w := acctest.NewRealTime(b, openaisim.Options{})
			c := w.CLI()
			c.Quiet = true
			c.Config(configuration(size.projects, size.keys))
			w.Sim.SetLimits(0, perSecond)
			for _, one := range []struct {
				what string
				args []string
			}{
				{"apply", []string{"apply", "-auto-approve", "-no-color"}},
				{"plan", []string{"plan", "-detailed-exitcode", "-no-color"}},
			} {
				b.Run(fmt.Sprintf("%s/%s/keys=%d/projects=%d", one.what, limit, size.keys, size.projects), func(b *testing.B) {
					w.Sim.ResetJournal()
					var most usage
					for b.Loop() {
						most = most.or(watched(b, c.Command(one.args...)))
					}
					refused := 0
					for _, entry := range w.Sim.Journal() {
						if entry.Throttled {
							refused++
						}
					}
					b.ReportMetric(float64(len(w.Sim.Journal()))/float64(b.N), "calls/op")
					b.ReportMetric(float64(refused)/float64(b.N), "refused/op")
					b.ReportMetric(most.cpu.Seconds(), "provider-cpu-s")
					b.ReportMetric(float64(most.memory)/(1<<20), "provider-MiB")
					if most.memory > mostMemory {
						b.Errorf("the provider needed %d MiB", most.memory>>20)
					}
				})
			}
		}
	}
}

func configuration(projects, keys int) string {
	return fmt.Sprintf(`
provider "orgkeys" {}

resource "orgkeys_openai_project" "p" {
  count = %d
  name  = "bench-${count.index}"
}

resource "orgkeys_openai_service_account" "a" {
  count      = %[1]d
  project_id = orgkeys_openai_project.p[count.index].id
  name       = "worker"
  role       = "member"
}

resource "orgkeys_openai_api_key" "k" {
  count              = %[2]d
  project_id         = orgkeys_openai_project.p[count.index %% %[1]d].id
  service_account_id = orgkeys_openai_service_account.a[count.index %% %[1]d].id
  name               = "worker-${count.index}"
  rotate_after       = "60d"
  lifetime           = "90d"
}
`, projects, keys)
}

// usage is what the provider's process took.
type usage struct {
	memory int64 // peak of the resident set, bytes
	cpu    time.Duration
}

func (u usage) or(v usage) usage { return usage{max(u.memory, v.memory), max(u.cpu, v.cpu)} }

// watched runs a command of the CLI and looks at its provider from time to time. The
// last look misses what comes after it: a few milliseconds, and no peak.
func watched(b *testing.B, cmd *exec.Cmd) usage {
	b.Helper()
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	seen := map[int]usage{}
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				b.Fatalf("%v\n%s", err, output.String())
			}
			// Each walk has a process of its own: the largest, and all their time.
			var all usage
			for _, one := range seen {
				all.memory, all.cpu = max(all.memory, one.memory), all.cpu+one.cpu
			}
			return all
		case <-ticker.C:
			look(cmd.Process.Pid, seen)
		}
	}
}

// look notes what the providers of one CLI have taken so far, from /proc.
func look(cli int, seen map[int]usage) {
	var pids []string
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", cli)) // any thread may have started one
	for _, list := range lists {
		children, _ := os.ReadFile(list)
		pids = append(pids, strings.Fields(string(children))...)
	}
	for _, text := range pids {
		pid, err := strconv.Atoi(text)
		if err != nil {
			continue
		}
		exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if filepath.Base(exe) != "terraform-provider-orgkeys" {
			continue
		}
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if one, ok := parse(string(status), string(stat)); ok {
			seen[pid] = one
		}
	}
}

// parse reads VmHWM in kB, and user and system time in hundredths of a second, which
// is what Linux counts in on every platform we build for.
func parse(status, stat string) (usage, bool) {
	_, after, ok := strings.Cut(status, "VmHWM:")
	fields := strings.Fields(after)
	times := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if !ok || len(fields) == 0 || len(times) < 13 {
		return usage{}, false
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return usage{}, false
	}
	ticks := int64(0)
	for _, text := range times[11:13] {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return usage{}, false
		}
		ticks += n
	}
	return usage{kilobytes << 10, time.Duration(ticks) * 10 * time.Millisecond}, true
}
