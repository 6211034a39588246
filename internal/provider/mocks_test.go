// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
)

// mocked is what Terraform's mock providers give for a text that they have to make up: eight small letters and
// digits at random, so that a test of a module which passes once may fail the next time.
var mocked = []string{"abcdefgh", "12345678", "a1b2c3d4", "1abcdefg"}

// written are the attributes whose texts users write by hand, so that no mock makes them up.
var written = map[string]bool{
	"allowed_ips": true, "amount": true, "budget_duration": true, "default": true, "display_color": true, "enabled_tiers": true, "interval": true, "issuer": true, "lifetime": true, "limit_reset": true,
	"mode": true, "on_destroy": true, "overlap": true, "review_after": true, "role": true, "rotate_after": true, "secret_storage": true, "status": true, "type": true,
}

// A text that a mock provider makes up for an attribute of one object passes the validation of each other that
// refers to it.
func TestMocksPass(t *testing.T) {
	t.Parallel()
	p, err := protocol.Start(t.Context(), provider.NewServer("test", provider.Options{Getenv: func(string) string { return "" }}))
	if err != nil {
		t.Fatal(err)
	}
	schemas := p.Schemas().ResourceSchemas
	refused, tried := map[string]bool{}, 0
	for _, kind := range slices.Sorted(maps.Keys(schemas)) {
		r, err := p.Resource(kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, attribute := range schemas[kind].Block.Attributes {
			if attribute.Type == nil || !attribute.Optional && !attribute.Required {
				continue
			}
			for _, text := range mocked {
				var value any
				switch {
				case attribute.Type.Is(tftypes.String):
					value = text
				case attribute.Type.Is(tftypes.Set{ElementType: tftypes.String}), attribute.Type.Is(tftypes.List{ElementType: tftypes.String}):
					value = []string{text}
				default:
					continue
				}
				tried++
				config, err := protocol.Value(r.Object, map[string]any{attribute.Name: value})
				if err != nil {
					t.Fatal(err)
				}
				said, err := r.ValidateConfig(t.Context(), config)
				if err != nil {
					t.Fatal(err)
				}
				for _, one := range said {
					if one.Severity == tfprotov6.DiagnosticSeverityError && strings.HasPrefix(one.Attribute.String(), `AttributeName("`+attribute.Name+`")`) && one.Summary != "Invalid Attribute Combination" {
						refused[attribute.Name] = true
						if !written[attribute.Name] {
							t.Errorf("%s.%s refuses %q: %s: %s", kind, attribute.Name, text, one.Summary, one.Detail)
						}
					}
				}
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d texts tried", tried)
	}
	for name := range written {
		if !refused[name] {
			t.Errorf("%s is no longer refused", name)
		}
	}
}
