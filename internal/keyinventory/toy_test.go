// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
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
	t := table
	t.Kind = p.kind()
	return []func() datasource.DataSource{t.LookupSource(), t.InventorySource()}
}

func (p acme) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{keyinventory.Listing[*keyModel]{
		Kind: p.kind(), Adopts: keyinventory.Series(p.keys()), Texts: keyinventory.Texts{Unset: "every room"},
		Owner: keyinventory.OwnerArgument{Name: "team_id"},
	}.ListResource()}
}

func (p acme) Actions(context.Context) []func() action.Action {
	return []func() action.Action{keyinventory.Revocation{
		TypeName: "revoke_key", Kind: p.kind(), In: "The room.",
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

var kind = keyinventory.Kind{Noun: "API key", Place: "room", Connect: func(data any) (keyinventory.Source, error) {
	v, err := connect(data)
	if err == nil && v.finds {
		return finder{v}, nil
	}
	return v, err
}}

// kind has the capabilities of this vendor.
func (p acme) kind() keyinventory.Kind {
	k := kind
	k.Can = p.vendor.can
	k.Can.Words.Tenant = "building"
	return k
}

func connect(data any) (*vendor, error) {
	v, ok := data.(*vendor)
	if !ok {
		return nil, errors.New("not configured")
	}
	return v, v.fails["connect"]
}

var table = keyinventory.Table{
	TypeName: "key",
	Owners:   keyinventory.Owners{Types: []string{"user", "service_account"}, Means: "`user` or `service_account`", Who: "user or team"},
	Columns: []keyinventory.Column{
		keyinventory.Text("room_id", "The room.", keyinventory.PlaceID), keyinventory.Text("room_name", "Its name.", keyinventory.PlaceName),
	},
	Lookup: keyinventory.Texts{Unset: "every room"}, Inventory: keyinventory.Texts{Unset: "every room"},
}

type keyModel struct {
	RoomID types.String `tfsdk:"room_id"`
	TeamID types.String `tfsdk:"team_id"`
	keyresource.Series
	keyresource.Expiry
}

// keys are the managed keys of the vendor.
func (p acme) keys() keyresource.Kind[*keyModel] {
	can := p.vendor.can
	return keyresource.Kind[*keyModel]{
		TypeName: "key", Noun: "API key", Identity: crud.Identity{"room_id", "id"}, Example: "room_1/key_1", Can: can,
		Description: "A key.",
		Own: []keyresource.Argument[*keyModel]{
			{Name: "room_id", Attribute: crud.Parent("The room."), Effect: keyresource.Replaces, Place: keyresource.At(func(m *keyModel) *types.String { return &m.RoomID })},
			{Name: "team_id", Attribute: crud.Parent("The team."), Effect: keyresource.Replaces, Place: keyresource.At(func(m *keyModel) *types.String { return &m.TeamID }),
				Shown: func(key keyseries.Key) attr.Value { return types.StringValue(key.OwnerID) }},
		},
		Series: func(m *keyModel) *keyresource.Series { return &m.Series },
		Expiry: func(m *keyModel) *keyresource.Expiry { return &m.Expiry },
		Bind: func(data any, m *keyModel) (keyseries.Vendor, error) {
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
