// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-orgkeys is the provider's plugin process. Terraform and
// OpenTofu start it; it does nothing useful by itself.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "keep running and print how to attach Terraform, for debuggers")
	flag.Parse()
	err := providerserver.Serve(context.Background(), provider.New(version, provider.Options{}), providerserver.ServeOpts{
		Address: "registry.terraform.io/orgkeys/orgkeys",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
