// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
)

// A key is adopted by its hash or its alias with all that the proxy shows; a user's is
// refused, and so is a secret in place of an id.
func TestImport(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	hash, _ := w.SeedKey(litellmsim.Key{Alias: "old", TeamID: w.team, Settings: map[string]any{"max_budget": 7, "models": []string{"m"}}, Metadata: map[string]any{"theirs": "1"}})
	free, _ := w.SeedKey(litellmsim.Key{Alias: "free"})
	user, plain := w.SeedKey(litellmsim.Key{Alias: "user's", UserID: "user-ann"})
	copied, _ := w.SeedKey(litellmsim.Key{Alias: "copied", UserID: "user-ann", Metadata: map[string]any{"orgkeys": map[string]any{"series": "k3v6zq2mda", "nonce": "x5b7qd2k"}}})
	for _, id := range []string{hash, "old"} {
		got, _, err := w.Import(keyType, id)
		same(t, "import of "+id, []any{got["id"], got["name"], got["team_id"], got["max_budget"], got["models"], got["metadata"], got["disabled"], err}, []any{hash, "old", w.team, 7, []any{"m"}, nil, false, nil})
	}
	for _, alias := range []string{"prod/payments", "two words", "50% & more?"} {
		slashed, _ := w.SeedKey(litellmsim.Key{Alias: alias})
		got, _, err := w.Import(keyType, alias)
		same(t, "import of "+alias, []any{got["id"], got["name"], err}, []any{slashed, alias, nil})
	}
	got, _, err := w.Import(keyType, "free")
	same(t, "import", []any{got["id"], got["team_id"], err}, []any{free, nil, nil})
	for id, says := range map[string]string{user: "belongs to a user", copied: "belongs to a user", "nope": "no", strings.Repeat("0", 64): w.URL(), plain: "looks like"} {
		if _, _, err := w.Import(keyType, id); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), plain) {
			t.Errorf("import of %s: %v", id, err)
		}
	}
	same(t, "nothing is changed", []any{w.Count(litellmsim.OpUpdateKey), strings.Contains(fmt.Sprint(w.Journal()), plain)}, []any{0, false})
}

// An empty text is none: an import of a key that has neither team nor period replaces and changes nothing.
func TestImportOfEmptyTexts(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	hash, _ := w.SeedKey(litellmsim.Key{Alias: "old"})
	for _, operation := range []string{litellmsim.OpGetKey, litellmsim.OpListKeys} {
		w.Inject(simkit.Fault{Operation: operation, Kind: simkit.Altered, Set: map[string]any{"team_id": "", "budget_duration": ""}})
	}
	w.Adopt(hash)
	same(t, "quiet", []any{w.Attributes()["team_id"], w.Attributes()["budget_duration"], w.Quiet(settings{"name": "old"})}, []any{nil, nil, true})
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
		provider, _, _ := strings.Cut(source, " ")
		got, said, err := w.Move(keyType, "litellm_key", provider, state)
		same(t, source, []any{got["id"], got["name"], got["team_id"], got["value"], err}, []any{hash, "old", w.team, nil, nil})
		same(t, source+" warns of a plaintext", []any{strings.Contains(said, "plaintext secret"), strings.Contains(said, plain)}, []any{state["key"] != nil, false})
	}
}

func TestDataSources(t *testing.T) {
	t.Parallel()
	for _, bare := range []bool{false, true} {
		w := begin(t, litellmsim.Policy{BareTeams: bare})
		hash, plain := w.SeedKey(litellmsim.Key{Alias: "billing", TeamID: w.team, Blocked: true})
		w.SeedKey(litellmsim.Key{Alias: "playground", UserID: "user-ann"})
		free, _ := w.SeedKey(litellmsim.Key{Alias: "free"})
		w.SeedKey(litellmsim.Key{Alias: "dead", ExpiresAt: w.now().Add(1)})
		w.Advance(1)
		got, err := w.Data("orgkeys_litellm_keys", nil)
		rows, _ := got["keys"].([]any)
		owners := map[any]any{}
		for _, one := range rows {
			row, _ := one.(settings)
			owners[row["name"]] = fmt.Sprintf("%v %v %v %v %v", row["owner_type"], row["owner_id"], row["owner_name"], row["team_name"], row["disabled"])
		}
		same(t, "owners", []any{owners, err}, []any{map[any]any{"billing": "service_account " + w.team + " payments payments true", "free": "organization <nil> <nil> <nil> false", "playground": "user user-ann <nil> <nil> false"}, nil})
		for want, config := range map[int]settings{1: {"owner_type": "user"}, 0: {"team_id": w.team, "owner_type": "user"}} {
			got, err := w.Data("orgkeys_litellm_keys", config)
			same(t, "filtered", []any{len(got["keys"].([]any)), err}, []any{want, nil})
		}
		for _, config := range []settings{{"id": hash}, {"name": "billing", "team_id": w.team}, {"name": "billing"}} {
			got, err := w.Data(keyType, config)
			same(t, "lookup", []any{got["id"], got["team_id"], got["team_name"], err}, []any{hash, w.team, "payments", nil})
		}
		other := w.SeedTeam("other")
		for id, where := range map[string]string{hash: "team " + w.team, free: "no team"} {
			_, err := w.Data(keyType, settings{"id": id, "team_id": other})
			w.Refused(err, id+" was not found: it is in "+where+", and was looked for in "+other)
		}
		for _, config := range []settings{{"name": "payments"}, {"id": w.team}} {
			got, err := w.Data("orgkeys_litellm_team", config)
			same(t, "team", []any{got["id"], got["name"], err}, []any{w.team, "payments", nil})
		}
		w.ResetJournal()
		for _, config := range []settings{{"id": plain}, {"id": plain, "team_id": w.team}} {
			_, err := w.Data(keyType, config)
			w.Refused(err, "looks like the secret")
			same(t, "repeats a secret, or sends it", []any{strings.Contains(err.Error(), plain), w.Count(litellmsim.OpGetKey)}, []any{false, 0})
		}
		_, err = w.Data(keyType, settings{"name": "nope"})
		w.Refused(err, `no key called "nope" in this proxy`)
		_, err = w.Data("orgkeys_litellm_team", settings{"name": "nope"})
		w.Refused(err, "nope")
	}
}

func TestListAndRevoke(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	hash, _ := w.SeedKey(litellmsim.Key{Alias: "billing", TeamID: w.team})
	user, _ := w.SeedKey(litellmsim.Key{Alias: "playground", UserID: "user-ann"})
	admin, plain := w.SeedKey(litellmsim.Key{Alias: "terraform", Admin: true})
	names, _ := w.List(keyType, nil)
	same(t, "listed", names, []string{"billing (payments)", "terraform"})
	w.Setenv("LITELLM_API_KEY", plain) // a key of its own list
	for id, says := range map[string]string{hash: "", user: "", admin: "provider itself uses key", strings.Repeat("0", 64): "Nothing was revoked", plain: "looks like the secret", "terraform": "not the hash"} {
		w.ResetJournal()
		if err := w.Invoke("orgkeys_litellm_revoke_key", settings{"key_id": id}); says != "" {
			w.Refused(err, says)
			same(t, "looks for it", w.Count(litellmsim.OpGetKey) > 0, len(id) == 64)
			same(t, "repeats a secret", strings.Contains(err.Error(), plain), false)
		} else if err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	same(t, "keys", w.aliases(), []string{"terraform"})
}
