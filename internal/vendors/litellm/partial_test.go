// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm_test

import (
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
)

// A key without an alias is listed with its id as its name, which an import takes over: what terraform query writes is
// quiet, and nothing is sent for it.
func TestListedWithoutAnAlias(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	hash, _ := w.SeedKey(litellmsim.Key{})
	w.SeedKey(litellmsim.Key{Alias: "rotated", AutoRotate: true}) // cannot be managed, so only a warning is listed
	names, objects := w.List(keyType, nil)
	same(t, "listed", []any{names, objects[0]["name"]}, []any{[]string{hash, ""}, hash})
	w.ResetJournal()
	w.Adopt(hash)
	w.Said()
	for range 2 {
		same(t, "quiet", []any{w.Quiet(settings{"name": hash}), w.Said()}, []any{true, "[]"})
	}
	w.Apply(settings{"name": hash})
	for _, entry := range w.Journal() {
		same(t, entry.Operation, entry.Method, "GET")
	}
	same(t, "aliases", w.aliases(), []string{"", "rotated"})
}

// A key whose team or user is not shown is nobody's for sure.
func TestOwnersThatAreNotShown(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"team_id", "user_id"} {
		w := begin(t, litellmsim.Policy{})
		hash, _ := w.SeedKey(litellmsim.Key{Alias: "somebody's", TeamID: w.team})
		w.Inject(simkit.Fault{Operation: litellmsim.OpListKeys, Kind: simkit.Altered, Omit: []string{field}})
		for _, owner := range []string{"", "organization", "service_account", "user"} {
			config := settings{}
			if owner != "" {
				config["owner_type"] = owner
			}
			answer, err := w.Process().Data(t.Context(), "orgkeys_litellm_keys", config)
			got, err := w.Answered(answer, err)
			rows, _ := got["keys"].([]any)
			want := []any{0, nil, true}
			if owner == "" {
				want = []any{1, nil, false}
				row, _ := rows[0].(settings)
				same(t, field, row["owner_type"], nil)
			}
			said := len(answer.Diagnostics) == 1 && strings.Contains(answer.Diagnostics[0].Detail, "does not show the owner of some keys, so owner_type leaves them out: "+hash)
			same(t, field+" of "+owner, []any{len(rows), err, said}, want)
		}
	}
}

// What a key of no proxy admin does not see is in no list, and every inventory without a team says so.
func TestPartialInventory(t *testing.T) {
	t.Parallel()
	const partial, unknown = "the proxy shows this API key only the keys of its own user and teams", "it is not known whether"
	for name, c := range map[string]struct {
		admin  bool
		policy litellmsim.Policy
		status int
		says   string
		keys   int
	}{
		"a proxy admin":                         {true, litellmsim.Policy{}, 0, "", 3},
		"a team's admin":                        {false, litellmsim.Policy{}, 0, partial, 2},
		"a team's admin who may list their own": {false, litellmsim.Policy{OwnTeams: true}, 0, partial, 2},
		"a proxy admin of a later version":      {true, litellmsim.Policy{OwnTeams: true}, 0, "", 3},
		"a proxy admin who only views":          {false, litellmsim.Policy{OwnTeams: true}, 0, "", 3},
		"a viewer whose user cannot be read":    {false, litellmsim.Policy{OwnTeams: true}, 500, unknown, 3},
		"the list is away":                      {true, litellmsim.Policy{}, 500, unknown, 3},
		"the list is not here":                  {true, litellmsim.Policy{}, 404, unknown, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, c.policy)
			w.SeedKey(litellmsim.Key{Alias: "ours", TeamID: w.team})
			w.SeedKey(litellmsim.Key{Alias: "theirs", TeamID: w.SeedTeam("other")})
			lead := litellmsim.Key{Alias: "lead", UserID: "user-lead", AdminOf: w.team}
			if lead.Viewer = strings.Contains(name, "view"); lead.Viewer {
				lead.AdminOf = ""
			}
			if _, plain := w.SeedKey(lead); !c.admin {
				w.Setenv("LITELLM_API_KEY", plain)
			}
			if c.status != 0 {
				operation := litellmsim.OpListTeams
				if lead.Viewer {
					operation = litellmsim.OpGetUser
				}
				w.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: c.status})
			}
			for kind, list := range map[string]string{"orgkeys_litellm_keys": "keys", "orgkeys_api_keys": "api_keys"} {
				var config settings
				if list == "api_keys" {
					config = settings{"vendors": []string{"litellm"}}
				}
				answer, err := w.Process().Data(t.Context(), kind, config)
				got, err := w.Answered(answer, err)
				rows, _ := got[list].([]any)
				said := ""
				for _, one := range answer.Diagnostics {
					said += one.Summary + ": " + one.Detail
				}
				same(t, kind, []any{len(rows), err, strings.Contains(said, c.says), strings.Count(said, "may be incomplete")}, []any{c.keys, nil, true, min(len(c.says), 1)})
			}
			if !c.admin {
				answer, err := w.Process().Data(t.Context(), "orgkeys_litellm_keys", settings{"team_id": w.team})
				same(t, "of its own team", []any{len(answer.Diagnostics), err}, []any{0, nil})
			}
		})
	}
}
