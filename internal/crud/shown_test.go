// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"errors"
	"fmt"
	"iter"
	"testing"

	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

func TestShown(t *testing.T) {
	t.Parallel()
	shown := crud.Shown(map[string]schema.Attribute{
		"text": schema.StringAttribute{Required: true, MarkdownDescription: "The text, 1.5 long. Changed in place."},
		"yes":  schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether."},
		"set":  schema.SetAttribute{Optional: true, ElementType: types.StringType}, "map": schema.MapAttribute{Optional: true, ElementType: types.BoolType},
		"rows": schema.ListNestedAttribute{Optional: true, NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{"cell": schema.StringAttribute{Required: true, MarkdownDescription: "Cell. More."}}}},
		"in":   schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{"deep": schema.StringAttribute{Optional: true, MarkdownDescription: "Deep. More."}}},
	})
	for name, attribute := range shown {
		if !attribute.IsComputed() || attribute.IsOptional() || attribute.IsRequired() {
			t.Errorf("%s is not just computed", name)
		}
	}
	rows, _ := shown["rows"].(dschema.ListNestedAttribute)
	in, _ := shown["in"].(dschema.SingleNestedAttribute)
	got := fmt.Sprint(shown["text"].GetMarkdownDescription(), shown["yes"].GetMarkdownDescription(), in.Attributes["deep"].GetMarkdownDescription(), rows.NestedObject.Attributes["cell"].GetMarkdownDescription(), shown["set"].GetType(), shown["map"].GetType())
	if want := "The text, 1.5 long.Whether.Deep.Cell.types.SetType[basetypes.StringType] types.MapType[basetypes.BoolType]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	defer func() {
		if recover() == nil {
			t.Error("a sort of attribute that is not known passes")
		}
	}()
	crud.Shown(map[string]schema.Attribute{"list": schema.ListAttribute{}})
}

func TestEach(t *testing.T) {
	t.Parallel()
	walk := func(yield func(string, error) bool) {
		_ = yield("a", nil) && yield("left out", nil) && yield("b", nil) && yield("", errors.New("broken")) && yield("after it", nil)
	}
	all := crud.Each(iter.Seq2[string, error](walk), func(s string) *crud.Found[thing] {
		if s == "left out" {
			return nil
		}
		return &crud.Found[thing]{DisplayName: s}
	})
	got := ""
	for one, err := range all {
		got += fmt.Sprint(one.DisplayName, err, " ")
	}
	if got != "a<nil> b<nil> broken " {
		t.Errorf("got %s", got)
	}
	for one, err := range all {
		if one.DisplayName != "a" || err != nil {
			t.Errorf("got %s, %v", one.DisplayName, err)
		}
		break
	}
}
