// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"weak"
)

// onceInALife are the calls that come once in the life of a process, and those that stream.
var onceInALife = []string{
	"GetMetadata", "GetProviderSchema", "GetResourceIdentitySchemas", "GetFunctions", "CallFunction",
	"ValidateProviderConfig", "ConfigureProvider", "StopProvider", "ListResource", "InvokeAction",
}

// Every call that comes once per object lets go of what its context carried when it is over: a
// plan makes thousands of each kind, and the framework keeps every context until the process ends.
func TestCallsLetGoOfTheirContexts(t *testing.T) {
	t.Parallel()
	made, err := NewServer("test", Options{})()
	if err != nil {
		t.Fatal(err)
	}
	whole := reflect.ValueOf(made)
	carried := map[string]weak.Pointer[[1 << 10]byte]{}
	type key struct{}
	for i := range whole.NumMethod() {
		name, method := whole.Type().Method(i).Name, whole.Method(i)
		if slices.Contains(onceInALife, name) {
			continue
		}
		burden := new([1 << 10]byte)
		carried[name] = weak.Make(burden)
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, burden))
		ask(t, method, ctx)
		cancel()
	}
	runtime.GC()
	for name, one := range carried {
		if one.Value() != nil {
			t.Errorf("%s: what its context carried is still there", name)
		}
	}
	if len(carried) < 15 {
		t.Errorf("only %d calls were tried", len(carried))
	}
	runtime.KeepAlive(made)
}

// ask makes a call about an object that there is not.
func ask(t *testing.T, call reflect.Value, ctx context.Context) {
	t.Helper()
	req := reflect.New(call.Type().In(1).Elem())
	if name := req.Elem().FieldByName("TypeName"); name.IsValid() {
		name.SetString("orgkeys_none")
	}
	call.Call([]reflect.Value{reflect.ValueOf(ctx), req})
}
