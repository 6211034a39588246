// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

// Changes are the named arguments of a planned model that are known and other than those of
// another model, as [Plain] gives them: of an object its parts that differ, nil for what was
// taken away. Computed arguments that are null are left out.
func Changes[M any](plan, has M, names ...string) map[string]any {
	planned, before := argumentsOf(plan), argumentsOf(has)
	out := map[string]any{}
	for _, name := range names {
		change(out, name, planned[name], before[name])
	}
	return out
}

// argumentsOf are the values of a model by their names in the schema.
func argumentsOf(model any) map[string]attr.Value {
	out := map[string]attr.Value{}
	object := reflect.ValueOf(model)
	for _, field := range reflect.VisibleFields(object.Type()) { // those of embedded models too
		if field.Anonymous {
			continue
		}
		if value, ok := object.FieldByIndex(field.Index).Interface().(attr.Value); ok {
			out[field.Tag.Get("tfsdk")] = value
		}
	}
	return out
}

// Texts is a set of texts, null for nil. Servers may repeat one, and a set must not.
func Texts(texts []string) types.Set {
	if texts == nil {
		return types.SetNull(types.StringType)
	}
	texts = slices.Compact(slices.Sorted(slices.Values(texts)))
	elements := make([]attr.Value, 0, len(texts))
	for _, text := range texts {
		elements = append(elements, types.StringValue(text))
	}
	return types.SetValueMust(types.StringType, elements)
}

func change(out map[string]any, name string, planned, has attr.Value) {
	object, nested := planned.(types.Object)
	switch {
	case planned.IsUnknown(), planned.IsNull() && (has == nil || has.IsNull()), has != nil && (planned.Equal(has) || sameLetters(planned, has)):
	case nested && !planned.IsNull():
		before, _ := has.(types.Object)
		parts := map[string]any{}
		for part, value := range object.Attributes() {
			change(parts, part, value, before.Attributes()[part])
		}
		if len(parts) > 0 {
			out[name] = parts
		}
	default:
		out[name] = Plain(planned)
	}
}

// sameLetters reports whether two values are one text in two forms of its letters: see [ident.SameName].
func sameLetters(planned, has attr.Value) bool {
	a, isText := planned.(types.String)
	b, both := has.(types.String)
	return isText && both && a.IsNull() == b.IsNull() && ident.SameName(a.ValueString(), b.ValueString())
}

// Plain is a value of texts, numbers and truth values as JSON has it: nil for null and unknown; the elements of a set
// are in order.
func Plain(value attr.Value) any {
	if value == nil || value.IsNull() || value.IsUnknown() {
		return nil
	}
	switch v := value.(type) {
	case types.String:
		return v.ValueString()
	case types.Bool:
		return v.ValueBool()
	case types.Int64:
		return v.ValueInt64()
	case types.Set:
		out := []any{}
		for _, one := range v.Elements() {
			out = append(out, Plain(one))
		}
		slices.SortFunc(out, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		return out
	case types.Map:
		return plainParts(v.Elements())
	case types.Object:
		return plainParts(v.Attributes())
	}
	panic(fmt.Sprintf("crud: no plain form of %T", value))
}

func plainParts(values map[string]attr.Value) map[string]any {
	out := map[string]any{}
	for name, value := range values {
		out[name] = Plain(value)
	}
	return out
}

// ValueOf is what JSON has as a value of texts: null for nothing, for an empty text, for an
// object without parts, and for what is of another form. A text in place of a set is its only
// element.
func ValueOf(typ attr.Type, plain any) attr.Value {
	text, isText := plain.(string)
	parts, isParts := plain.(map[string]any)
	switch t := typ.(type) {
	case types.SetType:
		elements := []attr.Value{}
		all, isList := plain.([]any)
		if isText && text != "" {
			all, isList = []any{text}, true
		}
		if !isList {
			return types.SetNull(t.ElemType)
		}
		for _, one := range all {
			if value := ValueOf(t.ElemType, one); !slices.ContainsFunc(elements, value.Equal) { // servers may repeat one
				elements = append(elements, value)
			}
		}
		return types.SetValueMust(t.ElemType, elements)
	case types.MapType:
		if !isParts {
			return types.MapNull(t.ElemType)
		}
		elements := map[string]attr.Value{}
		for name, one := range parts {
			text, _ := one.(string)
			elements[name] = types.StringValue(text) // an empty one is none the less there
		}
		return types.MapValueMust(t.ElemType, elements)
	case types.ObjectType:
		values, some := map[string]attr.Value{}, false
		for name, inner := range t.AttrTypes {
			values[name] = ValueOf(inner, parts[name])
			some = some || !values[name].IsNull()
		}
		if !some {
			return types.ObjectNull(t.AttrTypes)
		}
		return types.ObjectValueMust(t.AttrTypes, values)
	}
	return Optional(text)
}
