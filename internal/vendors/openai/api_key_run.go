// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// A key for one run. Terraform opens it while planning as well, so every plan makes
// and revokes one: it is no way to give a workload its key.
var apiKeyRun = keyresource.Run[apiKeyRunModel]{
	TypeName: "openai_api_key",
	Noun:     "API key",
	Schema:   keyresource.RunSchema(apiKeyRunDescription, longestLifetime, apiKeyRunAttributes),
	Can:      apiKeyCan,
	Key:      func(m *apiKeyRunModel) *keyresource.RunKey { return &m.RunKey },
	Bind: func(providerData any, m apiKeyRunModel) (keyseries.Vendor, error) {
		return bindKeys(providerData, m.ProjectID.ValueString(), m.ServiceAccountID.ValueString(), restriction(m.Scopes))
	},
	Parents: func(m *apiKeyRunModel) []*types.String { return []*types.String{&m.ProjectID, &m.ServiceAccountID} },
}

const apiKeyRunDescription = "An API key that exists only for this Terraform run: created when the run opens it, revoked when the run is over, and stored in no state. Use it for calls of the run itself.\n\nTerraform opens ephemeral resources **while planning as well**: every plan and every apply creates a key and revokes it. A key for a workload is the managed resource `orgkeys_openai_api_key`, whose secret `orgkeys_unsealed` hands over.\n\nTerraform does not close an ephemeral resource if a resource that uses it failed, or if the run was stopped. The provider then revokes the key itself when its process ends, for which Terraform grants two seconds, and also when Terraform was killed. If the provider is killed too, the server expires the key after `lifetime`."

type apiKeyRunModel struct {
	ProjectID        types.String `tfsdk:"project_id"`
	ServiceAccountID types.String `tfsdk:"service_account_id"`
	Scopes           types.Set    `tfsdk:"scopes"`
	keyresource.RunKey
}

var apiKeyRunAttributes = map[string]schema.Attribute{
	"project_id": schema.StringAttribute{
		Required: true, MarkdownDescription: "The id of the project.",
		Validators: []validator.String{crud.PathElement()},
	},
	"service_account_id": schema.StringAttribute{
		Required: true, MarkdownDescription: "The id of the service account that owns the key.",
		Validators: []validator.String{crud.PathElement()},
	},
	"scopes": schema.SetAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Scopes that limit what the key may do, named as in the dashboard. Unset, or `[\"all\"]`: everything the account may do.",
		Validators:          []validator.Set{scopeSet{}, crud.NoNulls()},
	},
}
