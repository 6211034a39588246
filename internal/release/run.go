// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package release

import (
	"archive/zip"
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Run starts the program of this machine's platform, out of its archive: it must know its
// version, and greet a CLI in the plugin protocol.
func (d Dist) Run(ctx context.Context) error {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	files, err := zip.OpenReader(d.file(platform + ".zip"))
	if err != nil {
		return err
	}
	defer func() { _ = files.Close() }()
	data, err := d.read(files, platform)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "orgkeys-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program := filepath.Join(folder, d.Program(platform))
	if err := os.WriteFile(program, data, 0o700); err != nil { //nolint:gosec // a program to run
		return err
	}
	if err := Versioned(ctx, program, d.Version); err != nil {
		return err
	}
	return Greets(ctx, program)
}

// Versioned fails unless a program says with -version that it is the given one.
func Versioned(ctx context.Context, program, version string) error {
	out, err := exec.CommandContext(ctx, program, "-version").Output()
	if err != nil {
		return fmt.Errorf("%s -version: %w", program, err)
	}
	if want := Project + " " + version + " ("; !strings.HasPrefix(string(out), want) {
		return fmt.Errorf("%s -version prints %q, want %q first", program, out, want)
	}
	return nil
}

// Greets fails unless a program answers as a provider when a CLI starts it: with one line
// that names plugin protocol 6 and where it listens.
func Greets(ctx context.Context, program string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	plugin := exec.CommandContext(ctx, program)
	plugin.Env = append(os.Environ(), "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
	out, err := plugin.StdoutPipe()
	if err != nil {
		return err
	}
	if err := plugin.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	stop() // it would wait for a CLI
	_ = plugin.Wait()
	if err != nil {
		return fmt.Errorf("%s ended without a greeting: %w", program, err)
	}
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 5 || parts[0] != "1" || parts[1] != "6" || parts[4] != "grpc" {
		return fmt.Errorf("%s greets with %q, want protocol 6 over gRPC", program, line)
	}
	return nil
}
