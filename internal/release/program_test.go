// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package release_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// program stands for the provider, built as releases are but in a moment.
var program string

func TestMain(m *testing.M) { os.Exit(withProgram(m)) }

func withProgram(m *testing.M) int {
	folder, err := os.MkdirTemp("", "orgkeys-release-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program = filepath.Join(folder, "provider")
	build := exec.Command("go", "build", "-trimpath", "-tags=grpcnotrace", "-buildvcs=false", "-o", program, "./testdata/provider")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v: %s\n", err, out)
		return 1
	}
	return m.Run()
}
