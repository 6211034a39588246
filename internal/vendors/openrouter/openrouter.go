// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package openrouter holds the Terraform objects of the vendor OpenRouter, one file each.
package openrouter

import (
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/api"
)

func resources() []func() resource.Resource {
	return []func() resource.Resource{workspace.Resource(), apiKey.Resource()}
}

func dataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{workspaceLookup.DataSource(), apiKeys.LookupSource(), apiKeys.InventorySource()}
}

func actions() []func() action.Action { return []func() action.Action{revokeKey.Action()} }

func listResources() []func() list.ListResource {
	return []func() list.ListResource{workspaceListing.ListResource(), apiKeyListing.ListResource()}
}

// connect gets this vendor's client from the provider's data.
func connect(providerData any) (*api.Client, error) {
	return providerdata.Client[*api.Client](providerData, blockName)
}
