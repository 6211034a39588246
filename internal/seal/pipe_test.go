// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package seal_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
)

// A pipe without a writer and a file without an end: neither may hang a run.
func TestIdentityFileThatNeverEnds(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pipe, "/dev/zero"} {
		if _, err := seal.ReadIdentityFile(name); err == nil || !strings.Contains(err.Error(), "a pipe or device") {
			t.Errorf("ReadIdentityFile(%s) = %v, want an error", name, err)
		}
	}
}
