// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func background() context.Context { return context.Background() }

// usage is what one process took.
type usage struct {
	CPU    time.Duration
	Memory int64 // peak of the resident set, bytes
	Own    int64 // peak of what of it is the process's own: not the code that is mapped from its file
}

// standIn is the provider in the CLI's place of it: it runs the real one and notes what it took
// in a file of its own.
func standIn(path, folder string) int {
	cmd := exec.CommandContext(background(), path, os.Args[1:]...) //nolint:gosec // this program set the path itself
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ended, own := make(chan struct{}), make(chan int64)
	go func() { own <- peakOfOwn(cmd.Process.Pid, ended) }()
	err = cmd.Wait()
	close(ended)
	peak := <-own
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	one := usage{CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), Own: peak}
	if rusage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		one.Memory = rusage.Maxrss << 10 // Linux counts in KiB
	}
	text, err := json.Marshal(one)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, fmt.Sprint(os.Getpid(), ".json")), text, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

// lookEvery is how often a process's own memory is looked at; nothing else gives its peak.
const lookEvery = 5 * time.Millisecond

// peakOfOwn is the most memory of its own, in bytes, that a process had until it ended.
func peakOfOwn(pid int, ended <-chan struct{}) (peak int64) {
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ended:
			return peak
		case <-ticks.C:
			text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // it may have ended
			for line := range strings.Lines(string(text)) {
				var kib int64
				if _, err := fmt.Sscanf(line, "RssAnon: %d kB", &kib); err == nil {
					peak = max(peak, kib<<10)
				}
			}
		}
	}
}

// used is what all processes took that noted it in a folder.
func used(folder string) (usage, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return usage{}, err
	}
	if len(files) == 0 {
		return usage{}, fmt.Errorf("no provider noted in %s what it took", folder)
	}
	var all usage
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return usage{}, err
		}
		var one usage
		if err := json.Unmarshal(text, &one); err != nil {
			return usage{}, err
		}
		all.CPU, all.Memory, all.Own = all.CPU+one.CPU, max(all.Memory, one.Memory), max(all.Own, one.Own)
	}
	return all, nil
}

// handshakeOf starts a provider and waits for the line by which a CLI learns its address.
func handshakeOf(ctx context.Context, path string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = append(os.Environ(), "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=6")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	began := now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	took := now().Sub(began)
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	if err != nil {
		return 0, fmt.Errorf("%s gave no address (%q): %w", path, line, err)
	}
	return took, nil
}
