// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// What servers make of null and of an empty text, and what is sent because of it.
func TestClear(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	badRequest, broken := &apierr.Error{Status: 400}, &apierr.Error{Status: 500}
	for name, c := range map[string]struct {
		null, empty error  // what is refused
		deaf        string // "null" or "both": taken, and nothing changes
		fields      object
		sent        string
		has         string // after it
		err         error
	}{
		"nothing to clear":      {fields: object{"name": "b"}, sent: `[{"name":"b"}]`, has: `{"description":"d","name":"b"}`},
		"null clears":           {fields: object{"name": "b", "description": nil}, sent: `[{"description":null,"name":"b"}]`, has: `{"name":"b"}`},
		"null is refused":       {null: badRequest, fields: object{"name": "b", "description": nil}, sent: `[{"description":null,"name":"b"},{"description":"","name":"b"}]`, has: `{"description":"","name":"b"}`},
		"null does nothing":     {deaf: "null", fields: object{"name": "b", "description": nil}, sent: `[{"description":null,"name":"b"},{"description":""}]`, has: `{"description":"","name":"b"}`},
		"nothing clears":        {deaf: "both", fields: object{"description": nil}, sent: `[{"description":null},{"description":""}]`, has: `{"description":"d","name":"a"}`},
		"an empty is refused":   {deaf: "null", empty: badRequest, fields: object{"description": nil}, sent: `[{"description":null},{"description":""}]`, has: `{"description":"d","name":"a"}`},
		"both are refused":      {null: badRequest, empty: badRequest, fields: object{"name": "b", "description": nil}, sent: `[{"description":null,"name":"b"},{"description":"","name":"b"},{"name":"b"}]`, has: `{"description":"d","name":"b"}`},
		"both, and alone":       {null: badRequest, empty: badRequest, fields: object{"description": nil}, sent: `[{"description":null},{"description":""},{}]`, has: `{"description":"d","name":"a"}`},
		"the server is broken":  {null: broken, fields: object{"description": nil}, sent: `[{"description":null}]`, has: `{"description":"d","name":"a"}`, err: broken},
		"it breaks at an empty": {deaf: "null", empty: broken, fields: object{"description": nil}, sent: `[{"description":null},{"description":""}]`, has: `{"description":"d","name":"a"}`, err: broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			has, sent := object{"name": "a", "description": "d"}, []object{}
			answer, err := crud.Clear(c.fields, func(fields map[string]any) (object, error) {
				sent = append(sent, maps.Clone(fields))
				value, clears := fields["description"]
				switch {
				case clears && value == nil && c.null != nil:
					return nil, c.null
				case clears && value == "" && c.empty != nil:
					return nil, c.empty
				}
				for name, value := range fields {
					if name == "description" && (c.deaf == "both" || c.deaf == "null" && value == nil) {
						continue
					}
					has[name] = value
				}
				maps.DeleteFunc(has, func(_ string, value any) bool { return value == nil })
				return maps.Clone(has), nil
			}, func(answer object, name string) string {
				text, _ := answer[name].(string)
				return text
			})
			if !errors.Is(err, c.err) || c.err == nil && err != nil {
				t.Fatalf("got %v, want %v", err, c.err)
			}
			if got := asJSON(t, sent); got != c.sent {
				t.Errorf("sent %s, want %s", got, c.sent)
			}
			if got := asJSON(t, has); got != c.has {
				t.Errorf("the server has %s, want %s", got, c.has)
			}
			if c.err == nil && asJSON(t, answer) != c.has {
				t.Errorf("answered %s, want %s", asJSON(t, answer), c.has)
			}
		})
	}
	wrong := &apierr.Error{Status: 400}
	if _, err := crud.Clear(object{"name": "", "description": nil}, func(map[string]any) (object, error) { return nil, wrong }, nil); !errors.Is(err, wrong) {
		t.Errorf("an error about another field is lost: %v", err)
	}
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
