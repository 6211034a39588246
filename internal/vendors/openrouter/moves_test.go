// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

// States of the other providers move by the id that they hold: a read makes of each what an
// import makes, and no secret is taken over.
func TestMoves(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	hash, plain := w.SeedKey(openroutersim.Key{Name: "old", WorkspaceID: w.workspace, Limit: 5})
	for _, c := range []struct {
		provider  string
		state     settings
		plaintext bool
	}{
		{"openrouterteam/openrouter", settings{"hash": hash, "name": "old", "key": plain, "limit": 5, "workspace_id": w.workspace}, true},
		{"openrouterteam/openrouter", settings{"hash": hash, "name": "old", "key": nil, "label": "sk-or-v1-0e6...1c96"}, false},
		{"cloudopsworks/openrouter", settings{"id": hash, "name": "old", "key": plain}, true},
	} {
		got, said, err := w.Move(keyType, "openrouter_api_key", c.provider, c.state)
		if err != nil {
			t.Fatal(c.provider, err)
		}
		want, _, err := w.Import(keyType, hash)
		same(t, c.provider, []any{got, err}, []any{want, nil})
		said += fmt.Sprint(got)
		same(t, c.provider+" warns of a plaintext, and shows none", []any{strings.Contains(said, "plaintext secret in the moved state"), strings.Contains(said, plain)}, []any{c.plaintext, false})
	}
}

// A key that was just moved here, whose workspace is not known yet, is destroyed without a refresh
// although one answer says that it is not there.
func TestDestroyOfWhatWasMoved(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	hash, plain := w.SeedKey(openroutersim.Key{Name: "old", WorkspaceID: w.workspace})
	r, err := w.Process().Resource(keyType)
	if err != nil {
		t.Fatal(err)
	}
	raw := fmt.Sprintf(`{"hash": %q, "name": "old", "key": %q}`, hash, plain)
	moved, err := r.Move(t.Context(), "openrouter_api_key", "registry.example/openrouterteam/openrouter", 0, []byte(raw))
	if err != nil || protocol.Failure(moved.Diagnostics) != nil {
		t.Fatal(err, moved.Diagnostics)
	}
	w.State.State["x"] = &protocol.Instance{Current: &protocol.Held{Value: moved.Value, Private: moved.Private, Identity: moved.Identity}}
	w.Inject(simkit.Fault{Operation: openroutersim.OpGetKey, Kind: simkit.NotFoundBefore, Times: 2})
	plan, err := w.State.PlanDestroyAll(t.Context(), nil, false)
	if err == nil {
		err = w.State.Apply(t.Context(), plan, nil)
	}
	same(t, "destroyed", []any{err, len(w.Keys()), len(w.State.State)}, []any{nil, 0, 0})
}
