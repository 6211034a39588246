// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

// A key whose workspace is not known is read alone where no remembered list shows it and
// its workspace: after an own write, where lists lag or leave fields out, and where it is
// another organization's.
func TestKeyWherever(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		before func(w *world, hash string)
		reads  int
		gone   bool
	}{
		"remembered": {},
		"of a wrong answer to a read": {before: func(w *world, _ string) {
			w.Inject(simkit.Fault{Operation: openroutersim.OpGetKey, Kind: simkit.NotFoundBefore, Times: 1})
		}},
		"after an own change": {before: func(w *world, hash string) {
			_, err := w.client.UpdateKey(w.t.Context(), w.workspace, hash, map[string]any{"limit": 3})
			ok(w.t, err)
		}, reads: 1},
		"after an own delete": {before: func(w *world, hash string) {
			ok(w.t, w.client.RevokeKey(w.t.Context(), w.workspace, hash, time.Time{}))
		}, reads: 2, gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t)
			hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace})
			_, err := w.client.Keys(t.Context(), w.workspace)
			ok(t, err)
			if one.before != nil {
				one.before(w, hash)
			}
			k, err := w.client.KeyWherever(t.Context(), hash)
			same(t, []any{k.Hash == hash, k.WorkspaceID == w.workspace, apierr.IsGone(err), w.Count(openroutersim.OpGetKey)}, []any{!one.gone, !one.gone, one.gone, one.reads})
		})
	}
}

func TestKeyInNoList(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.Inject(simkit.Fault{Operation: openroutersim.OpListKeys, Kind: simkit.Altered, Omit: []string{"workspace_id"}})
	bare, _ := w.SeedKey(openroutersim.Key{Name: "bare", WorkspaceID: w.workspace})
	_, err := w.client.Keys(t.Context(), w.workspace)
	ok(t, err)
	late, _ := w.SeedKey(openroutersim.Key{Name: "late"})
	for _, hash := range []string{bare, late} {
		k, err := w.client.KeyWherever(t.Context(), hash)
		same(t, []any{k.Hash, k.WorkspaceID != "", err}, []any{hash, true, nil})
	}
	_, err = w.client.KeyWherever(t.Context(), strings.Repeat("0", 64))
	gone, _ := apierr.AsGone(err)
	same(t, []any{gone != nil && gone.Never, w.Count(openroutersim.OpGetKey)}, []any{true, 4})
}

// What cannot be true of a key is an error also where a list shows it.
func TestDoubtfulKeyWherever(t *testing.T) {
	t.Parallel()
	w := begin(t)
	hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace})
	w.Inject(simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"created_at": start.AddDate(30, 0, 0).Format(time.RFC3339)}})
	_, err := w.client.Keys(t.Context(), w.workspace)
	ok(t, err)
	if _, err := w.client.KeyWherever(t.Context(), hash); err == nil {
		t.Error("a key that is created in thirty years is believed")
	}
}
