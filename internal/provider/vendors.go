// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter"
)

// vendors are what this provider is built with. A new one is one line here.
func vendors() []vendorblock.Block {
	return []vendorblock.Block{
		openai.Block(),
		openrouter.Block(),
		litellm.Block(),
		elevenlabs.Block(),
		anthropic.Block(),
	}
}
