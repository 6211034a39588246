// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-vaultstandin serves the stand-in for the Vault provider.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/e2e/standin"
)

func main() {
	if err := providerserver.Serve(context.Background(), standin.New, providerserver.ServeOpts{
		Address: "registry.terraform.io/" + standin.Source,
	}); err != nil {
		log.Fatal(err)
	}
}
