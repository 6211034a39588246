// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
)

const vaultExample = "../../examples/scenarios/vault"

// road is a way from the state to Vault; each is a folder of the example.
type road struct {
	name   string
	folder string
	// piped: pipe.sh delivers after the apply, instead of the apply itself.
	piped bool
	// cleans: a destroy takes the secret out of Vault too.
	cleans bool
}

var roads = []road{
	{name: "write-only", folder: ".", cleans: true},
	{name: "local-exec", folder: "local-exec"},
	{name: "pipe", folder: "pipe", piped: true},
}

// The whole life of a key on each road, with a Vault that is down twice.
func TestScenarioVault(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(vaultExample, "*", "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		folder := filepath.Base(filepath.Dir(file))
		if !slices.Contains(vendors(t), strings.TrimSuffix(folder, "-key")) && folder != "workload-key" && !slices.ContainsFunc(roads, func(r road) bool { return r.folder == folder }) {
			t.Errorf("%s is proven by no test", file)
		}
	}
	for _, r := range roads {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			life(t, r)
		})
	}
}

func life(t *testing.T, r road) {
	s := aSite(t, r)

	// Created while nothing listens where Vault should be.
	s.v.stop()
	s.undelivered(s.run("apply", "-auto-approve", "-no-color"), "connection refused")
	s.minted(1)
	made := s.sealedKey()
	if !s.v.start() {
		t.Fatal("another program took Vault's port")
	}
	s.v.job(s.policy, s.token)
	s.redeliver()
	if first := s.works(); first != made {
		t.Error("another key arrived than the one that was made")
	}
	s.minted(1)
	s.quiet()

	// Rotated with an overlap.
	s.set("TF_VAR_rotate", "second")
	s.apply()
	second := s.works(made)
	s.minted(2)
	s.quiet()

	// Rotated by a saved plan, while Vault is sealed between plan and apply.
	s.set("TF_VAR_rotate", "third")
	s.must("plan", "-no-color", "-out=saved.tfplan")
	s.v.seal()
	s.undelivered(s.run("apply", "-no-color", "saved.tfplan"), "Vault is sealed")
	s.minted(3)
	third := s.sealedKey()
	if r.cleans { // a refresh needs Vault: the plan fails and nothing else happens
		says(t, s.run("plan", "-no-color").Output, "Vault is sealed")
	}
	s.v.unseal()
	if s.v.holds() != second || !s.w.Sim.Valid(second) {
		t.Error("the old key must stay in Vault and work while the delivery fails")
	}
	s.redeliver()
	if s.works(made, second) != third {
		t.Error("another key arrived than the one that was made")
	}
	s.minted(3)
	s.quiet()

	// Replaced, twice: the whole series ends, and version tells Vault's resource to write
	// although the generation is 1 both times.
	past := []string{made, second, third}
	for range 2 {
		s.apply("-replace=module.worker_key.orgkeys_openai_api_key.this")
		key := s.works()
		if slices.Contains(past, key) {
			t.Error("the replacement did not arrive")
		}
		past = append(past, key)
		s.minted(len(past))
		if got := s.output("generation"); got != "1" {
			t.Errorf("generation %s after a replacement, want 1", got)
		}
		s.quiet()
	}

	s.must("destroy", "-auto-approve", "-no-color")
	if live := s.live(); live != 0 {
		t.Errorf("%d keys work after destroy", live)
	}
	if held := s.v.holds(); (held == "") != r.cleans {
		t.Errorf("after destroy Vault holds a key: %v", held != "")
	}
	s.minted(len(past))
	for _, program := range s.programs() {
		if started := textOf(t, filepath.Join(s.c.Dir, "started-"+program+".txt")); started == "" {
			t.Errorf("%s was never started", program)
		}
	}
}

// programs are those of PATH that this road starts.
func (r road) programs() []string {
	switch {
	case r.piped:
		return []string{"age", "vault"}
	case r.cleans:
		return nil
	}
	return []string{"vault"}
}

// undelivered checks how an apply ended during which Vault was down.
func (s *site) undelivered(result acctest.Result, why string) {
	s.t.Helper()
	if !s.piped {
		if result.Code != 1 {
			s.t.Fatalf("the apply ended with %d though Vault was down:\n%s", result.Code, result.Output)
		}
		if s.cleans { // Terraform suppresses what a provisioner with an ephemeral value prints
			says(s.t, result.Output, why)
		}
		return
	}
	if result.Code != 0 {
		s.t.Fatalf("the apply failed, which has nothing to do with Vault:\n%s", result.Output)
	}
	code, out := s.pipe()
	if code == 0 {
		s.t.Fatal("pipe.sh ended with 0 though Vault was down")
	}
	says(s.t, out, why)
}

// redeliver is the run after a failed delivery: with the identity, since the process that
// made the key is gone.
func (s *site) redeliver() {
	s.t.Helper()
	if s.piped {
		s.deliver()
		return
	}
	says(s.t, s.run("apply", "-auto-approve", "-no-color").Output, "There is no identity to open it with")
	s.set("ORGKEYS_SEAL_IDENTITY", s.w.Identity)
	s.apply()
	s.set("ORGKEYS_SEAL_IDENTITY", "")
}

// A store that demands exactly one of its two arguments refuses null while planning.
// The placeholder is for such stores.
func TestNullIsRefusedWhilePlanning(t *testing.T) {
	t.Parallel()
	s := aSite(t, roads[0])
	s.apply()
	s.quiet() // "placeholder", without an identity
	const demand = "Exactly one of these attributes must be configured: [data_json,data_json_wo]"
	key := s.works()

	s.rewrite("main.tf", `"placeholder"`, `"null"`,
		"jsonencode({ key = ephemeral.orgkeys_unsealed.worker.value })",
		"ephemeral.orgkeys_unsealed.worker.value == null ? null : jsonencode({ key = ephemeral.orgkeys_unsealed.worker.value })")
	refused := s.run("plan", "-no-color")
	if refused.Code != 1 {
		t.Errorf("a plan with null for both ended with %d:\n%s", refused.Code, refused.Output)
	}
	says(t, refused.Output, demand)
	s.set("ORGKEYS_SEAL_IDENTITY", s.w.Identity)
	s.quiet() // with the identity it is not null
	s.set("ORGKEYS_SEAL_IDENTITY", "")

	s.rewrite("main.tf", `"null"`, `"placeholder"`, "  data_json_wo_version", "  data_json = \"{}\"\n  data_json_wo_version")
	says(t, s.c.Must([]string{"plan", "-no-color"}, 1).Output, demand)
	if s.works() != key || s.v.writes() != 1 {
		t.Error("a refused plan has changed something")
	}
	s.minted(1)
}

// Each stage of pipe.sh can fail, and then nothing is written.
func TestPipeFailsAsAWhole(t *testing.T) {
	t.Parallel()
	s := aSite(t, roads[2])
	fails := func(stage string, env ...string) {
		t.Helper()
		if code, out := s.pipe(env...); code == 0 {
			t.Errorf("%s: pipe.sh ended with 0:\n%s", stage, out)
		}
	}
	fails("no state yet")
	if s.v.holds() != "" {
		t.Fatal("something was written without a state")
	}

	s.apply()
	key := s.works()
	fake := func(name, script string) (folder string) {
		t.Helper()
		folder = t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
		return folder
	}
	path := func(name, script string) string { return "PATH=" + fake(name, script) + ":" + s.path }
	other := filepath.Join(t.TempDir(), "other.txt")
	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, []byte(stranger.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	// An output that is complete, from a program that fails all the same.
	cut := fake("cut", "printf '%s' '"+s.output("sealed_value")+"'; exit 1")
	fails("terraform fails after its output", "CLI="+filepath.Join(cut, "cut"))
	fails("not the right identity", "IDENTITY_FILE="+other)
	fails("no identity", "IDENTITY_FILE="+other+".missing")
	fails("no identity named", "IDENTITY_FILE=")
	fails("age fails after half of it", path("age", "cat >/dev/null; echo sk-svcacct-fake-half; exit 1"))
	fails("age says nothing", path("age", "cat >/dev/null"))
	fails("vault fails", path("vault", "cat >/dev/null; exit 1"))
	fails("Vault does not know the token", "VAULT_TOKEN=fake-unknown")
	fails("Vault does not allow the name", "SECRET_NAME=elsewhere/worker")
	if s.works() != key || s.v.writes() != 1 {
		t.Errorf("a failed pipe has written to Vault, %d versions", s.v.writes())
	}

	s.deliver() // and it still works
	if s.works() != key || s.v.writes() != 2 {
		t.Error("pipe.sh did not deliver after its failures")
	}
}

// A provider that keeps the new version in state although Vault did not take the secret
// hides the failure from the next plan. pipe.sh repairs that in place.
func TestForgottenDelivery(t *testing.T) {
	t.Parallel()
	s := aSite(t, roads[0])
	s.rewrite("main.tf", `provider "vault" {}`, "provider \"vault\" {\n  forgets_failed_updates = true\n}")
	s.apply()
	first := s.works()
	o := work(t, s)
	o.until("it uses the first key", func(seen tally) bool { return seen.key == first && seen.requests > 0 })

	s.set("TF_VAR_rotate", "second")
	s.must("plan", "-no-color", "-out=saved.tfplan")
	s.v.seal()
	s.undelivered(s.run("apply", "-no-color", "saved.tfplan"), "Vault is sealed")
	s.v.unseal()
	s.quiet()
	if s.v.holds() != first {
		t.Fatal("the failed write arrived, so nothing is proven")
	}

	if code, out := s.script([]string{"-x", "pipe/pipe.sh", "."}); code != 0 {
		t.Fatalf("pipe.sh ended with %d:\n%s", code, out)
	}
	second := s.works(first)
	o.until("it uses the second key", func(seen tally) bool { return seen.key == second })
	o.pollsAgain()
	s.quiet()
	s.minted(2)
	seen := o.tally()
	t.Logf("measured: a delivery lost in a rotation and repaired: %s", seen)
	if seen.refused != 0 || seen.failedPolls == 0 {
		t.Errorf("want no refusal, and polls that got no answer while Vault was sealed: %s", seen)
	}
}
