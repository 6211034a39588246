// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
)

func TestScenarioOnboarding(t *testing.T) {
	t.Parallel()
	others := map[string]simulators.Simulator{}
	r := read(t, "onboarding", func(w *acctest.World) {
		for _, vendor := range []string{"openrouter", "litellm", "elevenlabs"} {
			others[vendor] = w.Simulate(vendor)
		}
	})
	tested := r.Next("terraform test")
	r.says(tested, "Success! 7 passed, 0 failed.", "Success! 5 passed, 0 failed.")
	r.silent(tested, " failed, ")
	if calls := len(r.World.Sim.Journal()); calls != 0 {
		t.Errorf("mocked tests made %d calls", calls)
	}
	// The rules are tested by tests that can fail.
	r.Run(`cp main.tf main.tf.kept && sed -i 's/!contains(workload.scopes, "all")/true/' main.tf
if terraform test >broken.txt; then cat broken.txt; exit 1; fi
rm broken.txt
mv main.tf.kept main.tf`)

	// A team needs no more than eight requests a minute and endpoint, which is what the API takes.
	r.World.Sim.SetLimits(8, 0)
	before := len(r.World.Sim.Journal())
	r.says(r.Next("terraform apply"), "Apply complete! Resources: 15 added", `"payments-api" = {`, `"payments-worker" = {`)
	calls := r.World.Sim.Journal()[before:]
	// 29, and one more for each look that two objects, created side by side, happen not to share.
	if refused := slices.ContainsFunc(calls, func(c simkit.Entry) bool { return c.Status == http.StatusTooManyRequests }); refused || len(calls) > 36 {
		t.Errorf("the first team took %d calls, some of them refused: %t", len(calls), refused)
	}
	r.World.Sim.SetLimits(0, 0)
	if live := r.live(); !slices.Equal(live, []string{"payments-api", "payments-worker"}) {
		t.Errorf("want a key for each workload, have %v", live)
	}

	r.says(r.Next("sh hand-over.sh"), "hand-over.sh: payments-api has secret 1", "hand-over.sh: payments-worker has secret 1")
	for _, name := range []string{"payments-api", "payments-worker"} {
		if !r.World.Sim.Valid(r.opened("secret-of-"+name+".age", "identity.txt")) {
			t.Errorf("what was delivered for %s is not a working key", name)
		}
	}
	kept := r.opened("secret-of-payments-api.age", "identity.txt")

	r.silent(r.Run("terraform plan -detailed-exitcode"), "spend limit")
	r.says(r.Next("terraform plan"), "Project payments has no spend limit", "can cost: api, worker.")

	r.says(r.Next("mailer-identity.txt"), "Apply complete! Resources: 8 added, 3 changed, 0 destroyed.")
	r.Guard("mailer-identity.txt")
	r.Next("age -d -i mailer-identity.txt")
	if !r.World.Sim.Valid(r.opened("mailer.age", "mailer-identity.txt")) {
		t.Error("the mailer's team has no working key")
	}
	out := r.Run("if sh hand-over.sh; then exit 9; fi")
	r.silent(out, " has secret") // the mailing team is the first one
	_, err := os.Stat(r.path("secret-of-mailing-mailer.age"))
	if r.opened("secret-of-payments-api.age", "identity.txt") != kept || !os.IsNotExist(err) {
		t.Errorf("a value that cannot be opened was delivered: %v", err)
	}

	for vendor, sim := range others {
		if calls := len(sim.Journal()); calls != 0 {
			t.Errorf("%s, where no workload has a key, was sent %d requests", vendor, calls)
		}
	}
	out = r.Next("OPENROUTER_MANAGEMENT_KEY")
	r.says(out, "hand-over.sh: payments-api has secret", "hand-over.sh: payments-router has secret")
	if live := r.live(); !slices.Equal(live, []string{"payments-api", "payments-router"}) {
		t.Errorf("want a key at each vendor, have %v", live)
	}

	others["litellm"].(interface{ SeedTeam(string) string }).SeedTeam("payments")
	r.Run(`cat >teams.auto.tfvars <<END
teams = {
  payments = {
    vendors = ["openai", "openrouter", "litellm", "elevenlabs"]
    budget  = 800
    workloads = {
      api   = {}
      proxy = { vendor = "litellm", budget = 20 }
      voice = { vendor = "elevenlabs", permissions = ["text_to_speech", "voices_read"] }
    }
  }
}
END
terraform apply
sh hand-over.sh`)
	for name, vendor := range map[string]string{"payments-proxy": "litellm", "payments-voice": "elevenlabs"} {
		if !others[vendor].Valid(r.opened("secret-of-"+name+".age", "identity.txt")) {
			t.Errorf("what was delivered for %s is not a working key", name)
		}
	}

	// A rotation that one vendor refuses withholds no other workload's new secret.
	proxy := r.opened("secret-of-payments-proxy.age", "identity.txt")
	others["elevenlabs"].Inject(simkit.Fault{Operation: "keys.create", Kind: simkit.StatusBefore, Status: http.StatusForbidden})
	r.Run(`sed -i -E 's/(budget = 20|permissions = \[[^]]*\]) }/\1, rotate = "second" }/' teams.auto.tfvars
if terraform apply; then exit 9; fi
terraform apply -refresh-only
sh hand-over.sh`)
	if second := r.opened("secret-of-payments-proxy.age", "identity.txt"); second == proxy || !others["litellm"].Valid(second) {
		t.Error("a refused rotation at ElevenLabs withheld the new key of LiteLLM")
	}

	r.Next("workloads = { api = {} }")
	if live := r.live(); !slices.Equal(live, []string{"payments-api"}) {
		t.Errorf("after taking two lines away %v work", live)
	}
	r.Next("terraform destroy")
	if live := r.live(); len(live) != 0 {
		t.Errorf("after the destroy %v work", live)
	}
}
