// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package litellm holds the Terraform objects of the vendor LiteLLM, a proxy of one's own,
// one file each.
package litellm

import (
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/api"
)

// blockName is the vendor's block in the provider's configuration.
const blockName = "litellm"

// Block is this vendor's entry in the provider.
func Block() vendorblock.Block {
	return vendorblock.Block{
		Name: blockName, Title: "LiteLLM", Reaches: "the LiteLLM proxy",
		Credential: vendorblock.Credential{
			Argument: "api_key", Noun: "API key", Env: "LITELLM_API_KEY",
			Description: "The proxy's master key or, better, a virtual key of a proxy admin; for keys of one team, the key of an admin of that team is enough. A key for inference manages nothing.",
			Where:       "Virtual keys are created in the proxy's web page under virtual keys",
			Prefixes:    []string{"sk-"},
			Check:       api.CheckAPIKey,
		},
		BaseURL: vendorblock.BaseURL{
			Env:         []string{"ORGKEYS_LITELLM_BASE_URL", "LITELLM_API_BASE"},
			Description: "Where the proxy is, with its path if it has one: https, or http on a loopback address. The API key is sent there.",
			AllowHTTP:   true,
			Check:       api.CheckBaseURL,
		},
		Connect: func(s vendorblock.Settings) (any, error) {
			return api.New(vendorkit.Config(s)), nil
		},
		APIKeys:       keyTable.Kind,
		Resources:     []func() resource.Resource{key.Resource()},
		DataSources:   []func() datasource.DataSource{team.DataSource(), keyTable.LookupSource(), keyTable.InventorySource()},
		Actions:       []func() action.Action{revokeKey.Action()},
		ListResources: []func() list.ListResource{keyListing.ListResource()},
	}
}

// connect gets this vendor's client from the provider's data.
func connect(providerData any) (*api.Client, error) {
	return providerdata.Client[*api.Client](providerData, blockName)
}
