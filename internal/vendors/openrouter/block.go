// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter

import (
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/api"
)

// blockName is the vendor's block in the provider's configuration.
const blockName = "openrouter"

// Block is this vendor's entry in the provider.
func Block() vendorblock.Block {
	return vendorblock.Block{
		Name: blockName, Title: "OpenRouter", Reaches: "the OpenRouter organization",
		Credential: vendorblock.Credential{
			Argument: "management_key", Noun: "management key", Env: "OPENROUTER_MANAGEMENT_KEY",
			Description: "A management key of the organization, never an inference key. `OPENROUTER_API_KEY`, which holds an inference key, is not read.",
			Where:       "Management keys are created in the settings of the organization under management keys",
			Prefixes:    []string{"sk-or-"},
			Check:       api.CheckManagementKey,
		},
		BaseURL: vendorblock.BaseURL{
			Env: []string{"ORGKEYS_OPENROUTER_BASE_URL"}, Default: api.DefaultBaseURL,
			Description: "Where the management API is: https, or http on a loopback address. The management key is sent there.",
			Check:       api.CheckBaseURL,
		},
		Connect:       connectTo,
		APIKeys:       apiKeys.Kind,
		Resources:     resources(),
		DataSources:   dataSources(),
		Actions:       actions(),
		ListResources: listResources(),
	}
}

func connectTo(s vendorblock.Settings) (any, error) {
	client := api.New(vendorkit.Config(s))
	client.Nonce = func(name string) string { _, mark, _ := keyseries.Read(name); return mark.Nonce }
	return client, nil
}
