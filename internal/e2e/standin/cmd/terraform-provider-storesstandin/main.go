// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-storesstandin serves the stand-in for the providers of secret stores.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/e2e/standin/stores"
)

func main() {
	if err := providerserver.Serve(context.Background(), stores.New, providerserver.ServeOpts{
		Address: "registry.terraform.io/" + stores.Source,
	}); err != nil {
		log.Fatal(err)
	}
}
