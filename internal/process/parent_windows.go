// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package process

import (
	"os"
	"syscall"
)

// parentEnded knows by a handle whether the parent has ended: an orphan keeps the id of
// its parent. Without a handle only the connection shows it.
func parentEnded() func() bool {
	handle, err := syscall.OpenProcess(syscall.SYNCHRONIZE, false, uint32(os.Getppid())) //nolint:gosec // an id is never negative
	if err != nil {
		return func() bool { return false }
	}
	return func() bool {
		event, err := syscall.WaitForSingleObject(handle, 0)
		return err == nil && event == syscall.WAIT_OBJECT_0
	}
}
