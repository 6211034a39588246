// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package chaos_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
)

const (
	// outlive is how long a provider may live without its CLI.
	outlive = 10 * time.Second
	// patience is how long a CLI may take to end after a signal.
	patience = 3 * time.Minute
)

// kill is a way to end a run.
type kill struct {
	target target
	signal syscall.Signal
	twice  bool
}

type target string

const (
	theCLI      target = "CLI"
	theProvider target = "provider"
	both        target = "CLI and provider"
	group       target = "group"
)

// pickKill takes a signal and a target; KILL, which nothing can handle, as often as the others
// together. Ctrl-C comes twice at times.
func pickKill(random *rand.Rand) kill {
	signal := []syscall.Signal{syscall.SIGKILL, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT}[random.IntN(4)]
	to := []target{theCLI, theProvider, both, group}[random.IntN(4)]
	return kill{to, signal, signal == syscall.SIGINT && to == theCLI && random.IntN(2) == 0}
}

func (k kill) String() string {
	name := map[syscall.Signal]string{syscall.SIGKILL: "KILL", syscall.SIGTERM: "TERM", syscall.SIGINT: "INT"}[k.signal]
	if k.twice {
		name += " twice"
	}
	return fmt.Sprintf("%s to the %s", name, k.target)
}

// process is a command of the CLI that may be killed.
type process struct {
	cmd    *exec.Cmd
	dir    string
	binary string // of the provider
	output bytes.Buffer
	done   chan struct{}
}

func start(c *acctest.CLI, binary string, args ...string) (*process, error) {
	p := &process{cmd: c.Command(args...), dir: c.Dir, binary: binary, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// A provider that outlives its CLI holds the pipe: do not wait for it.
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// providers are the processes of this run's provider: of our binary, in our folder.
func (p *process) providers() []int {
	exes, _ := filepath.Glob("/proc/[0-9]*/exe")
	var out []int
	for _, exe := range exes {
		program, err := os.Readlink(exe)
		if err != nil || program != p.binary {
			continue
		}
		folder, err := os.Readlink(filepath.Join(filepath.Dir(exe), "cwd"))
		if err != nil || folder != p.dir {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(exe))); err == nil {
			out = append(out, pid)
		}
	}
	return out
}

// strike sends the signal. The CLI goes first: it must not save what the other left.
func (p *process) strike(k kill) {
	pid, providers := p.cmd.Process.Pid, p.providers()
	switch k.target {
	case group:
		_ = syscall.Kill(-pid, k.signal)
		return
	case theProvider:
	case theCLI, both:
		_ = syscall.Kill(pid, k.signal)
		if k.twice {
			wait(100 * time.Millisecond) // two at once are one to the kernel
			_ = syscall.Kill(pid, k.signal)
		}
	}
	if k.target == theCLI {
		return
	}
	for _, pid := range providers {
		_ = syscall.Kill(pid, k.signal)
	}
}

// ended reports whether the CLI ended in time, else it is killed.
func (p *process) ended() bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-p.done:
		return true
	case <-ctx.Done():
		_ = p.cmd.Process.Kill()
		<-p.done
		return false
	}
}

// alone waits for the providers to follow their CLI and gives those that do not; they
// are killed, so that nothing of this run is left.
func (p *process) alone() []int {
	deadline := time.Now().Add(outlive)
	for {
		left := p.providers()
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			for _, pid := range left {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			return left
		}
		wait(20 * time.Millisecond)
	}
}
