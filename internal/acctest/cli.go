// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	goversion "go/version"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/leak"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
)

// CLI is a real Terraform or OpenTofu in a folder of its own, with the provider as a
// real plugin process and all logs at TRACE.
type CLI struct {
	World *World
	Dir   string
	Env   []string // in addition to the world's
	Quiet bool     // no logs, for benchmarks

	attached string // variable that names a provider in the test's process; "" = none
	count    int
}

// Result is what one command printed and how it ended.
type Result struct {
	Code   int
	Output string // standard output and standard error
}

// CLI makes a workspace. When the test is over everything in it is looked through for
// secrets: state, backups, saved plans, logs and what was printed.
func (w *World) CLI() *CLI {
	w.T.Helper()
	c := &CLI{World: w, Dir: w.T.TempDir()}
	dir := built(w.T)
	overrides := map[string]string{"orgkeys/orgkeys": dir, "orgkeys/store": dir, "elsewhere/openai": dir}
	maps.Copy(overrides, w.Plugins)
	var rc strings.Builder
	rc.WriteString("provider_installation {\n  dev_overrides {\n")
	for source, folder := range overrides {
		fmt.Fprintf(&rc, "    %q = %q\n", source, folder)
	}
	rc.WriteString("  }\n  direct {}\n}\n")
	c.Write("cli.rc", rc.String())
	w.T.Cleanup(func() { c.Scan() })
	return c
}

// Scan fails the test for every secret found in the workspace.
func (c *CLI) Scan() {
	c.World.T.Helper()
	found, files, err := leak.InTree(c.Dir, []string{c.World.Store}, c.World.Secrets())
	if err != nil {
		c.World.T.Error(err)
	}
	if files < 2 && !c.World.T.Failed() {
		c.World.T.Error("the leak scan found no files to look through")
	}
	for _, one := range found {
		c.World.T.Error("LEAK:", one)
	}
}

// Write puts a file into the workspace.
func (c *CLI) Write(name, content string) {
	c.World.T.Helper()
	if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(content), 0o600); err != nil {
		c.World.T.Fatal(err)
	}
}

// Config replaces the configuration: the providers come from the environment.
func (c *CLI) Config(body string) {
	c.World.T.Helper()
	c.Write("main.tf", `terraform {
  required_providers {
    orgkeys = { source = "orgkeys/orgkeys" }
    store   = { source = "orgkeys/store" }
  }
}
`+body)
}

// Command prepares a command of the CLI without running it.
func (c *CLI) Command(args ...string) *exec.Cmd {
	c.World.T.Helper()
	c.count++
	cmd := exec.CommandContext(context.Background(), Terraform(c.World.T), args...)
	cmd.Dir = c.Dir
	cmd.Env = append(clean(os.Environ()),
		"TF_CLI_CONFIG_FILE="+filepath.Join(c.Dir, "cli.rc"),
		"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "NO_COLOR=1", "TF_INPUT=0",
		"ORGKEYS_SEAL_RECIPIENTS="+c.World.Recipient,
	)
	for _, one := range c.World.attached {
		cmd.Env = append(cmd.Env, one.vendor.AddressEnv+"="+one.URL(), one.vendor.KeyEnv+"="+one.AdminKey())
	}
	if !c.Quiet {
		cmd.Env = append(cmd.Env, "TF_LOG=TRACE",
			"TF_LOG_PATH="+filepath.Join(c.Dir, fmt.Sprintf("trace-%02d-%s.log", c.count, args[0])))
	}
	if c.attached != "" {
		cmd.Env = append(cmd.Env, c.attached)
		c.World.alsoSet(c.Env)
	}
	cmd.Env = append(cmd.Env, c.Env...)
	return cmd
}

// Run runs a command to its end. What it printed is kept for the leak scan.
func (c *CLI) Run(args ...string) Result {
	c.World.T.Helper()
	cmd := c.Command(args...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.World.T.Fatalf("%v: %v", args, err)
	}
	c.Write(fmt.Sprintf("output-%02d-%s.txt", c.count, args[0]), output.String())
	return Result{Code: cmd.ProcessState.ExitCode(), Output: output.String()}
}

// Must is [CLI.Run] of a command that must end with one of the given codes (0 if none).
func (c *CLI) Must(args []string, codes ...int) Result {
	c.World.T.Helper()
	result := c.Run(args...)
	if len(codes) == 0 {
		codes = []int{0}
	}
	if !slices.Contains(codes, result.Code) {
		c.World.T.Fatalf("%v ended with %d:\n%s", args, result.Code, result.Output)
	}
	return result
}

// Apply applies without asking.
func (c *CLI) Apply(args ...string) Result {
	c.World.T.Helper()
	return c.Must(append([]string{"apply", "-auto-approve", "-no-color"}, args...))
}

// Plan plans; the code is 0 for no changes and 2 for changes.
func (c *CLI) Plan(args ...string) Result {
	c.World.T.Helper()
	return c.Must(append([]string{"plan", "-detailed-exitcode", "-no-color"}, args...), 0, 2)
}

// NoChanges fails unless a plan is empty.
func (c *CLI) NoChanges() {
	c.World.T.Helper()
	if result := c.Plan(); result.Code != 0 {
		c.World.T.Fatalf("the plan is not empty:\n%s", result.Output)
	}
}

// Resources is the part of the state file that tells what exists, as text to compare.
func (c *CLI) Resources() string {
	c.World.T.Helper()
	data, err := os.ReadFile(filepath.Join(c.Dir, "terraform.tfstate"))
	if err != nil {
		c.World.T.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Type      string
			Name      string
			Instances []struct{ Attributes json.RawMessage }
		}
	}
	if err := json.Unmarshal(data, &state); err != nil {
		c.World.T.Fatal(err)
	}
	text, err := json.MarshalIndent(state, "", " ")
	if err != nil {
		c.World.T.Fatal(err)
	}
	return string(text)
}

// Values are the attributes of one resource in state; nil when it is not there.
func (c *CLI) Values(address string) map[string]any {
	c.World.T.Helper()
	cmd := c.Command("show", "-json")
	out, err := cmd.Output()
	if err != nil {
		c.World.T.Fatal(err)
	}
	var state struct {
		Values struct {
			Root struct {
				Resources []struct {
					Address string
					Values  map[string]any
				}
			} `json:"root_module"`
		}
	}
	if err := json.Unmarshal(out, &state); err != nil {
		c.World.T.Fatal(err)
	}
	for _, one := range state.Values.Root.Resources {
		if one.Address == address {
			return one.Values
		}
	}
	return nil
}

// clean leaves out what would change the CLI's behaviour or reach another organization.
func clean(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(entry string) bool {
		return strings.HasPrefix(entry, "TF_") || strings.HasPrefix(entry, "ORGKEYS_") ||
			slices.ContainsFunc(simulators.All, func(v simulators.Vendor) bool { return strings.HasPrefix(entry, v.KeyEnv+"=") })
	})
}

// Require skips the test on a CLI below the given Terraform version: 1.12 for
// identities, 1.14 for queries and actions. OpenTofu counts as tofu says. Which skips
// are in order is listed for the whole run, so that none is silent.
func Require(t testing.TB, version string, tofu bool) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), Terraform(t), "version", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var told struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(out, &told); err != nil {
		t.Fatal(err)
	}
	if IsTofu() {
		if !tofu {
			t.Skip("OpenTofu does not have this")
		}
		return
	}
	if goversion.Compare("go"+told.Version, "go"+version) < 0 {
		t.Skipf("needs Terraform %s, this is %s", version, told.Version)
	}
}

// IsTofu reports whether the CLI under test is OpenTofu.
func IsTofu() bool { return os.Getenv("ORGKEYS_REQUIRE_CLI") == "tofu" }

// Terraform is the CLI under test, from TF_ACC_TERRAFORM_PATH or PATH. Without TF_ACC
// the test is skipped.
func Terraform(t testing.TB) string {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run with TF_ACC=1; make test sets it")
	}
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path
	}
	path, err := exec.LookPath("terraform")
	if err != nil {
		t.Fatal("no Terraform: set TF_ACC_TERRAFORM_PATH or use make test")
	}
	return path
}

var buildOnce = sync.OnceValues(func() (string, error) {
	root, err := root()
	if err != nil {
		return "", err
	}
	if made := os.Getenv("ORGKEYS_TEST_PLUGINS"); made != "" {
		return binaries, os.CopyFS(binaries, os.DirFS(made))
	}
	build := goBuild(context.Background(), binaries,
		".", "./internal/acctest/store/cmd/terraform-provider-store", "./internal/acctest/foreign/cmd/terraform-provider-openai")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binaries, nil
})

// goBuild builds a plugin as a release is built, also in a test with the race detector, which needs
// cgo: with other settings Go would compile every package again.
func goBuild(ctx context.Context, folder string, pkgs ...string) *exec.Cmd {
	args := []string{"build", "-trimpath", "-ldflags", "-s -w", "-o", folder + string(filepath.Separator)}
	build := exec.CommandContext(ctx, "go", append(args, pkgs...)...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	return build
}

// built is a folder with the provider and the stand-in store as plugins.
func built(t testing.TB) string {
	t.Helper()
	if binaries == "" {
		t.Fatal("this package's TestMain must call acctest.Main")
	}
	if err := os.MkdirAll(binaries, 0o700); err != nil {
		t.Fatal(err)
	}
	dir, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var (
	buildMu sync.Mutex
	builds  = map[string]bool{}
)

// Build builds a plugin of the module under test beside the provider, once, and gives
// the folder for [World.Plugins].
func Build(t testing.TB, pkg string) string {
	t.Helper()
	dir := built(t)
	buildMu.Lock()
	defer buildMu.Unlock()
	if !builds[pkg] {
		out, err := goBuild(context.Background(), dir, pkg).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		builds[pkg] = true
	}
	return dir
}
