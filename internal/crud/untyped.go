// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Objects are declared over their own models and clients. What the framework calls is written
// once, over any, and reflection joins the two: compiled anew for each type of model, either was
// a tenth of the program.

// model is the type of the models behind an any.
type model struct{ reflect.Type }

func modelOf[M any]() model { return model{reflect.TypeFor[M]()} }

// source gives a model its values.
type source interface {
	Get(ctx context.Context, target any) diag.Diagnostics
}

// read is a new model with the values of from.
func (m model) read(ctx context.Context, from source, diags *diag.Diagnostics) any {
	into := reflect.New(m.Type)
	diags.Append(from.Get(ctx, into.Interface())...)
	return into.Elem().Interface()
}

// untyped gives a declaration its form over any: an Object[any, any] for an Object[C, M].
func untyped[U any](declared any) (out U) {
	into := reflect.ValueOf(&out).Elem()
	into.Set(fitted(reflect.ValueOf(declared), into.Type()))
	return out
}

// fitted is a value in the form of a type that has any where the value's has another type, or the
// other way round: structs field by field, functions by their arguments and results. Nothing
// stays nothing.
func fitted(value reflect.Value, to reflect.Type) reflect.Value {
	kind := value.Kind()
	switch {
	case value.Type().AssignableTo(to):
		return value
	case kind == reflect.Struct:
		out := reflect.New(to).Elem()
		for i := range out.NumField() {
			out.Field(i).Set(fitted(value.Field(i), to.Field(i).Type))
		}
		return out
	case value.IsNil():
		return reflect.Zero(to)
	case kind == reflect.Pointer:
		out := reflect.New(to.Elem())
		out.Elem().Set(fitted(value.Elem(), to.Elem()))
		return out
	case kind == reflect.Func:
		return reflect.MakeFunc(to, func(given []reflect.Value) []reflect.Value {
			for i, argument := range given {
				given[i] = fitted(argument, value.Type().In(i))
			}
			results := value.Call(given)
			for i, result := range results {
				results[i] = fitted(result, to.Out(i))
			}
			return results
		})
	default: // an any, whose value has the other type
		return fitted(value.Elem(), to)
	}
}
