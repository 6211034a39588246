// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"os"
	"slices"
	"testing"
)

func TestScenarioOnboarding(t *testing.T) {
	t.Parallel()
	r := read(t, "onboarding")
	tested := r.Next("terraform test")
	r.says(tested, "Success! 3 passed, 0 failed.")
	if calls := len(r.World.Sim.Journal()); calls != 0 {
		t.Errorf("mocked tests made %d calls", calls)
	}
	// The rules are tested by tests that can fail.
	r.Run(`cp main.tf main.tf.kept && sed -i 's/!contains(workload.scopes, "all")/true/' main.tf
if terraform test >broken.txt; then cat broken.txt; exit 1; fi
mv main.tf.kept main.tf`)

	r.says(r.Next("terraform apply"), `"api" = {`, `"worker" = {`)
	if live := r.live(); !slices.Equal(live, []string{"payments-api", "payments-worker"}) {
		t.Errorf("want a key for each workload, have %v", live)
	}

	r.says(r.Next("sh hand-over.sh"), "hand-over.sh: api has secret 1", "hand-over.sh: worker has secret 1")
	for _, name := range []string{"api", "worker"} {
		if !r.World.Sim.Valid(r.opened("secret-of-"+name+".age", "identity.txt")) {
			t.Errorf("what was delivered for %s is not a working key", name)
		}
	}
	kept := r.opened("secret-of-api.age", "identity.txt")

	r.Next("mailer-identity.txt")
	r.Guard("mailer-identity.txt")
	r.Next("age -d -i mailer-identity.txt")
	if !r.World.Sim.Valid(r.opened("mailer.age", "mailer-identity.txt")) {
		t.Error("the mailer's team has no working key")
	}
	out := r.Run("if sh hand-over.sh; then exit 9; fi")
	r.says(out, "api has secret")
	r.silent(out, "mailer has", "worker has")
	_, err := os.Stat(r.path("secret-of-mailer.age"))
	if r.opened("secret-of-api.age", "identity.txt") != kept || !os.IsNotExist(err) {
		t.Errorf("a value that cannot be opened was delivered: %v", err)
	}

	r.Next("api = {}")
	if live := r.live(); !slices.Equal(live, []string{"payments-api"}) {
		t.Errorf("after taking two lines away %v work", live)
	}
	r.Next("terraform destroy")
	if live := r.live(); len(live) != 0 {
		t.Errorf("after the destroy %v work", live)
	}
}
