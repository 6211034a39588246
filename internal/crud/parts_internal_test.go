// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What is known of a planned object stays, whatever was answered, and the rest is answered.
func TestPlannedParts(t *testing.T) {
	t.Parallel()
	typ := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.String, "b": tftypes.String}}
	object := func(a, b any) tftypes.Value {
		return tftypes.NewValue(typ, map[string]tftypes.Value{"a": tftypes.NewValue(tftypes.String, a), "b": tftypes.NewValue(tftypes.String, b)})
	}
	unknown, null := tftypes.NewValue(typ, tftypes.UnknownValue), tftypes.NewValue(typ, nil)
	for _, c := range []struct{ planned, answered, want tftypes.Value }{
		{object("p", tftypes.UnknownValue), object("A", "B"), object("p", "B")},
		{object("p", tftypes.UnknownValue), null, object("p", nil)},
		{unknown, object("A", "B"), object("A", "B")},
		{unknown, null, null},
	} {
		if got := plannedParts(c.planned, c.answered); !got.Equal(c.want) {
			t.Errorf("%s over %s: got %s, want %s", c.planned, c.answered, got, c.want)
		}
	}
}

// What differs of an object is said of its parts; what has no value in the configuration does not differ.
func TestDifferences(t *testing.T) {
	t.Parallel()
	texts := tftypes.Set{ElementType: tftypes.String}
	text := func(s any) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	set := func(elements ...tftypes.Value) tftypes.Value { return tftypes.NewValue(texts, elements) }
	object := func(a, b any, c tftypes.Value) tftypes.Value {
		return tftypes.NewValue(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.String, "b": tftypes.String, "c": texts}}, map[string]tftypes.Value{"a": text(a), "b": text(b), "c": c})
	}
	for _, c := range []struct {
		asked, answered tftypes.Value
		want            string
	}{
		{text("p"), text("q"), `x is "p" in the configuration, the server has "q".`},
		{object("p", nil, set()), object("q", "r", set()), `x.a is "p" in the configuration, the server has "q".`},
		{object("p", "q", set(text("s"), text("t"))), object("p", nil, set(text("t"), text("s"))), `x.b is "q" in the configuration, the server does not confirm it.`},
		{object("p", "q", set(text("s"))), object("p", "q", set()), `x.c is "[s]" in the configuration, the server has "[]".`},
		{object("p", "q", set(text("s"))), object("p", "q", set(text("u"), text("t"))), `x.c is "[s]" in the configuration, the server has "[t, u]".`},
		{object(tftypes.UnknownValue, "q", set(text(tftypes.UnknownValue))), object("p", "r", set()), `x.b is "q" in the configuration, the server has "r".`},
		{object("p", nil, tftypes.NewValue(texts, nil)), tftypes.NewValue(tftypes.String, nil), `x.a is "p" in the configuration, the server does not confirm it.`},
		{object(nil, nil, set()), object("p", nil, set()), ""},
	} {
		if got := strings.Join(differences("x", c.asked, shown(c.answered)), " "); got != c.want {
			t.Errorf("%s beside %s: got %q, want %q", c.asked, c.answered, got, c.want)
		}
	}
}

func TestShownValues(t *testing.T) {
	t.Parallel()
	text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.String, "n": tftypes.Number, "b": tftypes.Bool}}
	for want, value := range map[string]tftypes.Value{
		"":                            tftypes.NewValue(tftypes.String, nil),
		"a \"text\"":                  text("a \"text\""),
		"true":                        tftypes.NewValue(tftypes.Bool, true),
		"1.5":                         tftypes.NewValue(tftypes.Number, 1.5),
		`[a, b]`:                      tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, []tftypes.Value{text("a"), text("b")}),
		`{"x":"y"}`:                   tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"x": text("y")}),
		`{"a":null,"b":false,"n":12}`: tftypes.NewValue(object, map[string]tftypes.Value{"a": tftypes.NewValue(tftypes.String, nil), "n": tftypes.NewValue(tftypes.Number, 12), "b": tftypes.NewValue(tftypes.Bool, false)}),
	} {
		if got := shown(value); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A message about an identity names the attribute that is wrong, of several the one that is given.
func TestImportByOneOfSeveral(t *testing.T) {
	t.Parallel()
	identity := Identity{"role_id", "user_id|group_id"}
	form := identity.Schema()
	typ := form.Type().TerraformType(t.Context())
	for want, given := range map[string]map[string]any{
		"The identity's group_id contains a path separator.":            {"group_id": "a/b"},
		"The identity's user_id is empty.":                              {"user_id": ""},
		"The identity's user_id or group_id is empty.":                  {},
		"The identity's user_id or group_id has more than one of them.": {"user_id": "u", "group_id": "g"},
	} {
		values := map[string]tftypes.Value{"role_id": tftypes.NewValue(tftypes.String, "r")}
		for _, name := range []string{"user_id", "group_id"} {
			values[name] = tftypes.NewValue(tftypes.String, given[name])
		}
		var resp resource.ImportStateResponse
		identity.Import(t.Context(), "r/group/g", resource.ImportStateRequest{Identity: &tfsdk.ResourceIdentity{Schema: form, Raw: tftypes.NewValue(typ, values)}}, &resp)
		if got := resp.Diagnostics; len(got) != 1 || !strings.HasPrefix(got[0].Detail(), want) {
			t.Errorf("says %v, want %q", got, want)
		}
	}
}
