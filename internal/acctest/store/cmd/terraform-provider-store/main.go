// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-store serves the stand-in write-only consumer.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/store"
)

func main() {
	if err := providerserver.Serve(context.Background(), store.New, providerserver.ServeOpts{
		Address: "registry.terraform.io/orgkeys/store",
	}); err != nil {
		log.Fatal(err)
	}
}
