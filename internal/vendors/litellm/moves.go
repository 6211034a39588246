// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm

import (
	"context"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// keyMoves are the keys of ncecere/litellm and of the vendor's own BerriAI/litellm. Their
// ids are the hash, with or without a prefix, or in older versions the secret itself.
// OpenTofu names our provider from the second instance of a resource on.
var keyMoves = []crud.Move{{
	Type: "litellm_key", Providers: []string{"litellm", "orgkeys"},
	IDs: func(ctx context.Context, source crud.Attributes) []string {
		id := strings.TrimPrefix(source.Text("id", "token_id", "token"), "sha256:")
		plain, plaintexts := source.Text("key"), []string{"key"}
		if strings.HasPrefix(id, "sk-") {
			plain, plaintexts = id, []string{"id"}
		}
		if !hashes().MatchString(id) && plain != "" {
			id = secret.New(plain).Fingerprint()
		}
		source.WarnPlaintext(ctx, id, plaintexts...)
		return []string{id}
	},
}}
