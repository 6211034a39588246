// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// The forms of identity providers: in a configuration, in requests and in answers.

type identityProviderModel struct {
	ID              types.String `tfsdk:"id"`
	Name            types.String `tfsdk:"name"`
	Issuer          types.String `tfsdk:"issuer"`
	Audience        types.String `tfsdk:"audience"`
	Description     types.String `tfsdk:"description"`
	Enabled         types.Bool   `tfsdk:"enabled"`
	Transformations types.List   `tfsdk:"attribute_transformations"`
	Verification    types.Object `tfsdk:"verification"`
	CreatedAt       types.String `tfsdk:"created_at"`
}

var (
	transformationType = types.ObjectType{AttrTypes: map[string]attr.Type{"attribute": types.StringType, "expression": types.StringType}}
	verificationType   = types.ObjectType{AttrTypes: map[string]attr.Type{"discovery_url": types.StringType, "jwks": types.StringType}}
)

// from is a provider as the server shows it, in the spelling that the model has already.
func (m identityProviderModel) from(p api.IdentityProvider) identityProviderModel {
	m.ID, m.Name, m.Audience, m.CreatedAt = types.StringValue(p.ID), crud.Optional(p.Name), crud.Optional(p.Audience), crud.Timestamp(p.CreatedAt)
	if !sameIssuer(m.Issuer, types.StringValue(p.Issuer)) {
		m.Issuer = crud.Optional(p.Issuer)
	}
	m.Description, m.Enabled = shownAs(m.Description, p.Description), enabledAs(m.Enabled, p.Enabled)
	m.Transformations, m.Verification = m.transformations(p), m.verification(p)
	return m
}

// spelledAs is a plan with the values of the state that mean the same.
func (m identityProviderModel) spelledAs(state identityProviderModel) identityProviderModel {
	if sameIssuer(m.Issuer, state.Issuer) {
		m.Issuer = state.Issuer
	}
	if sameVerification(m.Verification, state.Verification, m.Issuer) && m.Verification.IsNull() == state.Verification.IsNull() {
		m.Verification = state.Verification
	}
	planned, has := plainTransformations(m.Transformations), plainTransformations(state.Transformations)
	if len(has) > 0 && !m.Transformations.IsUnknown() && slices.Equal(sorted(planned), sorted(has)) {
		m.Transformations = state.Transformations
	}
	return m
}

// sameIssuer compares known addresses as the API does, without a trailing slash.
func sameIssuer(a, b types.String) bool {
	return !a.IsUnknown() && !b.IsUnknown() && strings.TrimSuffix(a.ValueString(), "/") == strings.TrimSuffix(b.ValueString(), "/")
}

// transformations keeps the order and the names of the model where they mean the same.
func (m identityProviderModel) transformations(p api.IdentityProvider) types.List {
	before := plainTransformations(m.Transformations)
	if p.Transformations == nil || !m.Transformations.IsUnknown() && slices.Equal(sorted(before), sorted(p.Transformations)) {
		if m.Transformations.IsNull() || m.Transformations.IsUnknown() {
			return types.ListNull(transformationType)
		}
		return m.Transformations
	}
	rows := []attr.Value{}
	for _, one := range p.Transformations {
		rows = append(rows, types.ObjectValueMust(transformationType.AttrTypes, map[string]attr.Value{"attribute": types.StringValue(one.Attribute), "expression": types.StringValue(one.Expression)}))
	}
	return types.ListValueMust(transformationType, rows)
}

func plainTransformations(list types.List) (out []api.AttributeTransformation) {
	for _, row := range list.Elements() {
		object, _ := row.(types.Object)
		out = append(out, api.AttributeTransformation{Attribute: part(object, "attribute"), Expression: part(object, "expression")})
	}
	return out
}

// sorted gives transformations an order and their full names.
func sorted(all []api.AttributeTransformation) []string {
	const prefix = "openai."
	var out []string
	for _, one := range all {
		out = append(out, prefix+strings.TrimPrefix(one.Attribute, prefix)+"\n"+one.Expression)
	}
	slices.Sort(out)
	return out
}

// part is a text in an object, "" for none.
func part(object types.Object, name string) string {
	text, _ := object.Attributes()[name].(types.String)
	return text.ValueString()
}

// verification keeps what the model has where it means the same, or the answer says nothing.
func (m identityProviderModel) verification(p api.IdentityProvider) types.Object {
	shown := types.ObjectNull(verificationType.AttrTypes)
	if p.Verification != nil && *p.Verification != (api.Verification{}) {
		shown = types.ObjectValueMust(verificationType.AttrTypes, map[string]attr.Value{
			"discovery_url": crud.Optional(p.Verification.DiscoveryURL), "jwks": crud.Optional(p.Verification.KeySet),
		})
	}
	kept := !m.Verification.IsNull() && !m.Verification.IsUnknown()
	switch same := sameVerification(m.Verification, shown, m.Issuer); {
	case kept && (p.Verification == nil || same):
		return m.Verification
	case m.Verification.IsNull() && same:
		return types.ObjectNull(verificationType.AttrTypes)
	}
	return shown
}

// sameVerification reports whether two forms mean the same: key sets are compared as JSON, and
// the usual address below the issuer is as good as none.
func sameVerification(a, b types.Object, issuer types.String) bool {
	for _, value := range append(slices.Collect(maps.Values(a.Attributes())), a, b) {
		if value.IsUnknown() {
			return false
		}
	}
	usual := strings.TrimSuffix(issuer.ValueString(), "/") + "/.well-known/openid-configuration"
	address := func(o types.Object) string {
		if at := part(o, "discovery_url"); at != usual {
			return at
		}
		return ""
	}
	return address(a) == address(b) && sameJSON(part(a, "jwks"), part(b, "jwks"))
}

// fields are what differs from a state, as the API takes it.
func (m identityProviderModel) fields(state identityProviderModel) map[string]any {
	out := crud.Changes(m, state, "name", "issuer", "audience", "description", "enabled")
	if none := m.Transformations.IsNull() && state.Transformations.IsNull(); !none && !m.Transformations.Equal(state.Transformations) {
		all := []any{}
		for _, one := range plainTransformations(m.Transformations) {
			all = append(all, map[string]any{"attribute": one.Attribute, "expression": one.Expression})
		}
		out["attribute_transformations"] = all
	}
	_, moved := out["issuer"]
	// The server keeps what a change leaves out, so also the address of the former issuer.
	left := moved && !state.Issuer.IsNull() && part(m.Verification, "jwks") == ""
	if left || !m.Verification.Equal(state.Verification) && !sameVerification(m.Verification, state.Verification, m.Issuer) {
		how := map[string]any{"type": "discovery", "discovery_url": nil}
		if address := part(m.Verification, "discovery_url"); address != "" {
			how["discovery_url"] = address
		}
		if set := part(m.Verification, "jwks"); set != "" {
			how = map[string]any{"type": "uploaded_jwks", "jwks": json.RawMessage(set)}
		}
		out["verification"] = how
	}
	return out
}
