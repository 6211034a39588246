// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"iter"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Objects are declared over their own models and clients. What the framework calls is written
// once, over any: compiled anew for each type of model it was a tenth of the program.

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

// as is a value behind an any, the zero value for nil.
func as[T any](value any) T {
	typed, _ := value.(T)
	return typed
}

func untypedConnect[C any](connect func(providerData any) (C, error)) func(any) (any, error) {
	return func(providerData any) (any, error) { return connect(providerData) }
}

// untypedChange is nil for nil, as the other optional functions are.
func untypedChange[C, M any](change func(context.Context, C, M) (M, error)) func(context.Context, any, any) (any, error) {
	if change == nil {
		return nil
	}
	return func(ctx context.Context, client, given any) (any, error) {
		return change(ctx, as[C](client), as[M](given))
	}
}

func untypedDeed[C, M any](deed func(context.Context, C, M) error) func(context.Context, any, any) error {
	if deed == nil {
		return nil
	}
	return func(ctx context.Context, client, given any) error { return deed(ctx, as[C](client), as[M](given)) }
}

func (o Object[C, M]) untyped() Object[any, any] {
	out := Object[any, any]{
		TypeName: o.TypeName, Noun: o.Noun, Schema: o.Schema, Identity: o.Identity, Example: o.Example, Moves: o.Moves,
		Untold: o.Untold, Constant: o.Constant, Once: o.Once, LeftAlone: o.LeftAlone, Restores: o.Restores,
		Connect: untypedConnect(o.Connect), Create: untypedChange(o.Create), Read: untypedChange(o.Read), Before: untypedChange(o.Before),
		Delete: untypedDeed(o.Delete), Look: untypedDeed(o.Look), Parent: untypedDeed(o.Parent),
		Update: func(ctx context.Context, client, plan, state any) (any, error) {
			return o.Update(ctx, as[C](client), as[M](plan), as[M](state))
		},
	}
	if o.Plan != nil {
		out.Plan = func(ctx context.Context, plan any, state *any) (any, error) {
			if state == nil {
				return o.Plan(ctx, as[M](plan), nil)
			}
			has := as[M](*state)
			return o.Plan(ctx, as[M](plan), &has)
		}
	}
	if o.Replaces != nil {
		out.Replaces = func(plan, has any) string { return o.Replaces(as[M](plan), as[M](has)) }
	}
	if o.Loss != nil {
		out.Loss = func(ctx context.Context, client, state any) (what, detail string) {
			return o.Loss(ctx, as[C](client), as[M](state))
		}
	}
	if o.Namesakes != nil {
		out.Namesakes = func(ctx context.Context, client, plan any) (Namesakes, error) {
			return o.Namesakes(ctx, as[C](client), as[M](plan))
		}
	}
	if o.Restore != nil {
		out.Restore = func(ctx context.Context, client, state any, former map[string]any) error {
			return o.Restore(ctx, as[C](client), as[M](state), former)
		}
	}
	if o.Strays != nil {
		out.Strays = func(ctx context.Context, client, state any, ids []string) []string {
			return o.Strays(ctx, as[C](client), as[M](state), ids)
		}
	}
	return out
}

func (l Listing[C, Q, M]) untyped() Listing[any, any, any] {
	return Listing[any, any, any]{
		TypeName: l.TypeName, Noun: l.Noun, Identity: l.Identity, Schema: l.Schema, Connect: untypedConnect(l.Connect),
		Find: func(ctx context.Context, client, query any) iter.Seq2[Found[any], error] {
			return func(yield func(Found[any], error) bool) {
				for found, err := range l.Find(ctx, as[C](client), as[Q](query)) {
					if !yield(found.untyped(), err) {
						return
					}
				}
			}
		},
	}
}

func (f Found[M]) untyped() Found[any] {
	return Found[any]{ID: f.ID, DisplayName: f.DisplayName, Complete: func(ctx context.Context, imported any) (any, error) {
		return f.Complete(ctx, as[M](imported))
	}}
}

func (l Lookup[C, M]) untyped() Lookup[any, any] {
	return Lookup[any, any]{TypeName: l.TypeName, Noun: l.Noun, Schema: l.Schema, Connect: untypedConnect(l.Connect), Find: untypedChange(l.Find)}
}

func (i Invocation[C, M]) untyped() Invocation[any, any] {
	return Invocation[any, any]{
		TypeName: i.TypeName, Does: i.Does, Schema: i.Schema, Connect: untypedConnect(i.Connect),
		Target: func(config any) string { return i.Target(as[M](config)) },
		Invoke: func(ctx context.Context, client, config any, progress func(string)) error {
			return i.Invoke(ctx, as[C](client), as[M](config), progress)
		},
	}
}
