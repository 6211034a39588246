// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-orgkeys is the provider's plugin process. Terraform and
// OpenTofu start it; it does nothing useful by itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"runtime/debug"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// version is set by the release build.
var version = "dev"

// settle shortens [keyseries.SettleFor]; only the chaos tests build with it.
var settle string

// address is where registries have the provider.
const address = "registry.terraform.io/orgkeys/orgkeys"

func main() {
	// Libraries write to it: net/http quotes an answer that nobody asked for, secrets included.
	log.SetOutput(io.Discard)
	debugger := flag.Bool("debug", false, "keep running and print how to attach Terraform, for debuggers")
	asked := flag.Bool("version", false, "print the version and end")
	flag.Parse()
	if *asked {
		build, _ := debug.ReadBuildInfo()
		fmt.Println(about(version, build))
		return
	}
	quiet()
	if short, err := time.ParseDuration(settle); err == nil {
		keyseries.SettleFor = short
	}
	run := serve
	if *debugger {
		run = serveDebugger
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, secret.Shown(err.Error()))
		os.Exit(1)
	}
}

// serveDebugger runs until it is interrupted: CLIs come and go.
func serveDebugger() error {
	open := &keyseries.Revocable{}
	server, err := provider.NewServer(version, provider.Options{Open: open})()
	if err != nil {
		return err
	}
	err = tf6server.Serve(address, func() tfprotov6.ProviderServer { return server }, tf6server.WithManagedDebug())
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	open.RevokeAll(ctx) // run-scoped keys that no CLI has closed
	return err
}

// quiet stops logs that nobody asked for. The plugin libraries write everything, at
// TRACE, for the CLI to throw away: two fifths of the time of a large plan.
func quiet() {
	for _, name := range []string{"TF_LOG", "TF_LOG_PROVIDER"} {
		if os.Getenv(name) != "" {
			return
		}
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_ORGKEYS"} {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, "OFF")
		}
	}
}
