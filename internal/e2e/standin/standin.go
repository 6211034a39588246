// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package standin is a stand-in for the Vault provider of HashiCorp, for tests. It has
// one resource, called and configured like theirs, and writes to a real Vault. It shows
// what a provider with write-only arguments gets from ours, and nothing about theirs.
package standin

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	pschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/vault/api"
)

// Source is where configurations find the stand-in.
const Source = "orgkeys/vaultstandin"

// New makes the provider; its type name is "vault", so that examples need no other change
// than the source.
func New() provider.Provider { return &standIn{} }

type standIn struct{}

func (*standIn) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "vault"
}

func (*standIn) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = pschema.Schema{Attributes: map[string]pschema.Attribute{
		"forgets_failed_updates": pschema.BoolAttribute{
			Optional:    true,
			Description: "Keep the planned state after a failed update, as providers on terraform-plugin-sdk do unless they take care.",
		},
	}}
}

type settings struct {
	client  *api.Client
	forgets bool
}

// Configure takes address and token from the environment: VAULT_ADDR and VAULT_TOKEN.
func (*standIn) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	config := api.DefaultConfig()
	if config.Error != nil {
		resp.Diagnostics.AddError("The environment does not describe a Vault", config.Error.Error())
		return
	}
	client, err := api.NewClient(config)
	if err != nil {
		resp.Diagnostics.AddError("No client for Vault", err.Error())
		return
	}
	var forgets types.Bool
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("forgets_failed_updates"), &forgets)...)
	resp.ResourceData = &settings{client, forgets.ValueBool()}
}

func (*standIn) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &kvSecret{} }}
}

func (*standIn) DataSources(context.Context) []func() datasource.DataSource { return nil }

type kvSecret struct{ *settings }

type kvModel struct {
	Mount             types.String `tfsdk:"mount"`
	Name              types.String `tfsdk:"name"`
	DataJSON          types.String `tfsdk:"data_json"`
	DataJSONWO        types.String `tfsdk:"data_json_wo"`
	DataJSONWOVersion types.Int64  `tfsdk:"data_json_wo_version"`
	DeleteAllVersions types.Bool   `tfsdk:"delete_all_versions"`
}

func (*kvSecret) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "vault_kv_secret_v2"
}

func (*kvSecret) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	elsewhere := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"mount":        schema.StringAttribute{Required: true, PlanModifiers: elsewhere},
		"name":         schema.StringAttribute{Required: true, PlanModifiers: elsewhere},
		"data_json":    schema.StringAttribute{Optional: true, Sensitive: true},
		"data_json_wo": schema.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true},
		"data_json_wo_version": schema.Int64Attribute{
			Optional:   true,
			Validators: []validator.Int64{int64validator.AlsoRequires(path.MatchRoot("data_json_wo"))},
		},
		"delete_all_versions": schema.BoolAttribute{Optional: true},
	}}
}

// ConfigValidators refuse null for both, and a value for both. Terraform asks them while
// planning too, when an ephemeral value is known.
func (*kvSecret) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{
		resourcevalidator.ExactlyOneOf(path.MatchRoot("data_json"), path.MatchRoot("data_json_wo")),
	}
}

func (k *kvSecret) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	k.settings, _ = req.ProviderData.(*settings)
}

func (k *kvSecret) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config kvModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := k.write(ctx, config); err != nil {
		resp.Diagnostics.AddError("Vault did not take the secret", err.Error())
		return
	}
	resp.State.Raw = req.Plan.Raw
}

func (k *kvSecret) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, state kvModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// A write-only value counts only when its version changes: there is no old one to compare.
	if !config.DataJSONWOVersion.Equal(state.DataJSONWOVersion) || !config.DataJSON.Equal(state.DataJSON) {
		if err := k.write(ctx, config); err != nil {
			resp.Diagnostics.AddError("Vault did not take the secret", err.Error())
			if !k.forgets {
				return
			}
		}
	}
	resp.State.Raw = req.Plan.Raw
}

func (k *kvSecret) write(ctx context.Context, config kvModel) error {
	text := config.DataJSONWO
	if text.IsNull() {
		text = config.DataJSON
	}
	var data map[string]any
	if err := json.Unmarshal([]byte(text.ValueString()), &data); err != nil {
		return errors.New("the data is not a JSON object") // the error of the parser would quote it
	}
	_, err := k.client.KVv2(config.Mount.ValueString()).Put(ctx, config.Name.ValueString(), data)
	return err
}

func (k *kvSecret) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state kvModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	held, err := k.client.KVv2(state.Mount.ValueString()).Get(ctx, state.Name.ValueString())
	switch {
	case errors.Is(err, api.ErrSecretNotFound) || err == nil && held.Data == nil:
		resp.State.RemoveResource(ctx)
	case err != nil:
		resp.Diagnostics.AddError("Vault does not answer", err.Error())
	}
}

func (k *kvSecret) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state kvModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	remove := k.client.KVv2(state.Mount.ValueString()).Delete
	if state.DeleteAllVersions.ValueBool() {
		remove = k.client.KVv2(state.Mount.ValueString()).DeleteMetadata
	}
	if err := remove(ctx, state.Name.ValueString()); err != nil {
		resp.Diagnostics.AddError("Vault did not delete the secret", err.Error())
	}
}
