// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package anthropic

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyadopt"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/api"
)

// archive is what a destroy does to a workspace, and may do to a key.
const archive = "archive"

// An API key that somebody created in the Console: adopted, renamed, switched off.
var apiKey = keyadopt.Kind[apiKeyModel]{
	TypeName: "anthropic_api_key", Title: "Anthropic",
	Noun: "API key", Place: "workspace",
	Example: "apikey_01Rj2N8SVvo6BePZj99NhmiT",
	About:   "An API key that was created in the Console: the API creates no keys and shows no secret.",
	Words: keyadopt.Words{
		Console: api.Console, Died: "was archived or has expired", Idle: "An inactive key",
		OfUser:  "Create a key of a service account in the Console, and move the workload over.",
		MayBe:   "Give an Admin key, which no list shows, as anthropic.admin_key first. Or switch it off in the Console, if it is another key",
		MayHave: "Give an Admin key, which no list shows, as anthropic.admin_key, or archive the workspace in the Console",
	},
	Owners:  owners,
	Longest: 500,
	On:      api.Active, Off: api.Inactive, Dead: api.Dead,
	Ends: []keyadopt.End{
		{Name: "deactivate", Status: api.Inactive, Does: "makes it inactive", Done: "deactivated"},
		{Name: archive, Status: api.Archived, Does: "archives it for good", Done: "archived", Final: "Archiving is final"},
	},
	Own: map[string]schema.Attribute{
		"workspace_id":     crud.Fixed("The id of the key's workspace; null for a key of the whole organization."),
		"partial_key_hint": crud.Fixed("What the API shows of the secret: its first and last characters."),
	},
	Parts: func(m *apiKeyModel) keyadopt.Parts {
		return keyadopt.Parts{Key: &m.Key, PlaceID: &m.WorkspaceID, Hint: &m.PartialKeyHint}
	},
	Connect: func(providerData any) (keyadopt.Vendor, error) {
		client, err := connect(providerData)
		if err != nil {
			return keyadopt.Vendor{}, err
		}
		return keyadopt.In(client.Keys, client.Workspaces, workspaces.Facts, func(ctx context.Context, id string) (keyinventory.Place, error) {
			w, err := client.Workspace(ctx, id, time.Time{})
			return keyinventory.Place{ID: w.ID, Name: w.Name}, err
		}), nil
	},
	Moves: []crud.Move{{
		Type: "anthropic_api_key", Providers: otherProviders,
		IDs: func(_ context.Context, source crud.Attributes) []string {
			return []string{source.Text("id", "api_key_id")}
		},
	}},
}

type apiKeyModel struct {
	keyadopt.Key
	WorkspaceID    types.String `tfsdk:"workspace_id"`
	PartialKeyHint types.String `tfsdk:"partial_key_hint"`
}

// otherProviders differ in their namespaces and are all called anthropic. OpenTofu gives the
// old provider for the first instance of a resource only: once that has moved, it names ours.
var otherProviders = []string{"anthropic", "orgkeys"}

var workspaceMoves = []crud.Move{{
	Type: "anthropic_workspace", Providers: otherProviders,
	IDs: func(_ context.Context, source crud.Attributes) []string { return []string{source.Text("id")} },
}}
