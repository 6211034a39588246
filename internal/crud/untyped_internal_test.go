// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"reflect"
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
		for _, out := range []any{object.untyped(), listing.untyped(), lookup.untyped(), invocation.untyped()} {
			fields := reflect.ValueOf(out)
			for i := range fields.NumField() {
				name, optional := fields.Type().Field(i).Name, fields.Field(i).Kind() == reflect.Func
				if set && fields.Field(i).IsZero() {
					t.Errorf("%T lost %s", out, name)
				}
				needed := map[string]bool{"Connect": true, "Find": true, "Update": true, "Target": true, "Invoke": true}
				if !set && optional && !needed[name] && !fields.Field(i).IsNil() {
					t.Errorf("%T has a %s that was not declared", out, name)
				}
			}
		}
	}
}

// fill gives every field another value than its zero, or all but the functions their zero.
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
