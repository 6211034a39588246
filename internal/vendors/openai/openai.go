// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package openai holds the Terraform objects of the vendor OpenAI, one file each.
package openai

import (
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// resources are the managed resources of this vendor.
func resources() []func() resource.Resource {
	return []func() resource.Resource{
		project.Resource(),
		serviceAccount.Resource(),
		apiKey.Resource(),
		adminKey.Resource(),
		group.Resource(),
		groupMember.Resource(),

		role.Resource(),
		projectRole.Resource(),
		roleAssignment.Resource(),
		projectRoleAssignment.Resource(),
		projectGroup.Resource(),
		projectUser.Resource(),
		userRole.Resource(),
		invite.Resource(),
		projectRateLimit.Resource(),
		projectModelPermissions.Resource(),
		projectHostedToolPermissions.Resource(),
		projectServiceTiers.Resource(),
		projectSpendLimit.Resource(),
		organizationSpendLimit.Resource(),
		projectSpendAlert.Resource(),
		organizationSpendAlert.Resource(),
		projectDataRetention.Resource(),
		organizationDataRetention.Resource(),
		identityProvider.Resource(),
		federationRule.Resource(),
	}
}

// dataSources are the data sources of this vendor.
func dataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{
		projectLookup.DataSource(),
		serviceAccountLookup.DataSource(),
		apiKeys.LookupSource(),
		organizationKeys.LookupSource(),
		projectInventory.DataSource(),
		serviceAccountInventory.DataSource(),
		apiKeys.InventorySource(),
		organizationKeys.InventorySource(),
		groupLookup.DataSource(),
		groupInventory.DataSource(),

		roleLookup.DataSource(),
		roleInventory.DataSource(),
		projectRoleLookup.DataSource(),
		projectRoleInventory.DataSource(),
		userLookup.DataSource(),
		userInventory.DataSource(),
		projectUserLookup.DataSource(),
		projectUserInventory.DataSource(),
		rateLimitInventory.DataSource(),
		modelPermissionsLookup.DataSource(),
		identityProviderLookup.DataSource(),
		federationRuleLookup.DataSource(),
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
		groupListing.ListResource(),
		groupMemberListing.ListResource(),

		roleListing.ListResource(),
		projectRoleListing.ListResource(),
		roleAssignmentListing.ListResource(),
		projectRoleAssignmentListing.ListResource(),
		projectGroupListing.ListResource(),
		projectUserListing.ListResource(),
		userRoleListing.ListResource(),
		inviteListing.ListResource(),
		rateLimitListing.ListResource(),
		projectSpendAlertListing.ListResource(),
		organizationSpendAlertListing.ListResource(),
		identityProviderListing.ListResource(),
		federationRuleListing.ListResource(),
	}
}

// connect gets this vendor's client from the provider's data.
func connect(providerData any) (*api.Client, error) {
	return providerdata.Client[*api.Client](providerData, blockName)
}

// revokeCommand is what a user types to revoke a key by hand.
func revokeCommand(client *api.Client, path string) string {
	return vendorkit.Curl("Authorization: Bearer %s", "OPENAI_ADMIN_KEY", "DELETE", client.BaseURL()+path)
}

// seriesMinted hands a fresh key over to its series.
func seriesMinted(minted api.MintedKey, err error) (keyseries.Minted, error) {
	if err != nil {
		return keyseries.Minted{}, err
	}
	return keyseries.Minted{ID: minted.ID, Name: minted.Name, CreatedAt: minted.CreatedAt, ExpiresAt: minted.ExpiresAt, Secret: minted.Value}, nil
}
