// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

// Before the libraries read their debug switches.
import _ "github.com/orgkeys/terraform-provider-orgkeys/internal/debugenv"
