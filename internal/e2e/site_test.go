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
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/leak"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/e2e/standin"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// site is a workspace with the example in it, beside a real Vault.
type site struct {
	road
	token  string // of the job, limited by the example's policy
	path   string // where the CLI and the scripts find programs
	policy string // the example's
	t      *testing.T
	w      *acctest.World
	sim    simulators.Simulator
	issued int // secrets of the simulator before the first key
	c      *acctest.CLI
	v      *vault
	runs   int
}

// aSite copies the example. The only change to it: the source of the Vault provider,
// which is the stand-in's.
func aSite(t *testing.T, r road) *site {
	t.Helper()
	return aSiteOf(t, r, "openai")
}

// aSiteOf is [aSite] with a key of a vendor: what the README says to change for it, is.
func aSiteOf(t *testing.T, r road, vendor string) *site {
	t.Helper()
	w := acctest.OpenRealTime(t) // skips where no real CLI is wanted
	sim := w.Simulate(vendor)
	w.Sim, _ = sim.(*openaisim.Server)
	w.Plugins = map[string]string{standin.Source: acctest.Build(t, "./standin/cmd/terraform-provider-vaultstandin")}
	v := aVault(t, vendor+"/payments-worker")
	token, policy := "fake-job-"+rand.Text(), strings.ReplaceAll(textOf(t, filepath.Join(vaultExample, "policy.hcl")), "/openai/", "/"+vendor+"/")
	v.job(policy, token)
	w.Guard(v.token, token)
	t.Cleanup(func() { // Vault prints the token it was given, but must not print a key
		for _, log := range v.logs {
			for _, one := range leak.In([]byte(log.String()), "the log of Vault", sim.Secrets()) {
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
	text := ofVendor(t, textOf(t, main), vendor)
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
	s := &site{road: r, token: token, path: programs, policy: policy, t: t, w: w, sim: sim, issued: len(sim.Secrets()), c: c, v: v}
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

// ofVendor takes the key of the example from another vendor.
func ofVendor(t *testing.T, text, vendor string) string {
	t.Helper()
	if vendor == "openai" {
		return text
	}
	for _, change := range [][2]string{
		{"resource \"orgkeys_openai_project\" \"payments\" {\n  name = \"payments\"\n}\n\n", ""},
		{"  project_id = orgkeys_openai_project.payments.id\n  name       =", "  name    ="},
		{"./workload-key", "./" + vendor + "-key"},
		{"openai/payments-worker", vendor + "/payments-worker"},
	} {
		if strings.Count(text, change[0]) != 1 {
			t.Fatalf("the example has no %q", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	return text
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
			Instances []struct {
				Attributes struct {
					SealedValue string `json:"sealed_value"`
				}
			}
		}
	}](s.t, s.stateFile()).Resources {
		if text := one.Instances[0].Attributes.SealedValue; text != "" {
			sealed = text
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

// minted checks how many keys the vendor has created: each has a secret of its own.
func (s *site) minted(want int) {
	s.t.Helper()
	if got := len(s.sim.Secrets()) - s.issued; got != want {
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
		if !s.sim.Valid(one) {
			s.t.Errorf("a key that should work does not: %.16s…", one)
		}
	}
	if live := s.live(); live != len(others)+1 {
		s.t.Errorf("%d keys work, want %d", live, len(others)+1)
	}
	return key
}

// live is how many keys work.
func (s *site) live() (count int) {
	for _, key := range s.sim.Summaries() {
		if key.Works {
			count++
		}
	}
	return count
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
