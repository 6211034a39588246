// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
)

// ID is the computed id attribute of an object whose id never changes.
func ID(description string) schema.StringAttribute {
	return Fixed(description)
}

// Fixed is a computed text that never changes once known.
func Fixed(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Computed: true, MarkdownDescription: description,
		PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

// Parent is the required id of an object that contains this one; a change replaces.
func Parent(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Required: true, MarkdownDescription: description,
		Validators:    []validator.String{PathElement()},
		PlanModifiers: []planmodifier.String{ReplaceKnown()},
	}
}

// ReplaceKnown asks for replacement when a prior value and a planned one are both known
// and differ: what is unknown in the plan is most likely the same. A null prior, as after
// an import, adopts the configuration.
func ReplaceKnown() planmodifier.String {
	const description = "A change replaces the object."
	return replaceKnown{stringplanmodifier.RequiresReplaceIf(
		func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
			resp.RequiresReplace = !req.StateValue.IsNull() && !req.PlanValue.IsUnknown()
		}, description, description)}
}

// replaceKnown is a type of its own, by which plans know what a change moves the object to.
type replaceKnown struct{ planmodifier.String }

// movesWith reports whether a change of the attribute replaces the object by [ReplaceKnown].
func movesWith(attribute schema.Attribute) bool {
	text, ok := attribute.(schema.StringAttribute)
	return ok && slices.ContainsFunc(text.PlanModifiers, func(m planmodifier.String) bool {
		_, ok := m.(replaceKnown)
		return ok
	})
}

// ReplaceIf asks for replacement when a planned value cannot follow in place what the
// server has: the prior value, or what it answered instead to our last write; null where
// it confirmed nothing.
func ReplaceIf(cannotFollow func(planned, has types.String) bool, description string) planmodifier.String {
	return replaceIf{stringplanmodifier.RequiresReplaceIf(
		func(ctx context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
			known, diags := knownAnswers(ctx, req.Private)
			resp.Diagnostics.Append(diags...)
			has := req.StateValue
			if instead, differs := known[req.Path.String()]; differs {
				has = Optional(instead)
			}
			resp.RequiresReplace = cannotFollow(req.PlanValue, has)
		}, description, description), cannotFollow}
}

// replaceIf is a type of its own, as replaceKnown is.
type replaceIf struct {
	planmodifier.String
	cannotFollow func(planned, has types.String) bool
}

// replacedFor reports whether a planned text of the attribute would replace an object that has another one,
// by [ReplaceIf].
func replacedFor(attribute schema.Attribute, planned, has tftypes.Value) bool {
	text, _ := attribute.(schema.StringAttribute)
	return slices.ContainsFunc(text.PlanModifiers, func(m planmodifier.String) bool {
		r, ok := m.(replaceIf)
		return ok && r.cannotFollow(Optional(shown(planned)), Optional(shown(has)))
	})
}

// MoveIf is [ReplaceIf] for an argument that says what the object is about, as those of its identity do.
func MoveIf(elsewhere func(planned, has types.String) bool, description string) planmodifier.String {
	return moveIf{ReplaceIf(elsewhere, description), elsewhere}
}

// moveIf is a type of its own, as replaceKnown is.
type moveIf struct {
	planmodifier.String
	elsewhere func(planned, has types.String) bool
}

// movesIf says whether a change of the attribute moves the object, by [MoveIf]; nil: any change does,
// or none.
func movesIf(attribute schema.Attribute) func(planned, has types.String) bool {
	text, _ := attribute.(schema.StringAttribute)
	for _, modifier := range text.PlanModifiers {
		if m, ok := modifier.(moveIf); ok {
			return m.elsewhere
		}
	}
	return nil
}

// Timestamp is a moment as RFC 3339 text, null for the zero time.
func Timestamp(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format(time.RFC3339))
}

// Moment reads what [Timestamp] wrote; the zero time for anything else.
func Moment(s types.String) time.Time {
	t, err := time.Parse(time.RFC3339, s.ValueString())
	if err != nil {
		return time.Time{}
	}
	return t
}

// recordedLag is how far a moment that was noted when an answer came may be off the server's.
const recordedLag = 5 * time.Second

// Recorded is a moment in state, which stays as it is when the server shows the same one a little
// off: not every answer to a creation tells when that was.
func Recorded(state types.String, shown time.Time) types.String {
	if before := Moment(state); !before.IsZero() && before.Sub(shown).Abs() <= recordedLag {
		return state
	}
	return Timestamp(shown)
}

// Optional is text, null when empty.
func Optional(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

type stringCheck struct {
	description string
	check       func(string) error
}

func (c stringCheck) Description(context.Context) string         { return c.description }
func (c stringCheck) MarkdownDescription(context.Context) string { return c.description }

func (c stringCheck) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := c.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(), fmt.Sprintf("%s %s.", req.Path, err))
	}
}

// Text checks a text; the error of check completes the argument's name.
func Text(description string, check func(string) error) validator.String {
	return stringCheck{description, check}
}

// PathElement checks an id that becomes part of a request path.
func PathElement() validator.String {
	return stringCheck{"one id, without path separators", func(s string) error {
		if err := ident.Check(s); err != nil {
			return fmt.Errorf("%w: give the object's id as the API shows it", err)
		}
		return nil
	}}
}

// Reserved refuses one text, whose use it tells.
func Reserved(text, use string) validator.String {
	return stringCheck{"not " + text, func(s string) error {
		if s == text {
			return fmt.Errorf("is the entry of this provider, which %s: choose another name", use)
		}
		return nil
	}}
}

// NotEmpty refuses an empty text.
func NotEmpty() validator.String {
	return stringCheck{"not empty", func(s string) error {
		if s == "" {
			return fmt.Errorf("must not be empty")
		}
		return nil
	}}
}

// Name checks the name that an object is to have. Look-ups and imports take any name, or
// what has an odd one already could never be found.
func Name() validator.String {
	return stringCheck{"not empty, without control characters, and without leading or trailing white space", func(s string) error {
		if s == "" {
			return fmt.Errorf("must not be empty")
		}
		if at := strings.IndexFunc(s, unicode.IsControl); at >= 0 {
			return fmt.Errorf("is %q, which contains a control character: remove it, because lists do not show it", s)
		}
		if strings.TrimSpace(s) != s {
			return fmt.Errorf("is %q, with leading or trailing white space: remove it, because many servers remove it too and lists do not show it", s)
		}
		return nil
	}}
}

// NoNulls refuses a null element in a list, set or map.
func NoNulls() NullCheck { return NullCheck{} }

// NullCheck is a validator for lists, sets and maps.
type NullCheck struct{}

// Description implements [validator.Describer].
func (NullCheck) Description(context.Context) string { return "no element is null" }

// MarkdownDescription implements [validator.Describer].
func (n NullCheck) MarkdownDescription(ctx context.Context) string { return n.Description(ctx) }

// ValidateList implements [validator.List].
func (NullCheck) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	for i, element := range req.ConfigValue.Elements() {
		refuseNull(&resp.Diagnostics, req.Path.AtListIndex(i), element)
	}
}

// ValidateSet implements [validator.Set].
func (NullCheck) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	for _, element := range req.ConfigValue.Elements() {
		refuseNull(&resp.Diagnostics, req.Path.AtSetValue(element), element)
	}
}

// ValidateMap implements [validator.Map].
func (NullCheck) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	for key, element := range req.ConfigValue.Elements() {
		refuseNull(&resp.Diagnostics, req.Path.AtMapKey(key), element)
	}
}

func refuseNull(diags *diag.Diagnostics, at path.Path, element attr.Value) {
	if element.IsNull() {
		diags.AddAttributeError(at, "Invalid "+at.String(), fmt.Sprintf("%s is null. Give it a value, or leave the element out, such as with compact() or a for expression with an if.", at))
	}
}

// DurationBetween checks a duration; most = 0 sets no upper bound but that of all durations.
func DurationBetween(least, most time.Duration) validator.String {
	what := "a duration such as 90d, 36h or 30m"
	return stringCheck{what, func(s string) error {
		d, err := span.Parse(s)
		if errors.Is(err, span.ErrTooLong) {
			d, err = math.MaxInt64, nil
		}
		switch {
		case err != nil:
			return fmt.Errorf("is wrong: %w", err)
		case d < least:
			return fmt.Errorf("is %s, but must be at least %s", s, span.Format(least))
		case d > cmp.Or(most, span.Longest):
			return fmt.Errorf("is %s, but must be at most %s", s, span.Format(cmp.Or(most, span.Longest)))
		}
		return nil
	}}
}
