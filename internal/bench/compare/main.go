// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

// Command compare measures two builds of the provider in turns, against one simulator;
// scripts/compare-commits builds and starts it; or one build with keys of every vendor. Started under the provider's name by a CLI, it is
// the provider of a build, and notes what that took.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// The environment in which the CLI starts the provider through this program.
const (
	envProvider = "ORGKEYS_COMPARE_PROVIDER"
	envUsage    = "ORGKEYS_COMPARE_USAGE"
)

func main() {
	if os.Getenv(envProvider) != "" {
		os.Exit(standIn(os.Getenv(envProvider), os.Getenv(envUsage)))
	}
	cli := flag.String("cli", "", "Terraform")
	runs := flag.Int("runs", 5, "how often each build is measured")
	size := flag.Int("size", 500, "how many accounts, and how many keys")
	base := flag.String("base", "", "folder of a build: terraform-provider-orgkeys and bench.test")
	next := flag.String("new", "", "folder of the other build")
	vendors := flag.Bool("vendors", false, "measure the build of -new alone, with size keys of every vendor")
	adopted := flag.Bool("adopt", false, "measure a plan of the build of -new that imports size keys of every vendor")
	flag.Parse()
	ctx, stop := signal.NotifyContext(background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := comparison{cli: *cli, runs: *runs, size: *size, builds: [2]string{*base, *next}}
	run := c.run
	if *vendors {
		run = func(ctx context.Context) error { return across(ctx, *cli, *next, *size) }
	}
	if *adopted {
		run = func(ctx context.Context) error { return adopt(ctx, *cli, *next, *size) }
	}
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// measured are the values of one run, in the order of [rows].
type measured [rowCount]float64

// What is measured.
const (
	applyCalls = iota
	planCalls
	applyCPU
	planCPU
	memory
	own
	applyBytes
	applyObjects
	planBytes
	planObjects
	handshake
	applyTime
	planTime
	rowCount
)

var rows = [rowCount]struct {
	name, form string
}{
	applyCalls:   {"API calls of an apply", "%.0f"},
	planCalls:    {"API calls of a plan", "%.0f"},
	applyCPU:     {"provider CPU of an apply, s", "%.2f"},
	planCPU:      {"provider CPU of a plan, s", "%.2f"},
	memory:       {"provider memory at most, MiB", "%.1f"},
	own:          {"of it the process's own, without mapped code, MiB", "%.1f"},
	applyBytes:   {"allocated by an apply, MiB", "%.1f"},
	applyObjects: {"objects allocated by an apply, thousands", "%.1f"},
	planBytes:    {"allocated by a plan, MiB", "%.1f"},
	planObjects:  {"objects allocated by a plan, thousands", "%.1f"},
	handshake:    {"start to handshake, ms", "%.1f"},
	applyTime:    {"time of an apply, s", "%.2f"},
	planTime:     {"time of a plan, s", "%.2f"},
}

// provider is where the build in a folder is.
func provider(build string) string { return filepath.Join(build, "terraform-provider-orgkeys") }

func seconds(d time.Duration) float64 { return d.Seconds() }
