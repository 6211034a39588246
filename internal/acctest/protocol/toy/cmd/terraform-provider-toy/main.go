// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-toy serves the toy as a plugin. Its journal is the file named
// by TOY_JOURNAL.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol/toy"
)

func main() {
	server := &toy.Server{Number: os.Getpid(), Note: note, Crash: func() { os.Exit(1) }}
	if err := tf6server.Serve("registry.terraform.io/orgkeys/toy", func() tfprotov6.ProviderServer { return server }); err != nil {
		log.Fatal(err)
	}
}

// note writes a line at once: a crash must not lose it.
func note(line string) {
	journal, err := os.OpenFile(os.Getenv("TOY_JOURNAL"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := fmt.Fprintln(journal, line); err != nil {
		log.Fatal(err)
	}
	if err := journal.Close(); err != nil {
		log.Fatal(err)
	}
}
