// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	aschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/list"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// acme is a provider of everything that this package offers, over one vendor.
type acme struct{ vendor *vendor }

func (acme) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "acme"
}

func (acme) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (p acme) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.ResourceData, resp.DataSourceData, resp.ListResourceData, resp.ActionData = p.vendor, p.vendor, p.vendor, p.vendor
}

func (p acme) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{p.keys().Resource()}
}

func (p acme) DataSources(context.Context) []func() datasource.DataSource {
	lookup := lookup
	lookup.Kind = p.kind()
	return []func() datasource.DataSource{lookup.DataSource(), inventory.DataSource()}
}

func (p acme) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{keyinventory.ListingOf[listQuery, keyModel]{
		Kind: p.kind(), Of: p.keys(),
		Schema: lschema.Schema{Attributes: map[string]lschema.Attribute{
			"room_id": lschema.StringAttribute{Optional: true}, "team_id": lschema.StringAttribute{Optional: true},
		}},
		Asked: func(q listQuery) (placeID, ownerID types.String) { return q.RoomID, q.TeamID },
	}.ListResource()}
}

func (p acme) Actions(context.Context) []func() action.Action {
	return []func() action.Action{keyinventory.RevocationOf[revokeModel]{
		TypeName: "revoke_key", Kind: p.kind(),
		Schema: aschema.Schema{Attributes: map[string]aschema.Attribute{
			"room_id": aschema.StringAttribute{Optional: true}, "key_id": keyinventory.KeyArgument(),
		}},
		Asked: func(m revokeModel) (placeID, keyID types.String) { return m.RoomID, m.KeyID },
		Bind: func(data any, row keyinventory.Row) (keyinventory.Revoker, error) {
			v, err := connect(data)
			if err == nil {
				err = v.fails["bind"]
			}
			return v.bind(row.Place.ID, row.Key.OwnerID), err
		},
		Example: "room_1 or key_1", Check: "that it is the id of a room's key",
	}.Action()}
}

var kind = keyinventory.Kind{Noun: "API key", Place: "room", Connect: func(data any) (keyinventory.Source, error) { return connect(data) }}

// kind has the capabilities of this vendor.
func (p acme) kind() keyinventory.Kind {
	k := kind
	k.Can = p.vendor.can
	return k
}

func connect(data any) (*vendor, error) {
	v, ok := data.(*vendor)
	if !ok {
		return nil, errors.New("not configured")
	}
	return v, v.fails["connect"]
}

type factsModel struct {
	RoomID   types.String `tfsdk:"room_id"`
	RoomName types.String `tfsdk:"room_name"`
	keyinventory.Facts
}

var factAttributes = keyinventory.FactAttributes(keyinventory.Words{OwnerTypes: "`user` or `service_account`", Owner: "user or team"})

var lookup = keyinventory.LookupOf[factsModel]{
	TypeName: "key", Kind: kind,
	Schema: dschema.Schema{Attributes: merged(factAttributes, keyinventory.LookupAttributes(), map[string]dschema.Attribute{
		"room_id": dschema.StringAttribute{Optional: true, Computed: true}, "room_name": dschema.StringAttribute{Computed: true},
	})},
	Asked: func(m factsModel) keyinventory.Asked {
		return keyinventory.Asked{PlaceID: m.RoomID, ID: m.ID, Name: m.Name}
	},
	Answer: factsOf,
}

func factsOf(row keyinventory.Row, now time.Time) factsModel {
	return factsModel{RoomID: types.StringValue(row.Place.ID), RoomName: types.StringValue(row.Place.Name), Facts: keyinventory.FactsOf(row, now)}
}

type inventoryModel struct {
	RoomID types.String `tfsdk:"room_id"`
	keyinventory.Filter
	Keys []factsModel `tfsdk:"keys"`
}

var inventory = keyinventory.InventoryOf[inventoryModel]{
	TypeName: "keys", Kind: kind,
	Schema: dschema.Schema{Attributes: merged(keyinventory.FilterAttributes(dschema.StringAttribute{Optional: true}), map[string]dschema.Attribute{
		"room_id": dschema.StringAttribute{Optional: true},
		"keys": dschema.ListNestedAttribute{Computed: true, NestedObject: dschema.NestedAttributeObject{
			Attributes: merged(factAttributes, map[string]dschema.Attribute{"room_id": dschema.StringAttribute{Computed: true}, "room_name": dschema.StringAttribute{Computed: true}}),
		}},
	})},
	Asked: func(m inventoryModel) (types.String, keyinventory.Filter) { return m.RoomID, m.Filter },
	Answer: func(m inventoryModel, rows []keyinventory.Row, now time.Time) inventoryModel {
		m.Keys = []factsModel{}
		for _, row := range rows {
			m.Keys = append(m.Keys, factsOf(row, now))
		}
		return m
	},
}

func merged(all ...map[string]dschema.Attribute) map[string]dschema.Attribute {
	out := map[string]dschema.Attribute{}
	for _, one := range all {
		for name, attribute := range one {
			out[name] = attribute
		}
	}
	return out
}

type listQuery struct {
	RoomID types.String `tfsdk:"room_id"`
	TeamID types.String `tfsdk:"team_id"`
}

type revokeModel struct {
	RoomID types.String `tfsdk:"room_id"`
	KeyID  types.String `tfsdk:"key_id"`
}

type keyModel struct {
	RoomID types.String `tfsdk:"room_id"`
	TeamID types.String `tfsdk:"team_id"`
	keyresource.Series
	keyresource.Expiry
}

// keys are the managed keys of the vendor.
func (p acme) keys() keyresource.Kind[keyModel] {
	can := p.vendor.can
	return keyresource.Kind[keyModel]{
		TypeName: "key", Noun: "API key", Identity: crud.Identity{"room_id", "id"}, Example: "room_1/key_1", Can: can,
		Description: "A key.",
		Own: []keyresource.Argument[keyModel]{
			{Name: "room_id", Attribute: crud.Parent("The room."), Effect: keyresource.Replaces, Place: keyresource.At(func(m *keyModel) *types.String { return &m.RoomID })},
			{Name: "team_id", Attribute: crud.Parent("The team."), Effect: keyresource.Replaces, Place: keyresource.At(func(m *keyModel) *types.String { return &m.TeamID }),
				Shown: func(key keyseries.Key) attr.Value { return types.StringValue(key.OwnerID) }},
		},
		Series: func(m *keyModel) *keyresource.Series { return &m.Series },
		Expiry: func(m *keyModel) *keyresource.Expiry { return &m.Expiry },
		Bind: func(data any, m keyModel) (keyseries.Vendor, error) {
			v, err := connect(data)
			if err == nil {
				err = v.fails["bind"]
			}
			return v.bind(m.RoomID.ValueString(), m.TeamID.ValueString()), err
		},
	}
}

// wire speaks the plugin protocol to the provider, as Terraform does.
type wire struct {
	*protocol.Process
	t *testing.T
}

func serve(t *testing.T, v *vendor) wire {
	t.Helper()
	process, err := protocol.Start(t.Context(), providerserver.NewProtocol6WithError(acme{v}))
	must(t, err)
	said, err := process.Configure(t.Context(), nil)
	must(t, err)
	same(t, "said", complaints(said), nil)
	return wire{process, t}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func complaints(diagnostics []*tfprotov6.Diagnostic) []string {
	var out []string
	for _, d := range diagnostics {
		text := d.Severity.String() + ": " + d.Summary + ": " + d.Detail
		if d.Attribute != nil {
			text = d.Attribute.String() + ": " + text
		}
		out = append(out, text)
	}
	return out
}

// data asks a data source.
func (w wire) data(kind string, config map[string]any) (attributes map[string]any, said []string) {
	w.t.Helper()
	answer, err := w.Data(w.t.Context(), kind, config)
	must(w.t, err)
	return protocol.Attributes(answer.Value), complaints(answer.Diagnostics)
}

// invoke runs the action.
func (w wire) invoke(config map[string]any) (progress, said []string) {
	w.t.Helper()
	progress, diagnostics, err := w.Invoke(w.t.Context(), "acme_revoke_key", config)
	must(w.t, err)
	return progress, complaints(diagnostics)
}
