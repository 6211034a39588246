// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package stores is a stand-in for the providers of secret stores, for tests of the pages that
// show them. Its resources are called and configured as on those pages, and keep a secret in a
// file. It shows what such a provider gets from ours, and nothing about theirs.
package stores

import (
	"context"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

const (
	// Source is where configurations find the stand-in, whatever they call it.
	Source = "orgkeys/storesstandin"
	// Folder is the variable of the environment that names the folder of the secret.
	Folder = "STANDIN_STORE"
	// File is the file of the secret in that folder.
	File = "secret"
)

// New makes the provider.
func New() provider.Provider { return standIn{} }

type standIn struct{}

func (standIn) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "stores"
}

func (standIn) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (standIn) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (standIn) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (standIn) Resources(context.Context) (all []func() resource.Resource) {
	for i := range kinds {
		all = append(all, func() resource.Resource { return &stored{kinds[i]} })
	}
	return all
}

// kind is a resource of a store.
type kind struct {
	name     string
	texts    []string                // required arguments
	blocks   map[string]schema.Block // as the store's provider has them
	secret   string                  // the write-only argument, empty for a resource without one
	entry    string                  // the entry of secret that holds the key, where secret is a map
	version  string                  // the argument that says when to write
	replaces bool                    // a changed version replaces
}

var kinds = []kind{
	{name: "aws_secretsmanager_secret", texts: []string{"name"}},
	{name: "aws_secretsmanager_secret_version", texts: []string{"secret_id"}, secret: "secret_string_wo", version: "secret_string_wo_version", replaces: true},
	{name: "azurerm_key_vault_secret", texts: []string{"name", "key_vault_id"}, secret: "value_wo", version: "value_wo_version"},
	{name: "google_secret_manager_secret", texts: []string{"secret_id"}, blocks: map[string]schema.Block{
		"replication": block(nil, map[string]schema.Block{"auto": block(nil, nil)}),
	}},
	{name: "google_secret_manager_secret_version", texts: []string{"secret"}, secret: "secret_data_wo", version: "secret_data_wo_version", replaces: true},
	{name: "kubernetes_secret_v1", secret: "data_wo", entry: "OPENAI_API_KEY", version: "data_wo_revision", blocks: map[string]schema.Block{
		"metadata": block([]string{"name", "namespace"}, nil),
	}},
	{name: "onepassword_item", texts: []string{"vault", "title", "category"}, secret: "password_wo", version: "password_wo_version"},
}

func block(texts []string, blocks map[string]schema.Block) schema.Block {
	attributes := map[string]schema.Attribute{}
	for _, name := range texts {
		attributes[name] = schema.StringAttribute{Required: true}
	}
	return schema.ListNestedBlock{NestedObject: schema.NestedBlockObject{Attributes: attributes, Blocks: blocks}}
}

type stored struct{ kind }

func (s *stored) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = s.name
}

func (s *stored) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{"id": schema.StringAttribute{
		Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}}
	for _, name := range s.texts {
		attributes[name] = schema.StringAttribute{Required: true}
	}
	switch {
	case s.entry != "":
		attributes[s.secret] = schema.MapAttribute{ElementType: types.StringType, Optional: true, WriteOnly: true, Sensitive: true}
	case s.secret != "":
		attributes[s.secret] = schema.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true}
	}
	if s.version != "" {
		version := schema.Int64Attribute{Optional: true}
		if s.replaces {
			version.PlanModifiers = []planmodifier.Int64{int64planmodifier.RequiresReplace()}
		}
		attributes[s.version] = version
	}
	resp.Schema = schema.Schema{Attributes: attributes, Blocks: s.blocks}
}

func (s *stored) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if s.write(ctx, req.Config, &resp.Diagnostics); resp.Diagnostics.HasError() {
		return // nothing is there, so nothing is tainted
	}
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), s.name)...)
}

// Update writes only when the version has changed, as a store's provider does: a write-only
// value has no former one to compare with.
func (s *stored) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var planned, had types.Int64
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root(s.version), &planned)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(s.version), &had)...)
	if !planned.Equal(had) {
		s.write(ctx, req.Config, &resp.Diagnostics)
	}
	if !resp.Diagnostics.HasError() {
		resp.State.Raw = req.Plan.Raw
	}
}

func (*stored) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (*stored) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// write keeps the secret of a configuration.
func (s *stored) write(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	if s.secret == "" {
		return
	}
	var text types.String
	where := path.Root(s.secret)
	if s.entry != "" {
		where = where.AtMapKey(s.entry)
	}
	diags.Append(config.GetAttribute(ctx, where, &text)...)
	if text.ValueString() == "" {
		diags.AddError("The store did not take the secret", "It is empty.")
		return
	}
	if err := os.WriteFile(filepath.Join(os.Getenv(Folder), File), []byte(text.ValueString()), 0o600); err != nil { //nolint:gosec // where the test says
		diags.AddError("The store did not take the secret", err.Error())
	}
}
