// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package openrouter holds the Terraform objects of the vendor OpenRouter, one file each.
package openrouter

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/api"
)

var limitPath = path.MatchRoot("limit")

func resources() []func() resource.Resource {
	return []func() resource.Resource{workspace.Resource(), apiKey.Resource()}
}

func dataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{workspaceLookup.DataSource(), apiKeyLookup.DataSource(), apiKeyInventory.DataSource()}
}

func actions() []func() action.Action { return []func() action.Action{revokeKey.Action()} }

func listResources() []func() list.ListResource {
	return []func() list.ListResource{workspaceListing.ListResource(), apiKeyListing.ListResource()}
}

// connect gets this vendor's client from the provider's data.
func connect(providerData any) (*api.Client, error) {
	return providerdata.Client[*api.Client](providerData, blockName)
}

// sealSettings gets the provider's sealing settings.
func sealSettings(providerData any) (seal.Settings, error) {
	data, err := crud.Client[*providerdata.Data](providerData)
	if err != nil {
		return seal.Settings{}, err
	}
	return data.Seal, nil
}

// listing indexes a list of keys for their series, once per list. A fresh one has also
// the rows whose moments cannot be true: one may be what a lost mint left behind.
func listing(how keyseries.How, list *api.List[api.Key], err error, convert func(api.Key) keyseries.Key) (*keyseries.Listing, error) {
	if errors.Is(err, apiclient.ErrNoList) {
		return nil, fmt.Errorf("%w (%w)", keyseries.ErrNoList, err)
	}
	if err != nil {
		return nil, err
	}
	index := func(byID map[string]api.Key) any {
		all := make([]keyseries.Key, 0, len(byID))
		for _, key := range byID {
			all = append(all, convert(key))
		}
		if how == keyseries.Fresh {
			for _, key := range list.Doubtful {
				all = append(all, convert(key))
			}
		}
		out := keyseries.NewListing(all)
		out.Incomplete = list.Incomplete
		return out
	}
	if how == keyseries.Fresh {
		indexed, _ := index(list.ByID).(*keyseries.Listing)
		return indexed, nil
	}
	indexed, _ := list.Derive(index).(*keyseries.Listing)
	return indexed, nil
}
