// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package e2e tests the way of a key from its mint to where a workload reads it: with
// the real CLI, the provider as a real process, a real Vault and the ordinary age tool,
// against the simulated API. `make e2e` runs it.
package e2e
