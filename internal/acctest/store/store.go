// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package store is a write-only consumer for tests and the demo: a provider whose one
// resource takes a secret as a write-only argument and keeps it in a file, the way a
// real secret store's provider hands it to the store. It stands in for those; it is
// never shipped.
package store

import (
	"context"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	pschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// New makes the provider; its type name is "store".
func New() provider.Provider { return &storeProvider{} }

type storeProvider struct{}

func (*storeProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "store"
}

func (*storeProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = pschema.Schema{Attributes: map[string]pschema.Attribute{
		"directory": pschema.StringAttribute{Required: true},
	}}
}

func (*storeProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var directory types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("directory"), &directory)...)
	resp.ResourceData = directory.ValueString()
}

func (*storeProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &secretResource{} }}
}

func (*storeProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

type secretResource struct{ directory string }

type secretModel struct {
	Name    types.String `tfsdk:"name"`
	Data    types.String `tfsdk:"data_wo"`
	Version types.Int64  `tfsdk:"data_wo_version"`
}

func (*secretResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "store_secret"
}

func (*secretResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"name":            schema.StringAttribute{Required: true},
		"data_wo":         schema.StringAttribute{Optional: true, WriteOnly: true},
		"data_wo_version": schema.Int64Attribute{Optional: true},
	}}
}

func (s *secretResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	s.directory, _ = req.ProviderData.(string)
}

func (s *secretResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config secretModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !s.write(config, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (s *secretResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config secretModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	// Like real stores: the write-only value counts only when its version changes.
	if !plan.Version.Equal(state.Version) && !s.write(config, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (s *secretResource) write(config secretModel, diags interface {
	AddError(summary, detail string)
	HasError() bool
},
) bool {
	if diags.HasError() {
		return false
	}
	if config.Data.IsNull() {
		diags.AddError("data_wo is null", "The store takes no null secret.")
		return false
	}
	file := filepath.Join(s.directory, filepath.Base(config.Name.ValueString()))
	if err := os.WriteFile(file, []byte(config.Data.ValueString()), 0o600); err != nil {
		diags.AddError("The store is down", err.Error())
		return false
	}
	return true
}

func (*secretResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (s *secretResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state secretModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	err := os.Remove(filepath.Join(s.directory, filepath.Base(state.Name.ValueString())))
	if err != nil && !os.IsNotExist(err) {
		resp.Diagnostics.AddError("The store is down", err.Error())
	}
}
