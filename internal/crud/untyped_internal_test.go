// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"slices"
	"testing"
)

// Each field of a declaration reaches what the framework calls, and a function that is not set
// stays so.
func TestNothingIsLostUntyped(t *testing.T) {
	t.Parallel()
	for _, set := range []bool{true, false} {
		object, listing, lookup, invocation := Object[*int, string]{}, Listing[*int, bool, string]{}, Lookup[*int, string]{}, Invocation[*int, string]{}
		for _, declared := range []any{&object, &listing, &lookup, &invocation} {
			fill(reflect.ValueOf(declared).Elem(), set)
		}
		for _, out := range []any{
			untyped[Object[any, any]](object), untyped[Listing[any, any, any]](listing),
			untyped[Lookup[any, any]](lookup), untyped[Invocation[any, any]](invocation),
		} {
			fields := reflect.ValueOf(out)
			for i := range fields.NumField() {
				name, function := fields.Type().Field(i).Name, fields.Field(i).Kind() == reflect.Func
				if set && fields.Field(i).IsZero() {
					t.Errorf("%T lost %s", out, name)
				}
				if !set && function && !fields.Field(i).IsNil() {
					t.Errorf("%T has a %s that was not declared", out, name)
				}
			}
		}
	}
}

// fill gives every field another value than its zero, or all of them their zero.
func fill(declared reflect.Value, set bool) {
	for i := range declared.NumField() {
		field := declared.Field(i)
		switch {
		case !set:
			field.SetZero()
		case field.Kind() == reflect.Func:
			field.Set(reflect.MakeFunc(field.Type(), func([]reflect.Value) []reflect.Value { return nil }))
		case field.Kind() == reflect.String:
			field.SetString("x")
		case field.Kind() == reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		case field.Kind() == reflect.Struct:
			for j := range field.NumField() {
				if field.Field(j).Kind() == reflect.String {
					field.Field(j).SetString("x")
				}
			}
		}
	}
}

type shoe struct{ size int }

// Functions get their models and clients, and what they return comes back: values, errors,
// nothing, and the rows of an iterator, as many as are taken.
func TestUntypedFunctions(t *testing.T) {
	t.Parallel()
	client, broken := new(int), errors.New("broken")
	object := untyped[Object[any, any]](Object[*int, shoe]{
		Connect: func(data any) (*int, error) {
			if data == nil {
				return nil, broken
			}
			return client, nil
		},
		Update: func(_ context.Context, c *int, plan, state shoe) (shoe, error) {
			if c != client {
				t.Errorf("got client %v, want %v", c, client)
			}
			return shoe{plan.size*100 + state.size}, broken
		},
		Plan: func(_ context.Context, plan shoe, state *shoe) (shoe, error) {
			if state == nil {
				return plan, nil
			}
			return *state, nil
		},
	})
	if got, err := object.Connect("data"); got != any(client) || err != nil {
		t.Errorf("connect: got %v, %v", got, err)
	}
	if got, err := object.Connect(nil); got != any((*int)(nil)) || !errors.Is(err, broken) {
		t.Errorf("connect without data: got %v, %v", got, err)
	}
	if got, err := object.Update(t.Context(), client, shoe{1}, shoe{2}); got != any(shoe{102}) || !errors.Is(err, broken) {
		t.Errorf("update: got %v, %v", got, err)
	}
	if got, err := object.Plan(t.Context(), shoe{3}, nil); got != any(shoe{3}) || err != nil {
		t.Errorf("plan of a create: got %v, %v", got, err)
	}
	var state any = shoe{4}
	if got, err := object.Plan(t.Context(), shoe{3}, &state); got != any(shoe{4}) || err != nil {
		t.Errorf("plan of a change: got %v, %v", got, err)
	}

	walked := 0
	listing := untyped[Listing[any, any, any]](Listing[*int, string, shoe]{
		Find: func(_ context.Context, _ *int, query string) iter.Seq2[Found[shoe], error] {
			return func(yield func(Found[shoe], error) bool) {
				for size := range 5 {
					walked++
					complete := func(_ context.Context, imported shoe) (shoe, error) { return shoe{imported.size + size}, nil }
					if !yield(Found[shoe]{ID: []string{query}, Complete: complete}, nil) {
						return
					}
				}
			}
		},
	})
	var sizes []any
	for found, err := range listing.Find(t.Context(), client, "left") {
		size, _ := found.Complete(t.Context(), shoe{40})
		if sizes = append(sizes, size); err != nil || !slices.Equal(found.ID, []string{"left"}) {
			t.Errorf("found %v, %v", found.ID, err)
		}
		if len(sizes) == 2 {
			break
		}
	}
	if !slices.Equal(sizes, []any{shoe{40}, shoe{41}}) || walked != 2 {
		t.Errorf("found %v in %d steps", sizes, walked)
	}
}
