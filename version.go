// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// about is what -version prints: the version, and what it was built from and for.
func about(version string, build *debug.BuildInfo) string {
	commit := "unknown"
	modified := ""
	if build != nil {
		for _, setting := range build.Settings {
			switch {
			case setting.Key == "vcs.revision":
				commit = setting.Value
			case setting.Key == "vcs.modified" && setting.Value == "true":
				modified = ", modified"
			}
		}
	}
	return fmt.Sprintf("terraform-provider-orgkeys %s (commit %s%s, %s, %s/%s)",
		version, commit, modified, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
