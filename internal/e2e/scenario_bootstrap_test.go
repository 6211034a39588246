// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"slices"
	"strings"
	"testing"
)

func TestScenarioBootstrap(t *testing.T) {
	t.Parallel()
	r := read(t, "bootstrap")
	admins := func() []string {
		var names []string
		for _, key := range r.World.Sim.AdminKeys() {
			name, _, _ := strings.Cut(key.Name, " (ok-")
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	r.Next("unset OPENAI_ADMIN_KEY")
	first := r.Next("sh with-admin-key.sh terraform apply")
	r.says(first, "Success! 1 passed, 0 failed.", "Apply complete! Resources: 4 added")
	if have := admins(); !slices.Equal(have, []string{"Bootstrap", "terraform"}) {
		t.Errorf("admin keys after the first apply: %v", have)
	}
	bootstrap := r.World.Sim.AdminKeys()[0].ID

	// As long as the store has the hand-made key, nobody locks themselves out.
	r.Run("cp admin-key.age kept.age; cp bootstrap-key.tf.example bootstrap-key.tf; sh with-admin-key.sh terraform apply >/dev/null; rm bootstrap-key.tf")
	locked := r.Run("if sh with-admin-key.sh terraform apply; then exit 9; fi")
	r.says(locked, "provider itself seems to use admin key")
	r.Run("terraform state rm orgkeys_openai_admin_key.bootstrap; mv kept.age admin-key.age")

	r.says(r.Next("sh hand-back.sh"), "the store has the new admin key", "No changes.")
	r.Next("payments-api.age")
	if !r.World.Sim.Valid(r.opened("payments-api.age", "identity.txt")) {
		t.Error("the project's key does not work")
	}

	// A key that does not work never reaches the store.
	before := r.file("admin-key.age")
	r.says(r.Run("if ORGKEYS_OPENAI_BASE_URL=http://127.0.0.1:1/v1 sh hand-back.sh; then exit 9; fi"), "so the store keeps the old one")
	r.says(r.Run("if FETCH=: sh with-admin-key.sh terraform plan; then exit 9; fi"), "the store has no admin key")
	if r.file("admin-key.age") != before {
		t.Error("the store was written to")
	}

	retired := r.Next("bootstrap-key.tf.example")
	r.says(retired, "1 to import", "1 to destroy")
	if have := admins(); !slices.Equal(have, []string{"terraform"}) || !slices.Contains(r.World.Sim.DeletedKeys(), bootstrap) {
		t.Errorf("admin keys after the hand-made one was revoked: %v", have)
	}

	r.says(r.Next("TF_VAR_rotate=second"), "the store has the new admin key", `"generation" = 2`)
	if have := admins(); !slices.Equal(have, []string{"terraform", "terraform"}) {
		t.Errorf("admin keys during the overlap: %v", have)
	}
	r.says(r.Run("sh with-admin-key.sh terraform plan -detailed-exitcode"), "No changes.")
	ended := r.Next("terraform destroy")
	for _, key := range r.World.Sim.AdminKeys() {
		r.says(ended, key.ID) // nothing else names it from now on
	}
	if live := r.live(); len(live) != 0 {
		t.Errorf("after the destroy %v work", live)
	}
	if have := admins(); len(have) != 2 {
		t.Errorf("the admin key in use and the previous one must be left: %v", have)
	}
}
