// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package providerdata is what the configured provider hands to its objects.
package providerdata

import (
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	openai "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// Data is the configured provider. Each vendor has its own part, which may be missing.
type Data struct {
	Seal seal.Settings

	OpenAI    *openai.Client
	OpenAIErr error // why there is no client
}
