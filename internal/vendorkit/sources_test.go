// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendorkit_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"testing"

	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
)

type shelfModel struct {
	ID   types.String `tfsdk:"id"`
	Name types.String `tfsdk:"name"`
}

// The objects beside a resource are described as it is, find by id as it reads, and list in
// the order that is asked for.
func TestSources(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	d := vendorkit.Directory[error, shelf, *shelfModel]{
		Noun: "old shelf",
		All: func(_ context.Context, err error) (*apiclient.List[shelf], error) {
			return &apiclient.List[shelf]{ByID: map[string]shelf{"s1": {"s1", "b"}, "s2": {"s2", "c"}, "s3": {"s3", "a"}}}, err
		},
		Facts: func(s shelf) (id, name string) { return s.id, s.name },
		Form:  func(s shelf) *shelfModel { return &shelfModel{types.StringValue(s.id), types.StringValue(s.name)} },
		Order: func(a, b shelf) int { return cmp.Compare(b.name, a.name) },
	}
	of := crud.Object[error, shelfModel]{
		TypeName: "acme_shelf", Identity: crud.Identity{"id"},
		Schema: schema.Schema{Attributes: map[string]schema.Attribute{"id": crud.ID("The id. Never changes."), "name": crud.Fixed("The name. Changed in place.")}},
		Read:   func(_ context.Context, _ error, prior shelfModel) (shelfModel, error) { return prior, broken },
	}
	lookup := d.Lookup(vendorkit.Of(of), "A shelf.", func(m *shelfModel) (id, name types.String) { return m.ID, m.Name })
	for query, want := range map[shelfModel]string{
		{Name: types.StringValue("a")}: `"s3" <nil>`,
		{ID: types.StringValue("s1")}:  `"s1" broken`,
	} {
		found, err := lookup.Find(t.Context(), nil, &query)
		if got := fmt.Sprint(found.ID, err); got != want {
			t.Errorf("looked up %s, want %s", got, want)
		}
	}
	inventory := d.Inventory(vendorkit.Of(of), "The shelves.", nil)
	found, err := inventory.Find(t.Context(), nil, types.Object{})
	want := `{"old_shelfs":[{"id":"s2","name":"c"},{"id":"s1","name":"b"},{"id":"s3","name":"a"}]}`
	if err != nil || found.String() != want {
		t.Errorf("listed %s, %v, want %s", found, err, want)
	}
	if _, err := inventory.Find(t.Context(), broken, types.Object{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	shown, _ := inventory.Schema.Attributes["old_shelfs"].(dschema.ListNestedAttribute)
	for what, got := range map[string]string{
		"acme_shelfs old shelfs The shelves. The old shelfs. The id.": fmt.Sprint(inventory.TypeName, " ", inventory.Noun, " ", inventory.Schema.MarkdownDescription, " ",
			shown.MarkdownDescription, " ", shown.NestedObject.Attributes["id"].GetMarkdownDescription()),
		"acme_shelf old shelf A shelf. The shelf's id. Give this or `name`.": fmt.Sprint(lookup.TypeName, " ", lookup.Noun, " ", lookup.Schema.MarkdownDescription, " ",
			lookup.Schema.Attributes["id"].GetMarkdownDescription()),
	} {
		if got != what {
			t.Errorf("described as %q, want %q", got, what)
		}
	}
}
