// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
)

const root = "../.."

// followed are the pages whose commands internal/e2e types, with the test that does. The other
// scenarios have a test of their own.
var followed = map[string]string{
	"README.md": "TestPageReadme",
	"templates/guides/getting-started.md.tmpl": "TestPageGettingStarted",
	"templates/guides/testing.md.tmpl":         "TestPageTesting",
	"templates/guides/upgrade.md.tmpl":         "TestPageUpgrade",
	"templates/guides/openrouter.md.tmpl":      "TestPageOpenRouter",
	"templates/guides/elevenlabs.md.tmpl":      "TestPageElevenLabs",
	"templates/guides/litellm.md.tmpl":         "TestPageLiteLLM",
	"examples/scenarios/quickstart/README.md":  "TestPageQuickstart",
	"examples/scenarios/hand-over/README.md":   "TestPageHandOver",
}

// spelled are the pages with commands of which only the spelling is checked, with the reason why no
// test types them.
var spelled = map[string]string{
	"templates/guides/anthropic.md.tmpl":     "the configuration is an example, which has a test; it needs the id of a key that the Console created",
	"templates/guides/hcp-terraform.md.tmpl": "a hook of an agent of HCP Terraform, and a filter of plans that such a run has as a policy",
	"templates/guides/identity.md.tmpl":      "needs a key of AWS KMS, or a repository at GitHub",
	"templates/guides/import.md.tmpl":        "the scenario adoption types the same commands",
	"templates/guides/install.md.tmpl":       "make install is run by every test with init; the rest needs a release, its signature and a registry",
	"templates/guides/no-key.md.tmpl":        "asks a cluster for its issuer and its keys",
	"templates/guides/rotate-keys.md.tmpl":   "the job is the scenario scheduled-rotation; acceptance tests invoke the action and replace; curl asks OpenAI's own address",
	"templates/guides/secrets.md.tmpl":       "the same commands as in getting-started, which a test follows",
	"templates/resources.md.tmpl":            "one command for all resources, which the acceptance test of the examples runs",
}

// programs are what pages call.
var programs = []string{
	":", "[", "age", "age-keygen", "aws", "az", "base64", "bash", "cat", "cd", "cp", "curl", "echo", "exit", "export", "gcloud", "gh", "git", "gpg", "grep",
	"head", "jq", "kubectl", "make", "mkdir", "mktemp", "mv", "op", "printf", "rm", "sed", "set", "sh", "sha256sum", "sleep", "sops", "tee", "terraform", "test",
	"tofu", "trap", "umask", "unset", "vault", "wait", "wc", "xargs",
}

// subcommands are those of the CLI that pages use.
var subcommands = []string{"apply", "destroy", "fmt", "get", "import", "init", "output", "plan", "providers", "query", "show", "state", "test", "validate", "workspace"}

// commandPages are the pages whose commands are checked, by their paths in the repository.
func commandPages(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "BENCHMARKS.md"} {
		pages[name] = textOf(t, filepath.Join(root, name))
	}
	for _, top := range []string{"templates", "examples/scenarios"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".tmpl" && filepath.Ext(path) != ".md" {
				return err
			}
			name, err := filepath.Rel(root, path)
			pages[filepath.ToSlash(name)] = textOf(t, path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return pages
}

// TestCommands holds the commands of every page against the shell, the programs there are,
// the subcommands of the CLI, the targets of make, and the tests that type them.
func TestCommands(t *testing.T) {
	t.Parallel()
	targets := makeTargets(textOf(t, filepath.Join(root, "GNUmakefile")))
	tests := textOf(t, "pages_test.go")
	pages := commandPages(t)
	count := 0
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		for _, complaint := range reviewMake(pages[name], targets) {
			t.Errorf("%s: %s", name, complaint)
		}
		for _, block := range anyShell.FindAllStringSubmatch(pages[name], -1) {
			count++
			for _, complaint := range reviewShell(block[1]) {
				t.Errorf("%s: %s in\n%s", name, complaint, block[1])
			}
		}
	}
	if count < 80 {
		t.Errorf("only %d blocks of commands were found", count)
	}
	for name, test := range followed {
		if pages[name] == "" || !strings.Contains(tests, "func "+test+"(") {
			t.Errorf("%s is to be followed by %s: one of the two is not there", name, test)
		}
	}
	for name, page := range pages {
		stored, isStore := strings.CutPrefix(name, "templates/guides/store-")
		if isStore {
			_, isStore = pagesOfStores[strings.TrimSuffix(stored, ".md.tmpl")]
		}
		typed := followed[name] != "" || isStore || strings.HasPrefix(name, "examples/")
		if has := anyShell.MatchString(page); has && !typed && spelled[name] == "" || spelled[name] != "" && (typed || !has) {
			t.Errorf("%s has commands: %t, typed by a test: %t, only spelled because: %q", name, has, typed, spelled[name])
		}
		folder, ok := strings.CutPrefix(filepath.Dir(name), "examples/scenarios/")
		if ok && followed[name] == "" && folder != "scheduled-rotation" && !slices.Contains(acctest.EndToEnd, folder) {
			t.Errorf("no test follows %s", name)
		}
	}
}

// What is wrong with a command must be found.
func TestCommandsAreReviewed(t *testing.T) {
	t.Parallel()
	for block, want := range map[string]string{
		"terraform apply -auto-approve\n":                         "",
		"export A=sk-…\nterraform output -raw x | age -d -i y\n":  "",
		"terraform aply\n":                                        `no subcommand ["aply"]`,
		"terraform -chdir=x plan && sh y.sh\n":                    "",
		"terrafrom apply\n":                                       `"terrafrom"`,
		"printf %s \"$x\" | agee -d\n":                            `"agee"`,
		"if true; then\n":                                         "shell",
		"secret=$(terraform output -raw x | age -d -i y) && rm z": "",
		"set -eu\nx=$(aws kms decrypt | base64 -d)\n":             "base64 is content with nothing",
		"set -euo pipefail\nx=$(aws kms decrypt | base64 -d)\n":   "",
		"x=$(printf %s \"$y\" | base64 -d)\n":                     "",
		"A=1 B=2 terraform plan # comment\n":                      "",
		"cat >x <<'END'\nnonsense here\nEND\nrm x\n":              "",
	} {
		got := strings.Join(reviewShell(block), "\n")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", block, got, want)
		}
	}
	targets := makeTargets("build: ## x\nsimulator simulator-sample: ## y\ntestacc-1.11 testacc-tofu: testacc-%:\n")
	if got := reviewMake("`make build`, `make tset` and\n```shell\nmake simulator PORT=8080\nmake nothing\n```\nthey make plans\n", targets); len(got) != 2 {
		t.Errorf("of the targets of make it is said: %q", got)
	}
}

var (
	anyShell = regexp.MustCompile("(?ms)^[ \t]*```shell\n(.*?)^[ \t]*```")
	target   = regexp.MustCompile(`(?m)^([a-z0-9.-][a-z0-9. -]*):(?:[^=]|$)`)
	makes    = regexp.MustCompile("(?m)(?:`|^|&& )make ([a-z][a-z0-9.-]*)")
)

func makeTargets(makefile string) []string {
	var all []string
	for _, match := range target.FindAllStringSubmatch(makefile, -1) {
		all = append(all, strings.Fields(match[1])...)
	}
	return all
}

// reviewMake says which targets of make a page names that there are not.
func reviewMake(page string, targets []string) []string {
	var complaints []string
	for _, match := range makes.FindAllStringSubmatch(page, -1) {
		if !slices.Contains(targets, match[1]) {
			complaints = append(complaints, "there is no target \"make "+match[1]+"\"")
		}
	}
	return complaints
}

// content are programs that end well when what is before them in a pipe fails and gives nothing.
var content = []string{"base64", "cat", "sed", "tr"}

// hides says which program at the end of a pipe hides that the one before it failed: a variable would
// be empty, and the script would go on. What only prints does not fail.
func hides(file *syntax.File, block string) []string {
	var complaints []string
	syntax.Walk(file, func(node syntax.Node) bool {
		taken, ok := node.(*syntax.CmdSubst)
		if !ok || len(taken.Stmts) == 0 || strings.Contains(block, "pipefail") {
			return true
		}
		pipe, ok := taken.Stmts[len(taken.Stmts)-1].Cmd.(*syntax.BinaryCmd)
		if !ok || pipe.Op != syntax.Pipe || program(pipe.X) == "printf" {
			return true
		}
		if last := program(pipe.Y); slices.Contains(content, last) {
			complaints = append(complaints, last+" is content with nothing, so nobody sees that the program before it failed")
		}
		return true
	})
	return complaints
}

// program is what a statement calls; empty for anything but a simple command.
func program(statement *syntax.Stmt) string {
	if call, ok := statement.Cmd.(*syntax.CallExpr); ok && len(call.Args) > 0 {
		return call.Args[0].Lit()
	}
	return ""
}

// reviewShell says what is wrong with a block of commands.
func reviewShell(block string) []string {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(block), "")
	if err != nil {
		return []string{"it is no shell: " + err.Error()}
	}
	complaints := hides(file, block)
	syntax.Walk(file, func(node syntax.Node) bool {
		call, ok := node.(*syntax.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		words := make([]string, len(call.Args))
		for i, word := range call.Args {
			words[i] = word.Lit()
		}
		if !slices.Contains(programs, words[0]) {
			complaints = append(complaints, fmt.Sprintf("there is no program %q", words[0]))
		}
		if words[0] != "terraform" && words[0] != "tofu" {
			return true
		}
		rest := slices.DeleteFunc(words[1:], func(word string) bool { return word == "" || strings.HasPrefix(word, "-") })
		if len(rest) == 0 || !slices.Contains(subcommands, rest[0]) {
			complaints = append(complaints, fmt.Sprintf("terraform has no subcommand %q", rest))
		}
		return true
	})
	return complaints
}
