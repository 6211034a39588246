// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
)

// texts are the elements of a list or set of strings: nil when it is null or unknown.
func texts(elements []attr.Value, absent bool) []string {
	if absent {
		return nil
	}
	out := make([]string, 0, len(elements))
	for _, element := range elements {
		if s, ok := element.(types.String); ok {
			out = append(out, s.ValueString())
		}
	}
	return out
}

func listOf(s []string) types.List {
	if s == nil {
		return types.ListNull(types.StringType)
	}
	elements := make([]attr.Value, 0, len(s))
	for _, one := range s {
		elements = append(elements, types.StringValue(one))
	}
	return types.ListValueMust(types.StringType, elements)
}

func listTexts(l types.List) []string { return texts(l.Elements(), l.IsNull() || l.IsUnknown()) }

func setTexts(s *types.Set) []string {
	if s == nil {
		return nil
	}
	return texts(s.Elements(), s.IsNull() || s.IsUnknown())
}

// duration reads a checked duration; 0 when absent.
func duration(s types.String) time.Duration {
	d, err := span.Parse(s.ValueString())
	if err != nil {
		return 0
	}
	return d
}

// whollyKnown tells that a collection and all its elements are known.
func whollyKnown(unknown bool, elements []attr.Value) bool {
	if unknown {
		return false
	}
	for _, element := range elements {
		if element.IsUnknown() {
			return false
		}
	}
	return true
}

func previousOf(l types.List) []keyseries.Previous {
	var out []keyseries.Previous
	for _, element := range l.Elements() {
		object, ok := element.(types.Object)
		if !ok {
			continue
		}
		id, _ := object.Attributes()["id"].(types.String)
		expires, _ := object.Attributes()["expires_at"].(types.String)
		out = append(out, keyseries.Previous{ID: id.ValueString(), ExpiresAt: crud.Moment(expires)})
	}
	return out
}

func previousElement(id string, expires attr.Value) attr.Value {
	return types.ObjectValueMust(previousType.AttrTypes, map[string]attr.Value{"id": types.StringValue(id), "expires_at": expires})
}

func previousList(previous []keyseries.Previous) types.List {
	elements := make([]attr.Value, 0, len(previous))
	for _, p := range previous {
		elements = append(elements, previousElement(p.ID, crud.Timestamp(p.ExpiresAt)))
	}
	return types.ListValueMust(previousType, elements)
}

// stateOf is the series as the domain sees it.
func stateOf(s *Series, scopes *types.Set) keyseries.State {
	return keyseries.State{
		ID: s.ID.ValueString(), Name: s.Name.ValueString(), Generation: s.Generation.ValueInt64(), Minted: !s.Version.IsNull(),
		CreatedAt: crud.Moment(s.CreatedAt), ExpiresAt: crud.Moment(s.ExpiresAt),
		Lifetime: duration(s.Lifetime), Scopes: setTexts(scopes), Previous: previousOf(s.Previous),
	}
}

// wantedOf is the configuration as the domain sees it. What is not yet known becomes
// an unknown trigger: it may or may not rotate.
func wantedOf(plan, state *Series, scopes *types.Set) keyseries.Wanted {
	want := keyseries.Wanted{
		Name: plan.Name.ValueString(), Lifetime: duration(plan.Lifetime), RotateAfter: duration(plan.RotateAfter),
		Overlap: duration(plan.Overlap), Scopes: setTexts(scopes),
	}
	switch {
	case !whollyKnown(plan.RotateWhenChanged.IsUnknown(), slices.Collect(maps.Values(plan.RotateWhenChanged.Elements()))):
		// A map set for the first time is recorded whatever it will hold.
		if !state.RotateWhenChanged.IsNull() {
			want.Triggers = keyseries.NotYetKnown
		}
	case !state.RotateWhenChanged.IsNull() && !plan.RotateWhenChanged.Equal(state.RotateWhenChanged):
		want.Triggers = keyseries.Changed
	}
	for _, late := range []struct {
		plan, state types.String
	}{{plan.Name, state.Name}, {plan.Lifetime, state.Lifetime}, {plan.RotateAfter, state.RotateAfter}} {
		if late.plan.IsUnknown() && want.Triggers == keyseries.Same {
			want.Triggers = keyseries.NotYetKnown
		}
	}
	if plan.Overlap.IsUnknown() && !plan.Lifetime.Equal(state.Lifetime) && want.Triggers == keyseries.Same {
		want.Triggers = keyseries.NotYetKnown // in place or by rotation: the overlap decides
	}
	if plan.Name.IsUnknown() {
		want.Name = state.Name.ValueString()
	}
	if plan.Lifetime.IsUnknown() {
		want.Lifetime = duration(state.Lifetime)
	}
	return want
}

// RecipientList checks that every known element is a public key to seal to.
func RecipientList() validator.List { return recipientList{} }

type recipientList struct{}

func (recipientList) Description(context.Context) string {
	return "age X25519 or SSH public keys"
}

func (r recipientList) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

func (recipientList) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	for i, element := range req.ConfigValue.Elements() {
		if element.IsUnknown() {
			continue
		}
		text, ok := element.(types.String)
		if !ok || text.IsNull() {
			resp.Diagnostics.AddAttributeError(req.Path.AtListIndex(i), "Invalid seal recipient", fmt.Sprintf("%s must not be null.", req.Path.AtListIndex(i)))
			continue
		}
		if _, err := seal.ParseRecipients([]string{text.ValueString()}); err != nil {
			resp.Diagnostics.AddAttributeError(req.Path.AtListIndex(i), "Invalid seal recipient", fmt.Sprintf("%s: %s.", req.Path.AtListIndex(i), err))
		}
	}
}
