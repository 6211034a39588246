// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

func TestNamesThatActOnTheTerminal(t *testing.T) {
	t.Parallel()
	for has, warning := range map[string]string{
		"one":          "",
		"Zoë 東京 👩‍💻":   "",
		"a\x1b[2Jb":    `name is "a\x1b[2Jb".`,
		"a\nb":         `name is "a\nb".`,
		"a\u009bb":     `name is "a\u009bb".`,
		"a\u202egpj.b": `name is "a\u202egpj.b".`,
	} {
		object := newThings()
		object.Read = func(_ context.Context, _ *store, prior thing) (thing, error) {
			prior.Name = types.StringValue(has)
			return prior, nil
		}
		var want []string
		if warning != "" {
			want = []string{"Thing \"one\" (t1) has control characters in name\n" + warning}
		}
		serveThings(t, object).read(stored, id).expect(t, with(stored, texts{"name": has}), nil, want)
	}
	// What a configuration may hold is no news.
	turned := with(stored, texts{"name": "a\u200fb"})
	serveThings(t, newThings()).read(turned, id).expect(t, turned, nil, nil)

	lookups := newLookups()
	lookups.Find = func(_ context.Context, _ *store, query thing) (thing, error) {
		query.Every = types.StringValue("\x07")
		return query, nil
	}
	got := serve(t, toy{things: newThings(), lookups: lookups}).find(config)
	expectTexts(t, "warnings", got.warnings, []string{"Thing \"one\" has control characters in every\nevery is \"\\x07\"."})
}

func TestWarnRawOfALongList(t *testing.T) {
	t.Parallel()
	row := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"name": tftypes.String}}
	var rows []tftypes.Value
	for i := range 8 {
		rows = append(rows, tftypes.NewValue(row, map[string]tftypes.Value{"name": tftypes.NewValue(tftypes.String, fmt.Sprintf("%d\r", i))}))
	}
	list, text := tftypes.List{ElementType: row}, tftypes.String
	object := tftypes.NewValue(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"rows": list, "secret": text}},
		map[string]tftypes.Value{"rows": tftypes.NewValue(list, rows), "secret": tftypes.NewValue(text, "a\nb")})
	var diags diag.Diagnostics
	crud.WarnRaw(crud.WithWarnings(t.Context(), &diags), "list x", func(name string) bool { return name == "secret" }, tftypes.Value{}, object)
	if len(diags) != 1 || !strings.Contains(diags[0].Detail(), `rows[4].name is "4\r". So are 3 more.`) || strings.Contains(diags[0].Detail(), "secret") {
		t.Errorf("got %v", diags)
	}
}
