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
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "openapifacts:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 || len(args) > 2 {
		return errors.New("arguments are needed: openapifacts FACTS.json DOCUMENT.json, or FACTS.json alone where facts were written by hand")
	}
	facts, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	head, err := openapifacts.ReadHead(facts)
	if err != nil {
		return err
	}
	out, err := taken(head, facts, strings.Join(args[1:], "")) // none or one
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], out, 0o600) // the mode of a new file; this one exists
}

// taken is the file of facts anew: from the document at a path, or from itself without one.
func taken(head openapifacts.Head, facts []byte, path string) ([]byte, error) {
	name := ""
	if path != "" {
		name = filepath.Base(path)
	}
	if name != head.Document {
		return nil, fmt.Errorf("the facts come from %q, not %q: correct x-facts.document, source and date if that is meant", head.Document, name)
	}
	if name == "" {
		return openapifacts.Retake(facts)
	}
	document, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return openapifacts.Take(head, document)
}
