// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter

import (
	"context"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// otherProviders are the vendor's own and those that others wrote, all called openrouter;
// OpenTofu names ours from the second instance of a resource on.
var otherProviders = []string{"openrouter", "orgkeys"}

var apiKeyMoves = []crud.Move{{
	Type: "openrouter_api_key", Providers: otherProviders,
	IDs: func(ctx context.Context, source crud.Attributes) []string {
		hash := source.Text("hash", "id")
		source.WarnPlaintext(ctx, hash, "key", "api_key")
		return []string{hash}
	},
}}

var workspaceMoves = []crud.Move{{
	Type: "openrouter_workspace", Providers: otherProviders,
	IDs: func(_ context.Context, source crud.Attributes) []string { return []string{source.Text("id")} },
}}
