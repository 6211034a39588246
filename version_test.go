// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestAbout(t *testing.T) {
	t.Parallel()
	end := ", " + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ")"
	clean := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123abc"}, {Key: "vcs.modified", Value: "false"}}}
	edited := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123abc"}, {Key: "vcs.modified", Value: "true"}}}
	for _, c := range []struct {
		version string
		build   *debug.BuildInfo
		want    string
	}{
		{"0.1.0", clean, "terraform-provider-orgkeys 0.1.0 (commit 0123abc"},
		{"dev", edited, "terraform-provider-orgkeys dev (commit 0123abc, modified"},
		{"dev", nil, "terraform-provider-orgkeys dev (commit unknown"},
		{"dev", &debug.BuildInfo{}, "terraform-provider-orgkeys dev (commit unknown"},
	} {
		if got := about(c.version, c.build); got != c.want+end {
			t.Errorf("about(%q) is %q, want %q", c.version, got, c.want+end)
		}
	}
}
