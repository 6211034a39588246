// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"fmt"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Shown are the attributes of a managed resource as a data source shows them: all computed,
// each described by the first sentence that the resource has for it.
func Shown(attributes map[string]schema.Attribute) map[string]dschema.Attribute {
	out := map[string]dschema.Attribute{}
	for name, attribute := range attributes {
		text := firstSentence(attribute.GetMarkdownDescription())
		switch a := attribute.(type) {
		case schema.StringAttribute:
			out[name] = dschema.StringAttribute{Computed: true, MarkdownDescription: text}
		case schema.BoolAttribute:
			out[name] = dschema.BoolAttribute{Computed: true, MarkdownDescription: text}
		case schema.Int64Attribute:
			out[name] = dschema.Int64Attribute{Computed: true, MarkdownDescription: text}
		case schema.SetAttribute:
			out[name] = dschema.SetAttribute{Computed: true, MarkdownDescription: text, ElementType: a.ElementType}
		case schema.MapAttribute:
			out[name] = dschema.MapAttribute{Computed: true, MarkdownDescription: text, ElementType: a.ElementType}
		case schema.ListNestedAttribute:
			out[name] = dschema.ListNestedAttribute{Computed: true, MarkdownDescription: text, NestedObject: dschema.NestedAttributeObject{Attributes: Shown(a.NestedObject.Attributes)}}
		case schema.SingleNestedAttribute:
			out[name] = dschema.SingleNestedAttribute{Computed: true, MarkdownDescription: text, Attributes: Shown(a.Attributes)}
		default:
			panic(fmt.Sprintf("crud: %s has no form in a data source (%T)", name, attribute))
		}
	}
	return out
}

func firstSentence(text string) string {
	if end := strings.Index(text, ". "); end >= 0 {
		return text[:end+1]
	}
	return text
}

// ByIDOrName are the attributes id and name of a [Lookup] that takes either.
func ByIDOrName(noun string) map[string]dschema.Attribute {
	return map[string]dschema.Attribute{
		"id": dschema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "The " + noun + "'s id. Give this or `name`.",
			Validators:          []validator.String{PathElement(), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))},
		},
		"name": dschema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "The " + noun + "'s exact name. Give this or `id`.",
			Validators:          []validator.String{NotEmpty()},
		},
	}
}

// Each gives what a [Listing] finds from a walk; nil from found leaves an object out.
func Each[T, M any](walk iter.Seq2[T, error], found func(T) *Found[M]) iter.Seq2[Found[M], error] {
	return func(yield func(Found[M], error) bool) {
		for one, err := range walk {
			if err != nil {
				yield(Found[M]{}, err)
				return
			}
			if f := found(one); f != nil && !yield(*f, nil) {
				return
			}
		}
	}
}
