// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package walls has only tests: they keep the parts of this repository apart, over every
// import that an import brings along, and keep vendors' words out of the core.
package walls
