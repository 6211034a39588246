// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-openai serves the stand-in for the other OpenAI providers.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/foreign"
)

func main() {
	if err := providerserver.Serve(context.Background(), foreign.New, providerserver.ServeOpts{
		Address: "registry.terraform.io/elsewhere/openai",
	}); err != nil {
		log.Fatal(err)
	}
}
