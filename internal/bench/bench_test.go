// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package bench measures what a person waits for: plans of large configurations with
// a real CLI and the provider as a real process.
package bench

import (
	"fmt"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/openaisim"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// BenchmarkPlan refreshes and plans N keys of one project, unthrottled and at ten
// requests a second. It reports calls and refused calls of one plan besides its time.
func BenchmarkPlan(b *testing.B) {
	for _, limit := range []struct {
		name      string
		perSecond int
	}{{"unthrottled", 0}, {"10-per-second", 10}} {
		for _, keys := range []int{1, 100, 500} {
			b.Run(fmt.Sprintf("%s/keys=%d", limit.name, keys), func(b *testing.B) {
				benchmarkPlan(b, keys, limit.perSecond)
			})
		}
	}
}

func benchmarkPlan(b *testing.B, keys, perSecond int) {
	w := acctest.NewRealTime(b, openaisim.Options{})
	c := w.CLI()
	c.Quiet = true
	c.Config(fmt.Sprintf(`
provider "orgkeys" {}

resource "orgkeys_openai_project" "p" {
  name = "bench"
}

resource "orgkeys_openai_service_account" "a" {
  project_id = orgkeys_openai_project.p.id
  name       = "worker"
  role       = "member"
}

resource "orgkeys_openai_api_key" "k" {
  count              = %d
  project_id         = orgkeys_openai_project.p.id
  service_account_id = orgkeys_openai_service_account.a.id
  name               = "worker-${count.index}"
  rotate_after       = "60d"
}
`, keys))
	c.Apply()
	w.Sim.SetLimits(0, perSecond)
	w.Sim.ResetJournal()
	for b.Loop() {
		c.NoChanges()
	}
	refused := 0
	for _, entry := range w.Sim.Journal() {
		if entry.Throttled {
			refused++
		}
	}
	b.ReportMetric(float64(len(w.Sim.Journal()))/float64(b.N), "calls/op")
	b.ReportMetric(float64(refused)/float64(b.N), "refused/op")
}
