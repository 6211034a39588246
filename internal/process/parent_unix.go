// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

//go:build !windows

package process

import "os"

// parentEnded knows by its id whether the parent has ended: an orphan gets another one. Where the
// system shows it, a parent that is being killed has ended too.
func parentEnded() func() bool {
	first := os.Getppid()
	return func() bool { return os.Getppid() != first || dying(first) }
}
