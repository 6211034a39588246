// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package openai holds the Terraform objects of the vendor OpenAI, one file each.
package openai

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// resources are the managed resources of this vendor.
func resources() []func() resource.Resource {
	return []func() resource.Resource{
		project.Resource(),
		serviceAccount.Resource(),
		apiKey.Resource(),
		adminKey.Resource(),
	}
}

// dataSources are the data sources of this vendor.
func dataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{
		projectLookup.DataSource(),
		serviceAccountLookup.DataSource(),
		apiKeyLookup.DataSource(),
		adminKeyLookup.DataSource(),
		projectInventory.DataSource(),
		serviceAccountInventory.DataSource(),
		apiKeyInventory.DataSource(),
		adminKeyInventory.DataSource(),
	}
}

// ephemeralResources are the ephemeral resources of this vendor.
func ephemeralResources() []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{apiKeyRun.Ephemeral()}
}

// actions are the actions of this vendor.
func actions() []func() action.Action {
	return []func() action.Action{revokeKey.Action()}
}

// listResources are the list resources of this vendor.
func listResources() []func() list.ListResource {
	return []func() list.ListResource{
		projectListing.ListResource(),
		serviceAccountListing.ListResource(),
		apiKeyListing.ListResource(),
		adminKeyListing.ListResource(),
	}
}

// connect gets this vendor's client from the provider's data.
func connect(providerData any) (*api.Client, error) {
	return providerdata.Client[*api.Client](providerData, blockName)
}

func providerSettings(providerData any) (*providerdata.Data, error) {
	return crud.Client[*providerdata.Data](providerData)
}

// revokeCommand is what a user types to revoke a key by hand. The admin key goes
// through a pipe: on curl's command line every process could read it.
func revokeCommand(client *api.Client, path string) string {
	return fmt.Sprintf(`printf 'header = "Authorization: Bearer %s"' "$OPENAI_ADMIN_KEY" | curl -K - -X DELETE %s%s`, "%s", client.BaseURL(), path)
}

// seriesMinted hands a fresh key over to its series.
func seriesMinted(minted api.MintedKey, err error) (keyseries.Minted, error) {
	if err != nil {
		return keyseries.Minted{}, err
	}
	return keyseries.Minted{ID: minted.ID, CreatedAt: minted.CreatedAt, ExpiresAt: minted.ExpiresAt, Secret: minted.Value}, nil
}

// listing indexes a list of keys for their series, once per list. A fresh one has also
// the rows whose moments cannot be true: one may be what a lost mint left behind.
func listing[T any](how keyseries.How, convert func(T) keyseries.Key) func(*api.List[T], error) (*keyseries.Listing, error) {
	return func(list *api.List[T], err error) (*keyseries.Listing, error) {
		if errors.Is(err, api.ErrNoList) {
			return nil, fmt.Errorf("%w (%w)", keyseries.ErrNoList, err)
		}
		if err != nil {
			return nil, err
		}
		if how == keyseries.Fresh && len(list.Doubtful) > 0 {
			list = &api.List[T]{ByID: with(list.ByID, list.Doubtful), Incomplete: list.Incomplete}
		}
		indexed, _ := list.Derive(func(byID map[string]T) any {
			all := make([]keyseries.Key, 0, len(byID))
			for _, key := range byID {
				all = append(all, convert(key))
			}
			out := keyseries.NewListing(all)
			out.Incomplete = list.Incomplete
			return out
		}).(*keyseries.Listing)
		return indexed, nil
	}
}

// one picks the only object of a name from a list.
func one[T any](noun, where string, name types.String, list *api.List[T], nameOf func(T) string) (T, error) {
	return crud.One(noun, where, name.ValueString(), list.ByID, nameOf)
}
