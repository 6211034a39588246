// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package anthropic

import (
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyadopt"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// apiKeys are the keys of the organization, for all that is asked and done beside managing
// them.
var apiKeys = keyinventory.Table{
	TypeName: apiKey.TypeName,
	Kind: keyinventory.Kind{
		Noun: apiKey.Noun, Place: apiKey.Place, Can: keyseries.Capabilities{LastUse: keyseries.UseHidden}, Connect: apiKey.Source,
	},
	Owners: owners,
	Columns: []keyinventory.Column{
		keyinventory.Text("workspace_id", "The id of the key's workspace; null for a key of the whole organization.", keyinventory.PlaceID),
		keyinventory.Text("workspace_name", "The name of the key's workspace.", keyinventory.PlaceName),
		keyadopt.Status("`active`, `inactive`, `archived` or `expired`."),
	},
	Lookup: keyinventory.Texts{
		About: "What the API shows of one key, never its secret. Found by its id, or by its exact name and its workspace. By its id an archived or expired key is found, too.",
		Unset: everywhere,
	},
	Inventory: keyinventory.Texts{
		About: "Which API keys there are, whom they act for and how old they are: in one workspace or in the whole organization, oldest first. Inactive keys are listed; archived and expired ones are not. The API does not show when a key was last used.\n\nNothing in it is secret, so a `check` block over it can watch an organization.",
		Unset: everywhere,
	},
}

const everywhere = "the whole organization"

var owners = keyinventory.Owners{
	Types: []string{keyinventory.OwnedByUser, keyinventory.OwnedByServiceAccount, keyinventory.OwnedByOrganization},
	Means: "`service_account`, `user`, or `organization` for an older key without either", Who: "service account or user",
}

// apiKeyListing finds what can be adopted.
var apiKeyListing = keyinventory.Listing[*apiKeyModel]{
	Kind: apiKeys.Kind,
	Texts: keyinventory.Texts{
		About: "Finds the API keys that can be adopted, in one workspace or in the whole organization, including those of users. Archived and expired ones are not listed; keys that Terraform manages already are.",
		Unset: everywhere,
	},
	Adopts: apiKey.Adoptable(),
}

// revokeKey archives a key at once, whomever it acts for and whether it is managed.
var revokeKey = keyinventory.Revocation{
	TypeName: "anthropic_revoke_key",
	Kind:     apiKeys.Kind,
	About:    "Archives one API key at once, for good: for a key that leaked, or one that is no longer needed. The key need not be managed by Terraform, and may be a user's. Workloads that still use it fail from then on. A key that is archived or has expired already is left as it is.",
	Bind:     apiKey.Revoker,
	Example:  apiKey.Example,
	Check:    "that it is the id of a key of this organization",
}
