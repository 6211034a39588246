// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package anthropic holds the Terraform objects of the vendor Anthropic, one file each.
package anthropic

import (
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/api"
)

// blockName is the vendor's block in the provider's configuration.
const blockName = "anthropic"

// Block is this vendor's entry in the provider.
func Block() vendorblock.Block {
	return vendorblock.Block{
		Name: blockName, Title: "Anthropic", Reaches: "the Anthropic organization",
		Credential: vendorblock.Credential{
			Argument: "admin_key", Noun: "admin key", Env: "ANTHROPIC_ADMIN_KEY",
			Description: "An Admin API key of the organization, or a key whose user or service account is an admin. `ANTHROPIC_API_KEY`, which holds an inference key, is not read.",
			Where:       "Admin keys are created in the Console of the organization under admin keys",
			Prefixes:    []string{"sk-ant-"},
			Check:       apiclient.CheckCredential,
		},
		BaseURL: vendorblock.BaseURL{
			Env: []string{"ORGKEYS_ANTHROPIC_BASE_URL"}, Default: api.DefaultBaseURL,
			Description: "Where the Admin API is: https, or http on a loopback address. The admin key is sent there.",
			Check: func(base string, _ bool) error {
				return apiclient.Base{Default: api.DefaultBaseURL, Credential: "admin key"}.Check(base)
			},
		},
		Connect:   func(s vendorblock.Settings) (any, error) { return api.New(vendorkit.Config(s)), nil },
		APIKeys:   apiKeys.Kind,
		Resources: []func() resource.Resource{workspace.Resource(), apiKey.Resource()},
		DataSources: []func() datasource.DataSource{
			workspaceLookup.DataSource(), workspaceInventory.DataSource(), apiKeys.LookupSource(), apiKeys.InventorySource(),
		},
		Actions:       []func() action.Action{revokeKey.Action()},
		ListResources: []func() list.ListResource{workspaceListing.ListResource(), apiKeyListing.ListResource()},
	}
}

// connect gets this vendor's client from the provider's data.
func connect(providerData any) (*api.Client, error) {
	return providerdata.Client[*api.Client](providerData, blockName)
}
