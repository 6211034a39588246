// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package remotestate stands in for Terraform's remote state backends, so that
// the CLI builds from published modules. The CLI of the tests keeps its state
// in local files; a configuration that asks for one of these backends fails.
package remotestate

import (
	"fmt"

	"github.com/hashicorp/terraform/internal/backend"
	"github.com/hashicorp/terraform/internal/backend/remote-state/inmem"
	"github.com/hashicorp/terraform/internal/tfdiags"
	"github.com/zclconf/go-cty/cty"
)

type absent struct {
	backend.Backend
	name string
}

// Absent returns a backend that refuses every configuration.
func Absent(name string) backend.Backend {
	return absent{Backend: inmem.New(), name: name}
}

// PrepareConfig refuses, because there is no backend behind the name.
func (a absent) PrepareConfig(config cty.Value) (cty.Value, tfdiags.Diagnostics) {
	var diags tfdiags.Diagnostics
	return config, diags.Append(fmt.Errorf("this test build of Terraform has no %q backend", a.name))
}
