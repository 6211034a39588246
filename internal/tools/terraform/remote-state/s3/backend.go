// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package s3 stands in for the backend of that name.
package s3

import (
	"github.com/hashicorp/terraform/internal/backend"
	remotestate "github.com/hashicorp/terraform/internal/backend/remote-state"
)

// New returns a backend that refuses every configuration.
func New() backend.Backend { return remotestate.Absent("s3") }
