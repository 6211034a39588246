// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Lookup is a data source written as one function over its model and a client.
type Lookup[C, M any] struct {
	TypeName string
	Noun     string
	Schema   schema.Schema
	Connect  func(providerData any) (C, error)
	// Find completes the model; what is not there is an error.
	Find func(ctx context.Context, client C, query M) (M, error)
}

// DataSource gives the framework's form of the lookup.
func (l Lookup[C, M]) DataSource() func() datasource.DataSource {
	declared := untyped[Lookup[any, any]](l)
	return func() datasource.DataSource { return &lookupDataSource{lookup: declared, model: modelOf[M]()} }
}

type lookupDataSource struct {
	lookup Lookup[any, any]
	model  model
	data   any
}

var _ datasource.DataSourceWithConfigure = &lookupDataSource{}

func (d *lookupDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + d.lookup.TypeName
}

func (d *lookupDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = d.lookup.Schema
}

func (d *lookupDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.data = req.ProviderData
}

// named names the object that is asked for: where it has neither name nor id, by all that is given.
func (d *lookupDataSource) named(ctx context.Context, config tfsdk.Config) string {
	object := namedIn(ctx, d.lookup.Noun, nameArgument, d.lookup.Schema, config)
	if object != d.lookup.Noun {
		return object
	}
	var given []string
	asked := attributesOf(config.Raw)
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		identifies := name == "email" || name == "slug" || strings.HasSuffix(name, "_id") // and no filter
		if text := shown(asked[name]); identifies && text != "" {
			given = append(given, text)
		}
	}
	if given == nil {
		return object
	}
	return object + " (" + strings.Join(given, ", ") + ")"
}

func (d *lookupDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	query := d.model.read(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	object := d.named(ctx, req.Config)
	client, err := d.lookup.Connect(d.data)
	if err != nil {
		AddError(&resp.Diagnostics, "read "+object, err)
		return
	}
	warnings := WithWarnings(ctx, &resp.Diagnostics)
	found, err := d.lookup.Find(warnings, client, query)
	if err != nil {
		AddError(&resp.Diagnostics, "find "+object, apierr.Unmanaged(err)) // nothing of it is in state
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, found)...)
	WarnRaw(warnings, object, func(attribute string) bool { return d.lookup.Schema.Attributes[attribute].IsSensitive() }, req.Config.Raw, resp.State.Raw)
}
