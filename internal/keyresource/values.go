// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
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

// duration reads a checked duration; 0 when absent.
func duration(s types.String) time.Duration {
	d, err := span.Parse(s.ValueString())
	if err != nil {
		return 0
	}
	return d
}

func previousOf(l types.List) []keyseries.Previous {
	var out []keyseries.Previous
	for object := range objects(l) {
		out = append(out, keyseries.Previous{ID: textOf(object, "id").ValueString(), ExpiresAt: crud.Moment(textOf(object, "expires_at"))})
	}
	return out
}

func leftoversOf(l types.List) []keyseries.Other {
	var out []keyseries.Other
	for object := range objects(l) {
		out = append(out, keyseries.Other{
			ID: textOf(object, "id").ValueString(), CreatedAt: crud.Moment(textOf(object, "created_at")), LastUsedAt: crud.Moment(textOf(object, "last_used_at")),
		})
	}
	return out
}

func objects(l types.List) iter.Seq[map[string]attr.Value] {
	return func(yield func(map[string]attr.Value) bool) {
		for _, element := range l.Elements() {
			if object, ok := element.(types.Object); ok && !yield(object.Attributes()) {
				return
			}
		}
	}
}

func textOf(object map[string]attr.Value, name string) types.String {
	text, _ := object[name].(types.String)
	return text
}

// previousList is the attribute; an end that is zero is known only after the apply.
func previousList(previous []keyseries.Previous, unknown bool) types.List {
	elements := make([]attr.Value, 0, len(previous))
	for _, p := range previous {
		end := crud.Timestamp(p.ExpiresAt)
		if unknown && p.ExpiresAt.IsZero() {
			end = types.StringUnknown()
		}
		elements = append(elements, types.ObjectValueMust(previousType.AttrTypes, map[string]attr.Value{"id": types.StringValue(p.ID), "expires_at": end}))
	}
	return types.ListValueMust(previousType, elements)
}

// leftoversList is the attribute without the keys that an apply revokes.
func leftoversList(others []keyseries.Other, without []string) types.List {
	elements := make([]attr.Value, 0, len(others))
	for _, o := range others {
		if !slices.Contains(without, o.ID) {
			elements = append(elements, types.ObjectValueMust(leftoverType.AttrTypes, map[string]attr.Value{
				"id": types.StringValue(o.ID), "created_at": crud.Timestamp(o.CreatedAt), "last_used_at": crud.Timestamp(o.LastUsedAt),
			}))
		}
	}
	return types.ListValueMust(leftoverType, elements)
}

// stateOf is the series as the domain sees it.
func stateOf(s series) keyseries.State {
	return keyseries.State{
		ID: s.ID.ValueString(), Name: s.Name.ValueString(), Generation: s.Generation.ValueInt64(), Version: s.Version.ValueInt64(),
		CreatedAt: crud.Moment(s.CreatedAt), ExpiresAt: crud.Moment(s.ExpiresAt),
		Lifetime: duration(s.Lifetime), Overlap: duration(s.Overlap), Previous: previousOf(s.Previous), Leftovers: leftoversOf(s.Leftovers),
	}
}

// wantedOf is the configuration as the domain sees it. What is not yet known has the
// state's value, and is planned as unknown.
func wantedOf(plan, state series, own []keyseries.Own) keyseries.Wanted {
	want := keyseries.Wanted{
		Name: plan.Name.ValueString(), Lifetime: duration(plan.Lifetime), RotateAfter: duration(plan.RotateAfter),
		Overlap: duration(plan.Overlap), Own: own,
		NameUnknown: plan.Name.IsUnknown(), LifetimeUnknown: plan.Lifetime.IsUnknown(),
		RotateAfterUnknown: plan.RotateAfter.IsUnknown(), OverlapUnknown: plan.Overlap.IsUnknown(),
	}
	switch {
	case !known(plan.RotateWhenChanged):
		// A map set for the first time is recorded whatever it will hold.
		if !state.RotateWhenChanged.IsNull() {
			want.Triggers = keyseries.NotYetKnown
		}
	case !state.RotateWhenChanged.IsNull() && !plan.RotateWhenChanged.Equal(state.RotateWhenChanged):
		want.Triggers = keyseries.Changed
	}
	if want.NameUnknown {
		want.Name = state.Name.ValueString()
	}
	if want.LifetimeUnknown {
		want.Lifetime = duration(state.Lifetime)
	}
	return want
}

// fittingName checks that a name fits with its marker.
func fittingName(rule keyseries.NameRule) validator.String {
	return crud.Text("short enough for the marker", func(name string) error {
		if err := rule.Check(name); err != nil {
			return fmt.Errorf("is not possible: %w", err)
		}
		return nil
	})
}

// RecipientList checks that every known element is a public key to seal to.
func RecipientList() validator.List { return recipientList{} }

type recipientList struct{}

func (recipientList) Description(context.Context) string {
	return "age X25519 or SSH public keys"
}

func (r recipientList) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

// ValidateList points to an element only where the CLI may print its line: a wrong
// recipient may be a secret.
func (recipientList) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	var list []string
	waits := false
	for i, element := range req.ConfigValue.Elements() {
		text, ok := element.(types.String)
		switch {
		case element.IsUnknown(), ok && secret.IsPlaceholder(text.ValueString()):
			list, waits = append(list, "# not yet known"), true // keeps the numbers right
			continue
		case !ok || text.IsNull():
			resp.Diagnostics.AddAttributeError(req.Path.AtListIndex(i), "Invalid seal recipient", fmt.Sprintf("%s must not be null.", req.Path.AtListIndex(i)))
			return
		}
		list = append(list, text.ValueString())
	}
	if _, err := seal.ParseRecipients(list); err != nil && (!waits || !errors.Is(err, seal.ErrNoRecipient)) {
		resp.Diagnostics.AddError("Invalid seal recipient", fmt.Sprintf("In %s, %s.", req.Path, err))
	}
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
