// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package foreign stands in for the other OpenAI providers in tests of moved blocks.
// It has their type names and the attributes that tell something about keys, all of
// them arguments: a test writes down what such a provider would have stored. It calls
// no API and is never shipped.
package foreign

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// types are the resource types with their texts, and those of them that are sensitive.
var types = []object{
	{name: "project", texts: []string{"id", "name", "status"}},
	{
		name:    "project_service_account",
		texts:   []string{"id", "project_id", "name", "service_account_id", "role", "api_key_id"},
		secrets: []string{"api_key", "api_key_value"},
	},
	{name: "service_account", texts: []string{"id", "project_id", "name", "role"}},
	{
		name:    "project_api_key",
		texts:   []string{"id", "project_id", "service_account_id", "name", "redacted_value", "owner_type"},
		secrets: []string{"value"},
	},
}

// New makes the provider; its type name is "openai".
func New() provider.Provider { return openai{} }

type openai struct{}

func (openai) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "openai"
}

func (openai) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (openai) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (openai) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for _, one := range types {
		all = append(all, func() resource.Resource { return one })
	}
	return all
}

func (openai) DataSources(context.Context) []func() datasource.DataSource { return nil }

type object struct {
	name           string
	texts, secrets []string
}

func (o object) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "openai_" + o.name
}

func (o object) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{"created_at": schema.Int64Attribute{Optional: true}}
	for _, name := range o.texts {
		attributes[name] = schema.StringAttribute{Optional: true}
	}
	for _, name := range o.secrets {
		attributes[name] = schema.StringAttribute{Optional: true, Sensitive: true}
	}
	resp.Schema = schema.Schema{Attributes: attributes, Version: 3}
}

func (object) Create(_ context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
}

func (object) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (object) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

func (object) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
