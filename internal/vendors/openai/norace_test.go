// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

//go:build !race

package openai_test

const slowed = false
