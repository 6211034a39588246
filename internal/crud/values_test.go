// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"encoding/json"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

var (
	textSet = types.SetType{ElemType: types.StringType}
	textMap = types.MapType{ElemType: types.StringType}
	inner   = types.ObjectType{AttrTypes: map[string]attr.Type{"one": types.StringType, "all": textSet}}
)

type holder struct {
	Name types.String `tfsdk:"name"`
	Tags types.Map    `tfsdk:"tags"`
	In   types.Object `tfsdk:"in"`
}

func hold(t *testing.T, text string) holder {
	t.Helper()
	var plain map[string]any
	if err := json.Unmarshal([]byte(text), &plain); err != nil {
		t.Fatal(err)
	}
	name, _ := crud.ValueOf(types.StringType, plain["name"]).(types.String)
	tags, _ := crud.ValueOf(textMap, plain["tags"]).(types.Map)
	in, _ := crud.ValueOf(inner, plain["in"]).(types.Object)
	return holder{name, tags, in}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ plan, has, want string }{
		{`{"name":"a"}`, `{"name":"a"}`, `{}`},
		{`{"name":"a","tags":{"x":""}}`, `{}`, `{"name":"a","tags":{"x":""}}`},
		{`{}`, `{"name":"a","tags":{"x":"y"}}`, `{"name":null,"tags":null}`},
		{`{"tags":{}}`, `{}`, `{"tags":{}}`},
		{`{"in":{"one":"1","all":["b","a"]}}`, `{}`, `{"in":{"all":["a","b"],"one":"1"}}`},
		{`{"in":{"one":"2","all":["a","b"]}}`, `{"in":{"one":"1","all":["b","a"]}}`, `{"in":{"one":"2"}}`},
		{`{"in":{"one":"1","all":"x"}}`, `{"in":{"one":"1","all":["x"]}}`, `{}`},
		{`{"in":{"one":"1"},"other":1}`, `{"in":{"one":"1","all":["x"]}}`, `{"in":{"all":null}}`},
		{`{"name":"Br\u00fccke","in":{"one":"\u00e9"}}`, `{"name":"Bru\u0308cke","in":{"one":"e\u0301"}}`, `{}`},
		{`{"name":"e"}`, `{"name":"e\u0301"}`, `{"name":"e"}`},
		{`{"in":{},"name":7,"tags":[]}`, `{}`, `{}`},
	} {
		got, err := json.Marshal(crud.Changes(hold(t, c.plan), hold(t, c.has), "name", "tags", "in"))
		if err != nil || string(got) != c.want {
			t.Errorf("%s over %s: got %s, %v, want %s", c.plan, c.has, got, err, c.want)
		}
	}
	unknown := hold(t, `{}`)
	unknown.Name, unknown.In = types.StringUnknown(), types.ObjectValueMust(inner.AttrTypes, map[string]attr.Value{"one": types.StringUnknown(), "all": types.SetNull(types.StringType)})
	if got := crud.Changes(unknown, hold(t, `{"name":"a","in":{"one":"1"}}`), "name", "in"); len(got) != 0 {
		t.Errorf("what is unknown changes %v", got)
	}
	if got, _ := json.Marshal(crud.Plain(hold(t, `{"in":{"one":"1","all":["b","a"]}}`).In)); string(got) != `{"all":["a","b"],"one":"1"}` {
		t.Errorf("got %s", got)
	}
}
