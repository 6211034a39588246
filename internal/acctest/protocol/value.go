// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Unknown is a configured value that is known only during apply.
var Unknown = &struct{ _ byte }{}

// unknownText stands for an unknown value in [Attributes].
const unknownText = "(unknown)"

// Value is an object of the type with these attributes: string, []string,
// map[string]string, map[string]any for an object in it, []map[string]any for a list of objects,
// [Unknown] or what [tftypes.NewValue] takes. What is left out is null.
func Value(form tftypes.Type, attributes map[string]any) (tftypes.Value, error) {
	object, ok := form.(tftypes.Object)
	if !ok {
		return tftypes.Value{}, fmt.Errorf("%s is no object", form)
	}
	values := map[string]tftypes.Value{}
	for name, typ := range object.AttributeTypes {
		values[name] = tftypes.NewValue(typ, nil)
	}
	for name, given := range attributes {
		typ, ok := object.AttributeTypes[name]
		if !ok {
			return tftypes.Value{}, fmt.Errorf("there is no attribute %s", name)
		}
		if inner, nested := given.(map[string]any); nested {
			value, err := Value(typ, inner)
			if err != nil {
				return tftypes.Value{}, fmt.Errorf("%s: %w", name, err)
			}
			values[name] = value
			continue
		}
		if rows, nested := given.([]map[string]any); nested {
			value, err := listOf(typ, rows)
			if err != nil {
				return tftypes.Value{}, fmt.Errorf("%s: %w", name, err)
			}
			values[name] = value
			continue
		}
		values[name] = valueOf(typ, given)
	}
	return tftypes.NewValue(object, values), nil
}

// listOf is a list of objects.
func listOf(typ tftypes.Type, rows []map[string]any) (tftypes.Value, error) {
	list, ok := typ.(tftypes.List)
	if !ok {
		return tftypes.Value{}, fmt.Errorf("%s is no list", typ)
	}
	elements := make([]tftypes.Value, 0, len(rows))
	for _, row := range rows {
		value, err := Value(list.ElementType, row)
		if err != nil {
			return tftypes.Value{}, err
		}
		elements = append(elements, value)
	}
	return tftypes.NewValue(typ, elements), nil
}

func valueOf(typ tftypes.Type, given any) tftypes.Value {
	switch given := given.(type) {
	case []string:
		elements := make([]tftypes.Value, 0, len(given))
		for _, one := range given {
			elements = append(elements, tftypes.NewValue(tftypes.String, one))
		}
		return tftypes.NewValue(typ, elements)
	case []any: // objects
		list, _ := typ.(tftypes.List)
		elements := make([]tftypes.Value, 0, len(given))
		for _, one := range given {
			inner, _ := one.(map[string]any)
			value, err := Value(list.ElementType, inner)
			if err != nil {
				panic(err)
			}
			elements = append(elements, value)
		}
		return tftypes.NewValue(typ, elements)
	case map[string]string:
		elements := map[string]tftypes.Value{}
		for key, one := range given {
			elements[key] = tftypes.NewValue(tftypes.String, one)
		}
		return tftypes.NewValue(typ, elements)
	}
	if given == any(Unknown) {
		given = tftypes.UnknownValue
	}
	return tftypes.NewValue(typ, given)
}

// Pack encodes [Value].
func Pack(form tftypes.Type, attributes map[string]any) (*tfprotov6.DynamicValue, error) {
	value, err := Value(form, attributes)
	if err != nil {
		return nil, err
	}
	return dynamic(value)
}

// unpack decodes a value; what is not there is null.
func unpack(form tftypes.Type, packed *tfprotov6.DynamicValue) (tftypes.Value, error) {
	if packed == nil {
		return tftypes.NewValue(form, nil), nil
	}
	return packed.Unmarshal(form)
}

func dynamic(value tftypes.Value) (*tfprotov6.DynamicValue, error) {
	encoded, err := tfprotov6.NewDynamicValue(value.Type(), value)
	return &encoded, err
}

func encode(values map[**tfprotov6.DynamicValue]tftypes.Value) error {
	for to, value := range values {
		encoded, err := dynamic(value)
		if err != nil {
			return err
		}
		*to = encoded
	}
	return nil
}

// Attributes are the attributes of an object as JSON has them; nil for none. What is
// unknown becomes the text "(unknown)".
func Attributes(value tftypes.Value) map[string]any {
	attributes, _ := plain(value).(map[string]any)
	return attributes
}

func plain(value tftypes.Value) any {
	if value.IsNull() {
		return nil
	}
	if !value.IsKnown() {
		return unknownText
	}
	switch typ := value.Type(); {
	case typ.Is(tftypes.String):
		var text string
		_ = value.As(&text)
		return text
	case typ.Is(tftypes.Bool):
		var yes bool
		_ = value.As(&yes)
		return yes
	case typ.Is(tftypes.Number):
		number := new(big.Float)
		_ = value.As(&number)
		return json.Number(strings.TrimSuffix(number.Text('f', -1), ".0"))
	case typ.Is(tftypes.Object{}), typ.Is(tftypes.Map{}):
		var parts map[string]tftypes.Value
		_ = value.As(&parts)
		out := map[string]any{}
		for name, part := range parts {
			out[name] = plain(part)
		}
		return out
	default:
		var parts []tftypes.Value
		_ = value.As(&parts)
		out := []any{}
		for _, part := range parts {
			out = append(out, plain(part))
		}
		return out
	}
}
