// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package debugenv takes those debug switches out of the process's environment that make
// libraries write protocol data in the clear, secrets included. Importing it is enough.
//
// Some libraries read their switch while packages are initialized. Go initializes
// packages in the order of their import paths, each after its imports: this one needs
// nothing but os and strings, and its path sorts before golang.org/x/net/http2 and
// net/http, so it comes first. It must not import more.
package debugenv

import (
	"os"
	"strings"
)

func init() { //nolint:gochecknoinits // must run before the libraries' own
	_ = os.Unsetenv("TF_LOG_SDK_PROTO_DATA_DIR") // raw messages, into files
	if settings, ok := os.LookupEnv("GODEBUG"); ok {
		_ = os.Setenv("GODEBUG", without(settings, "http2debug"))
	}
}

// without drops one setting of GODEBUG, "a=1,b=2", and what stands in one part with it: net/http
// looks for it anywhere in the text.
func without(settings, name string) string {
	var kept []string
	for setting := range strings.SplitSeq(settings, ",") {
		if !strings.Contains(setting, name+"=") {
			kept = append(kept, setting)
		}
	}
	return strings.Join(kept, ",")
}
