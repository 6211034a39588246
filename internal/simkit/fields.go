// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// duration is a duration written like "1m30s".
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = duration(v)
	return err
}

// decodeInto reads a JSON value. Into a struct it reads the exported fields, named in
// snake_case and with durations as "1m30s"; what is not named keeps its value, and what
// the struct does not have is an error.
func decodeInto(body []byte, into any) error {
	object := reflect.ValueOf(into).Elem()
	if object.Kind() != reflect.Struct {
		return json.Unmarshal(body, into)
	}
	var in map[string]json.RawMessage
	if err := json.Unmarshal(body, &in); err != nil {
		return err
	}
	return setFields(into, in)
}

func setFields(into any, in map[string]json.RawMessage) error {
	for name, raw := range in {
		if err := setField(reflect.ValueOf(into).Elem(), name, raw); err != nil {
			return err
		}
	}
	return nil
}

func setField(object reflect.Value, name string, raw json.RawMessage) error {
	field := object.FieldByNameFunc(func(have string) bool {
		return strings.EqualFold(have, strings.ReplaceAll(name, "_", ""))
	})
	if !field.IsValid() || !field.CanSet() || field.Kind() == reflect.Func {
		return fmt.Errorf("unknown field %q", name)
	}
	if pointed := field.Type(); pointed.Kind() == reflect.Pointer && pointed.Elem().Kind() == reflect.Struct && pointed.Elem() != reflect.TypeFor[time.Time]() {
		field.Set(reflect.New(pointed.Elem()))
		return decodeInto(raw, field.Interface())
	}
	var err error
	switch target := field.Addr().Interface().(type) {
	case *time.Duration:
		err = json.Unmarshal(raw, (*duration)(target))
	case *map[string]time.Duration:
		var in map[string]duration
		err = json.Unmarshal(raw, &in)
		*target = map[string]time.Duration{}
		for key, d := range in {
			(*target)[key] = time.Duration(d)
		}
	default:
		err = json.Unmarshal(raw, target)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
