// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
)

// wire speaks the plugin protocol to the provider, for what not every CLI knows.
type wire struct {
	t          *testing.T
	server     tfprotov6.ProviderServer
	schemas    *tfprotov6.GetProviderSchemaResponse
	identities map[string]*tfprotov6.ResourceIdentitySchema
}

// unconfigured is how Terraform 1.11 moves states.
func unconfigured(t *testing.T, w *acctest.World) *wire {
	t.Helper()
	server, err := w.Server()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schemas.Diagnostics) > 0 {
		t.Fatal(err, schemas.Diagnostics)
	}
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil || len(identities.Diagnostics) > 0 {
		t.Fatal(err, identities.Diagnostics)
	}
	return &wire{t, server, schemas, identities.IdentitySchemas}
}

// configured configures the provider; config tells what its block holds.
func configured(t *testing.T, w *acctest.World, config map[string]any) *wire {
	t.Helper()
	c := unconfigured(t, w)
	resp, err := c.server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: c.pack(c.schemas.Provider.ValueType(), config)})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatal(err, resp.Diagnostics)
	}
	return c
}

// unknown is a value that is not known yet.
const unknown = "(unknown)"

// pack encodes an object; what is not in values is null.
func (c *wire) pack(form tftypes.Type, values map[string]any) *tfprotov6.DynamicValue {
	c.t.Helper()
	attributes := map[string]tftypes.Value{}
	for name, kind := range form.(tftypes.Object).AttributeTypes {
		value := values[name]
		if value == unknown {
			value = tftypes.UnknownValue
		}
		attributes[name] = tftypes.NewValue(kind, value)
	}
	packed, err := tfprotov6.NewDynamicValue(form, tftypes.NewValue(form, attributes))
	if err != nil {
		c.t.Fatal(err)
	}
	return &packed
}

// attributes are those of an object that are not null.
func (c *wire) attributes(form tftypes.Type, packed *tfprotov6.DynamicValue) map[string]any {
	c.t.Helper()
	if packed == nil {
		return nil
	}
	value, err := packed.Unmarshal(form)
	if err != nil {
		c.t.Fatal(err)
	}
	all := (&acctest.Held{Value: value}).Attributes()
	maps.DeleteFunc(all, func(_ string, one any) bool { return one == nil })
	return all
}

func (c *wire) resource(kind string) tftypes.Type { return c.schemas.ResourceSchemas[kind].ValueType() }

func (c *wire) identity(kind string, data *tfprotov6.ResourceIdentityData) map[string]any {
	c.t.Helper()
	if data == nil {
		return nil
	}
	return c.attributes(c.identities[kind].ValueType(), data.IdentityData)
}

// result is one listed object.
type result struct {
	name       string
	id         map[string]any
	body       map[string]any
	complaints []string // summary and detail of every diagnostic
}

func complaints(diagnostics []*tfprotov6.Diagnostic) []string {
	var out []string
	for _, d := range diagnostics {
		out = append(out, d.Summary+": "+d.Detail)
	}
	return out
}

func (c *wire) list(kind string, config map[string]any, limit int64, body bool) []result {
	c.t.Helper()
	stream, err := c.server.(tfprotov6.ListResourceServer).ListResource(c.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: kind, Limit: limit, IncludeResource: body,
		Config: c.pack(c.schemas.ListResourceSchemas[kind].ValueType(), config),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	var all []result
	for one := range stream.Results {
		all = append(all, result{one.DisplayName, c.identity(kind, one.Identity), c.attributes(c.resource(kind), one.Resource), complaints(one.Diagnostics)})
	}
	return all
}

// imported is what a Read after an import by identity knows.
func (c *wire) imported(kind string, id map[string]any) map[string]any {
	c.t.Helper()
	identity := &tfprotov6.ResourceIdentityData{IdentityData: c.pack(c.identities[kind].ValueType(), id)}
	resp, err := c.server.ImportResourceState(c.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: kind, Identity: identity})
	if err != nil || len(resp.Diagnostics) > 0 {
		c.t.Fatal(err, complaints(resp.Diagnostics))
	}
	one := resp.ImportedResources[0]
	return c.read(kind, one.State, one.Identity, one.Private)
}

func (c *wire) read(kind string, state *tfprotov6.DynamicValue, identity *tfprotov6.ResourceIdentityData, private []byte) map[string]any {
	c.t.Helper()
	resp, err := c.server.ReadResource(c.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: kind, CurrentState: state, CurrentIdentity: identity, Private: private})
	if err != nil || len(resp.Diagnostics) > 0 {
		c.t.Fatal(err, complaints(resp.Diagnostics))
	}
	return c.attributes(c.resource(kind), resp.NewState)
}

// data is what a data source tells.
func (c *wire) data(kind string, config map[string]any) map[string]any {
	c.t.Helper()
	form := c.schemas.DataSourceSchemas[kind].ValueType()
	resp, err := c.server.ReadDataSource(c.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: kind, Config: c.pack(form, config)})
	if err != nil || len(resp.Diagnostics) > 0 {
		c.t.Fatal(err, complaints(resp.Diagnostics))
	}
	return c.attributes(form, resp.State)
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	g, gotErr := json.Marshal(got)
	w, wantErr := json.Marshal(want)
	if gotErr != nil || wantErr != nil || string(g) != string(w) {
		t.Errorf("%s\n%s\nwant\n%s", what, g, w)
	}
}
