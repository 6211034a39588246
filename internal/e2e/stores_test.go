// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/e2e/standin"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/e2e/standin/stores"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// pagesOfStores are the pages that hand a key to a store, with the local name of the store's
// provider and the program that the page calls.
var pagesOfStores = map[string]struct{ provider, program string }{
	"1password":      {"onepassword", "op"},
	"aws":            {"aws", "aws"},
	"azure":          {"azurerm", "az"},
	"github-actions": {"", "gh"},
	"google":         {"google", "gcloud"},
	"kubernetes":     {"kubernetes", "kubectl"},
	"sops":           {"", "sops"},
	"vault":          {"vault", "vault"},
}

var policyBlock = regexp.MustCompile("(?ms)^```hcl\n(.*?)^```$")

// storePage is a workspace with the key of the README, beside a store. The store's provider and
// program are stand-ins that keep what they get, except at Vault, which is a real one.
type storePage struct {
	*testing.T
	w      *acctest.World
	c      *acctest.CLI
	path   string   // where the page's commands find programs
	blocks []string // commands that were not typed yet
	store  string   // the folder in which stand-ins keep the secret
	count  int
}

func aStorePage(t *testing.T, page string) *storePage {
	t.Helper()
	uses := pagesOfStores[page]
	p := &storePage{T: t, w: acctest.NewRealTime(t, openaisim.Options{Clock: simkit.NewRunningClock(0)}), store: t.TempDir()}
	source, program := stores.Source, filepath.Join("testdata/stores", uses.program)
	if page == "vault" {
		source, program = standin.Source, os.Getenv("ORGKEYS_VAULT")
		p.w.Plugins = map[string]string{source: acctest.Build(t, "./standin/cmd/terraform-provider-vaultstandin")}
	} else {
		p.w.Plugins = map[string]string{source: acctest.Build(t, "./standin/cmd/terraform-provider-storesstandin")}
	}
	program, err := filepath.Abs(program)
	if err != nil {
		t.Fatal(err)
	}
	p.c = p.w.CLI()
	p.c.Env = append(p.c.Env, stores.Folder+"="+p.store, `TF_VAR_seal_recipients=["`+p.w.Recipient+`"]`, "ORGKEYS_SEAL_RECIPIENTS=",
		"TF_CLI_ARGS_apply=-auto-approve", "TF_CLI_ARGS_destroy=-auto-approve", "TF_CLI_ARGS=-no-color", "HOME="+t.TempDir())
	p.path = recorded(t, p.c, map[string]string{"terraform": acctest.Terraform(t), "age": tool(t, "age"), "jq": tool(t, "jq"), uses.program: program})
	p.c.Write("identity.txt", p.w.Identity+"\n")
	t.Cleanup(func() { _ = os.Remove(filepath.Join(p.c.Dir, "identity.txt")) })

	text := textOf(t, filepath.Join(root, "templates/guides/store-"+page+".md.tmpl"))
	for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
		p.blocks = append(p.blocks, block[1])
	}
	main := configuration.FindStringSubmatch(textOf(t, filepath.Join(root, "README.md")))[1]
	if uses.provider != "" {
		main = strings.Replace(main, "required_providers {\n", fmt.Sprintf("required_providers {\n    %s = { source = %q }\n", uses.provider, source), 1)
	}
	p.c.Write("main.tf", main)
	if block := configuration.FindStringSubmatch(text); block != nil {
		p.c.Write("store.tf", block[1])
		p.c.Write("variables.tf", "variable \"key_vault_id\" {\n  default = \"a vault\"\n}\n\nvariable \"onepassword_vault\" {\n  default = \"a vault\"\n}\n")
	}
	return p
}

// try types commands into a shell of their own and tells what they printed.
func (p *storePage) try(commands string) (output string, code int) {
	p.Helper()
	p.count++
	cmd := p.c.Command(fmt.Sprintf("page-%d", p.count)) // for the environment; the name is that of the log
	bash, err := exec.LookPath("bash")
	if err != nil {
		p.Fatal(err)
	}
	cmd.Path, cmd.Args = bash, []string{"bash", "-c", commands}
	cmd.Env = append(cmd.Env, "PATH="+p.path+":"+os.Getenv("PATH"))
	out, _ := cmd.CombinedOutput() // the code tells
	p.c.Write(fmt.Sprintf("page-%d.txt", p.count), string(out))
	return string(out), cmd.ProcessState.ExitCode()
}

func (p *storePage) run(commands string) string {
	p.Helper()
	out, code := p.try(commands)
	if code != 0 {
		p.Fatalf("this ended with %d:\n%s\n%s", code, commands, out)
	}
	return out
}

// next is the next block of the page, which has the given text.
func (p *storePage) next(contains string) string {
	p.Helper()
	if len(p.blocks) == 0 || !strings.Contains(p.blocks[0], contains) {
		p.Fatalf("the next block of the page has no %q: %q", contains, p.blocks)
	}
	block := p.blocks[0]
	p.blocks = p.blocks[1:]
	return block
}

// rotate changes the value in rotate_when_changed and applies.
func (p *storePage) rotate() {
	p.Helper()
	p.run(`sed -i 's/"first"/"second"/' main.tf && terraform apply`)
}

// file is the path of what a stand-in keeps.
func (p *storePage) file() string { return filepath.Join(p.store, stores.File) }

// holds is the secret in a stand-in's store, which must be that of a key that works.
func (p *storePage) holds() string {
	p.Helper()
	held := textOf(p.T, p.file())
	if !p.w.Sim.Valid(held) {
		p.Errorf("the store holds no key that works, but %d characters", len(held))
	}
	return held
}

// Every page of a store has a test, and no row is left over.
func TestPagesOfStoresAreFollowed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "templates/guides/store-*.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		page := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "store-"), ".md.tmpl")
		if _, ok := pagesOfStores[page]; !ok {
			t.Errorf("no test follows %s", file)
		}
	}
	if len(files) != len(pagesOfStores) {
		t.Errorf("%d pages of stores, and a test for %d", len(files), len(pagesOfStores))
	}
}

// The configuration of a page delivers in the apply that creates a key and in the one that
// rotates it; the page's pipe delivers the same key, and nothing when it cannot open it.
func TestPageOfStore(t *testing.T) {
	t.Parallel()
	for page := range pagesOfStores {
		if slices.Contains([]string{"sops", "vault"}, page) {
			continue // see below
		}
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			p := aStorePage(t, page)
			p.run("terraform apply")
			first := p.holds()
			p.rotate()
			second := p.holds()
			if first == second || !p.w.Sim.Valid(first) {
				t.Error("want a second key in the store, and the first one working for its overlap")
			}
			says(t, p.run("terraform plan -detailed-exitcode"), "No changes.")

			pipe := p.next("\"$secret\"")
			p.run("printf kept >'" + p.file() + "'; mv identity.txt elsewhere.txt")
			if out, code := p.try(pipe); code == 0 || textOf(t, p.file()) != "kept" {
				t.Errorf("without an identity the pipe ended with %d and wrote %d characters:\n%s", code, len(textOf(t, p.file())), out)
			}
			p.run("mv elsewhere.txt identity.txt")
			p.run(pipe)
			if p.holds() != second {
				t.Error("the pipe did not deliver the key that is in state")
			}
			if page != "github-actions" { // GitHub shows no secret, so there is nothing to compare
				p.compares(p.next("grep -cFf"))
			}
			p.ends()
		})
	}
}

// A write that fails in a rotation leaves no version in state where the resource is replaced. The next run of the
// scheduled job delivers.
func TestPageOfStoreWhoseWriteFailed(t *testing.T) {
	t.Parallel()
	p := aStorePage(t, "aws")
	p.blocks = nil // the test above types them
	p.run("terraform apply")
	first := p.holds()
	folder := filepath.Join(scenarios, "scheduled-rotation")
	if err := os.CopyFS(filepath.Join(p.c.Dir, "job"), os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	p.run("rm job/main.tf; mv '" + p.store + "' '" + p.store + ".away'; sed -i 's/\"first\"/\"second\"/' main.tf\n" +
		"export ORGKEYS_SEAL_IDENTITY_FILE=identity.txt\nif sh job/rotate.sh; then exit 9; fi\nmv '" + p.store + ".away' '" + p.store + "'")
	if left := p.run("terraform state list"); strings.Contains(left, "aws_secretsmanager_secret_version") {
		t.Fatalf("the version is still in state:\n%s", left)
	}
	says(t, p.run("export ORGKEYS_SEAL_IDENTITY_FILE=identity.txt\nsh job/rotate.sh"), `"aws_secretsmanager_secret_version.worker" delivers what an earlier run could not deliver`)
	if p.holds() == first {
		t.Error("the new key was not delivered")
	}
	p.ends()
}

// compares types the command that looks for the store's secret in the state. It must find what
// is there, too.
func (p *storePage) compares(command string) {
	p.Helper()
	if out, code := p.try(command); strings.TrimSpace(out) != "0" || code != 1 {
		p.Errorf("want 0 and nothing else, got code %d and\n%s", code, out)
	}
	if err := os.WriteFile(p.file(), []byte(p.w.Recipient), 0o600); err != nil {
		p.Fatal(err)
	}
	if out, code := p.try(command); strings.TrimSpace(out) == "0" || code != 0 {
		p.Errorf("what is in the state was not found: code %d and\n%s", code, out)
	}
}

// ends destroys; the page must have been typed to its end.
func (p *storePage) ends() {
	p.Helper()
	if len(p.blocks) > 0 {
		p.Errorf("blocks of the page were not typed: %q", p.blocks)
	}
	p.run("terraform destroy")
}

// The page of SOPS writes a file at first, changes it after a rotation, and does without SOPS. What
// counts is what the remote repository has, which refuses once.
func TestPageOfSops(t *testing.T) {
	t.Parallel()
	p, remote := aStorePage(t, "sops"), t.TempDir()
	opened := func(file string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), tool(t, "age"), "-d", "-i", filepath.Join(p.c.Dir, "identity.txt"), filepath.Join(p.c.Dir, file)).Output()
		if err != nil {
			t.Fatalf("%s cannot be opened: %v", file, err)
		}
		return string(out)
	}
	value := func() string {
		t.Helper()
		p.run("git --git-dir='" + remote + "' show main:secrets.yaml >pushed.yaml")
		return decode[struct {
			Key string `json:"openai_api_key"`
		}](t, opened("pushed.yaml")).Key
	}
	p.run("git init -q -b main --bare '" + remote + "' && git init -q -b main && git remote add origin '" + remote + "' && git config branch.main.remote origin && git config branch.main.merge refs/heads/main\n" +
		"git config user.name Reader && git config user.email reader@example.com && terraform apply")
	p.run("export WORKLOAD_RECIPIENT='" + p.w.Recipient + "' PIPELINE_RECIPIENT='" + p.w.Recipient + "'\n" + p.next("sops encrypt"))
	first := value()

	p.rotate()
	job, refuse := p.next("sops set"), filepath.Join(remote, "hooks/pre-receive")
	if err := os.WriteFile(refuse, []byte("#!/bin/sh\nrm \"$0\"\nexit 1\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	if out, code := p.try(job); code == 0 || value() != first {
		t.Errorf("with a refused push the job ended with %d:\n%s", code, out)
	}
	p.run(job) // the next day nothing has changed, but the push is repeated
	second := value()
	p.run(job)
	if commits := strings.TrimSpace(p.run("git --git-dir='" + remote + "' rev-list --count main")); commits != "2" {
		t.Errorf("%s commits of two secrets", commits)
	}
	if first == second || !p.w.Sim.Valid(first) || !p.w.Sim.Valid(second) {
		t.Error("want the second key in the file, and both working")
	}
	p.run("git diff --exit-code HEAD -- secrets.yaml")

	p.run(p.next("terraform output -raw sealed_value >openai.age"))
	if opened("openai.age") != second {
		t.Error("the ciphertext alone does not hold the key that is in state")
	}
	p.ends()
}

// The page of Vault, with a real Vault and a token that may do what the page says, and no more.
func TestPageOfVault(t *testing.T) {
	t.Parallel()
	p := aStorePage(t, "vault")
	v, token := aVault(t, "openai/payments-worker"), "fake-job-of-the-page"
	watch(t, p.w)
	policy := policyBlock.FindStringSubmatch(textOf(t, filepath.Join(root, "templates/guides/store-vault.md.tmpl")))
	if policy == nil {
		t.Fatal("the page has no policy")
	}
	v.job(policy[1], token)
	p.w.Guard(v.token)
	p.c.Env = append(p.c.Env, "VAULT_ADDR="+v.url(), "VAULT_TOKEN="+token, "VAULT_MAX_RETRIES=0")

	p.run("terraform apply")
	first := v.holds()
	p.rotate()
	second := v.holds()
	if first == second || !p.w.Sim.Valid(first) || !p.w.Sim.Valid(second) || v.writes() != 2 {
		t.Errorf("want a second key in Vault, both working, and two versions, not %d", v.writes())
	}
	p.run(p.next("vault kv put"))
	if v.holds() != second || v.writes() != 3 {
		t.Errorf("the pipe did not deliver the key that is in state: %d versions", v.writes())
	}
	if out, code := p.try(p.next("grep -cFf")); strings.TrimSpace(out) != "0" || code != 1 {
		t.Errorf("want 0 and nothing else, got code %d and\n%s", code, out)
	}
	p.run("terraform state rm vault_kv_secret_v2.worker") // the page's policy has no delete
	p.ends()
}
