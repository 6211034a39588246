// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func now() time.Time { return clock.System().Now() }

// starts is how many times a provider is started for one handshake.
const starts = 20

type comparison struct {
	cli        string
	runs, size int
	builds     [2]string

	all  [2][]measured
	bare [2][]float64 // seconds of apply and plan of the CLI's own resources
}

func (c *comparison) run(ctx context.Context) error {
	for run := range c.runs {
		for turn := range 2 {
			side := (run + turn) % 2 // who begins changes, and so do warm caches
			one, err := c.measure(ctx, c.builds[side])
			if err != nil {
				return err
			}
			c.all[side] = append(c.all[side], one)
		}
		apply, plan, err := c.alone(ctx)
		if err != nil {
			return err
		}
		c.bare[0], c.bare[1] = append(c.bare[0], seconds(apply)), append(c.bare[1], seconds(plan))
		fmt.Fprintf(os.Stderr, "run %d of %d is done\n", run+1, c.runs)
	}
	c.print()
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func (c *comparison) print() {
	fmt.Printf("\n%d accounts and %d keys in one project, median of %d runs\n\n", c.size, c.size, c.runs)
	fmt.Println("| | base | new | new / base |\n|---|---:|---:|---:|")
	column := func(side, row int) float64 {
		var values []float64
		for _, one := range c.all[side] {
			values = append(values, one[row])
		}
		return median(values)
	}
	for row, what := range rows {
		base, next := column(0, row), column(1, row)
		fmt.Printf("| %s | "+what.form+" | "+what.form+" | %.2f |\n", what.name, base, next, next/base)
	}
	fmt.Printf("\n| | CLI alone, %d terraform_data | base, as many objects | new, as many objects |\n|---|---:|---:|---:|\n", 2*c.size)
	for i, what := range []struct {
		name string
		row  int
	}{{"time of an apply, s", applyTime}, {"time of a plan, s", planTime}} {
		fmt.Printf("| %s | %.2f | %.2f | %.2f |\n", what.name, median(c.bare[i]), column(0, what.row), column(1, what.row))
	}
}

// measure runs one build once.
func (c *comparison) measure(ctx context.Context, build string) (out measured, err error) {
	sim := openaisim.New(openaisim.Options{})
	server := httptest.NewServer(sim)
	defer server.Close()
	defer sim.Close()
	env, err := environment(sim, server.URL+openaisim.BasePath)
	if err != nil {
		return out, err
	}
	w, err := c.workspace(fmt.Sprintf(configuration, c.size), env, provider(build))
	if err != nil {
		return out, err
	}
	defer func() { _ = os.RemoveAll(w.folder) }()
	for _, one := range []struct {
		args             []string
		calls, cpu, time int
	}{
		{[]string{"apply", "-auto-approve"}, applyCalls, applyCPU, applyTime},
		{[]string{"plan", "-detailed-exitcode"}, planCalls, planCPU, planTime},
	} {
		sim.ResetJournal()
		took, used, err := w.command(ctx, one.args...)
		if err != nil {
			return out, err
		}
		out[one.calls], out[one.cpu], out[one.time] = float64(len(sim.Journal())), seconds(used.CPU), seconds(took)
		out[memory] = max(out[memory], float64(used.Memory)/(1<<20))
		out[own] = max(out[own], float64(used.Own)/(1<<20))
	}
	sim.Reset()
	if err := c.allocations(ctx, build, env, &out); err != nil {
		return out, err
	}
	var answers []float64
	for range starts {
		took, err := handshakeOf(ctx, provider(build))
		if err != nil {
			return out, err
		}
		answers = append(answers, 1000*seconds(took))
	}
	out[handshake] = median(answers)
	return out, nil
}

// allocations are counted by a test of the build's own commit, which has the provider in process.
func (c *comparison) allocations(ctx context.Context, build string, env []string, out *measured) error {
	file := filepath.Join(build, "allocations.json")
	cmd := exec.CommandContext(ctx, filepath.Join(build, "bench.test"), "-test.run", "^TestAllocations$")
	cmd.Dir = filepath.Join(build, "tree", "internal", "bench")
	cmd.Env = append(append(os.Environ(), env...), "ORGKEYS_BENCH_ALLOCATIONS="+file, fmt.Sprint("ORGKEYS_BENCH_SIZE=", c.size))
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var counted struct {
		Apply, Plan struct{ Bytes, Objects float64 }
	}
	if err := json.Unmarshal(text, &counted); err != nil {
		return err
	}
	out[applyBytes], out[applyObjects] = counted.Apply.Bytes/(1<<20), counted.Apply.Objects/1000
	out[planBytes], out[planObjects] = counted.Plan.Bytes/(1<<20), counted.Plan.Objects/1000
	return nil
}

// alone is the CLI with as many resources of its own.
func (c *comparison) alone(ctx context.Context) (apply, plan time.Duration, err error) {
	w, err := c.workspace(fmt.Sprintf(bare, c.size), nil, "")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = os.RemoveAll(w.folder) }()
	if apply, _, err = w.command(ctx, "apply", "-auto-approve"); err == nil {
		plan, _, err = w.command(ctx, "plan", "-detailed-exitcode")
	}
	return apply, plan, err
}

func environment(sim *openaisim.Server, url string) ([]string, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	return []string{
		"OPENAI_ADMIN_KEY=" + sim.AdminKey(), "ORGKEYS_OPENAI_BASE_URL=" + url, "ORGKEYS_SEAL_RECIPIENTS=" + identity.Recipient().String(),
		"ORGKEYS_BENCH_API=" + url, "ORGKEYS_BENCH_ADMIN_KEY=" + sim.AdminKey(),
	}, nil
}

// workspace is a folder with a configuration.
type workspace struct {
	cli, folder string
	env         []string
	provided    bool // the CLI starts a provider
}

func (c *comparison) workspace(text string, env []string, path string) (*workspace, error) {
	folder, err := os.MkdirTemp("", "orgkeys-compare-")
	if err != nil {
		return nil, err
	}
	w := &workspace{cli: c.cli, folder: folder, provided: path != ""}
	rc := "provider_installation {\n  direct {}\n}\n"
	w.env = append(append(w.env, env...), "TF_CLI_CONFIG_FILE="+filepath.Join(folder, "cli.rc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "NO_COLOR=1", "TF_INPUT=0")
	if w.provided {
		self, err := os.Executable()
		if err == nil {
			err = os.Symlink(self, filepath.Join(folder, "terraform-provider-orgkeys"))
		}
		if err == nil {
			err = os.Mkdir(filepath.Join(folder, "usage"), 0o700)
		}
		if err != nil {
			return nil, err
		}
		rc = fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"orgkeys/orgkeys\" = %q\n  }\n  direct {}\n}\n", folder)
		w.env = append(w.env, envProvider+"="+path, envUsage+"="+filepath.Join(folder, "usage"))
	}
	for name, content := range map[string]string{"cli.rc": rc, "main.tf": text} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// command runs the CLI and tells how long it took, and what its providers took together.
func (w *workspace) command(ctx context.Context, args ...string) (time.Duration, usage, error) {
	cmd := exec.CommandContext(ctx, w.cli, args...)
	cmd.Dir = w.folder
	cmd.Env = append(os.Environ(), w.env...)
	began := now()
	output, err := cmd.CombinedOutput()
	took := now().Sub(began)
	if err != nil {
		return 0, usage{}, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, output)
	}
	if !w.provided {
		return took, usage{}, nil
	}
	folder := filepath.Join(w.folder, "usage")
	all, err := used(folder)
	if err == nil {
		err = os.RemoveAll(folder)
	}
	if err == nil {
		err = os.Mkdir(folder, 0o700)
	}
	return took, all, err
}

const configuration = `
terraform {
  required_providers {
    orgkeys = { source = "orgkeys/orgkeys" }
  }
}

resource "orgkeys_openai_project" "p" {
  name = "bench"
}

resource "orgkeys_openai_service_account" "a" {
  count      = %[1]d
  project_id = orgkeys_openai_project.p.id
  name       = "worker-${count.index}"
  role       = "member"
}

resource "orgkeys_openai_api_key" "k" {
  count              = %[1]d
  project_id         = orgkeys_openai_project.p.id
  service_account_id = orgkeys_openai_service_account.a[count.index].id
  name               = "worker-${count.index}"
  rotate_after       = "60d"
  lifetime           = "90d"
}
`

const bare = `
resource "terraform_data" "a" {
  count = %[1]d
  input = "worker-${count.index}"
}

resource "terraform_data" "k" {
  count = %[1]d
  input = terraform_data.a[count.index].id
}
`
