// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// source gives a model its values.
type source interface {
	Get(ctx context.Context, target any) diag.Diagnostics
}

// read is a new model with the values of from; P points to it.
func read[P any](ctx context.Context, from source, diags *diag.Diagnostics) P {
	model, _ := reflect.New(reflect.TypeFor[P]().Elem()).Interface().(P)
	diags.Append(from.Get(ctx, model)...)
	return model
}

// copied is a copy of a model.
func copied[P any](model P) P {
	to := reflect.New(reflect.TypeFor[P]().Elem())
	to.Elem().Set(reflect.ValueOf(model).Elem())
	out, _ := to.Interface().(P)
	return out
}

// exists reports whether P points to a model: there is no state before a create.
func exists[P any](model P) bool {
	var none P
	return any(model) != any(none)
}
