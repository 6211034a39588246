// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/leak"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const scenarios = "../../examples/scenarios"

// reader follows the README of a scenario: one shell for all its blocks, in the order in
// which they stand there, with the real CLI as terraform, the provider as
// `make install` leaves it for `terraform init`, and the simulator as the organization.
type reader struct {
	*testing.T
	World  *acctest.World
	Dir    string
	origin string // the scenario's folder; empty for a page
	blocks []string

	cli    *acctest.CLI
	age    string
	temp   string // where the scripts keep their plans
	shell  *exec.Cmd
	typed  io.WriteCloser
	prints *bufio.Reader
	count  int
}

var (
	// placeholder are the lines of a README that a reader does not type as they stand: the
	// simulators' credentials come from the environment.
	placeholder = regexp.MustCompile(`(?m)^export [A-Z_]+_KEY=sk[-_][a-z0-9-]*…$`)

	shellBlock    = regexp.MustCompile("(?ms)^```shell\n(.*?)^```$")
	configuration = regexp.MustCompile("(?ms)^```terraform\n(.*?)^```$")

	// colour is what a CLI writes in front of a word, and behind it, wherever its output goes.
	colour = regexp.MustCompile(`\x1b\[[0-9;]*m`)
)

// read opens a scenario in a folder of its own, with OpenAI and what else is attached.
func read(t *testing.T, scenario string, attach ...func(*acctest.World)) *reader {
	t.Helper()
	w := acctest.NewRealTime(t, openaisim.Options{Clock: simkit.NewRunningClock(0)})
	for _, more := range attach {
		more(w)
	}
	r := &reader{T: t, World: w, cli: w.CLI(), origin: filepath.Join(scenarios, scenario)}
	r.Dir = r.cli.Dir
	for _, block := range shellBlock.FindAllStringSubmatch(textOf(t, filepath.Join(r.origin, "README.md")), -1) {
		r.blocks = append(r.blocks, block[1])
	}
	if err := os.CopyFS(r.Dir, os.DirFS(r.origin)); err != nil {
		t.Fatal(err)
	}
	r.open()
	return r
}

// readPage opens a page of the repository in an empty folder, and saves its first whole
// configuration there as main.tf, as the page says.
func readPage(t *testing.T, page string, attach ...func(*acctest.World)) *reader {
	t.Helper()
	w := acctest.NewRealTime(t, openaisim.Options{Clock: simkit.NewRunningClock(0)})
	for _, more := range attach {
		more(w)
	}
	r := &reader{T: t, World: w, cli: w.CLI()}
	r.Dir = r.cli.Dir
	for _, block := range shellBlock.FindAllStringSubmatch(textOf(t, filepath.Join(root, page)), -1) {
		r.blocks = append(r.blocks, block[1])
	}
	r.cli.Write("main.tf", r.configuration(page, "required_providers", "resource "))
	r.open()
	return r
}

// configuration is the first one of a page that contains all of the texts, if there is one.
func (r *reader) configuration(page string, texts ...string) string {
	r.Helper()
	for _, block := range configuration.FindAllStringSubmatch(textOf(r.T, filepath.Join(root, page)), -1) {
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(block[1], text) }) {
			return block[1]
		}
	}
	return ""
}

// open starts the shell.
func (r *reader) open() {
	r.Helper()
	// Each writes down its arguments, for the leak scan.
	programs := map[string]string{"terraform": acctest.Terraform(r.T)}
	for _, name := range []string{"jq", "age", "age-keygen"} {
		programs[name] = tool(r.T, name)
	}
	r.age, r.temp = programs["age"], r.TempDir()
	bin := recorded(r.T, r.cli, programs)
	r.cli.Write("cli.rc", textOf(r.T, acctest.Installed(r.T)))

	r.shell = r.cli.Command("shell")
	r.shell.Path, r.shell.Args = "/bin/sh", []string{"sh", "-eu"}
	// What a README does not set must not come from anywhere else.
	r.shell.Env = slices.DeleteFunc(r.shell.Env, func(entry string) bool {
		return strings.HasPrefix(entry, "ORGKEYS_SEAL_") || strings.HasPrefix(entry, "PATH=") || strings.HasPrefix(entry, "CLI=") || strings.HasPrefix(entry, "NO_COLOR=")
	})
	r.shell.Env = append(r.shell.Env, "PATH="+bin+":"+os.Getenv("PATH"), "TMPDIR="+r.temp,
		"TF_CLI_ARGS_apply=-auto-approve", "TF_CLI_ARGS_destroy=-auto-approve")
	typed, err := r.shell.StdinPipe()
	if err != nil {
		r.Fatal(err)
	}
	out, in, err := os.Pipe()
	if err != nil {
		r.Fatal(err)
	}
	r.shell.Stdout, r.shell.Stderr = in, in
	if err := r.shell.Start(); err != nil {
		r.Fatal(err)
	}
	_ = in.Close()
	r.typed, r.prints = typed, bufio.NewReader(out)
	r.Cleanup(func() {
		_ = typed.Close()
		_ = r.shell.Wait() // how it ended was judged block by block
		_ = out.Close()
		r.nothingLeft()
	})
}

// tool is a program of this machine or, where it has none, one built from Go modules.
func tool(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	path, err := exec.CommandContext(t.Context(), "../../scripts/tool", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(path))
}

// Next types the next block of the README and returns what it printed. The block must
// contain the given text, so that a test says which one it means.
func (r *reader) Next(contains string) string {
	r.Helper()
	return r.NextAs(contains)
}

// NextAs types the next block with parts of it replaced, in pairs as for
// [strings.NewReplacer]: what a page prints for users and a leak scan must not find.
func (r *reader) NextAs(contains string, replace ...string) string {
	r.Helper()
	if len(r.blocks) == 0 {
		r.Fatalf("the README has no more blocks, want one with %q", contains)
	}
	block := r.blocks[0]
	r.blocks = r.blocks[1:]
	if !strings.Contains(block, contains) {
		r.Fatalf("the next block of the README has no %q:\n%s", contains, block)
	}
	out, ok := r.Try(strings.NewReplacer(replace...).Replace(block))
	if !ok {
		r.Fatalf("a block of the README failed:\n%s\n%s", block, out)
	}
	return out
}

// Skip leaves out the next block of the README: the CLI under test is too old for it, or
// another test does what it says.
func (r *reader) Skip(contains string) {
	r.Helper()
	if len(r.blocks) == 0 || !strings.Contains(r.blocks[0], contains) {
		r.Fatalf("the next block of the README has no %q", contains)
	}
	r.blocks = r.blocks[1:]
}

// Run types commands that are not in the README.
func (r *reader) Run(commands string) string {
	r.Helper()
	out, ok := r.Try(commands)
	if !ok {
		r.Fatalf("failed:\n%s\n%s", commands, out)
	}
	return out
}

// Try types commands, gives what they printed, without colours, and tells whether the shell is
// still there afterwards: it ends with the first command that fails.
func (r *reader) Try(commands string) (string, bool) {
	r.Helper()
	r.count++
	end := fmt.Sprintf("=== end of step %d ===", r.count)
	commands = placeholder.ReplaceAllString(commands, ": # the key is in the environment")
	if strings.Contains(commands, "…") {
		r.Fatalf("a reader cannot type this:\n%s", commands)
	}
	if _, err := fmt.Fprintf(r.typed, "{\n%s\n} </dev/null\nprintf '\\n%%s\\n' '%s'\n", commands, end); err != nil {
		r.Fatal(err)
	}
	var out strings.Builder
	for {
		line, err := r.prints.ReadString('\n')
		if strings.TrimSpace(line) == end {
			break
		}
		out.WriteString(colour.ReplaceAllString(line, ""))
		if err != nil {
			r.keep(out.String())
			return out.String(), false
		}
	}
	r.keep(out.String())
	return out.String(), true
}

// keep leaves what was printed for the leak scan, and looks right away at files that a later
// step may remove: for keys in them, and whether one could be committed by accident.
func (r *reader) keep(printed string) {
	r.Helper()
	r.cli.Write(fmt.Sprintf("printed-%02d.txt", r.count), printed)
	found, _, err := leak.InTree(r.Dir, nil, r.vendorSecrets())
	if err != nil {
		r.Error(err)
	}
	for _, one := range found {
		r.Errorf("LEAK after step %d: %s", r.count, one)
	}
	if r.origin != "" { // else a page, whose reader has a folder of their own
		if files := r.cli.Committable(r.origin); len(files) > 0 {
			r.Errorf("after step %d %q may be committed by accident: name them in the scenario's .gitignore", r.count, files)
		}
	}
	if _, err := os.Stat(r.path("identity.txt")); err == nil {
		r.Guard("identity.txt")
	}
}

// vendorSecrets are those of all simulators. An identity in a file is no leak yet.
func (r *reader) vendorSecrets() []string {
	return slices.DeleteFunc(r.World.Secrets(), func(one string) bool { return strings.HasPrefix(one, "AGE-SECRET-KEY-") })
}

// Guard makes the leak scan look for the identity in a file.
func (r *reader) Guard(file string) {
	r.Helper()
	for line := range strings.Lines(r.file(file)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "AGE-SECRET-KEY-") && !slices.Contains(r.World.Secrets(), line) {
			r.World.Guard(line)
		}
	}
}

// nothingLeft is asked at the end: the README was followed to its last line, and that
// line leaves neither keys nor an identity. The leak scan of the workspace comes after.
func (r *reader) nothingLeft() {
	r.Helper()
	if r.Failed() {
		_ = os.Remove(filepath.Join(r.Dir, "identity.txt")) // would only bury the failure
		return
	}
	if len(r.blocks) > 0 {
		r.Errorf("%d blocks of the README were not followed, the first is\n%s", len(r.blocks), r.blocks[0])
	}
	plans, err := filepath.Glob(r.path("*.tfplan"))
	if err != nil || len(plans) > 0 {
		r.Errorf("plans are left behind: %v, %v", plans, err)
	}
	temporary, err := os.ReadDir(r.temp)
	if err != nil || len(temporary) > 0 {
		r.Errorf("temporary files are left behind: %v, %v", temporary, err)
	}
}

// says fails unless the text has all of the parts.
func (r *reader) says(text string, parts ...string) {
	r.Helper()
	flat := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(text)), " ")
	for _, part := range parts {
		if !strings.Contains(flat, part) {
			r.Errorf("want %q in\n%s", part, text)
		}
	}
}

// silent fails if the text has one of the parts.
func (r *reader) silent(text string, parts ...string) {
	r.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			r.Errorf("do not want %q in\n%s", part, text)
		}
	}
}

// path is a file of the workspace.
func (r *reader) path(name string) string { return filepath.Join(r.Dir, name) }

// file reads one.
func (r *reader) file(name string) string {
	r.Helper()
	text, err := os.ReadFile(r.path(name))
	if err != nil {
		r.Fatal(err)
	}
	return string(text)
}

// opened is the plaintext of a file that a README keeps its secrets in.
func (r *reader) opened(file, identity string) string {
	r.Helper()
	text, err := exec.CommandContext(r.Context(), r.age, "-d", "-i", r.path(identity), r.path(file)).Output()
	if err != nil {
		r.Fatalf("%s cannot be opened: %v", file, err)
	}
	return string(text)
}

// key is the newest key of a name, with or without a mark, of a kind of owner.
func (r *reader) key(owner, name string) openaisim.Key {
	r.Helper()
	var found openaisim.Key
	for _, key := range r.World.Sim.Keys() {
		if plain, _, _ := strings.Cut(key.Name, " (ok-"); plain == name && key.OwnerType == owner {
			found = key
		}
	}
	if found.ID == "" {
		r.Fatalf("no key %s of a %s", name, owner)
	}
	return found
}

// live are the names of the keys that work, without their marks, sorted.
func (r *reader) live() []string {
	var names []string
	for _, key := range r.World.Keys() {
		if name, _, _ := strings.Cut(key.Name, " (ok-"); key.Works {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
