// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/text/unicode/norm"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

// answers are the server's values of arguments, as it answered our last write of
// them, where they differ from what was asked for; "" = it gave none. They are kept in
// private state: only another value counts as drift.
type answers map[string]string

const answersKey = "answers"

// privateState is what requests and responses give of it.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateStore interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// knownAnswers reads private state. What cannot be read counts as nothing: at worst
// the plan shows a difference that it knew before.
func knownAnswers(ctx context.Context, private privateState) (answers, diag.Diagnostics) {
	data, diags := private.GetKey(ctx, answersKey)
	known := answers{}
	if len(data) > 0 && json.Unmarshal(data, &known) != nil {
		known = answers{}
	}
	return known, diags
}

// nameArgument is the one text that servers trim, fold and cut; others are identifiers.
const nameArgument = "name"

func (a answers) write(ctx context.Context, private privateStore) diag.Diagnostics {
	data, err := json.Marshal(a)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to write the private state", Sentence(err.Error()))}
	}
	return private.SetKey(ctx, answersKey, data)
}

// keepPlanned puts what was planned over what the server answered to a write. Of the
// arguments that were sent, it notes what the server has instead.
func (r *objectResource) keepPlanned(plan tfsdk.Plan, prior tfsdk.State, answered *tfsdk.State, known answers) (different []string) {
	before, values := attributesOf(prior.Raw), attributesOf(answered.Raw)
	for name, planned := range attributesOf(plan.Raw) {
		now := values[name]
		if !planned.IsFullyKnown() {
			planned = plannedParts(planned, now)
		}
		values[name] = planned
		switch {
		case planned.Equal(now) || sameText(planned, now):
			delete(known, name)
		case r.argument(name) && (before == nil || !planned.Equal(before[name])):
			known[name] = shown(now)
			different = append(different, name)
		}
	}
	answered.Raw = tftypes.NewValue(answered.Raw.Type(), values)
	slices.Sort(different)
	return different
}

// plannedParts puts what is known of a planned object over an answered one; what neither has
// is null.
func plannedParts(planned, answered tftypes.Value) tftypes.Value {
	parts, values := attributesOf(planned), attributesOf(answered)
	if !planned.Type().Is(tftypes.Object{}) || parts == nil {
		return answered
	}
	if values == nil {
		values = map[string]tftypes.Value{}
	}
	for name, part := range parts {
		if _, has := values[name]; part.IsFullyKnown() {
			values[name] = part
		} else if !has {
			values[name] = tftypes.NewValue(part.Type(), nil)
		}
	}
	return tftypes.NewValue(planned.Type(), values)
}

// keepConfigured puts the prior values over what was read, except for drift.
func (r *objectResource) keepConfigured(prior tfsdk.State, read *tfsdk.State, known answers) {
	values, once := attributesOf(read.Raw), r.changedOnce(read.Raw, prior.Raw)
	for name, before := range attributesOf(prior.Raw) {
		now := values[name]
		answered, asked := known[name]
		switch {
		case !r.argument(name):
		case before.Equal(now) || sameText(before, now):
			delete(known, name)
			values[name] = before
		case asked && answered == shown(now), now.IsNull() && r.silent(name):
			values[name] = before
		case asked && answered == "" && slices.ContainsFunc(once, func(part string) bool { return rootOf(part) == name }):
			known[name] = shown(now) // what our write did, although its answer left that open
			values[name] = before
		case name == nameArgument && !before.IsNull() && ident.MayBecome(shown(before), shown(now)):
			known[name] = shown(now) // the server spells it in its own way, and showed it only later
			values[name] = before
		case asked && answered == "" && replacedFor(r.object.Schema.Attributes[name], before, now):
			known[name] = shown(now) // as if the answer had shown it: what it leaves out replaces nothing
			values[name] = before
		case slices.Contains(r.object.Constant, name) && !before.IsNull():
			known[name] = shown(now)
			values[name] = before
		default:
			delete(known, name)
		}
	}
	read.Raw = tftypes.NewValue(read.Raw.Type(), values)
}

// caughtUp is the state with those arguments as planned that the server has so already, of those that
// are constant or set once: a configuration that gives in to the server changes nothing there.
func (r *objectResource) caughtUp(state tfsdk.State, plan tfsdk.Plan, known answers) tfsdk.State {
	for _, name := range slices.Concat(r.object.Constant, r.object.Once) {
		planned := within(plan.Raw, name)
		if answered := known.part(name); answered != "" && ident.SameName(answered, shown(planned)) {
			state.Raw = replaced(state.Raw, name, planned)
		}
	}
	return state
}

// answered is the state with what the server has, as far as it answered our last writes
// differently: null for what it never confirmed.
func answered(state tfsdk.State, known answers) tfsdk.State {
	values := attributesOf(state.Raw)
	for name, value := range values {
		if instead, differs := known[name]; differs && value.Type().Is(tftypes.String) {
			values[name] = tftypes.NewValue(tftypes.String, nil)
			if instead != "" {
				values[name] = tftypes.NewValue(tftypes.String, instead)
			}
		}
	}
	state.Raw = tftypes.NewValue(state.Raw.Type(), values)
	return state
}

// argument reports whether a configuration can set the attribute.
func (r *objectResource) argument(name string) bool {
	attribute, ok := r.object.Schema.Attributes[name]
	return ok && (attribute.IsRequired() || attribute.IsOptional()) && !attribute.IsSensitive() && !attribute.IsWriteOnly()
}

// silent reports whether an answer without the attribute says nothing about it.
func (r *objectResource) silent(name string) bool {
	return r.object.Schema.Attributes[name].IsRequired() || slices.Contains(r.object.Untold, name)
}

// warnDifferent reports what the server has instead of what was asked for.
func warnDifferent(ctx context.Context, object string, names []string, asked map[string]tftypes.Value, known answers) {
	var lines []string
	for _, name := range names {
		lines = append(lines, differences(name, asked[name], known[name])...)
	}
	if len(lines) == 0 {
		return // nothing of what is configured
	}
	Warn(ctx, object, "differs from its configuration at the server",
		"%s The configured value stays in state, and nothing is sent again because of it; a later change at the server is shown as drift.", strings.Join(lines, " "))
}

// standing are the differences that every plan repeats: of what is configured, what
// the server has in a form that is more than another spelling.
func standing(plan tfsdk.Plan, state tfsdk.State, config tfsdk.Config, known answers) (names []string) {
	planned, before, configured := attributesOf(plan.Raw), attributesOf(state.Raw), attributesOf(config.Raw)
	for _, name := range slices.Sorted(maps.Keys(known)) {
		value := planned[name]
		same := abbreviated(shown(value), known[name]) || name == nameArgument && respelled(shown(value), known[name])
		if !configured[name].IsNull() && value.Equal(before[name]) && !same {
			names = append(names, name)
		}
	}
	return names
}

// abbreviated reports whether a server answers with the first word of a code, as older
// ones do: EU for EU_STORAGE_PROCESSING.
func abbreviated(asked, answered string) bool {
	first, _, more := strings.Cut(asked, "_")
	return more && strings.EqualFold(first, answered)
}

// respelled reports whether a server merely trimmed, folded or cut what was asked for.
func respelled(asked, answered string) bool {
	fold := func(s string) string {
		return strings.Join(strings.Fields(strings.ToLower(norm.NFC.String(s))), " ")
	}
	answered = fold(answered)
	return answered != "" && strings.HasPrefix(fold(asked), answered)
}

func sameText(a, b tftypes.Value) bool {
	if !a.Type().Is(tftypes.String) || !b.Type().Is(tftypes.String) || a.IsNull() || b.IsNull() {
		return false
	}
	return ident.SameName(shown(a), shown(b))
}

// shown is a value as messages and private state show it, "" for null: a text as it is, anything
// else as JSON.
func shown(value tftypes.Value) string {
	var (
		text     string
		number   *big.Float
		truth    bool
		elements []tftypes.Value
	)
	switch {
	case value.IsNull() || !value.IsKnown():
		return ""
	case value.As(&text) == nil:
		return text
	case value.As(&number) == nil:
		return number.Text('f', -1)
	case value.As(&truth) == nil:
		return strconv.FormatBool(truth)
	case value.Type().Is(tftypes.Set{}) && value.As(&elements) == nil:
		var all []string
		for _, element := range elements {
			all = append(all, shown(element))
		}
		slices.Sort(all)
		return "[" + strings.Join(all, ", ") + "]"
	}
	out, err := json.Marshal(plainOf(value))
	if err != nil {
		return value.String()
	}
	return string(out)
}

// plainOf is a value as JSON has it; nil for null and for what is unknown.
func plainOf(value tftypes.Value) any {
	var (
		text   string
		truth  bool
		number big.Float
		list   []tftypes.Value
		parts  map[string]tftypes.Value
	)
	switch {
	case value.IsNull() || !value.IsKnown():
		return nil
	case value.As(&text) == nil:
		return text
	case value.As(&truth) == nil:
		return truth
	case value.As(&number) == nil:
		return json.RawMessage(number.Text('g', -1))
	case value.As(&list) == nil:
		out := make([]any, 0, len(list))
		for _, one := range list {
			out = append(out, plainOf(one))
		}
		if value.Type().Is(tftypes.Set{}) {
			slices.SortFunc(out, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
		return out
	case value.As(&parts) == nil:
		out := map[string]any{}
		for name, one := range parts {
			out[name] = plainOf(one)
		}
		return out
	}
	return value.String()
}

// attributesOf takes an object apart, nil for none.
func attributesOf(object tftypes.Value) map[string]tftypes.Value {
	var attributes map[string]tftypes.Value
	if object.IsNull() || object.As(&attributes) != nil {
		return nil
	}
	return maps.Clone(attributes)
}
