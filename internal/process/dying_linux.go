// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package process

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// signaled is the kernel's flag for a thread that a signal ends (PF_SIGNALED).
const signaled = 0x400

// dying reports whether a process is being killed. A killed process on a busy machine needs more than
// [vanishing] until its connections are cut, but the kernel shows the signal at its main thread long
// before. False where there is no /proc.
func dying(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	// See proc(5). The name of the program, in parentheses, may have anything in it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 29 {
		return false
	}
	flags, _ := strconv.ParseUint(fields[6], 10, 64)
	pending, _ := strconv.ParseUint(fields[28], 10, 64)
	return flags&signaled != 0 || pending&(1<<(uint(syscall.SIGKILL)-1)) != 0
}
