// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

type limited struct{ Limit types.String }

// limitedKind has one argument, which the vendor's form of a key, a text, shows.
func limitedKind() Kind[*limited] {
	return Kind[*limited]{Own: []Argument[*limited]{{
		Name: "limit", Attribute: schema.StringAttribute{Optional: true}, Effect: InPlace,
		Place: At(func(m *limited) *types.String { return &m.Limit }),
		Shown: func(key keyseries.Key) attr.Value {
			text, ok := key.Own.(string)
			if !ok {
				return nil
			}
			return types.StringValue(text)
		},
		Notice: func(key keyseries.Key, before *limited) (what, text string) {
			if key.Own == before.Limit.ValueString() {
				return "", ""
			}
			return "has another limit", "…"
		},
	}}}
}

// A notice is about the key and the model as it was before.
func TestNotices(t *testing.T) {
	t.Parallel()
	for seen, want := range map[string]int{"5": 0, "50": 1} {
		var told []keyseries.Notice
		limitedKind().notices(&limited{types.StringValue("5")}, keyseries.Key{ID: "k", Own: seen}, func(n keyseries.Notice) { told = append(told, n) })
		if len(told) != want || want > 0 && told[0] != (keyseries.Notice{ID: "k", What: "has another limit", Text: "…"}) {
			t.Errorf("%s: told %v", seen, told)
		}
	}
}
