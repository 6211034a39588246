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

const workspaceType = "orgkeys_openrouter_workspace"

// process is a configured process of the provider.
func (w *world) process() *protocol.Process {
	w.t.Helper()
	p, err := protocol.Start(w.t.Context(), w.serve)
	if err != nil {
		w.t.Fatal(err)
	}
	said, err := p.Configure(w.t.Context(), nil)
	if err != nil || protocol.Failure(said) != nil {
		w.t.Fatal(err, said)
	}
	return p
}

// data reads a data source; the error is that of its diagnostics, too.
func (w *world) data(kind string, config settings) (settings, error) {
	w.t.Helper()
	answer, err := w.process().Data(w.t.Context(), kind, config)
	if err == nil {
		err = protocol.Failure(answer.Diagnostics)
	}
	if err != nil {
		return nil, err
	}
	return protocol.Attributes(answer.Value), nil
}

// imported is what an import and the Read after it bring into state.
func (w *world) imported(kind, id string) (settings, error) {
	w.t.Helper()
	r, err := w.process().Resource(kind)
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := r.Import(w.t.Context(), id, nil)
	if err == nil {
		err = protocol.Failure(answer.Diagnostics)
	}
	if err != nil {
		return nil, err
	}
	read, err := r.Read(w.t.Context(), protocol.Held{Value: answer.Value, Private: answer.Private, Identity: answer.Identity})
	if err == nil {
		err = protocol.Failure(read.Diagnostics)
	}
	if err != nil {
		return nil, err
	}
	return protocol.Attributes(read.Value), nil
}

// A plan beside a workspace of the same name says so, and a slug that is taken is explained.
func TestWorkspaceBesideAnother(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, workspaceType)
	other := w.SeedWorkspace("Team", "team")
	if err := w.try(settings{"name": "Team", "slug": "team"}); err == nil || !strings.Contains(err.Error(), "choose another one") {
		t.Errorf("got %v", err)
	}
	same(t, "said", w.said("terraform import <address> "+other), true)
	w.apply(settings{"name": "Team 2", "slug": "team-2"})
	same(t, "said of another name", w.said("exists already"), false)
}

func TestWorkspace(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, workspaceType)
	w.Inject(simkit.Fault{Operation: openroutersim.OpCreateWorkspace, Kind: simkit.CutAfter, Times: 1})
	config := settings{"name": "Team", "slug": "team", "description": "ours"}
	first := w.apply(config)
	same(t, "adopted", []any{w.said("was taken over"), len(w.Workspaces()), w.Workspaces()[2].ID}, []any{true, 3, first["id"]})
	second := w.apply(with(config, settings{"name": "Team 2", "description": nil}))
	same(t, "changed", []any{second["id"] == first["id"], w.Workspaces()[2].Name, w.Workspaces()[2].Description}, []any{true, "Team 2", ""})
	for _, id := range []any{first["id"], "team"} {
		got, err := w.imported(workspaceType, fmt.Sprint(id))
		same(t, "import", []any{got["id"], got["slug"], err}, []any{first["id"], "team", nil})
	}
	hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: fmt.Sprint(first["id"])})
	if err := w.try(nil); err == nil || !strings.Contains(fmt.Sprint(err, w.state.Said), "keys that work") {
		t.Errorf("got %v", err)
	}
	w.DeleteKey(hash)
	w.apply(nil)
	same(t, "workspaces", len(w.Workspaces()), 2)
}

// A key is adopted by its hash with all that the API shows; a user's is refused.
func TestImport(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	guardrail := w.SeedGuardrail("")
	hash, _ := w.SeedKey(openroutersim.Key{Name: "old", WorkspaceID: w.workspace, Limit: 7, GuardrailID: guardrail})
	user, _ := w.SeedKey(openroutersim.Key{Name: "user's", Creator: "user_member"})
	got, err := w.imported(keyType, hash)
	same(t, "import", []any{got["name"], got["workspace_id"], got["limit"], got["guardrail_id"], got["disabled"], err}, []any{"old", w.workspace, 7, guardrail, false, nil})
	if _, err := w.imported(keyType, user); err == nil || !strings.Contains(err.Error(), "belongs to a user") {
		t.Errorf("a user's key: %v", err)
	}
	if _, err := w.imported(keyType, strings.Repeat("0", 64)); err == nil {
		t.Error("a key that is not there was imported")
	}
}

func TestDataSources(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	hash, _ := w.SeedKey(openroutersim.Key{Name: "billing (ok-k3v6zq2mda.x5b7qd2k)", WorkspaceID: w.workspace, Limit: 7, Disabled: true})
	w.SeedKey(openroutersim.Key{Name: "playground", Creator: "user_member"})
	w.SeedKey(openroutersim.Key{Name: "dead", ExpiresAt: start.Add(1)})
	w.move(1)

	got, err := w.data("orgkeys_openrouter_api_keys", nil)
	same(t, "inventory", []any{len(got["api_keys"].([]any)), err}, []any{2, nil})
	row := got["api_keys"].([]any)[1].(settings)
	same(t, "row", []any{row["id"], row["name"], row["workspace_name"], row["owner_type"], row["disabled"], row["limit"], row["unused_days"]}, []any{hash, "billing", "Payments", "organization", true, 7, nil})
	for want, config := range map[int]settings{1: {"owner_type": "user"}, 0: {"workspace_id": w.workspace, "owner_type": "user"}} {
		got, err := w.data("orgkeys_openrouter_api_keys", config)
		same(t, "filtered", []any{len(got["api_keys"].([]any)), err}, []any{want, nil})
	}
	for _, config := range []settings{{"id": hash}, {"name": "billing", "workspace_id": w.workspace}, {"name": "billing"}} {
		got, err := w.data(keyType, config)
		same(t, "lookup", []any{got["id"], got["workspace_id"], got["workspace_name"], err}, []any{hash, w.workspace, "Payments", nil})
	}
	for _, config := range []settings{{"slug": "payments"}, {"id": w.workspace}} {
		got, err := w.data(workspaceType, config)
		same(t, "workspace", []any{got["id"], got["slug"], err}, []any{w.workspace, "payments", nil})
	}
	if _, err := w.data(workspaceType, settings{"slug": "nope"}); err == nil || !strings.Contains(err.Error(), "nope") {
		t.Errorf("got %v", err)
	}
}

func TestListAndRevoke(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	hash, _ := w.SeedKey(openroutersim.Key{Name: "billing", WorkspaceID: w.workspace})
	user, _ := w.SeedKey(openroutersim.Key{Name: "playground", Creator: "user_member"})
	for kind, want := range map[string][]string{keyType: {"billing"}, workspaceType: {"Default", "Payments"}} {
		var names []string
		all, err := w.process().List(t.Context(), kind, nil, 0, true)
		if err != nil {
			t.Fatal(err)
		}
		for one, err := range all {
			if err != nil || protocol.Failure(one.Diagnostics) != nil {
				t.Fatal(err, one.Diagnostics)
			}
			names = append(names, one.Name)
		}
		same(t, kind, names, want)
	}
	for _, id := range []string{hash, user} {
		_, said, err := w.process().Invoke(t.Context(), "orgkeys_openrouter_revoke_key", settings{"key_id": id})
		same(t, "revoked", []any{err, protocol.Failure(said)}, []any{nil, nil})
	}
	same(t, "keys", len(w.Keys()), 0)
	_, said, err := w.process().Invoke(t.Context(), "orgkeys_openrouter_revoke_key", settings{"key_id": hash})
	if err != nil || protocol.Failure(said) == nil || !strings.Contains(protocol.Failure(said).Error(), "Nothing was revoked") {
		t.Errorf("got %v %v", err, said)
	}
}
