// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"slices"
	"testing"
	"time"
)

func TestScenarioPersonalKeys(t *testing.T) {
	t.Parallel()
	r := read(t, "personal-keys")
	r.World.Sim.SeedSample()
	personal := r.key("user", "report-generator")

	found := r.Next("terraform -chdir=find apply")
	r.says(found, `"`+personal.ID+`" = {`, `"name" = "report-generator"`, `"owner" = "Ada Example, user-`, `"name" = "first experiment"`)
	r.silent(found, "nightly-batch")

	r.Next("TF_VAR_personal_key_id=")
	r.says(r.Next("sh moved.sh"), "Nothing has used the new key", "wait until it has not been used for 7 days", "Not moved yet: key report-generator ("+personal.ID+") of Ada Example")
	own := r.key("service_account", "report-generator")
	if !r.World.Sim.Valid(r.opened("report-generator.age", "identity.txt")) || own.ProjectID != personal.ProjectID {
		t.Error("want a working key of a service account in the same project")
	}
	r.says(r.Run("if sh ask.sh; then exit 9; fi"), "Not moved yet")

	// Used, but so is the old one: not moved. Only the old one afterwards: not moved.
	r.World.Sim.UseKey(own.ID)
	r.says(r.Run("sh moved.sh || test $? -eq 2"), "The old key was used 1 day ago", "Not moved yet")
	r.says(r.Next("TF_VAR_quiet_days=1"), "Moved: report-generator ("+personal.ID+") has not been used for 1 day, and report-generator ("+own.ID+") was used at")
	message := r.Next("sh ask.sh")
	r.says(message, "To: Ada Example", `Your API key "report-generator" (sk-proj`, "id "+personal.ID, "service account report-generator", "Only you can revoke it")

	r.World.Sim.Clock().Advance(time.Minute)
	r.World.Sim.UseKey(personal.ID)
	r.says(r.Run("sh moved.sh || test $? -eq 2"), "The old key was used after the new one", "The old key was used 0 days ago")
	r.says(r.Run("code=0; OPENAI_ADMIN_KEY=sk-admin-fake-nobody sh moved.sh || code=$?; echo \"ended with $code\""), "ended with 1")
	r.says(r.Run("code=0; TF_VAR_quiet_days=0 sh moved.sh || code=$?; echo \"ended with $code\""), "quiet_days must be 1 or more", "ended with 1")

	r.World.Sim.RevokeKey(personal.ID) // what the owner does
	gone := r.Next("unset TF_VAR_personal_key_id")
	r.silent(gone[max(0, len(gone)-600):], "report-generator")
	r.says(gone, "first experiment")
	r.says(r.Run("code=0; sh moved.sh || code=$?; echo \"ended with $code\""), "personal_key_id is not set", "ended with 1")

	r.Next("terraform destroy")
	if live := r.live(); slices.Contains(live, "report-generator") || !slices.Contains(live, "payments-api") {
		t.Errorf("after the destroy %v work", live)
	}
}
