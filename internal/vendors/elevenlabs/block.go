// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package elevenlabs holds the Terraform objects of the vendor ElevenLabs, one file each.
package elevenlabs

import (
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/api"
)

// blockName is the vendor's block in the provider's configuration.
const blockName = "elevenlabs"

// Block is this vendor's entry in the provider.
func Block() vendorblock.Block {
	return vendorblock.Block{
		Name: blockName, Title: "ElevenLabs", Reaches: "the ElevenLabs workspace",
		Credential: vendorblock.Credential{
			Argument: "api_key", Noun: "API key", Env: "ELEVENLABS_API_KEY",
			Description: "The API key of a workspace admin, or of a service account, with the permission `service_account_write`. Best is a service account for Terraform alone, created by hand.",
			Where:       "API keys are created in the workspace's settings, under API keys or service accounts",
			Check:       apiclient.CheckCredential,
		},
		BaseURL: vendorblock.BaseURL{
			Env: []string{"ORGKEYS_ELEVENLABS_BASE_URL"}, Default: api.DefaultBaseURL,
			Description: "Where the API is, without a path: https, or http on a loopback address. Isolated environments have addresses of their own, such as `https://api.eu.residency.elevenlabs.io`. A key of one environment is unknown in every other one. The API key is sent there.",
			Check:       api.CheckBaseURL,
		},
		Connect: func(s vendorblock.Settings) (any, error) {
			return api.New(vendorkit.Config(s)), nil
		},
		APIKeys:       apiKeys.Kind,
		Resources:     []func() resource.Resource{serviceAccount.Resource(), apiKey.Resource()},
		DataSources:   []func() datasource.DataSource{serviceAccountLookup.DataSource(), serviceAccountInventory.DataSource(), apiKeys.LookupSource(), apiKeys.InventorySource()},
		Actions:       []func() action.Action{revokeKey.Action()},
		ListResources: []func() list.ListResource{serviceAccountListing.ListResource(), apiKeyListing.ListResource()},
	}
}

// connect gets this vendor's client from the provider's data.
func connect(providerData any) (*api.Client, error) {
	return providerdata.Client[*api.Client](providerData, blockName)
}
