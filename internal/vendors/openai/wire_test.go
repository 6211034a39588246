// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
)

// wire speaks the plugin protocol to the provider, for what not every CLI knows.
type wire struct {
	*protocol.Process
	t *testing.T
}

// unconfigured is how Terraform 1.11 moves states.
func unconfigured(t *testing.T, w *acctest.World) *wire {
	t.Helper()
	process, err := protocol.Start(t.Context(), w.Server)
	if err != nil {
		t.Fatal(err)
	}
	return &wire{process, t}
}

// configured configures the provider; config tells what its block holds.
func configured(t *testing.T, w *acctest.World, config map[string]any) *wire {
	t.Helper()
	c := unconfigured(t, w)
	said, err := c.Configure(t.Context(), config)
	c.calm(err, said)
	return c
}

// calm fails for an error and for everything that was said.
func (c *wire) calm(err error, said []*tfprotov6.Diagnostic) {
	c.t.Helper()
	if err != nil || len(said) > 0 {
		c.t.Fatal(err, complaints(said))
	}
}

func (c *wire) resource(kind string) *protocol.Resource {
	c.t.Helper()
	resource, err := c.Resource(kind)
	if err != nil {
		c.t.Fatal(err)
	}
	return resource
}

// attributes are those of an object that are not null.
func attributes(value tftypes.Value) map[string]any { return given(protocol.Attributes(value)) }

func given(all map[string]any) map[string]any {
	maps.DeleteFunc(all, func(_ string, one any) bool { return one == nil })
	return all
}

func (c *wire) identity(kind string, data *tfprotov6.ResourceIdentityData) map[string]any {
	c.t.Helper()
	identity, err := c.resource(kind).Identified(data)
	if err != nil {
		c.t.Fatal(err)
	}
	return given(identity)
}

// result is one listed object.
type result struct {
	name       string
	id         map[string]any
	body       map[string]any
	complaints []string // summary and detail of every diagnostic
}

func complaints(diagnostics []*tfprotov6.Diagnostic) []string {
	var out []string
	for _, d := range diagnostics {
		out = append(out, d.Summary+": "+d.Detail)
	}
	return out
}

func (c *wire) list(kind string, config map[string]any, limit int64, body bool) []result {
	c.t.Helper()
	results, err := c.List(c.t.Context(), kind, config, limit, body)
	if err != nil {
		c.t.Fatal(err)
	}
	var all []result
	for one, err := range results {
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, result{one.Name, c.identity(kind, one.Identity), attributes(one.Value), complaints(one.Diagnostics)})
	}
	return all
}

// imported is what a Read after an import by identity knows.
func (c *wire) imported(kind string, id map[string]any) map[string]any {
	c.t.Helper()
	one, err := c.resource(kind).Import(c.t.Context(), "", id)
	c.calm(err, one.Diagnostics)
	return c.read(kind, one)
}

// read is what a Read of an object knows.
func (c *wire) read(kind string, one protocol.Answer) map[string]any {
	c.t.Helper()
	seen, err := c.resource(kind).Read(c.t.Context(), protocol.Held{Value: one.Value, Identity: one.Identity, Private: one.Private})
	c.calm(err, seen.Diagnostics)
	return attributes(seen.Value)
}

// data is what a data source tells.
func (c *wire) data(kind string, config map[string]any) map[string]any {
	c.t.Helper()
	answer, err := c.Data(c.t.Context(), kind, config)
	c.calm(err, answer.Diagnostics)
	return attributes(answer.Value)
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	g, gotErr := json.Marshal(got)
	w, wantErr := json.Marshal(want)
	if gotErr != nil || wantErr != nil || string(g) != string(w) {
		t.Errorf("%s\n%s\nwant\n%s", what, g, w)
	}
}
