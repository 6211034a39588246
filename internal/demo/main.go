// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command demo shows the provider at work: it installs it as "make install" does, starts
// the simulator on loopback, and drives a real CLI through init, plan, apply, hand-over, a
// rotation whose answer is lost, and the expiry of the old key. It needs
// no account and leaves nothing behind.
package main

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"filippo.io/age"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
)

// stories are the configurations, one for each vendor.
//
//go:embed stories
var stories embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo failed:", err)
		os.Exit(1)
	}
}

// demo is one run: a folder, a simulator, and who can open secrets.
type demo struct {
	ctx       context.Context //nolint:containedctx // lives as long as the program
	terraform string          // path of the CLI, Terraform or OpenTofu
	dir       string
	vendor    simulators.Vendor
	sim       simulators.Simulator
	clock     clock.Clock
	objects   int // that the configuration has created at the vendor
	env       []string
	identity  string // file
}

func run(ctx context.Context) error {
	terraform := os.Getenv("ORGKEYS_TERRAFORM")
	if terraform == "" {
		return errors.New("run make demo, which finds or builds a CLI")
	}
	vendor, err := simulators.Of(cmp.Or(os.Getenv("ORGKEYS_DEMO_VENDOR"), "openai"))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "orgkeys-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	d := &demo{ctx: ctx, terraform: terraform, dir: dir, vendor: vendor, clock: clock.System()}
	closeSim, err := d.prepare()
	if err != nil {
		return err
	}
	defer closeSim()
	if simulators.Adopts(d.sim) {
		return d.tellAdoption()
	}
	return d.tell()
}

// prepare installs the plugins and starts the simulator.
func (d *demo) prepare() (func(), error) {
	mirror, err := d.install()
	if err != nil {
		return nil, err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	d.identity = filepath.Join(d.dir, "identity.txt")
	work, store := filepath.Join(d.dir, "work"), filepath.Join(d.dir, "store")
	for _, folder := range []string{work, store} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return nil, err
		}
	}
	configuration, err := stories.ReadFile("stories/" + d.vendor.Name + ".tf")
	if err != nil {
		return nil, err
	}
	d.objects = strings.Count(string(configuration), "\nresource \"orgkeys_")
	rc := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	for file, content := range map[string]string{
		d.identity:                        identity.String() + "\n",
		filepath.Join(d.dir, "cli.rc"):    rc,
		filepath.Join(work, "main.tf"):    string(configuration),
		filepath.Join(store, ".keep-dir"): "",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			return nil, err
		}
	}

	d.sim = d.vendor.New(simulators.Options{})
	listener, err := (&net.ListenConfig{}).Listen(d.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: d.sim, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	base := "http://" + listener.Addr().String() + d.sim.BasePath()
	say("The simulated %s listens on %s.\nAll keys are fake.", d.vendor.API, base)

	d.env = append(withoutSettings(os.Environ()),
		"TF_CLI_CONFIG_FILE="+filepath.Join(d.dir, "cli.rc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		d.vendor.KeyEnv+"="+d.sim.AdminKey(), d.vendor.AddressEnv+"="+base,
		"TF_DATA_DIR="+filepath.Join(d.dir, "data"), // the plugins, not to be looked through
		"ORGKEYS_SEAL_RECIPIENTS="+identity.Recipient().String(),
		"TF_VAR_store="+store,
	)
	version, err := d.output("version")
	if err != nil {
		return nil, err
	}
	version, _, _ = strings.Cut(version, "\n")
	say("The CLI is %s: %s", version, d.terraform)
	return func() { _ = server.Close(); d.sim.Close() }, nil
}

func (d *demo) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(d.ctx, d.terraform, args...)
	cmd.Dir = filepath.Join(d.dir, "work")
	cmd.Env = d.env
	cmd.Stderr = os.Stderr
	return cmd
}

// cli runs a command in front of the user.
func (d *demo) cli(args ...string) error {
	say("$ %s %s", d.name(), strings.Join(args, " "))
	cmd := d.command(args...)
	cmd.Stdout = os.Stdout
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", d.name(), args[0], err)
	}
	return nil
}

// init shows the command only: that the lock file knows one platform is no part of the story.
func (d *demo) init() error {
	say("$ %s init", d.name())
	_, err := d.output("init", "-input=false")
	return err
}

// name is what a user types: terraform or tofu.
func (d *demo) name() string { return filepath.Base(d.terraform) }

func (d *demo) output(args ...string) (string, error) {
	out, err := d.command(args...).Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", d.name(), args[0], err)
	}
	return string(out), nil
}

func withoutSettings(env []string) []string {
	var out []string
	for _, entry := range env {
		if !strings.HasPrefix(entry, "TF_") && !strings.HasPrefix(entry, "ORGKEYS_") {
			out = append(out, entry)
		}
	}
	return out
}

func title(text string) { fmt.Printf("\n%s\n\n", wrapped("━━ "+text)) }

func say(format string, args ...any) { fmt.Println(wrapped(fmt.Sprintf(format, args...))) }

// columns are those of a terminal that nobody has made wider.
const columns = 80

// wrapped is a text whose lines fit a terminal as far as they have spaces. What follows a break is
// indented as the line is.
func wrapped(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		for runes := []rune(line); len(runes) > columns; runes = []rune(line) {
			end := strings.LastIndex(string(runes[:columns+1]), " ")
			if end <= len(indent) {
				break
			}
			lines, line = append(lines, line[:end]), indent+strings.TrimLeft(line[end:], " ")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
