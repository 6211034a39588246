// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"os"
	"slices"
	"testing"
	"time"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestScenarioAdoption(t *testing.T) {
	t.Parallel()
	r := read(t, "adoption")
	r.World.Sim.SeedSample()
	// Names that want to be more than names, and two that are the same.
	hostile := r.World.Sim.SeedProject("Ümlaut ${file(\"identity.txt\")} \"quoted\" %{ if true }\\b")
	for range 2 {
		account := r.World.Sim.SeedServiceAccount(hostile, "1 bot", "member")
		r.World.Sim.SeedKey(openaisim.KeySpec{AccountID: account, Name: "1 bot"})
	}
	// The default project, the three above; four accounts; four keys of theirs.
	const plain = "Plan: 12 to import, 0 to add, 0 to change, 0 to destroy"

	if os.Getenv("ORGKEYS_REQUIRE_CLI") != "1.14" {
		r.Skip("terraform query")
		r.Skip("-generate-config-out")
		r.Skip("rm generated.tf")
	} else {
		r.says(r.Next("terraform query"), "nightly-batch (nightly-batch)", "payments-api (payments-api)", "research")
		r.says(r.Next("-generate-config-out=generated.tf"), plain)
		r.Next("rm generated.tf")
	}

	// A key of another state is left to it, and so is a previous key of a rotation.
	other := r.World.Sim.SeedServiceAccount(hostile, "elsewhere", "member")
	now := time.Now()
	newest, _ := r.World.Sim.SeedKey(openaisim.KeySpec{AccountID: other, Name: "elsewhere (ok-k3v6zq2mda.x5b7qd2k)", CreatedAt: now.Add(-time.Hour)})
	previous, _ := r.World.Sim.SeedKey(openaisim.KeySpec{AccountID: other, Name: "elsewhere (ok-k3v6zq2mda.y6c3re4m)", CreatedAt: now.Add(-24 * time.Hour), ExpiresAt: now.Add(24 * time.Hour)})
	// A run that failed created a key and never delivered it: the one in use is an earlier one, without an end.
	used, _ := r.World.Sim.SeedKey(openaisim.KeySpec{AccountID: other, Name: "cut off (ok-m5n7pq3rst.b2c4d6e3)", CreatedAt: now.Add(-60 * 24 * time.Hour), LastUsedAt: now.Add(-time.Minute)})
	undelivered, _ := r.World.Sim.SeedKey(openaisim.KeySpec{AccountID: other, Name: "cut off (ok-m5n7pq3rst.c3d5e7f4)", CreatedAt: now.Add(-time.Hour)})
	before := r.live()
	const found = "Plan: 13 to import, 0 to add, 0 to change, 0 to destroy" // the other account
	lost := r.Run("terraform -chdir=inventory init && TF_VAR_managed=true sh adopt.sh && cat found.tf imports.tf && rm found.tf imports.tf")
	r.says(lost, "adopt.sh: 15 objects", "adopt.sh: left out key "+previous+` of "elsewhere": key `+newest+" of its series is taken over. It was never used as far as the server shows, and expires at ",
		`resource "orgkeys_openai_api_key" "elsewhere" {`, `name = "elsewhere" }`, "/"+newest,
		"adopt.sh: left out key "+undelivered+` of "cut off": key `+used+" of its series is taken over. It was never used as far as the server shows, and does not expire", "/"+used)
	r.silent(lost, "/"+previous, "elsewhere__2", "/"+undelivered)

	r.says(r.Next("sh adopt.sh"), "adopt.sh: 13 objects in imports.tf and found.tf",
		`resource "orgkeys_openai_api_key" "nightly_batch" { project_id = orgkeys_openai_project.payments.id service_account_id = orgkeys_openai_service_account.nightly_batch.id name = "nightly-batch" }`,
		`resource "orgkeys_openai_service_account" "n1_bot__2" {`)
	r.says(r.Run("if sh adopt.sh; then exit 9; fi"), "imports.tf is there already")
	r.Run("terraform fmt -check imports.tf found.tf")
	imported := r.Next("terraform apply import.tfplan")
	r.says(imported, found, "Apply complete! Resources: 13 imported, 0 added, 0 changed, 0 destroyed.", "No changes.")
	for _, entry := range r.World.Sim.Journal() {
		if entry.Method != "GET" {
			t.Errorf("an adoption sent %s %s", entry.Method, entry.Path)
		}
	}

	r.says(r.Next(`round = "imported"`), "0 added, 1 changed, 0 destroyed")
	if after := r.live(); !slices.Equal(after, before) {
		t.Errorf("%v worked before the import, %v after it", before, after)
	}
	r.says(r.Next(`round = "first rotation"`), "will be rotated", "0 added, 1 changed, 0 destroyed")
	if !r.World.Sim.Valid(r.opened("nightly-batch.age", "identity.txt")) || len(r.live()) != len(before)+1 {
		t.Error("want a new key that works, beside the old one")
	}
	if newest := r.key("service_account", "nightly-batch"); !slices.Equal(newest.Scopes, []string{"api.model.request"}) || newest.ExpiresAt.IsZero() {
		t.Errorf("the new key may do %v and ends %v", newest.Scopes, newest.ExpiresAt)
	}

	live := len(r.live())
	r.Next("terraform state rm")
	if after := len(r.live()); after != live {
		t.Errorf("giving back took %d keys along", live-after)
	}
	blind := r.Run(`OPENAI_ADMIN_KEY=sk-admin-fake-nobody sh adopt.sh || echo "ended with $?"; ls`)
	r.says(blind, "ended with 1")
	r.silent(blind, "imports.tf", "found.tf")
}
