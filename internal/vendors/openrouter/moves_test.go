// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

// States of the other providers move by the id that they hold: a read makes of each what an
// import makes, and no secret is taken over.
func TestMoves(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	hash, plain := w.SeedKey(openroutersim.Key{Name: "old", WorkspaceID: w.workspace, Limit: 5})
	for _, c := range []struct {
		provider, from, to, id string
		state                  settings
		plaintext              bool
	}{
		{"openrouterteam/openrouter", "openrouter_api_key", keyType, hash, settings{"hash": hash, "name": "old", "key": plain, "limit": 5, "workspace_id": w.workspace}, true},
		{"openrouterteam/openrouter", "openrouter_api_key", keyType, hash, settings{"hash": hash, "name": "old", "key": nil, "label": "sk-or-v1-0e6...1c96"}, false},
		{"cloudopsworks/openrouter", "openrouter_api_key", keyType, hash, settings{"id": hash, "name": "old", "key": plain}, true},
		{"openrouterteam/openrouter", "openrouter_workspace", workspaceType, w.workspace, settings{"id": w.workspace, "name": "Payments", "slug": "payments", "io_logging_sampling_rate": 1}, false},
	} {
		r, err := w.process().Resource(c.to)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(c.state)
		if err != nil {
			t.Fatal(err)
		}
		moved, err := r.Move(t.Context(), c.from, "registry.example/"+c.provider, 0, raw)
		if err != nil || protocol.Failure(moved.Diagnostics) != nil {
			t.Fatal(c.provider, err, moved.Diagnostics)
		}
		read, err := r.Read(t.Context(), protocol.Held{Value: moved.Value, Private: moved.Private, Identity: moved.Identity})
		if err != nil || protocol.Failure(read.Diagnostics) != nil {
			t.Fatal(c.provider, err, read.Diagnostics)
		}
		want, err := w.imported(c.to, c.id)
		same(t, c.provider+" "+c.from, []any{protocol.Attributes(read.Value), err}, []any{want, nil})
		said := fmt.Sprint(moved.Value, read.Value)
		for _, d := range moved.Diagnostics {
			said += d.Summary + d.Detail
		}
		same(t, c.provider+" warns of a plaintext, and shows none", []any{strings.Contains(said, "plaintext secret in the moved state"), strings.Contains(said, plain)}, []any{c.plaintext, false})
	}
}
