// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command openapifacts writes a file of facts anew from a vendor's OpenAPI document, as the
// head of the file asks for. See package openapifacts.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "openapifacts:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("two arguments are needed: openapifacts FACTS.json DOCUMENT.json")
	}
	facts, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	document, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	head, err := openapifacts.ReadHead(facts)
	if err != nil {
		return err
	}
	if name := filepath.Base(args[1]); name != head.Document {
		return fmt.Errorf("the facts come from %s, not %s: correct x-facts.document, source and date if that is meant", head.Document, name)
	}
	out, err := openapifacts.Take(head, document)
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], out, 0o600) // the mode of a new file; this one exists
}
