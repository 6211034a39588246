// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command provider stands for the program of a release in tests of internal/release: it
// says its version, greets a CLI, and is linked from another module.
package main

import (
	"fmt"
	"os"

	"golang.org/x/time/rate"
)

func main() {
	switch {
	case len(os.Args) > 1:
		fmt.Println("terraform-provider-orgkeys 0.1.0 (for tests)")
	case os.Getenv("TF_PLUGIN_MAGIC_COOKIE") == "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2":
		fmt.Println("1|6|unix|/tmp/none|grpc|")
	}
	_ = rate.Inf
}
