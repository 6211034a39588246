// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package process

import (
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// A killed process is dying before its parent has waited for it, and no longer once it is gone.
func TestAKilledParentIsDying(t *testing.T) {
	t.Parallel()
	for range 50 {
		cmd := exec.CommandContext(t.Context(), "sleep", "60")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		pid := cmd.Process.Pid
		if dying(pid) {
			t.Error("a process that runs is said to be dying")
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for began := time.Now(); !dying(pid); {
			if time.Since(began) > vanishing {
				t.Error("a process that was killed is not said to be dying")
				break
			}
		}
		_ = cmd.Wait() // killed
		if dying(pid) {
			t.Error("a process that is gone is said to be dying")
		}
	}
}
