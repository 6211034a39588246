// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
)

// process is a configured process of the provider.
func (w *world) process() *protocol.Process {
	w.t.Helper()
	p, err := protocol.Start(w.t.Context(), w.in.Server)
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
func (w *world) imported(id string) (settings, error) {
	w.t.Helper()
	r, err := w.process().Resource(keyType)
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

// A key is adopted by its hash or its alias with all that the proxy shows; a user's is
// refused, and so is a secret in place of an id.
func TestImport(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	hash, _ := w.SeedKey(litellmsim.Key{Alias: "old", TeamID: w.team, Settings: map[string]any{"max_budget": 7, "models": []string{"m"}}, Metadata: map[string]any{"theirs": "1"}})
	free, _ := w.SeedKey(litellmsim.Key{Alias: "free"})
	user, plain := w.SeedKey(litellmsim.Key{Alias: "user's", UserID: "user-ann"})
	for _, id := range []string{hash, "old"} {
		got, err := w.imported(id)
		same(t, "import of "+id, []any{got["id"], got["name"], got["team_id"], got["max_budget"], got["models"], got["metadata"], got["disabled"], err}, []any{hash, "old", w.team, 7, []any{"m"}, nil, false, nil})
	}
	got, err := w.imported("free")
	same(t, "import", []any{got["id"], got["team_id"], err}, []any{free, nil, nil})
	for id, says := range map[string]string{user: "belongs to a user", "nope": "no", strings.Repeat("0", 64): w.URL(), plain: "looks like"} {
		if _, err := w.imported(id); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), plain) {
			t.Errorf("import of %s: %v", id, err)
		}
	}
	same(t, "nothing is changed", []any{w.Count(litellmsim.OpUpdateKey), strings.Contains(fmt.Sprint(w.Journal()), plain)}, []any{0, false})
}

// Keys of the other providers move by their hash, whatever form their id has.
func TestMoves(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	hash, plain := w.SeedKey(litellmsim.Key{Alias: "old", TeamID: w.team})
	for source, state := range map[string]settings{
		"ncecere/litellm 1.2": {"id": "sha256:" + hash, "key": plain, "key_alias": "old"},
		"ncecere/litellm 1.1": {"id": plain, "key": plain, "key_alias": "old"},
		"ncecere/litellm":     {"id": "sha256:" + hash, "key": nil, "key_wo_version": "1"},
		"BerriAI/litellm":     {"id": hash, "key": plain, "models": []string{"m"}},
		"BerriAI/litellm old": {"id": "12345", "key": plain},
	} {
		r, err := w.process().Resource(keyType)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := json.Marshal(state)
		namespace, _, _ := strings.Cut(source, " ")
		answer, err := r.Move(t.Context(), "litellm_key", "registry.terraform.io/"+namespace, 0, raw)
		if err == nil {
			err = protocol.Failure(answer.Diagnostics)
		}
		if err != nil {
			t.Fatal(source, err)
		}
		read, err := r.Read(t.Context(), protocol.Held{Value: answer.Value, Private: answer.Private, Identity: answer.Identity})
		got := protocol.Attributes(read.Value)
		same(t, source, []any{got["id"], got["name"], got["team_id"], got["value"], err, protocol.Failure(read.Diagnostics)}, []any{hash, "old", w.team, nil, nil, nil})
		said := ""
		for _, d := range answer.Diagnostics {
			said += d.Summary + d.Detail
		}
		same(t, source+" warns of a plaintext", []any{strings.Contains(said, "plaintext secret"), strings.Contains(said, plain)}, []any{state["key"] != nil, false})
	}
}

func TestDataSources(t *testing.T) {
	t.Parallel()
	for _, bare := range []bool{false, true} {
		w := begin(t, litellmsim.Policy{BareTeams: bare})
		hash, _ := w.SeedKey(litellmsim.Key{Alias: "billing", TeamID: w.team, Blocked: true})
		w.SeedKey(litellmsim.Key{Alias: "playground", UserID: "user-ann"})
		w.SeedKey(litellmsim.Key{Alias: "free"})
		w.SeedKey(litellmsim.Key{Alias: "dead", ExpiresAt: w.now().Add(1)})
		w.in.Advance(1)
		got, err := w.data("orgkeys_litellm_keys", nil)
		rows, _ := got["keys"].([]any)
		owners := map[any]any{}
		for _, one := range rows {
			row, _ := one.(settings)
			owners[row["name"]] = fmt.Sprintf("%v %v %v %v %v", row["owner_type"], row["owner_id"], row["owner_name"], row["team_name"], row["disabled"])
		}
		same(t, "owners", []any{owners, err}, []any{map[any]any{"billing": "service_account " + w.team + " payments payments true", "free": "organization <nil> <nil> <nil> false", "playground": "user user-ann <nil> <nil> false"}, nil})
		for want, config := range map[int]settings{1: {"owner_type": "user"}, 0: {"team_id": w.team, "owner_type": "user"}} {
			got, err := w.data("orgkeys_litellm_keys", config)
			same(t, "filtered", []any{len(got["keys"].([]any)), err}, []any{want, nil})
		}
		for _, config := range []settings{{"id": hash}, {"name": "billing", "team_id": w.team}, {"name": "billing"}} {
			got, err := w.data(keyType, config)
			same(t, "lookup", []any{got["id"], got["team_id"], got["team_name"], err}, []any{hash, w.team, "payments", nil})
		}
		for _, config := range []settings{{"name": "payments"}, {"id": w.team}} {
			got, err := w.data("orgkeys_litellm_team", config)
			same(t, "team", []any{got["id"], got["name"], err}, []any{w.team, "payments", nil})
		}
		if _, err := w.data("orgkeys_litellm_team", settings{"name": "nope"}); err == nil || !strings.Contains(err.Error(), "nope") {
			t.Errorf("got %v", err)
		}
	}
}

func TestListAndRevoke(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	hash, _ := w.SeedKey(litellmsim.Key{Alias: "billing", TeamID: w.team})
	user, _ := w.SeedKey(litellmsim.Key{Alias: "playground", UserID: "user-ann"})
	admin, plain := w.SeedKey(litellmsim.Key{Alias: "terraform", Admin: true})
	var names []string
	all, err := w.process().List(t.Context(), keyType, nil, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	for one, err := range all {
		if err != nil || protocol.Failure(one.Diagnostics) != nil {
			t.Fatal(err, one.Diagnostics)
		}
		names = append(names, one.Name)
	}
	same(t, "listed", names, []string{"billing (payments)", "terraform"})
	w.in.Setenv("LITELLM_API_KEY", plain) // a key of its own list
	for id, says := range map[string]string{hash: "", user: "", admin: "is the one that the provider works with", strings.Repeat("0", 64): "Nothing was revoked"} {
		_, said, err := w.process().Invoke(t.Context(), "orgkeys_litellm_revoke_key", settings{"key_id": id})
		if failed := protocol.Failure(said); err != nil || (failed != nil) != (says != "") || failed != nil && !strings.Contains(failed.Error(), says) {
			t.Errorf("%s: %v, %v", id, err, failed)
		}
	}
	same(t, "keys", w.aliases(), []string{"terraform"})
}
