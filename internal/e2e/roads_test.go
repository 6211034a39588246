// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/leak"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/e2e/standin"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
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

// site is a workspace with the example in it, beside a real Vault.
type site struct {
	road
	token string // of the job, limited by the example's policy
	path  string // where the CLI and the scripts find programs
	t     *testing.T
	w     *acctest.World
	c     *acctest.CLI
	v     *vault
	runs  int
}

// aSite copies the example. The only change to it: the source of the Vault provider,
// which is the stand-in's.
func aSite(t *testing.T, r road) *site {
	t.Helper()
	acctest.Terraform(t) // skips where no real CLI is wanted
	w := acctest.NewRealTime(t, openaisim.Options{})
	w.Plugins = map[string]string{standin.Source: acctest.Build(t, "./standin/cmd/terraform-provider-vaultstandin")}
	v := aVault(t)
	token := "fake-job-" + rand.Text()
	v.job(textOf(t, filepath.Join(vaultExample, "policy.hcl")), token)
	w.Guard(v.token, token)
	t.Cleanup(func() { // Vault prints the token it was given, but must not print a key
		for _, log := range v.logs {
			for _, one := range leak.In([]byte(log.String()), "the log of Vault", w.Sim.Secrets()) {
				t.Error("LEAK:", one)
			}
		}
	})
	watch(t, w)

	// The whole example, with the CLI in the folder of the road: the leak scan is of all.
	root := w.CLI()
	if err := os.CopyFS(root.Dir, os.DirFS(vaultExample)); err != nil {
		t.Fatal(err)
	}
	c := &acctest.CLI{World: w, Dir: filepath.Join(root.Dir, r.folder)}
	c.Write("cli.rc", textOf(t, filepath.Join(root.Dir, "cli.rc")))
	main := filepath.Join(root.Dir, "main.tf")
	text := textOf(t, main)
	replaced := strings.Replace(text, `"hashicorp/vault"`, fmt.Sprintf("%q", standin.Source), 1)
	replaced = strings.Replace(replaced, `      version = ">= 5.0.0"`+"\n", "", 1)
	if strings.Count(text, "\n") != strings.Count(replaced, "\n")+1 {
		t.Fatal("the example asks for the Vault provider in another way than this test expects")
	}
	if err := os.WriteFile(main, []byte(replaced), 0o600); err != nil {
		t.Fatal(err)
	}

	// The identity lies outside the workspace: everything there is looked through.
	identity := filepath.Join(t.TempDir(), "identity.txt")
	if err := os.WriteFile(identity, []byte(w.Identity+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	opener, err := exec.LookPath("age")
	if err != nil {
		t.Fatal("no age: make e2e puts one on PATH")
	}
	programs := recorded(t, c, map[string]string{"vault": v.program, "age": opener}) + ":" + os.Getenv("PATH")
	s := &site{road: r, token: token, path: programs, t: t, w: w, c: c, v: v}
	home := filepath.Join(c.Dir, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	c.Env = []string{
		"VAULT_ADDR=" + v.url(), "VAULT_TOKEN=" + token, "VAULT_MAX_RETRIES=0", "HOME=" + home,
		"PATH=" + programs,
		`TF_VAR_seal_recipients=["` + w.Recipient + `"]`,
		"ORGKEYS_SEAL_IDENTITY_FILE=", "CLI=" + acctest.Terraform(t), "IDENTITY_FILE=" + identity,
	}
	s.must("get")
	s.must("validate", "-no-color")
	return s
}

// set changes a variable of the environment from now on.
func (s *site) set(name, value string) {
	s.c.Env = slices.DeleteFunc(slices.Clone(s.c.Env), func(one string) bool { return strings.HasPrefix(one, name+"=") })
	s.c.Env = append(s.c.Env, name+"="+value)
}

func (s *site) run(args ...string) acctest.Result {
	s.t.Helper()
	return s.c.Run(args...)
}

func (s *site) must(args ...string) {
	s.t.Helper()
	s.c.Must(args)
}

// apply applies, and delivers if that is another step.
func (s *site) apply(args ...string) {
	s.t.Helper()
	s.must(append([]string{"apply", "-auto-approve", "-no-color"}, args...)...)
	s.deliver()
}

func (s *site) deliver() {
	s.t.Helper()
	if !s.piped {
		return
	}
	if code, out := s.pipe(); code != 0 {
		s.t.Fatalf("pipe.sh ended with %d:\n%s", code, out)
	}
}

// pipe runs pipe.sh as a pipeline would, and traces it, which must not show the secret.
func (s *site) pipe(env ...string) (code int, output string) {
	s.t.Helper()
	return s.script([]string{"-x", "pipe.sh"}, env...)
}

func (s *site) script(args []string, env ...string) (code int, output string) {
	s.t.Helper()
	s.runs++
	cmd := s.c.Command(fmt.Sprintf("pipe-%d", s.runs)) // for the environment; the name is that of the log
	bash, err := exec.LookPath("bash")
	if err != nil {
		s.t.Fatal(err)
	}
	cmd.Path, cmd.Args = bash, append([]string{"bash"}, args...)
	cmd.Env = append(cmd.Env, env...)
	out, _ := cmd.CombinedOutput() // the code tells
	s.c.Write(fmt.Sprintf("pipe-%d.txt", s.runs), string(out))
	return cmd.ProcessState.ExitCode(), string(out)
}

func (s *site) quiet() {
	s.t.Helper()
	s.c.NoChanges()
}

// output is one output of the configuration.
func (s *site) output(name string) string {
	s.t.Helper()
	out, err := s.c.Command("output", "-raw", name).Output()
	if err != nil {
		s.t.Fatal(err)
	}
	return string(out)
}

// stateFile is the text of the state.
func (s *site) stateFile() string {
	s.t.Helper()
	return textOf(s.t, filepath.Join(s.c.Dir, "terraform.tfstate"))
}

// sealedKey opens what the state holds, in memory.
func (s *site) sealedKey() string {
	s.t.Helper()
	var sealed string
	for _, one := range decode[struct {
		Resources []struct {
			Type      string
			Instances []struct {
				Attributes struct {
					SealedValue string `json:"sealed_value"`
				}
			}
		}
	}](s.t, s.stateFile()).Resources {
		if one.Type == "orgkeys_openai_api_key" {
			sealed = one.Instances[0].Attributes.SealedValue
		}
	}
	identities, err := seal.ParseIdentities(secret.New(s.w.Identity))
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := identities.Open(sealed)
	if err != nil {
		s.t.Fatal(err)
	}
	return text.Reveal()
}

func (s *site) minted(want int) {
	s.t.Helper()
	if got := s.w.Sim.Count(openaisim.OpServiceAccountKeysCreate); got != want {
		s.t.Errorf("%d keys minted, want %d", got, want)
	}
}

// works checks that Vault holds the key of the state, that it works, and which others do.
func (s *site) works(others ...string) (key string) {
	s.t.Helper()
	key = s.v.holds()
	if key != s.sealedKey() {
		s.t.Error("Vault does not hold the key of the state")
	}
	for _, one := range append(others, key) {
		if !s.w.Sim.Valid(one) {
			s.t.Errorf("a key that should work does not: %.16s…", one)
		}
	}
	if live := len(s.w.Live()); live != len(others)+1 {
		s.t.Errorf("%d keys work, want %d", live, len(others)+1)
	}
	return key
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
		if folder != "workload-key" && !slices.ContainsFunc(roads, func(r road) bool { return r.folder == folder }) {
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
	s.v.job(textOf(t, filepath.Join(vaultExample, "policy.hcl")), s.token)
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
	if live := len(s.w.Live()); live != 0 {
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

const rotations, overlap = 10, 25 * time.Second

// A workload that polls Vault has no request refused, however often the key rotates.
func TestRotationsUnderLoad(t *testing.T) {
	t.Parallel()
	for _, r := range roads {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			s := aSite(t, r)
			s.set("TF_VAR_overlap", overlap.String())
			s.apply()
			o := work(t, s.w, s.v)
			key := s.works()
			for i := range rotations {
				s.set("TF_VAR_rotate", fmt.Sprint("rotation ", i+1))
				s.apply()
				before := key
				key = s.works(before)
				o.until("it uses the new key", func(seen tally) bool { return seen.key == key })
				o.pollsAgain()
				// The server ends the old key. The clocks stay within the five minutes.
				s.w.Sim.Clock().Advance(overlap)
				if s.w.Sim.Valid(before) {
					t.Fatal("the old key still works after the overlap, so nothing is proven")
				}
				o.pollsAgain()
			}
			seen := o.tally()
			t.Logf("measured: %s, %d rotations: %s", r.name, rotations, seen)
			if seen.refused != 0 || seen.failedPolls != 0 {
				t.Errorf("requests were refused, or polls unanswered: %s", seen)
			}
			if seen.keys != rotations+1 || seen.requests < 10*rotations {
				t.Errorf("the workload did not live through %d rotations: %s", rotations, seen)
			}
			s.minted(rotations + 1)
			if got := s.output("generation"); got != fmt.Sprint(rotations+1) {
				t.Errorf("generation %s after %d rotations", got, rotations)
			}
			if writes := s.v.writes(); writes != rotations+1 {
				t.Errorf("Vault was written %d times, want %d", writes, rotations+1)
			}
		})
	}
}

// Without an overlap the same workload is refused: the measurement can fail.
func TestRotationWithoutOverlapIsNoticed(t *testing.T) {
	t.Parallel()
	s := aSite(t, roads[0])
	s.set("TF_VAR_overlap", "0s")
	s.apply()
	o := work(t, s.w, s.v)
	first := s.works()
	o.until("it uses the first key", func(seen tally) bool { return seen.key == first && seen.requests > 0 })
	// However busy the machine is: the revocation is answered when the workload has met it.
	var met atomic.Bool
	s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysDelete, Times: 1, Kind: simkit.Delay, Notify: func() {
		met.Store(o.comes(func(seen tally) bool { return seen.refused > 0 }))
	}})
	s.set("TF_VAR_rotate", "second")
	s.apply()
	second := s.works()
	o.until("it uses the second key", func(seen tally) bool { return seen.key == second })
	seen := o.tally()
	t.Logf("measured: write-only, 1 rotation with overlap 0s: %s", seen)
	if !met.Load() || seen.refused == 0 {
		t.Error("no request was refused, so the workload would not notice a gap")
	}
}

// rewrite changes a file of the copied example.
func (s *site) rewrite(file string, pairs ...string) {
	s.t.Helper()
	text := textOf(s.t, filepath.Join(s.c.Dir, file))
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			s.t.Fatalf("%s has no %q", file, pairs[i])
		}
	}
	s.c.Write(file, strings.NewReplacer(pairs...).Replace(text))
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
	o := work(t, s.w, s.v)
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
