// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	orgkeys "github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
)

// SeriesTypes are the types of all resources of the provider that manage key series, sorted:
// those with a generation.
func SeriesTypes(t testing.TB) []string {
	t.Helper()
	server, err := orgkeys.NewServer("test", orgkeys.Options{})()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for name, schema := range schemas.ResourceSchemas {
		if slices.ContainsFunc(schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == "generation" }) {
			types = append(types, name)
		}
	}
	slices.Sort(types)
	return types
}
