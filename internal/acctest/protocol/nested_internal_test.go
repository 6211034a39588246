// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// An object in an object is merged and checked part by part, as core does.
func TestNestedObjects(t *testing.T) {
	t.Parallel()
	inner := &tfprotov6.SchemaObject{Nesting: tfprotov6.SchemaObjectNestingModeSingle, Attributes: []*tfprotov6.SchemaAttribute{
		{Name: "a", Type: tftypes.String, Optional: true, Computed: true}, {Name: "b", Type: tftypes.String, Optional: true},
	}}
	schema := &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{{Name: "in", NestedType: inner, Optional: true, Computed: true}}}}
	object, _ := schema.ValueType().(tftypes.Object)
	r := &Resource{Schema: schema, Object: object}
	value := func(in any) tftypes.Value {
		v, err := Value(object, map[string]any{"in": in})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	type parts = map[string]any
	for name, c := range map[string]struct {
		prior, config any
		proposed      any
		invalid       any // a plan that breaks a rule; nil = none
	}{
		"nothing configured":   {parts{"a": "1", "b": "2"}, nil, parts{"a": "1", "b": "2"}, nil},
		"computed part unset":  {parts{"a": "1", "b": "2"}, parts{"b": "3"}, parts{"a": "1", "b": "3"}, parts{"a": "1", "b": "4"}},
		"optional part unset":  {parts{"a": "1", "b": "2"}, parts{"a": "3"}, parts{"a": "3"}, parts{"a": "3", "b": "4"}},
		"no prior":             {nil, parts{"b": "3"}, parts{"b": "3"}, parts{"b": "4"}},
		"not known":            {parts{"a": "1"}, Unknown, Unknown, parts{"a": "2"}},
		"the prior is allowed": {parts{"b": "2"}, parts{"b": "3"}, parts{"b": "3"}, nil},
	} {
		proposed, err := r.proposed(value(c.prior), value(c.config))
		if err != nil || !proposed.Equal(value(c.proposed)) {
			t.Errorf("%s: proposed %s, %v", name, proposed, err)
		}
		if err := r.planValid(value(c.prior), value(c.config), proposed); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.invalid != nil && r.planValid(value(c.prior), value(c.config), value(c.invalid)) == nil {
			t.Errorf("%s: a plan of %v is valid", name, c.invalid)
		}
	}
	if err := r.planValid(value(parts{"b": "2"}), value(parts{"b": "3"}), value(parts{"b": "2"})); err != nil {
		t.Errorf("the prior value is refused: %v", err)
	}
	if _, err := Value(object, map[string]any{"in": parts{"c": "1"}}); fmt.Sprint(err) != "in: there is no attribute c" {
		t.Errorf("got %v", err)
	}
}

func TestListsOfObjects(t *testing.T) {
	t.Parallel()
	row := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.String}}
	form := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"rows": tftypes.List{ElementType: row}, "text": tftypes.String}}
	rows := []map[string]any{{"a": "1"}, {}}
	value, err := Value(form, map[string]any{"rows": rows})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(Attributes(value)); got != "map[rows:[map[a:1] map[a:<nil>]] text:<nil>]" {
		t.Errorf("got %s", got)
	}
	for name, wrong := range map[string][]map[string]any{"text": rows, "rows": {{"b": "1"}}} {
		if _, err := Value(form, map[string]any{name: wrong}); err == nil {
			t.Errorf("%v is taken for %s", wrong, name)
		}
	}
}
