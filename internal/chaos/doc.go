// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package chaos kills the real CLI and the real provider at random moments of creates,
// rotations and destroys of ten keys, lets one apply follow each kill, and counts what
// became of the keys. Its tests run on Linux, which shows processes in /proc.
package chaos
